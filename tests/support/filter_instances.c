#include "support/filter_instances.h"

#include <stdlib.h>
#include <string.h>

const struct filter_file filter_instance_files[] = {
    {"x.csv", "1,2\n2,1\n4,4\n3,7\n5,2\n6,9\n"}, {"1", "1\n"}, {"l.csv", "0\n1\n0\n1\n1\n0\n"}, {NULL}};

#define MIXTURE                                                                                              \
    "matcat --no-header --pack kind:=gmm covariance_type:=full weights=1 means=1 covariances=1 --shape "     \
    "means=1x1,covariances=1x1x1 -o m; "

const struct filter_instance filter_instances[] = {
    {"calib", "", "calib --logits --columns 1 \"$f\" l.csv", "x.csv"},
    {"cka", "", "cka x.csv \"$f\"", "x.csv"},
    {"cmi", "", "cmi --samples -k 2 \"$f\"", "x.csv"},
    {"csdiv", "", "csdiv --samples x.csv \"$f\"", "x.csv"},
    {"fdiv", "", "fdiv --normalize x.csv \"$f\"", "x.csv"},
    {"gmmeval", MIXTURE, "gmmeval \"$f\" 1", "m"},
    {"gmmfit", "", "gmmfit -k 1 \"$f\"", "x.csv"},
    {"gmmsample", MIXTURE, "gmmsample -n 5 \"$f\"", "m"},
    {"gpfit", "", "gpfit \"$f\"", "x.csv"},
    {"gpkernel", "", "gpkernel -k rbf \"$f\"", "x.csv"},
    {"gppredict", "gpfit -q x.csv -o m; ", "gppredict \"$f\" x.csv", "m"},
    {"jsdiv", "", "jsdiv --normalize x.csv \"$f\"", "x.csv"},
    {"kde", "", "kde \"$f\" x.csv", "x.csv"},
    {"kdloss", "", "kdloss x.csv \"$f\"", "x.csv"},
    {"kldiv", "", "kldiv --normalize x.csv \"$f\"", "x.csv"},
    {"klmerge", "kldiv --normalize --mean --partial x.csv x.csv -o m; ", "klmerge \"$f\"", "m"},
    {"klplot", "", "klplot --terminal text --title t \"$f\"", "x.csv"},
    {"kmeans", "", "kmeans -k 1 \"$f\"", "x.csv"},
    {"matcat", "", "matcat \"$f\"", "x.csv"},
    {"sinkhorn", "", "sinkhorn x.csv \"$f\"", "x.csv"},
};
const size_t filter_instances_count = sizeof filter_instances / sizeof *filter_instances;

char *filter_instance_filled(const char *text, const char *word, const char *with) {
    if (!text)
        return NULL;
    size_t room = strlen(text) + 1, length = strlen(word);
    for (const char *at = text; (at = strstr(at, word)); at += length)
        room += strlen(with);
    char *result = calloc(room, 1);
    if (!result)
        abort();
    for (const char *at; (at = strstr(text, word)); text = at + length) {
        strncat(result, text, (size_t)(at - text));
        strcat(result, with);
    }
    return strcat(result, text);
}
