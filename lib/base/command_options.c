#include "base/command_options.h"

#include <errno.h>
#include <float.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest_name.h"

static const char *const missing_words[] = {"fail", "skip", NULL};
static const char *const missing_words_of_models[] = {"fail", "skip", "model", NULL};
static const char *const progress_words[] = {"auto", "always", "never", NULL};

static const struct option_entry common_entries[] = {
    OPTION_TEXT('o', "output", struct shared_values, command.output.path, "FILE",
                "write to FILE, named when whole"),
    OPTION_COUNT('t', "threads", struct shared_values, threads, "N", 1, 256,
                 "threads (default: what the job may use)"),
    OPTION_TEXT(0, "report", struct shared_values, command.report_path, "FILE",
                "write the run's figures as JSON"),
    OPTION_CHOICE(0, "progress", struct shared_values, progress, progress_words,
                  "show progress on standard error"),
    OPTION_FLAG('q', "quiet", struct shared_values, command.quiet, "no notes"),
    OPTION_FLAG('v', "verbose", struct shared_values, command.verbose,
                "print the run's figures on standard error"),
    OPTION_FLAG('h', "help", struct shared_values, help, "print this and exit"),
    OPTION_FLAG(0, "version", struct shared_values, version, "print the version and exit"),
    OPTION_END,
};

/* The words of --na are those of the group. */
#define INPUT_ENTRIES(missing_words_)                                                                        \
    {                                                                                                        \
        OPTION_TEXT('d', "delimiter", struct shared_values, delimiter, "C",                                  \
                    "fields end at C (default: , TAB ; | or blanks, as found)"),                             \
            OPTION_FLAG(0, "header", struct shared_values, header, "the first record is names"),             \
            OPTION_FLAG(0, "no-header", struct shared_values, no_header, "the first record is data"),        \
            OPTION_CHOICE(0, "na", struct shared_values, missing, missing_words_,                            \
                          "rows with missing values"),                                                       \
            OPTION_TEXT(0, "na-values", struct shared_values, command.input.na_values, "LIST",               \
                        "further spellings of a missing value"),                                             \
            OPTION_TEXT(0, "columns", struct shared_values, command.input.columns, "LIST",                   \
                        "columns to read: 3,1,5-7,name,-2"),                                                 \
            OPTION_TEXT(0, "exclude", struct shared_values, command.input.exclude, "LIST",                   \
                        "columns to leave out"),                                                             \
            OPTION_FLAG(0, "decimal-comma", struct shared_values, command.input.decimal_comma,               \
                        "1,5 is one and a half"),                                                            \
            OPTION_TEXT(0, "shard", struct shared_values, shard, "I/N",                                      \
                        "read the I-th of N parts of a regular file"),                                       \
            OPTION_END,                                                                                      \
    }

static const struct option_entry input_entries[] = INPUT_ENTRIES(missing_words);
static const struct option_entry model_input_entries[] = INPUT_ENTRIES(missing_words_of_models);

static const struct option_entry table_entries[] = {
    OPTION_FLAG('N', "no-names", struct shared_values, command.output.no_names, "no header line"),
    OPTION_FLAG('b', "binary", struct shared_values, command.output.binary, "write NPY in place of CSV"),
    OPTION_FLAG(0, "float32", struct shared_values, command.output.float32, "write single precision"),
    OPTION_FLAG('z', "gzip", struct shared_values, command.output.gzip, "compress"),
    OPTION_COUNT(0, "digits", struct shared_values, digits, "N", 1, 17, "round to N significant digits"),
    OPTION_END,
};

static const struct option_entry seed_entries[] = {
    OPTION_COUNT('s', "seed", struct shared_values, seed, "N", 0, 0x1p64, "seed of the random numbers"),
    OPTION_END,
};

static const struct option_entry distribution_entries[] = {
    OPTION_FLAG(0, "normalize", struct shared_values, command.distribution.normalize,
                "divide each row by its sum"),
    OPTION_FLAG(0, "logits", struct shared_values, command.distribution.logits,
                "rows are logits: take their softmax"),
    OPTION_FLAG(0, "log-probs", struct shared_values, command.distribution.log_probs,
                "rows are logarithms of probabilities"),
    OPTION_NUMBER(0, "temperature", struct shared_values, command.distribution.temperature, "T", DBL_MIN,
                  DBL_MAX, "divide logits by T"),
    OPTION_END,
};

static const struct option_entry logarithm_entries[] = {
    OPTION_NUMBER(0, "base", struct shared_values, base, "B", 1, DBL_MAX,
                  "base of the logarithms (default e)"),
    OPTION_END,
};

static const struct option_entry iteration_entries[] = {
    OPTION_NUMBER(0, "tolerance", struct shared_values, command.tolerance, "T", 0, DBL_MAX,
                  "stop when within T; 0: never before N"),
    OPTION_COUNT(0, "max-iterations", struct shared_values, command.max_iterations, "N", 0, 0x1p53,
                 "steps at the most"),
    OPTION_END,
};

static const struct option_entry outcome_entries[] = {
    OPTION_FLAG(0, "accept-unconverged", struct shared_values, command.accept_unconverged,
                "exit with 0 in place of 3"),
    OPTION_END,
};

const struct option_section command_options_shared[] = {
    {"distributions", OPTIONS_DISTRIBUTION, distribution_entries},
    {"units", OPTIONS_LOGARITHM, logarithm_entries},
    {"iteration", OPTIONS_STEPS, iteration_entries},
    {"outcome", OPTIONS_OUTCOME, outcome_entries},
    {"random numbers", OPTIONS_SEED, seed_entries},
    {"reading", OPTIONS_INPUT, input_entries},
    {"reading", OPTIONS_INPUT_OF_MODEL, model_input_entries},
    {"writing", OPTIONS_TABLE, table_entries},
    {"running", 0, common_entries},
    {NULL, 0, NULL},
};

void command_options_defaults(struct shared_values *shared, const struct command_description *description) {
    *shared = (struct shared_values){
        .threads = OPTION_COUNT_NONE, .seed = 1, .digits = OPTION_COUNT_NONE, .base = NAN};
    shared->command.distribution.temperature = 1;
    shared->command.tolerance = description->tolerance;
    shared->command.max_iterations = description->max_iterations;
}

/* Every option of a filter, own ones first, in one array that getopt_long indexes. */
struct option_index {
    const struct option_entry *entries[2 * OPTION_ENTRIES_MAX];
    bool shared[2 * OPTION_ENTRIES_MAX];
    unsigned bit[2 * OPTION_ENTRIES_MAX]; /* in command.given */
    size_t count;
};

static void index_entries(struct option_index *index, const struct option_entry *entries, bool shared,
                          unsigned *bit) {
    for (; entries != NULL && entries->name != NULL; entries++, (*bit)++) {
        if (entries->kind == OPTION_KIND_HEADING)
            continue;
        index->entries[index->count] = entries;
        index->shared[index->count] = shared;
        index->bit[index->count++] = *bit;
    }
}

static void index_options(struct option_index *index, const struct command_description *description) {
    unsigned bit = 0;
    index->count = 0;
    index_entries(index, description->own_options, false, &bit);
    bit = 0;
    for (const struct option_section *section = command_options_shared; section->title != NULL; section++)
        if (section->group == 0 || (section->group & description->shared_options) != 0)
            index_entries(index, section->entries, true, &bit);
}

/* The letter of an option; that of --columns is the filter's choice. */
static char letter_of(const struct option_entry *entry, const struct command_description *description) {
    return strcmp(entry->name, "columns") == 0 && entry->letter == 0 ? description->columns_letter
                                                                     : entry->letter;
}

enum {
    LONG_ONLY = 256
}; /* getopt_long returns LONG_ONLY + index for a long option, a letter for a short one */

static void fill_getopt(const struct option_index *index, const struct command_description *description,
                        struct option *longs, char *shorts) {
    *shorts++ = ':';
    for (size_t i = 0; i < index->count; i++) {
        const struct option_entry *entry = index->entries[i];
        char letter = letter_of(entry, description);
        int argument = entry->kind == OPTION_KIND_FLAG ? no_argument : required_argument;
        *longs++ = (struct option){entry->name, argument, NULL, LONG_ONLY + (int)i};
        if (entry->alias != NULL)
            *longs++ = (struct option){entry->alias, argument, NULL, LONG_ONLY + (int)i};
        if (letter != 0)
            *shorts++ = letter;
        if (letter != 0 && argument == required_argument)
            *shorts++ = ':';
    }
    *longs = (struct option){0};
    *shorts = '\0';
}

static int wrong_value(struct error *error, const struct option_entry *entry, const char *expected,
                       const char *got) {
    char quoted[ERROR_QUOTE_SIZE];
    return error_set_usage(error, "--%s: expected %s, got '%s'", entry->name, expected,
                           error_quote(quoted, got, strlen(got)));
}

static int set_number(const struct option_entry *entry, double *field, const char *text,
                      struct error *error) {
    char *end, expected[96];
    double value = strtod(text, &end);
    bool read = end != text && *end == '\0' && !isnan(value);
    bool low = value > entry->low || (value == entry->low && !entry->low_open);
    bool high = value < entry->high || (value == entry->high && !entry->high_open);
    if (read && low && high) {
        *field = value;
        return 0;
    }
    if (entry->high == DBL_MAX && entry->low == -DBL_MAX)
        snprintf(expected, sizeof expected, "a number");
    else if (entry->high == DBL_MAX)
        snprintf(expected, sizeof expected, "a number %s %g",
                 entry->low_open || entry->low == DBL_MIN ? "above" : "of at least",
                 entry->low == DBL_MIN ? 0 : entry->low);
    else if (entry->low_open || entry->high_open)
        snprintf(expected, sizeof expected, "a number %s %g and %s %g",
                 entry->low_open ? "above" : "of at least", entry->low,
                 entry->high_open ? "below" : "at most", entry->high);
    else
        snprintf(expected, sizeof expected, "a number from %g to %g", entry->low, entry->high);
    return wrong_value(error, entry, expected, text);
}

/* Whole numbers as digits up to the largest size_t, or in the notation of doubles (1e6) up to 2^53. */
static int set_count(const struct option_entry *entry, size_t *field, const char *text, struct error *error) {
    char *end, expected[96];
    errno = 0;
    unsigned long long whole = strtoull(text, &end, 10);
    bool read = text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
    if (!read && text[0] >= '0' && text[0] <= '9') {
        double value = strtod(text, &end);
        read = *end == '\0' && value <= 0x1p53 && value == floor(value);
        whole = read ? (unsigned long long)value : 0;
    }
    if (read && (double)whole >= entry->low && (double)whole <= entry->high) {
        *field = (size_t)whole;
        return 0;
    }
    if (entry->high >= 0x1p53)
        snprintf(expected, sizeof expected, "a whole number of at least %.0f", entry->low);
    else
        snprintf(expected, sizeof expected, "a whole number from %.0f to %.0f", entry->low, entry->high);
    return wrong_value(error, entry, expected, text);
}

static size_t count_words(const char *const *words) {
    size_t count = 0;
    while (words[count] != NULL)
        count++;
    return count;
}

/* A word of the list, or an abbreviation that only one of them has. */
static int set_choice(const struct option_entry *entry, int *field, const char *text, struct error *error) {
    size_t count = count_words(entry->choices), matches = 0, match = 0;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(entry->choices[i], text) == 0) {
            *field = (int)i;
            return 0;
        }
        if (strncmp(entry->choices[i], text, strlen(text)) == 0) {
            matches++;
            match = i;
        }
    }
    if (matches == 1 && text[0] != '\0') {
        *field = (int)match;
        return 0;
    }
    char expected[256] = "";
    size_t length = 0;
    for (size_t i = 0; i < count && length < sizeof expected; i++)
        length += (size_t)snprintf(expected + length, sizeof expected - length, "%s%s",
                                   i == 0           ? ""
                                   : i + 1 == count ? " or "
                                                    : ", ",
                                   entry->choices[i]);
    const char *nearest = nearest_name(text, entry->choices, count);
    char quoted[ERROR_QUOTE_SIZE];
    error_quote(quoted, text, strlen(text));
    if (nearest != NULL)
        return error_set_usage(error, "--%s: unknown value '%s'; did you mean '%s'?", entry->name, quoted,
                               nearest);
    return error_set_usage(error, "--%s: expected %s, got '%s'", entry->name, expected, quoted);
}

static int add_text(const struct option_entry *entry, struct option_texts *field, const char *text,
                    struct error *error) {
    if (field->count == sizeof field->texts / sizeof *field->texts)
        return error_set_usage(error, "--%s is given more than %zu times", entry->name, field->count);
    field->texts[field->count++] = text;
    return 0;
}

static int set_option(const struct option_entry *entry, void *values, const char *text, struct error *error) {
    void *field = (char *)values + entry->offset;
    switch (entry->kind) {
    case OPTION_KIND_FLAG:
        *(bool *)field = true;
        return 0;
    case OPTION_KIND_NUMBER:
        return set_number(entry, field, text, error);
    case OPTION_KIND_COUNT:
        return set_count(entry, field, text, error);
    case OPTION_KIND_TEXT:
        *(const char **)field = text;
        return 0;
    case OPTION_KIND_TEXTS:
        return add_text(entry, field, text, error);
    case OPTION_KIND_CHOICE:
        return set_choice(entry, field, text, error);
    case OPTION_KIND_HEADING:
        break;
    }
    return 0;
}

/* An unknown or ambiguous long option, as typed. */
static int unknown_long(const struct option_index *index, const char *typed, struct error *error) {
    const char *names[4 * OPTION_ENTRIES_MAX];
    char name[ERROR_QUOTE_SIZE], list[256] = "";
    size_t count = 0, matches = 0, length = 0;
    error_quote(name, typed, strcspn(typed, "="));
    for (size_t i = 0; i < index->count; i++) {
        const struct option_entry *entry = index->entries[i];
        names[count++] = entry->name;
        if (entry->alias != NULL)
            names[count++] = entry->alias;
        if (strncmp(entry->name, name, strlen(name)) == 0 && length < sizeof list) {
            length += (size_t)snprintf(list + length, sizeof list - length, "%s--%s", matches > 0 ? ", " : "",
                                       entry->name);
            matches++;
        }
    }
    if (matches > 1)
        return error_set_usage(error, "option '--%s' is ambiguous: %s", name, list);
    const char *nearest = nearest_name(name, names, count);
    if (nearest != NULL)
        return error_set_usage(error, "unknown option '--%s'; did you mean '--%s'?", name, nearest);
    return error_set_usage(error, "unknown option '--%s' (--help lists all)", name);
}

static const struct option_entry *entry_behind(const struct option_index *index, int value) {
    return value >= LONG_ONLY && value < LONG_ONLY + (int)index->count ? index->entries[value - LONG_ONLY]
                                                                       : NULL;
}

static int wrong_option(const struct option_index *index, int result, int value, const char *typed,
                        struct error *error) {
    const struct option_entry *entry = entry_behind(index, value);
    if (result == ':' && entry != NULL)
        return error_set_usage(error, "option '--%s' needs a value", entry->name);
    if (result == ':')
        return error_set_usage(error, "option '-%c' needs a value", value);
    if (entry != NULL)
        return error_set_usage(error, "option '--%s' takes no value", entry->name);
    if (value != 0)
        return error_set_usage(error, "unknown option '-%c' (--help lists all)",
                               value > ' ' && value <= '~' ? value : '?');
    return unknown_long(index, typed + 2, error);
}

/* The place in the index of what getopt_long returned. */
static size_t find_result(const struct option_index *index, const struct command_description *description,
                          int result) {
    if (result >= LONG_ONLY)
        return (size_t)(result - LONG_ONLY);
    size_t i = 0;
    while (letter_of(index->entries[i], description) != result)
        i++;
    return i;
}

int command_options_parse(struct command *command, struct shared_values *shared, void *settings, int argc,
                          char **argv, int *first_operand) {
    struct option_index index;
    struct option longs[4 * OPTION_ENTRIES_MAX + 1];
    char shorts[4 * OPTION_ENTRIES_MAX + 2];
    int result;
    index_options(&index, command->description);
    fill_getopt(&index, command->description, longs, shorts);
    opterr = 0;
    while ((result = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        if (result == '?' || result == ':')
            return wrong_option(&index, result, optopt, argv[optind - 1], &command->error);
        size_t i = find_result(&index, command->description, result);
        void *values = index.shared[i] ? (void *)shared : settings;
        if (set_option(index.entries[i], values, optarg, &command->error) < 0)
            return -1;
        command->given[index.shared[i]][index.bit[i] / 64] |= UINT64_C(1) << index.bit[i] % 64;
        if (shared->help || shared->version)
            return 0;
    }
    *first_operand = optind;
    return 0;
}

static bool find_bit(const struct option_entry *entries, const char *name, unsigned *bit) {
    for (; entries != NULL && entries->name != NULL; entries++, (*bit)++)
        if (strcmp(entries->name, name) == 0)
            return true;
    return false;
}

bool command_given(const struct command *command, const char *name) {
    unsigned bit = 0;
    if (find_bit(command->description->own_options, name, &bit))
        return (command->given[0][bit / 64] >> bit % 64 & 1) != 0;
    bit = 0;
    for (const struct option_section *section = command_options_shared; section->title != NULL; section++)
        if (section->group == 0 || (section->group & command->description->shared_options) != 0)
            if (find_bit(section->entries, name, &bit))
                return (command->given[1][bit / 64] >> bit % 64 & 1) != 0;
    return false;
}
