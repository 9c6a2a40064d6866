#include "base/command.h"

#include <float.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/command_options.h"
#include "support/assertions.h"

struct settings {
    bool mean;
    size_t neighbours;
    double weight;
    int method;
    const char *weights;
    struct option_texts losses;
};

static const char *const methods[] = {"ratio", "adaptive", "kernel", NULL};

static const struct option_entry own_options[] = {
    OPTION_HEADING("numbers"),
    OPTION_FLAG('m', "mean", struct settings, mean, "the mean"),
    {.letter = 'k',
     .name = "neighbours",
     .alias = "neighbors",
     .kind = OPTION_KIND_COUNT,
     .offset = offsetof(struct settings, neighbours),
     .argument = "K",
     .low = 1,
     .high = 1000000,
     .help = "neighbours"},
    OPTION_NUMBER(0, "weight", struct settings, weight, "W", 0, 1, "weight"),
    OPTION_CHOICE(0, "method", struct settings, method, methods, "method"),
    OPTION_TEXT(0, "weights", struct settings, weights, "FILE", "weights"),
    OPTION_TEXTS('l', "loss", struct settings, losses, "NAME", "losses"),
    OPTION_END,
};

static const struct command_description description = {
    .name = "trial",
    .operands = "[options] [P] Q",
    .purpose = "A filter to try options on.",
    .own_options = own_options,
    .shared_options = OPTIONS_STREAM | OPTIONS_SEED | OPTIONS_DISTRIBUTION | OPTIONS_LOGARITHM,
    .operands_min = 1,
    .operands_max = 2,
};

/* Parses a command line of blank-separated words. */
static int parse(struct command *command, struct settings *settings, const char *line) {
    static char words[256];
    static struct shared_values shared;
    char *arguments[32] = {words};
    int count = 0, first_operand;
    strcpy(words, line);
    for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " "))
        arguments[count++] = word;
    *settings = (struct settings){.neighbours = 5, .weight = 0.5, .method = 0};
    *command = (struct command){.description = &description};
    command_options_defaults(&shared, &description);
    optind = 0; /* getopt starts anew */
    return command_options_parse(command, &shared, settings, count, arguments, &first_operand);
}

static void options_of_every_kind_reach_their_fields(void **state) {
    (void)state;
    struct command command;
    struct settings settings;
    assert_int_equal(
        parse(&command, &settings, "trial -m -k 1e3 a --weight=0.25 --method adaptive --weights w.csv b"), 0);
    assert_true(settings.mean);
    assert_int_equal(settings.neighbours, 1000);
    assert_true(settings.weight == 0.25);
    assert_int_equal(settings.method, 1);
    assert_string_equal(settings.weights, "w.csv");
    assert_true(command_given(&command, "mean"));
    assert_true(command_given(&command, "weights"));
    assert_false(command_given(&command, "seed"));
    assert_false(command_given(&command, "no-such-option"));
}

static void some_options_may_be_given_several_times(void **state) {
    (void)state;
    struct command command;
    struct settings settings;
    assert_int_equal(parse(&command, &settings, "trial -l a p --loss=b -lc"), 0);
    assert_int_equal(settings.losses.count, 3);
    assert_string_equal(settings.losses.texts[0], "a");
    assert_string_equal(settings.losses.texts[1], "b");
    assert_string_equal(settings.losses.texts[2], "c");
}

static void names_may_be_abbreviated_and_spelled_either_way(void **state) {
    (void)state;
    struct command command;
    struct settings settings;
    assert_int_equal(parse(&command, &settings, "trial --neighbors 7 --meth k --me"), -1);
    assert_string_equal(command.error.text, "option '--me' is ambiguous: --mean, --method");
    assert_int_equal(parse(&command, &settings, "trial --neigh 7 --meth k --mea"), 0);
    assert_int_equal(settings.neighbours, 7);
    assert_int_equal(settings.method, 2);
    assert_true(settings.mean);
    assert_true(command_given(&command, "neighbours"));
}

static void after_two_dashes_all_are_operands(void **state) {
    (void)state;
    struct command command;
    struct settings settings;
    assert_int_equal(parse(&command, &settings, "trial -- --mean"), 0);
    assert_false(settings.mean);
}

static void wrong_options_get_one_line_with_the_nearest_name(void **state) {
    static const char *const cases[][2] = {
        {"trial --neigbours 3", "unknown option '--neigbours'; did you mean '--neighbours'?"},
        {"trial --zzzzzzzzz", "unknown option '--zzzzzzzzz' (--help lists all)"},
        {"trial -x", "unknown option '-x' (--help lists all)"},
        {"trial --mean=3", "option '--mean' takes no value"},
        {"trial --weight", "option '--weight' needs a value"},
        {"trial -k", "option '-k' needs a value"},
        {"trial --weight 2", "--weight: expected a number from 0 to 1, got '2'"},
        {"trial --weight nan", "--weight: expected a number from 0 to 1, got 'nan'"},
        {"trial --weight 0.5x", "--weight: expected a number from 0 to 1, got '0.5x'"},
        {"trial -k 0", "--neighbours: expected a whole number from 1 to 1000000, got '0'"},
        {"trial -k -1", "--neighbours: expected a whole number from 1 to 1000000, got '-1'"},
        {"trial -k 2.5", "--neighbours: expected a whole number from 1 to 1000000, got '2.5'"},
        {"trial -k 99999999999999999999",
         "--neighbours: expected a whole number from 1 to 1000000, got '99999999999999999999'"},
        {"trial --method adaptativ", "--method: unknown value 'adaptativ'; did you mean 'adaptive'?"},
        {"trial --method zebra", "--method: expected ratio, adaptive or kernel, got 'zebra'"},
        {"trial --se", "option '--seed' needs a value"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct command command;
        struct settings settings;
        assert_int_equal(parse(&command, &settings, cases[i][0]), -1);
        assert_string_equal(command.error.text, cases[i][1]);
        assert_true(command.error.usage);
    }
}

static void refusal_names_the_option_and_the_place(void **state) {
    (void)state;
    struct command command;
    struct settings settings;
    assert_int_equal(parse(&command, &settings, "trial --weight 1"), 0);
    assert_int_equal(command_refuse(&command, (const char *const[]){"mean", "method", NULL}, "with --models"),
                     0);
    assert_int_equal(command_refuse(&command, (const char *const[]){"mean", "weight", NULL}, "with --models"),
                     -1);
    assert_string_equal(command.error.text, "--weight has no meaning with --models");
    assert_true(command.error.usage);
}

/* Runs command_start in a child and returns its exit status; 100 where it came back. */
static int start_status(char **arguments, int count) {
    pid_t child = fork();
    if (child == 0) {
        struct command command;
        struct settings settings = {0};
        if (freopen("/dev/null", "w", stdout) == NULL || freopen("/dev/null", "w", stderr) == NULL)
            _exit(101);
        optind = 0;
        command_start(&command, &description, &settings, count, arguments);
        _exit(100);
    }
    int status;
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

static void help_and_version_end_with_0_usage_errors_with_2(void **state) {
    (void)state;
    assert_int_equal(start_status((char *[]){"trial", "--help", NULL}, 2), 0);
    assert_int_equal(start_status((char *[]){"trial", "--version", NULL}, 2), 0);
    assert_int_equal(start_status((char *[]){"trial", "a", NULL}, 2), 100);
    assert_int_equal(start_status((char *[]){"trial", NULL}, 1), 2);
    assert_int_equal(start_status((char *[]){"trial", "a", "b", "c", NULL}, 4), 2);
    assert_int_equal(start_status((char *[]){"trial", "-", "-", NULL}, 3), 2);
    assert_int_equal(start_status((char *[]){"trial", "--base", "1", "a", NULL}, 4), 2);
    assert_int_equal(start_status((char *[]){"trial", "--shard", "3/2", "a", NULL}, 4), 2);
    assert_int_equal(start_status((char *[]){"trial", "--shard", "2/2", "a", NULL}, 4), 100);
    assert_int_equal(start_status((char *[]){"trial", "--temperature", "2", "a", NULL}, 4), 2);
    assert_int_equal(start_status((char *[]){"trial", "--header", "--no-header", "a", NULL}, 4), 2);
    assert_int_equal(start_status((char *[]){"trial", "-d", "ab", "a", NULL}, 4), 2);
}

static void shared_options_become_fields(void **state) {
    (void)state;
    struct command command;
    struct settings settings = {0};
    char *arguments[] = {"trial", "--base", "2",   "-d",          "tab",    "--shard", "2/3",
                         "--na",  "skip",   "-t",  "3",           "--seed", "9",       "--digits",
                         "4",     "-o",     "out", "--no-header", "q",      NULL};
    optind = 0;
    command_start(&command, &description, &settings, 19, arguments);
    assert_close(command.units_per_nat, 1 / log(2), 1e-16);
    assert_int_equal(command.input.delimiter, '\t');
    assert_int_equal(command.input.shard, 2);
    assert_int_equal(command.input.shards, 3);
    assert_int_equal(command.input.missing, MISSING_SKIP);
    assert_int_equal(command.input.header, HEADER_ABSENT);
    assert_int_equal(command.threads, 3);
    assert_int_equal(command.seed, 9);
    assert_int_equal(command.output.digits, 4);
    assert_string_equal(command.output.path, "out");
    assert_string_equal(command_operand(&command, 0, 2), "-");
    assert_string_equal(command_operand(&command, 1, 2), "q");
    assert_int_equal(command_finish(&command, 0), 0);
}

static void the_exit_status_tells_what_became_of_it(void **state) {
    (void)state;
    struct command command;
    struct settings settings;
    parse(&command, &settings, "trial a");
    assert_int_equal(command_finish(&command, 0), 0);
    command.unconverged = true;
    assert_int_equal(command_finish(&command, 0), 3);
    command.accept_unconverged = true;
    assert_int_equal(command_finish(&command, 0), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_of_every_kind_reach_their_fields),
        cmocka_unit_test(some_options_may_be_given_several_times),
        cmocka_unit_test(names_may_be_abbreviated_and_spelled_either_way),
        cmocka_unit_test(after_two_dashes_all_are_operands),
        cmocka_unit_test(wrong_options_get_one_line_with_the_nearest_name),
        cmocka_unit_test(refusal_names_the_option_and_the_place),
        cmocka_unit_test(help_and_version_end_with_0_usage_errors_with_2),
        cmocka_unit_test(shared_options_become_fields),
        cmocka_unit_test(the_exit_status_tells_what_became_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
