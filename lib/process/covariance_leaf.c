#include "process/covariance_leaf.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/nearest_name.h"
#include "process/covariance_kernel.h"

enum { ARGUMENTS_MAX = 16, KERNELS_MAX = 32, PARAMETERS_MAX = 4096 };

struct reading {
    struct covariance *covariance;
    struct covariance_node *node;
    struct covariance_scanner *scanner;
    const struct covariance_inputs *inputs;
    struct covariance_argument arguments[ARGUMENTS_MAX];
    size_t argument_count;
    bool ard;
};

static int shown(const struct covariance_word *word) {
    return (int)(word->length > 40 ? 40 : word->length);
}

static int find_kernel(struct reading *reading, const struct covariance_word *name) {
    const char *names[KERNELS_MAX];
    size_t count = 0;
    for (; covariance_kernel_all[count] != NULL; count++) {
        names[count] = covariance_kernel_all[count]->name;
        if (covariance_word_is(name, names[count])) {
            reading->node->kernel = covariance_kernel_all[count];
            return 0;
        }
    }
    char typed[48];
    snprintf(typed, sizeof typed, "%.*s", shown(name), name->text);
    const char *nearest = nearest_name(typed, names, count);
    if (nearest != NULL)
        return covariance_scanner_refuse(reading->scanner, name->position,
                                         "unknown kernel '%s' (did you mean %s?)", typed, nearest);
    return covariance_scanner_refuse(reading->scanner, name->position, "unknown kernel '%s'", typed);
}

static int read_arguments(struct reading *reading) {
    struct covariance_scanner *scanner = reading->scanner;
    if (!covariance_scanner_take(scanner, '(') || covariance_scanner_take(scanner, ')'))
        return 0;
    do {
        if (reading->argument_count == ARGUMENTS_MAX)
            return covariance_scanner_refuse(scanner, scanner->position, "too many arguments");
        if (covariance_scanner_argument(scanner, &reading->arguments[reading->argument_count]) < 0)
            return -1;
        reading->argument_count++;
    } while (covariance_scanner_take(scanner, ','));
    if (!covariance_scanner_take(scanner, ')'))
        return covariance_scanner_refuse(scanner, scanner->position, "expected ',' or ')'");
    return 0;
}

static const struct covariance_argument *find_argument(const struct reading *reading, const char *key) {
    for (size_t i = 0; i < reading->argument_count; i++)
        if (covariance_word_is(&reading->arguments[i].key, key))
            return &reading->arguments[i];
    return NULL;
}

/* The i-th key that the kernel takes, of every kind; NULL beyond the last. */
static const char *known_key(const struct covariance_kernel *kernel, size_t i) {
    static const char *const common[] = {"columns", NULL};
    const char *const *lists[] = {kernel->keys, kernel->settings, common};
    for (size_t list = 0; list < sizeof lists / sizeof *lists; list++)
        for (size_t k = 0; lists[list] != NULL && lists[list][k] != NULL; k++)
            if (i-- == 0)
                return lists[list][k];
    const char *last = kernel->spectral ? "components" : kernel->vector_keys[0] != '\0' ? "ard" : NULL;
    if (last != NULL && i-- == 0)
        return last;
    return i == 0 ? kernel->words_key : NULL;
}

static int check_keys(struct reading *reading) {
    const struct covariance_kernel *kernel = reading->node->kernel;
    for (size_t a = 0; a < reading->argument_count; a++) {
        const struct covariance_word *key = &reading->arguments[a].key;
        const char *known = NULL;
        for (size_t i = 0; (known = known_key(kernel, i)) != NULL; i++)
            if (covariance_word_is(key, known))
                break;
        if (known == NULL)
            return error_set_usage(reading->scanner->error, "kernel: %s has no parameter '%.*s'",
                                   kernel->name, shown(key), key->text);
        if (find_argument(reading, known) != &reading->arguments[a])
            return error_set_usage(reading->scanner->error, "kernel: %s: %s is given twice", kernel->name,
                                   known);
    }
    return 0;
}

/* Adds the column or range of columns that a word names. */
static int add_columns(struct reading *reading, const char *text, size_t length) {
    struct covariance_node *node = reading->node;
    const struct covariance_inputs *inputs = reading->inputs;
    size_t low = 0, high = 0, digits = 0;
    for (size_t i = 0; inputs->names != NULL && i < inputs->count; i++)
        if (strlen(inputs->names[i]) == length && memcmp(inputs->names[i], text, length) == 0)
            low = high = i + 1;
    if (low == 0) {
        while (digits < length && digits < 6 && text[digits] >= '0' && text[digits] <= '9')
            low = low * 10 + (size_t)(text[digits++] - '0');
        high = low;
        if (digits < length && text[digits] == '-')
            for (high = 0, digits++;
                 digits < length && digits < 14 && text[digits] >= '0' && text[digits] <= '9';)
                high = high * 10 + (size_t)(text[digits++] - '0');
        if (digits != length)
            low = 0;
    }
    if (low < 1 || high < low || high > inputs->count)
        return error_set_usage(reading->scanner->error, "kernel: %s: no input column '%.*s' (there are %zu)",
                               node->kernel->name, (int)(length > 40 ? 40 : length), text, inputs->count);
    for (size_t column = low - 1; column < high; column++) {
        if (covariance_kernel_sees(node, column))
            return error_set_usage(reading->scanner->error, "kernel: %s: column %zu is named twice",
                                   node->kernel->name, column + 1);
        node->columns[node->column_count++] = column;
    }
    return 0;
}

static int read_columns(struct reading *reading) {
    struct covariance_node *node = reading->node;
    const struct covariance_argument *argument = find_argument(reading, "columns");
    node->columns = memory_array(reading->scanner->error, reading->inputs->count, sizeof *node->columns);
    if (node->columns == NULL)
        return -1;
    node->all_columns = argument == NULL;
    if (argument == NULL)
        for (size_t i = 0; i < reading->inputs->count; i++)
            node->columns[node->column_count++] = i;
    const char *at = argument == NULL ? "" : argument->value.text;
    const char *end = argument == NULL ? at : at + argument->value.length;
    if (at < end && *at == '[')
        at++, end--;
    while (at < end) {
        const char *comma = memchr(at, ',', (size_t)(end - at)), *stop = comma == NULL ? end : comma;
        size_t length = (size_t)(stop - at);
        while (length > 0 && *at == ' ')
            at++, length--;
        while (length > 0 && at[length - 1] == ' ')
            length--;
        if (add_columns(reading, at, length) < 0)
            return -1;
        at = comma == NULL ? end : comma + 1;
    }
    if (node->column_count == 0 || node->column_count > COVARIANCE_COLUMNS_MAX)
        return error_set_usage(reading->scanner->error, "kernel: %s: %zu input columns", node->kernel->name,
                               node->column_count);
    if (node->kernel->one_column && node->column_count != 1)
        return error_set_usage(reading->scanner->error, "kernel: %s sees one input: columns=J names it",
                               node->kernel->name);
    return 0;
}

/* What a key's value must be, if it is to be one number. */
static int read_number(struct reading *reading, const struct covariance_argument *argument, double *number) {
    if (covariance_word_numbers(&argument->value, 1, number) == 1 && argument->value.text[0] != '[')
        return 0;
    return covariance_scanner_refuse(reading->scanner, argument->value.position,
                                     "%.*s: expected a number, got '%.*s'", shown(&argument->key),
                                     argument->key.text, shown(&argument->value), argument->value.text);
}

static int read_word_setting(struct reading *reading) {
    const struct covariance_kernel *kernel = reading->node->kernel;
    size_t at = 0, words = 0;
    while (kernel->settings != NULL && kernel->settings[at] != NULL)
        at++;
    reading->node->settings[at] = 0;
    const struct covariance_argument *argument = find_argument(reading, kernel->words_key);
    if (argument == NULL)
        return 0;
    for (; kernel->words[words] != NULL; words++)
        if (covariance_word_is(&argument->value, kernel->words[words])) {
            reading->node->settings[at] = (double)words;
            return 0;
        }
    char typed[48];
    snprintf(typed, sizeof typed, "%.*s", shown(&argument->value), argument->value.text);
    const char *nearest = nearest_name(typed, kernel->words, words);
    return covariance_scanner_refuse(reading->scanner, argument->value.position, "unknown %s '%s'%s%s%s",
                                     kernel->words_key, typed, nearest == NULL ? "" : " (did you mean ",
                                     nearest == NULL ? "" : nearest, nearest == NULL ? "" : "?)");
}

static int read_settings(struct reading *reading) {
    struct covariance_node *node = reading->node;
    const struct covariance_kernel *kernel = node->kernel;
    for (size_t i = 0; kernel->settings != NULL && kernel->settings[i] != NULL; i++) {
        const struct covariance_argument *argument = find_argument(reading, kernel->settings[i]);
        node->settings[i] = kernel->setting_defaults[i];
        if (argument != NULL &&
            (covariance_word_is(&argument->value, "true") || covariance_word_is(&argument->value, "false")))
            node->settings[i] = covariance_word_is(&argument->value, "true");
        else if (argument != NULL && read_number(reading, argument, &node->settings[i]) < 0)
            return -1;
    }
    if (kernel->words_key != NULL && read_word_setting(reading) < 0)
        return -1;
    const char *wrong = kernel->check == NULL ? NULL : kernel->check(node);
    return wrong == NULL ? 0
                         : error_set_usage(reading->scanner->error, "kernel: %s: %s", kernel->name, wrong);
}

/* The components of a spectral mixture: as given, or as many as there are weights. */
static int read_components(struct reading *reading) {
    struct covariance_node *node = reading->node;
    node->components = 1;
    if (!node->kernel->spectral)
        return 0;
    const struct covariance_argument *argument = find_argument(reading, "components");
    const struct covariance_argument *weights = find_argument(reading, "weight");
    if (argument != NULL) {
        double number;
        if (read_number(reading, argument, &number) < 0)
            return -1;
        if (!(number >= 1 && number <= 1000 && number == floor(number)))
            return error_set_usage(reading->scanner->error,
                                   "kernel: sm: components must be an integer from 1 to 1000");
        node->components = (size_t)number;
    } else if (weights != NULL) {
        double number;
        size_t count = covariance_word_numbers(&weights->value, 1, &number);
        node->components = count == 0 ? 1 : count;
    }
    return 0;
}

static int read_ard(struct reading *reading) {
    const struct covariance_argument *argument = find_argument(reading, "ard");
    if (argument == NULL)
        return 0;
    reading->ard = covariance_word_is(&argument->value, "true");
    if (!reading->ard && !covariance_word_is(&argument->value, "false"))
        return covariance_scanner_refuse(reading->scanner, argument->value.position,
                                         "ard: expected true or false");
    return 0;
}

/* How many parameters a key stands for. */
static size_t entry_count(const struct reading *reading, const char *key) {
    const struct covariance_node *node = reading->node;
    char padded[COVARIANCE_NAME_SIZE];
    snprintf(padded, sizeof padded, " %s ", key);
    if (strstr(node->kernel->vector_keys, padded) == NULL)
        return 1;
    if (node->kernel->spectral)
        return node->components * (strcmp(key, "weight") == 0 ? 1 : node->column_count);
    const struct covariance_argument *argument = find_argument(reading, key);
    bool vector = argument != NULL && argument->value.text[0] == '[';
    return reading->ard || vector ? node->column_count : 1;
}

/* "rbf", or "rbf#2" for the second of them. */
static void leaf_name(const struct reading *reading, char *name, size_t size) {
    size_t earlier = 0;
    const struct covariance *covariance = reading->covariance;
    for (size_t i = 0; i < covariance->node_count; i++)
        earlier += &covariance->nodes[i] != reading->node && covariance->nodes[i].kind == COVARIANCE_LEAF &&
                   covariance->nodes[i].kernel == reading->node->kernel;
    if (earlier == 0)
        snprintf(name, size, "%s", reading->node->kernel->name);
    else
        snprintf(name, size, "%s#%zu", reading->node->kernel->name, earlier + 1);
}

static int check_value(struct reading *reading, const char *key, struct covariance_parameter *parameter) {
    const struct covariance_kernel *kernel = reading->node->kernel;
    if (!isfinite(parameter->value))
        return error_set_usage(reading->scanner->error, "kernel: %s: %s must be finite", kernel->name, key);
    if (!parameter->positive || parameter->value > 0)
        return 0;
    bool may_be_zero = kernel->zero_key != NULL && strcmp(kernel->zero_key, key) == 0;
    if (may_be_zero && parameter->value == 0) {
        parameter->fixed = true;
        return 0;
    }
    return error_set_usage(reading->scanner->error, "kernel: %s: %s must be %s 0", kernel->name, key,
                           may_be_zero ? ">=" : ">");
}

/* The parameters of one key. */
static int read_parameter(struct reading *reading, size_t k, const char *leaf) {
    struct covariance *covariance = reading->covariance;
    const struct covariance_kernel *kernel = reading->node->kernel;
    const char *key = kernel->keys[k];
    const struct covariance_argument *argument = find_argument(reading, key);
    size_t count = entry_count(reading, key), given = 0;
    double *values = memory_array(reading->scanner->error, count, sizeof *values);
    if (values == NULL)
        return -1;
    int status = 0;
    if (argument != NULL) {
        given = covariance_word_numbers(&argument->value, count, values);
        bool vector = argument->value.text[0] == '[';
        if (given == 0)
            status = covariance_scanner_refuse(reading->scanner, argument->value.position,
                                               "%s: expected a number, got '%.*s'", key,
                                               shown(&argument->value), argument->value.text);
        else if ((vector || given > 1) && given != count)
            status = error_set_usage(reading->scanner->error, "kernel: %s: %s has %zu values, not %zu",
                                     kernel->name, key, given, count);
    }
    for (size_t i = 0; status == 0 && i < count; i++) {
        struct covariance_parameter *parameter = &covariance->parameters[covariance->parameter_count++];
        *parameter = (struct covariance_parameter){
            .key = key,
            .value = given == 0 ? kernel->defaults[k] : values[given == 1 ? 0 : i],
            .fixed = argument != NULL ? argument->fixed : kernel->variance_fixed && k == 0,
            .positive = !(kernel->spectral && strcmp(key, "mean") == 0),
            .given = argument != NULL,
        };
        if (i == 0)
            snprintf(parameter->name, sizeof parameter->name, "%s.%s", leaf, key);
        else
            snprintf(parameter->name, sizeof parameter->name, "%s.%s_%zu", leaf, key, i + 1);
        status = check_value(reading, key, parameter);
    }
    free(values);
    return status;
}

static int read_parameters(struct reading *reading) {
    struct covariance *covariance = reading->covariance;
    struct covariance_node *node = reading->node;
    size_t count = 0;
    char leaf[COVARIANCE_NAME_SIZE / 2];
    for (size_t k = 0; node->kernel->keys[k] != NULL; k++)
        count += entry_count(reading, node->kernel->keys[k]);
    if (count + covariance->parameter_count > PARAMETERS_MAX)
        return error_set_usage(reading->scanner->error, "kernel: more than %d parameters", PARAMETERS_MAX);
    struct covariance_parameter *grown = memory_resize(reading->scanner->error, covariance->parameters,
                                                       covariance->parameter_count + count, sizeof *grown);
    if (grown == NULL)
        return -1;
    covariance->parameters = grown;
    node->first_parameter = covariance->parameter_count;
    node->parameter_count = count;
    leaf_name(reading, leaf, sizeof leaf);
    for (size_t k = 0; node->kernel->keys[k] != NULL; k++)
        if (read_parameter(reading, k, leaf) < 0)
            return -1;
    return 0;
}

int covariance_leaf_read(struct covariance *covariance, struct covariance_node *node,
                         struct covariance_scanner *scanner, const struct covariance_inputs *inputs) {
    struct reading reading = {covariance, node, scanner, inputs, {{{0}, {0}, false}}, 0, false};
    struct covariance_word name = covariance_scanner_word(scanner);
    if (name.length == 0)
        return covariance_scanner_refuse(scanner, scanner->position, "expected a kernel, a number or '('");
    node->kind = COVARIANCE_LEAF;
    if (find_kernel(&reading, &name) < 0 || read_arguments(&reading) < 0 || check_keys(&reading) < 0 ||
        read_columns(&reading) < 0 || read_settings(&reading) < 0 || read_components(&reading) < 0 ||
        read_ard(&reading) < 0)
        return -1;
    return read_parameters(&reading);
}
