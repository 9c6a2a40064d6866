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
    {"FILTER --help keeps to 100 columns but for long choices",
     "FILTER --help | awk 'length($0) > 100 && !/^ .*--[a-z-]* [a-z-]*[|]/'"},
    {"FILTER --version names itself", "FILTER --version | sed 's/[0-9]*[.][0-9]*[.][0-9]*$/VERSION/'",
     .output = "FILTER (kltools) VERSION\n"},
    {"FILTER refuses an unknown option in one line",
     "FILTER --frobnicate 2>message; s=$?; wc -l <message; exit $s", .output = "1\n", .status = 2},
    {"FILTER begins its error line with its name", "FILTER --frobnicate 2>&1 | grep -o '^FILTER: '",
     .output = "FILTER: \n"},
    {"FILTER --help onto a full disk is an error",
     "FILTER --help >/dev/full 2>message; s=$?; wc -l <message; exit $s", .output = "1\n", .status = 1},
};

enum { TEMPLATES = sizeof templates / sizeof *templates, FILTERS_MAX = 200 };

/* text with FILTER replaced by name; NULL for NULL. */
static const char *filled(const char *text, const char *name) {
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

static int is_source(const struct dirent *entry) {
    const char *dot = strrchr(entry->d_name, '.');
    return dot && strcmp(dot, ".c") == 0;
}

int main(void) {
    static struct filter_case cases[FILTERS_MAX * TEMPLATES]; /* what it points to is kept to the end */
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
        free(sources[i]);
    }
    free(sources);
    return filter_cases_run(cases, used);
}
