/* What all filters do alike, asked of each one that was built. */

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/assertions.h"
#include "support/filter_case.h"

/* FILTER in name, command, output and error stands for the filter's name. */
static const struct filter_case templates[] = {
    {"FILTER --help prints its usage", "FILTER --help | head -n 1 | grep -o '^usage: FILTER '",
     .output = "usage: FILTER \n"},
    {"FILTER --help keeps below 80 columns", "FILTER --help | awk 'length($0) >= 80'"},
    {"FILTER --version names itself", "FILTER --version | sed 's/[0-9]*[.][0-9]*[.][0-9]*$/VERSION/'",
     .output = "FILTER (kltools) VERSION\n"},
    {"FILTER refuses an unknown option in one line",
     "FILTER --frobnicate 2>message; s=$?; wc -l <message; exit $s", .output = "1\n", .status = 2},
    {"FILTER begins its error line with its name", "FILTER --frobnicate 2>&1 | grep -o '^FILTER: '",
     .output = "FILTER: \n"},
    {"FILTER --help onto a full disk is an error",
     "FILTER --help >/dev/full 2>message; s=$?; wc -l <message; exit $s", .output = "1\n", .status = 1},
};

#define MIXTURE                                                                                              \
    "matcat --no-header --pack kind:=gmm covariance_type:=full weights=1 means=1 covariances=1 --shape "     \
    "means=1x1,covariances=1x1x1 -o m; "
#define VERBOSE                                                                                              \
    " -v 2>verbose >/dev/null; grep -vc '^FILTER: ' verbose; sed -n 's/^FILTER: version .*/version/p; "      \
    "s/^FILTER: seconds .*/seconds/p; s/^FILTER: status/status/p' verbose"

/* What each filter does in an instant: there -v has every figure of the report as a line. "1" and "x.csv" are
 * a row and six. */
static const struct {
    const char *filter, *command;
} instances[] = {
    {"matcat", "matcat x.csv"},
    {"kldiv", "kldiv --normalize x.csv x.csv"},
    {"jsdiv", "jsdiv --normalize x.csv x.csv"},
    {"fdiv", "fdiv --normalize x.csv x.csv"},
    {"csdiv", "csdiv --samples x.csv x.csv"},
    {"calib", "calib --logits --columns 1 x.csv l.csv"},
    {"cka", "cka x.csv x.csv"},
    {"cmi", "cmi --samples -k 2 x.csv"},
    {"kde", "kde x.csv x.csv"},
    {"klmerge", "kldiv --normalize --mean --partial x.csv x.csv -o m; klmerge m"},
    {"klplot", "klplot --dump x.csv"},
    {"gmmfit", "gmmfit -q -k 1 x.csv -o m; gmmfit -k 1 x.csv -o m2"},
    {"gmmeval", MIXTURE "gmmeval m 1"},
    {"gmmsample", MIXTURE "gmmsample -n 5 m"},
    {"kmeans", "kmeans -k 1 x.csv -o m"},
    {"gpfit", "gpfit -q x.csv -o m; gpfit x.csv -o m2"},
    {"gppredict", "gpfit -q x.csv -o m; gppredict m x.csv"},
    {"gpkernel", "gpkernel -k rbf x.csv"},
    {"kdloss", "kdloss x.csv x.csv"},
};

static const struct filter_case verbose_template = {
    "FILTER --verbose prints its figures", VERBOSE,
    FILES({"x.csv", "1,2\n2,1\n4,4\n3,7\n5,2\n6,9\n"}, {"1", "1\n"}, {"l.csv", "0\n1\n0\n1\n1\n0\n"}),
    .output = "0\nversion\nseconds\nstatus 0\n"};

enum { TEMPLATES = sizeof templates / sizeof *templates, FILTERS_MAX = 200 };

/* text with FILTER replaced by name; NULL for NULL. */
static char *filled(const char *text, const char *name) {
    static const char word[] = "FILTER";
    if (!text)
        return NULL;
    size_t room = strlen(text) + 1;
    for (const char *at = text; (at = strstr(at, word)); at += sizeof word - 1)
        room += strlen(name);
    char *result = calloc(room, 1);
    if (!result)
        abort();
    for (const char *at; (at = strstr(text, word)); text = at + sizeof word - 1) {
        strncat(result, text, (size_t)(at - text));
        strcat(result, name);
    }
    return strcat(result, text);
}

/* Adds the case of a filter that has an instance. */
static size_t add_verbose(const char *name, struct filter_case *row) {
    for (size_t i = 0; i < sizeof instances / sizeof *instances; i++) {
        if (strcmp(instances[i].filter, name) != 0)
            continue;
        char *rest = filled(verbose_template.command, name);
        size_t size = strlen(instances[i].command) + strlen(rest) + 1;
        char *command = calloc(size, 1);
        if (!command)
            abort();
        snprintf(command, size, "%s%s", instances[i].command, rest);
        free(rest);
        *row = verbose_template;
        row->name = filled(verbose_template.name, name);
        row->command = command;
        return 1;
    }
    return 0;
}

static int is_source(const struct dirent *entry) {
    const char *dot = strrchr(entry->d_name, '.');
    return dot && strcmp(dot, ".c") == 0;
}

int main(void) {
    static struct filter_case cases[FILTERS_MAX * (TEMPLATES + 1)]; /* what it points to is kept to the end */
    struct dirent **sources;
    int count = scandir("cmd", &sources, is_source, alphasort);
    size_t used = 0;
    if (count <= 0 || count > FILTERS_MAX)
        return 1;
    for (int i = 0; i < count; i++) {
        char *name = sources[i]->d_name;
        *strrchr(name, '.') = '\0';
        for (size_t j = 0; j < TEMPLATES; j++) {
            struct filter_case *row = &cases[used++];
            *row = templates[j];
            row->name = filled(row->name, name);
            row->command = filled(row->command, name);
            row->output = filled(row->output, name);
            row->error = filled(row->error, name);
        }
        used += add_verbose(name, &cases[used]);
        free(sources[i]);
    }
    free(sources);
    return filter_cases_run(cases, used);
}
