#include "divergence/distillation_loss.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/nearest_name.h"

enum { LIST_SIZE = 400, KINDS_MAX = 64 };

/* The keys of every term. */
enum { COMMON_WEIGHT, COMMON_TEMPERATURE, COMMON_WARMUP, COMMON_KEYS };
static const struct distillation_key common_keys[COMMON_KEYS + 1] = {
    {.name = "weight", .value = 1, .low = -INFINITY, .high = INFINITY},
    {.name = "temperature", .value = NAN, .high = INFINITY, .low_open = true},
    {.name = "warmup", .high = INFINITY},
    {.name = NULL},
};

static void add_word(char *list, const char *separator, const char *word) {
    size_t length = strlen(list);
    snprintf(list + length, LIST_SIZE - length, "%s%s", length > 0 ? separator : "", word);
}

static const struct distillation_kind *find_kind(const char *name, size_t length, struct error *error) {
    char list[LIST_SIZE] = "", typed[64], quoted[ERROR_QUOTE_SIZE];
    const char *names[KINDS_MAX];
    size_t count = 0;
    for (; count < KINDS_MAX && distillation_kinds[count] != NULL; count++) {
        names[count] = distillation_kinds[count]->name;
        if (strlen(names[count]) == length && memcmp(names[count], name, length) == 0)
            return distillation_kinds[count];
        add_word(list, ", ", names[count]);
    }
    snprintf(typed, sizeof typed, "%.*s", (int)(length < 63 ? length : 63), name);
    const char *nearest = length > 0 ? nearest_name(typed, names, count) : NULL;
    error_quote(quoted, name, length);
    if (nearest != NULL)
        error_set_usage(error, "unknown loss '%s' (%s); did you mean '%s'?", quoted, list, nearest);
    else
        error_set_usage(error, "unknown loss '%s' (%s)", quoted, list);
    return NULL;
}

static const struct distillation_key *find_key(const struct distillation_key *keys, const char *name,
                                               size_t length) {
    for (; keys->name != NULL; keys++)
        if (strlen(keys->name) == length && memcmp(keys->name, name, length) == 0)
            return keys;
    return NULL;
}

static int unknown_key(const struct distillation_kind *kind, const char *name, size_t length,
                       struct error *error) {
    char list[LIST_SIZE] = "", quoted[ERROR_QUOTE_SIZE];
    for (const struct distillation_key *key = common_keys; key->name != NULL; key++)
        add_word(list, ", ", key->name);
    for (const struct distillation_key *key = kind->keys; key->name != NULL; key++)
        add_word(list, ", ", key->name);
    error_quote(quoted, name, length);
    return error_set_usage(error, "term '%s' has no key '%s' (%s)", kind->name, quoted, list);
}

static int read_word(const struct distillation_kind *kind, const struct distillation_key *key,
                     const char *text, size_t length, double *value, struct error *error) {
    char list[LIST_SIZE] = "", quoted[ERROR_QUOTE_SIZE];
    for (size_t i = 0; key->words[i] != NULL; i++) {
        *value = (double)i;
        if (strlen(key->words[i]) == length && memcmp(key->words[i], text, length) == 0)
            return 0;
        add_word(list, " or ", key->words[i]);
    }
    error_quote(quoted, text, length);
    return error_set_usage(error, "%s: %s: expected %s, got '%s'", kind->name, key->name, list, quoted);
}

static int range_error(const struct distillation_kind *kind, const struct distillation_key *key,
                       struct error *error) {
    if (key->high < INFINITY)
        return error_set_usage(error, "%s: %s must be %s %g and at most %g", kind->name, key->name,
                               key->low_open ? "above" : "at least", key->low, key->high);
    return error_set_usage(error, "%s: %s must be %s %g", kind->name, key->name,
                           key->low_open ? ">" : ">=", key->low);
}

static int read_value(const struct distillation_kind *kind, const struct distillation_key *key,
                      const char *text, size_t length, double *value, struct error *error) {
    char number[64], quoted[ERROR_QUOTE_SIZE], *end = number;
    if (key->words != NULL)
        return read_word(kind, key, text, length, value, error);
    if (length > 0 && length < sizeof number) {
        memcpy(number, text, length);
        number[length] = '\0';
        *value = strtod(number, &end);
    }
    if (length == 0 || length >= sizeof number || *end != '\0' || isnan(*value) ||
        (key->whole && *value != floor(*value))) {
        error_quote(quoted, text, length);
        return error_set_usage(error, "%s: %s: expected a %snumber, got '%s'", kind->name, key->name,
                               key->whole ? "whole " : "", quoted);
    }
    if (*value < key->low || *value > key->high || (key->low_open && *value == key->low))
        return range_error(kind, key, error);
    return 0;
}

static int read_file(struct distillation_term *term, const struct distillation_key *key, const char *text,
                     size_t length, struct error *error) {
    if (length == 0)
        return error_set_usage(error, "%s: %s: expected a file", term->kind->name, key->name);
    free(term->file);
    term->file = memory_text(error, text, length);
    term->keys[key - term->kind->keys] = 1;
    return term->file != NULL ? 0 : -1;
}

/* One KEY=VALUE, or a bare weight. */
static int read_setting(struct distillation_term *term, double *common, const char *text, size_t length,
                        bool first, struct error *error) {
    const struct distillation_kind *kind = term->kind;
    const char *equals = memchr(text, '=', length);
    if (equals == NULL && first && find_key(kind->keys, text, length) == NULL && length > 0 &&
        strchr("+-.0123456789", *text) != NULL)
        return read_value(kind, &common_keys[COMMON_WEIGHT], text, length, &common[COMMON_WEIGHT], error);
    size_t name_length = equals != NULL ? (size_t)(equals - text) : length;
    const struct distillation_key *own = find_key(kind->keys, text, name_length);
    const struct distillation_key *shared = find_key(common_keys, text, name_length);
    if (own == NULL && shared == NULL)
        return unknown_key(kind, text, name_length, error);
    if (equals == NULL)
        return error_set_usage(error, "%s: expected %s=VALUE", kind->name,
                               (own != NULL ? own : shared)->name);
    const char *value = equals + 1;
    size_t value_length = length - name_length - 1;
    if (own != NULL && own->file)
        return read_file(term, own, value, value_length, error);
    if (own != NULL)
        return read_value(kind, own, value, value_length, &term->keys[own - kind->keys], error);
    return read_value(kind, shared, value, value_length, &common[shared - common_keys], error);
}

static int parse_term(struct distillation_term *term, const char *text,
                      const struct distillation_loss_settings *settings, struct error *error) {
    double common[COMMON_KEYS];
    size_t length = strcspn(text, ":");
    term->kind = find_kind(text, length, error);
    if (term->kind == NULL)
        return -1;
    for (size_t i = 0; i < COMMON_KEYS; i++)
        common[i] = common_keys[i].value;
    for (size_t i = 0; i < DISTILLATION_KEYS_MAX; i++)
        term->keys[i] = term->kind->keys[i].value;
    const char *start = text + length;
    for (bool first = true; *start != '\0'; first = false) {
        start++; /* over : or , */
        length = strcspn(start, ",");
        if (read_setting(term, common, start, length, first, error) < 0)
            return -1;
        start += length;
    }
    double own = term->kind->temperature > 0 ? term->kind->temperature : 1;
    double usual = isnan(settings->temperature) ? own : settings->temperature;
    term->temperature = isnan(common[COMMON_TEMPERATURE]) ? usual : common[COMMON_TEMPERATURE];
    term->weight = common[COMMON_WEIGHT];
    if (settings->epoch < common[COMMON_WARMUP])
        term->weight *= settings->epoch / common[COMMON_WARMUP];
    if (!isfinite(term->weight) || !isfinite(term->temperature))
        return error_set_usage(error, "%s: weight and temperature must be finite", term->kind->name);
    return term->kind->check != NULL ? term->kind->check(term, error) : 0;
}

int distillation_loss_parse(struct distillation_loss *loss, size_t count, const char *const *texts,
                            const struct distillation_loss_settings *settings, struct error *error) {
    *loss = (struct distillation_loss){0};
    loss->terms = memory_zeros(error, count, sizeof *loss->terms);
    if (loss->terms == NULL)
        return -1;
    for (; loss->count < count; loss->count++) {
        struct distillation_term *term = &loss->terms[loss->count];
        if (parse_term(term, texts[loss->count], settings, error) < 0) {
            loss->count++; /* with what it holds already */
            distillation_loss_free(loss);
            return -1;
        }
        loss->needs |= distillation_term_needs(term);
    }
    return 0;
}

/* Whether a derivative of these values exists. */
static int check_finite(const struct distillation_term *term, size_t rows, const double *values,
                        struct error *error) {
    for (size_t i = 0; i < rows; i++)
        if (!isfinite(values[i]))
            return error_set(error, "the loss '%s' is not finite: it has no gradient", term->kind->name);
    return 0;
}

/* total += factor * part; the first part overwrites. */
static void add_scaled(size_t count, double factor, const double *part, bool first, double *total) {
    for (size_t i = 0; i < count; i++)
        total[i] = (first ? 0 : total[i]) + factor * part[i];
}

int distillation_loss_evaluate(const struct distillation_loss *loss, const struct distillation_batch *batch,
                               const struct distillation_loss_result *result, struct error *error) {
    size_t width = batch->columns > batch->features ? batch->columns : batch->features;
    double *room = NULL;
    bool first[2] = {true, true};
    int status = 0;
    if ((result->gradient != NULL || result->feature_gradient != NULL) &&
        (room = memory_matrix(error, batch->rows, width, sizeof *room)) == NULL)
        return -1;
    for (size_t i = 0; status == 0 && i < loss->count; i++) {
        const struct distillation_term *term = &loss->terms[i];
        bool feature = term->kind->needs & DISTILLATION_FEATURES;
        double *total = feature ? result->feature_gradient : result->gradient;
        double *values = result->values + i * batch->rows;
        status = distillation_term_evaluate(term, batch, values, total != NULL ? room : NULL, error);
        if (status < 0 || total == NULL)
            continue;
        status = check_finite(term, batch->rows, values, error);
        add_scaled(batch->rows * (feature ? batch->features : batch->columns), term->weight, room,
                   first[feature], total);
        first[feature] = false;
    }
    free(room);
    return status;
}

void distillation_loss_free(struct distillation_loss *loss) {
    for (size_t i = 0; i < loss->count; i++) {
        free(loss->terms[i].file);
        free(loss->terms[i].table);
    }
    free(loss->terms);
    *loss = (struct distillation_loss){0};
}
