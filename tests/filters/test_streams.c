/* Every filter where its input, its output or its end is an unusual one: folders, pipes with names, files
 * that may not be read, full disks, closed streams, readers that go away, signals. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/assertions.h"
#include "support/filter_case.h"
#include "support/filter_instances.h"

/* Before each command: `run OPTION ...` is the filter's instance, `fails COMMAND` says what is wrong with its
 * error line, and what is there is taken down. */
static const char before[] =
    "PREPARE f=INPUT under=\n"
    "run() { $under INSTANCE \"$@\"; }\n"
    "fails() { \"$@\" 2>message; s=$?; [ \"$(wc -l <message) $(grep -c '^FILTER: ' message)\" = '1 1' ] ||\n"
    "    cat message; return $s; }\n"
    "without_reader() { (: <fifo) & exec 3>fifo; wait; \"$@\" >&3; }\n"
    "mkdir folder; mkfifo fifo; : >message; : >empty; : >closed; chmod 000 closed\n"
    "run >plain 2>/dev/null; cp \"$f\" copy; : >listing; ls -A >listing\n";

/* And after it: no file has come. */
static const char after[] = "\ns=$?; ls -A | diff listing -; exit $s";

static const struct filter_case templates[] = {
    {"FILTER refuses a folder", "f=folder; fails run", .status = 1},
    {"FILTER refuses a file that is not there", "f=nowhere; fails run", .status = 1},
    {"FILTER refuses a file that it may not read",
     "[ $(id -u) != 0 ] || under='setpriv --bounding-set=-dac_override,-dac_read_search'; f=closed; fails "
     "run",
     .status = 1},
    {"FILTER refuses an empty file", "f=empty; fails run", .status = 1},
    {"FILTER reads a pipe with a name", "f=fifo; cat copy >fifo & run 2>/dev/null | cmp - plain"},
    {"FILTER reads standard input", "f=-; run <copy 2>/dev/null | cmp - plain"},
    {"FILTER works without a standard input", "run <&- 2>/dev/null | cmp - plain"},
    {"FILTER works without a standard error", "run 2>&- | cmp - plain"},
    {"FILTER refuses to read a closed standard input", "f=-; fails run <&-", .status = 1},
    {"FILTER refuses a closed standard output", "fails run -q >&-", .status = 1},
    {"FILTER refuses a full standard output", "fails run -q >/dev/full", .status = 1},
    {"FILTER refuses a full device", "fails run -q -o /dev/full", .status = 1},
    {"FILTER writes to an empty device", "run -q -o /dev/null && [ -c /dev/null ]"},
    {"FILTER refuses to write a folder", "fails run -q -o folder", .status = 1},
    {"FILTER refuses to write where there is no folder", "fails run -q -o nowhere/result", .status = 1},
    {"FILTER writes to a pipe with a name",
     "cat fifo >copy & run -q -o fifo && wait && cmp copy plain && [ -p fifo ]"},
    {"FILTER writes over its input", "run -q -o \"$f\" && cmp \"$f\" plain"},
    {"FILTER ends quietly when its reader goes away", "without_reader run -q", .status = 128 + 13},
    {"FILTER ends as quietly where that signal is ignored", "trap '' PIPE; without_reader run -q",
     .status = 128 + 13},
    {"FILTER ends by a signal",
     "exec 3<>fifo; f=fifo under='exec env --default-signal=INT'; for signal in TERM INT HUP; do\n"
     "    run -q -o result & sleep .05; kill -$signal $!; wait $!; echo $?\n"
     "done 2>message; grep -v '^Terminated$\\|^Hangup$\\|^$' message",
     .output = "143\n130\n129\n", .status = 1},
};

enum { TEMPLATES = sizeof templates / sizeof *templates, FILTERS_MAX = 200 };

/* A template's text for an instance. */
static char *filled(const char *text, const struct filter_instance *instance) {
    const char *const words[][2] = {{"INSTANCE", instance->command},
                                    {"PREPARE", instance->prepare},
                                    {"INPUT", instance->input},
                                    {"FILTER", instance->filter}};
    char *result = strdup(text);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char *old = result;
        result = filter_instance_filled(old, words[i][0], words[i][1]);
        free(old);
    }
    return result;
}

int main(void) {
    static struct filter_case cases[FILTERS_MAX * TEMPLATES]; /* what it points to is kept to the end */
    size_t used = 0;
    if (filter_instances_count > FILTERS_MAX)
        return 1;
    for (size_t i = 0; i < filter_instances_count; i++)
        for (size_t j = 0; j < TEMPLATES; j++) {
            char *whole;
            if (asprintf(&whole, "%s%s%s", before, templates[j].command, after) < 0)
                abort();
            cases[used] = templates[j];
            cases[used].name = filled(templates[j].name, &filter_instances[i]);
            cases[used].command = filled(whole, &filter_instances[i]);
            cases[used].files = filter_instance_files;
            free(whole);
            used++;
        }
    return filter_cases_run(cases, used);
}
