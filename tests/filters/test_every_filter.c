/* What all filters do alike, asked of each one that was built. */

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/assertions.h"
#include "support/filter_case.h"
#include "support/filter_instances.h"

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

#define VERBOSE                                                                                              \
    " -v 2>verbose >/dev/null; grep -vc '^FILTER: ' verbose; sed -n 's/^FILTER: version .*/version/p; "      \
    "s/^FILTER: seconds .*/seconds/p; s/^FILTER: status/status/p' verbose"

#define MISPLACED_REPORT                                                                                     \
    " --report nowhere/report -o result 2>message; s=$?; wc -l <message; [ ! -e result ] || echo result; "   \
    "exit $s"

/* After what each filter does in an instant: there -v has every figure of the report as a line. */
static const struct filter_case instance_templates[] = {
    {"FILTER --verbose prints its figures", VERBOSE, filter_instance_files,
     .output = "0\nversion\nseconds\nstatus 0\n"},
    {"FILTER makes nothing where its report has no place", MISPLACED_REPORT, filter_instance_files,
     .output = "1\n", .status = 1},
};

enum {
    TEMPLATES = sizeof templates / sizeof *templates,
    INSTANCE_TEMPLATES = sizeof instance_templates / sizeof *instance_templates,
    FILTERS_MAX = 200
};

static char *filled(const char *text, const char *name) {
    return filter_instance_filled(text, "FILTER", name);
}

/* Adds a case of a filter's instance; returns how many there are of it. */
static size_t add_instance(const char *name, const struct filter_case *template, struct filter_case *row) {
    for (size_t i = 0; i < filter_instances_count; i++) {
        const struct filter_instance *instance = &filter_instances[i];
        char *command = NULL, *rest = filled(template->command, name);
        if (strcmp(instance->filter, name) != 0) {
            free(rest);
            continue;
        }
        if (asprintf(&command, "%sf=%s; %s%s", instance->prepare, instance->input, instance->command, rest) <
            0)
            abort();
        free(rest);
        *row = *template;
        row->name = filled(template->name, name);
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
    /* what it points to is kept to the end */
    static struct filter_case cases[FILTERS_MAX * (TEMPLATES + INSTANCE_TEMPLATES)];
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
        for (size_t j = 0; j < INSTANCE_TEMPLATES; j++)
            used += add_instance(name, &instance_templates[j], &cases[used]);
        free(sources[i]);
    }
    free(sources);
    return filter_cases_run(cases, used);
}
