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
    {"FILTER documents each of its options in a man page",
     "for option in $(FILTER --help | grep -oE '^  (-.,|   ) --[a-z0-9-]+' | sed 's/.*--//'); do"
     " grep -qE \"Fl -$option( |$)\" \"$MAN\"/FILTER.1 \"$MAN\"/kltools.7 || echo $option; done"},
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

static int is_program(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

int main(void) {
    const char *bin = getenv("BIN");
    char *man = realpath("man", NULL);
    struct dirent **programs;
    int count = scandir(bin ? bin : "bin", &programs, is_program, alphasort);
    if (count <= 0 || count > FILTERS_MAX)
        return 1;
    setenv("MAN", man ? man : "man", 1);

    static struct filter_case cases[FILTERS_MAX * TEMPLATES];
    size_t used = 0;
    for (int i = 0; i < count; i++)
        for (size_t j = 0; j < TEMPLATES; j++) {
            const char *name = programs[i]->d_name;
            struct filter_case *row = &cases[used++];
            *row = templates[j];
            row->name = filled(row->name, name);
            row->command = filled(row->command, name);
            row->output = filled(row->output, name);
            row->error = filled(row->error, name);
        }
    return filter_cases_run(cases, used); /* the table is kept to the end */
}
