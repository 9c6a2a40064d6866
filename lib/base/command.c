#include "base/command.h"

#include <assert.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/command_options.h"
#include "base/parallel.h"
#include "base/temporary_file.h"

enum { STATUS_DONE = 0, STATUS_FAILED = 1, STATUS_USAGE = 2, STATUS_UNCONVERGED = 3 };

static double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void print_error(const struct command *command) {
    fprintf(stderr, "%s: %s\n", command->description->name, command->error.text);
}

/* "," or any other single byte; \t, tab and space by name. */
static int delimiter_from(const char *text, char *delimiter, struct error *error) {
    if (text == NULL)
        return 0;
    if (strcmp(text, "\\t") == 0 || strcmp(text, "tab") == 0)
        text = "\t";
    else if (strcmp(text, "space") == 0)
        text = " ";
    char quoted[ERROR_QUOTE_SIZE];
    if (text[0] == '\0' || text[1] != '\0' || strchr("\"\n\r+-.0123456789", text[0]) != NULL)
        return error_set_usage(error, "--delimiter: expected one character that no number holds, got '%s'",
                               error_quote(quoted, text, strlen(text)));
    *delimiter = text[0];
    return 0;
}

static int shard_from(const char *text, struct row_format *input, struct error *error) {
    if (text == NULL)
        return 0;
    char *slash, *end, quoted[ERROR_QUOTE_SIZE];
    bool digits = text[0] >= '0' && text[0] <= '9';
    unsigned long shard = strtoul(text, &slash, 10);
    unsigned long shards =
        digits && *slash == '/' && slash[1] >= '0' && slash[1] <= '9' ? strtoul(slash + 1, &end, 10) : 0;
    if (shards == 0 || *end != '\0' || shard < 1 || shard > shards || shards > UINT32_MAX)
        return error_set_usage(error, "--shard: expected I/N with 1 <= I <= N, got '%s'",
                               error_quote(quoted, text, strlen(text)));
    input->shard = shard;
    input->shards = shards;
    return 0;
}

/* Turns the shared options as typed into the command's fields. */
static int apply_shared(struct command *command, const struct shared_values *shared) {
    const struct command *typed = &shared->command;
    struct error *error = &command->error;
    command->input = typed->input;
    command->output = typed->output;
    command->distribution = typed->distribution;
    command->tolerance = typed->tolerance;
    command->max_iterations = typed->max_iterations;
    command->accept_unconverged = typed->accept_unconverged;
    command->quiet = typed->quiet;
    command->verbose = typed->verbose;
    command->report_path = typed->report_path;
    command->seed = shared->seed;
    command->threads = shared->threads != OPTION_COUNT_NONE ? shared->threads : parallel_threads_available();
    command->units_per_nat = isnan(shared->base) ? 1 : 1 / log(shared->base);
    command->input.threads = command->output.threads = command->threads;
    command->input.missing = shared->missing == 0   ? MISSING_FAIL
                             : shared->missing == 1 ? MISSING_SKIP
                                                    : MISSING_KEEP;
    command->input.header = shared->header      ? HEADER_PRESENT
                            : shared->no_header ? HEADER_ABSENT
                                                : HEADER_DETECT;
    command->output.digits = shared->digits != OPTION_COUNT_NONE ? (int)shared->digits : 0;
    progress_start(&command->progress, (enum progress_policy)shared->progress, command->description->name);

    if (shared->header && shared->no_header)
        return error_set_usage(error, "--header and --no-header exclude each other");
    if (shared->base == 1)
        return error_set_usage(error, "--base: expected a number above 1, got '1'");
    if (command->distribution.logits + command->distribution.log_probs + command->distribution.normalize > 1)
        return error_set_usage(error, "--normalize, --logits and --log-probs exclude one another");
    if ((command->description->shared_options & OPTIONS_DISTRIBUTION) &&
        command_given(command, "temperature") && !command->distribution.logits)
        return error_set_usage(error, "--temperature needs --logits");
    if (delimiter_from(shared->delimiter, &command->input.delimiter, error) < 0)
        return -1;
    return shard_from(shared->shard, &command->input, error);
}

static int take_operands(struct command *command, char **operands, size_t count) {
    const struct command_description *description = command->description;
    size_t standard_inputs = 0;
    char quoted[ERROR_QUOTE_SIZE];
    command->operands = (const char **)operands;
    command->operand_count = count;
    for (size_t i = 0; i < count; i++)
        standard_inputs += strcmp(operands[i], "-") == 0;
    if (standard_inputs > 1)
        return error_set_usage(&command->error, "standard input (-) can be read once only");
    if (count > description->operands_max) {
        const char *first = operands[description->operands_max];
        return error_set_usage(&command->error, "unexpected operand '%s' (usage: %s %.*s)",
                               error_quote(quoted, first, strlen(first)), description->name,
                               (int)strcspn(description->operands, "\n"), description->operands);
    }
    if (count < description->operands_min)
        return error_set_usage(&command->error, "an operand is missing (usage: %s %.*s)", description->name,
                               (int)strcspn(description->operands, "\n"), description->operands);
    return 0;
}

static void print_and_exit(const struct command *command, const struct shared_values *shared,
                           const void *settings) {
    struct shared_values defaults;
    if (shared->version) {
        printf("%s (kltools) %s\n", command->description->name, KLTOOLS_VERSION);
    } else {
        command_options_defaults(&defaults, command->description);
        command_options_print_help(command->description, settings, &defaults);
    }
    if (fflush(stdout) == 0 && !ferror(stdout))
        exit(STATUS_DONE);
    perror(command->description->name);
    exit(STATUS_FAILED);
}

/* Where the caller closed a standard stream, the next file to be opened would take its place, and be read as
 * standard input or be written over. A descriptor that cannot be used that way stands in: reading from closed
 * standard input, or writing to closed standard output, fails as it should. */
static void open_standard_streams(void) {
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++)
        if (fcntl(descriptor, F_GETFD) < 0)
            (void)!open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* Of a file that is written at the end, perhaps. */
static int check_place(struct command *command, const char *path) {
    bool file = path != NULL && strcmp(path, "-") != 0;
    return file ? temporary_file_check(path, &command->error) : 0;
}

void command_start(struct command *command, const struct command_description *description, void *settings,
                   int argc, char **argv) {
    struct shared_values shared;
    int first_operand = argc;
    open_standard_streams();
    *command = (struct command){.description = description, .started = seconds_now()};
    command_options_defaults(&shared, description);
    int status = command_options_parse(command, &shared, settings, argc, argv, &first_operand);
    if (status == 0 && (shared.help || shared.version))
        print_and_exit(command, &shared, settings);
    if (status == 0)
        status = apply_shared(command, &shared);
    if (status == 0)
        status = take_operands(command, argv + first_operand, (size_t)(argc - first_operand));
    if (status < 0) {
        print_error(command);
        exit(STATUS_USAGE);
    }
    if (check_place(command, command->report_path) < 0 || check_place(command, command->output.path) < 0) {
        print_error(command);
        exit(STATUS_FAILED);
    }
    report_text(&command->report, "filter", description->name);
    report_text(&command->report, "version", KLTOOLS_VERSION);
    report_number(&command->report, "threads", (double)command->threads);
    if ((description->shared_options & OPTIONS_SEED) != 0)
        report_number(&command->report, "seed", (double)command->seed);
}

int command_refuse(struct command *command, const char *const *names, const char *where) {
    for (; *names != NULL; names++)
        if (command_given(command, *names))
            return error_set_usage(&command->error, "--%s has no meaning %s", *names, where);
    return 0;
}

int command_refuse_mixed_output(struct command *command, const char *const *names, const char *const *paths) {
    const char *result = command->output.path;
    const char *before = result == NULL || strcmp(result, "-") == 0 ? "the result" : NULL;
    char text[64];
    for (size_t i = 0; names[i] != NULL; i++) {
        if (paths[i] == NULL || strcmp(paths[i], "-") != 0)
            continue;
        if (before != NULL)
            return error_set_usage(&command->error, "--%s - and %s both go to standard output: name a file",
                                   names[i], before);
        snprintf(text, sizeof text, "--%s -", names[i]);
        before = text;
    }
    return 0;
}

const char *command_operand(const struct command *command, size_t i, size_t expected) {
    assert(i < expected && command->operand_count + 1 >= expected);
    size_t missing = expected - command->operand_count;
    const char *operand = i < missing ? "-" : command->operands[i - missing];
    if (strcmp(operand, "-") == 0 && isatty(STDIN_FILENO))
        command_note(command, "reading from the terminal (end with Ctrl-D)");
    return operand;
}

void command_note(const struct command *command, const char *format, ...) {
    va_list arguments;
    if (command->quiet)
        return;
    fprintf(stderr, "%s: ", command->description->name);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

/* The figures after the first, which names the filter, as every line does. */
static void print_figures(const struct command *command) {
    const char *lines = report_lines(&command->report), *end;
    if (command->quiet || lines == NULL)
        return;
    for (const char *line = strchr(lines, '\n'); line != NULL && *++line != '\0'; line = end) {
        end = strchr(line, '\n');
        command_note(command, "%.*s", (int)(end - line), line);
    }
}

int command_finish(struct command *command, int status) {
    progress_end(&command->progress);
    int exit_status = STATUS_DONE;
    if (status < 0)
        exit_status = command->error.usage ? STATUS_USAGE : STATUS_FAILED;
    else if (command->unconverged && !command->accept_unconverged)
        exit_status = STATUS_UNCONVERGED;
    report_number(&command->report, "seconds", seconds_now() - command->started);
    report_number(&command->report, "status", exit_status);
    if (status >= 0 && command->verbose)
        print_figures(command);
    if (status >= 0 && command->report_path != NULL &&
        report_write(&command->report, command->report_path, &command->error) < 0) {
        status = -1;
        exit_status = STATUS_FAILED;
    }
    if (status < 0)
        print_error(command);
    report_free(&command->report);
    return exit_status;
}
