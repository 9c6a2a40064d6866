#include "io/column_list.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/nearest_name.h"

enum { COLUMN_NUMBER_MAX = 1000000000 };

/* What an item is taken against. */
struct columns_known {
    size_t width;
    const char *const *names;
};

/* Reads an optional minus and digits; NULL where there are none. Numbers beyond any width stay there. */
static const char *read_number(const char *text, const char *end, int64_t *number) {
    bool negative = text < end && *text == '-';
    const char *at = text + negative;
    int64_t sum = 0;
    if (at == end || *at < '0' || *at > '9')
        return NULL;
    for (; at < end && *at >= '0' && *at <= '9'; at++)
        sum = sum < COLUMN_NUMBER_MAX ? 10 * sum + (*at - '0') : sum;
    *number = negative ? -sum : sum;
    return at;
}

/* A number is a range of one. */
static bool read_range(const char *text, const char *end, int64_t *first, int64_t *last) {
    const char *at = read_number(text, end, first);
    *last = *first;
    if (at == NULL || at == end)
        return at != NULL;
    return *at == '-' && read_number(at + 1, end, last) == end;
}

static int append(struct column_list *list, size_t index, struct error *error) {
    if (memory_reserve(error, &list->indices, &list->capacity, list->count + 1, sizeof *list->indices) < 0)
        return -1;
    list->indices[list->count++] = index;
    return 0;
}

/* 1 is the first and -1 the last column; -1 where there is none of that number. */
static int64_t index_of_number(int64_t number, size_t width) {
    int64_t index = number < 0 ? (int64_t)width + number : number - 1;
    return index >= 0 && (size_t)index < width ? index : -1;
}

static int append_range(struct column_list *list, int64_t first, int64_t last, size_t width,
                        struct error *error) {
    int64_t from = index_of_number(first, width), to = index_of_number(last, width);
    if (from < 0 || to < 0)
        return error_set(error, "no column %lld: there %s %zu", (long long)(from < 0 ? first : last),
                         width == 1 ? "is" : "are", width);
    int64_t step = from <= to ? 1 : -1;
    for (int64_t index = from; index != to + step; index += step) {
        if (append(list, (size_t)index, error) < 0)
            return -1;
    }
    return 0;
}

static int64_t index_of_name(const struct columns_known *known, const char *name, size_t length) {
    for (size_t i = 0; known->names != NULL && i < known->width; i++) {
        if (strlen(known->names[i]) == length && memcmp(known->names[i], name, length) == 0)
            return (int64_t)i;
    }
    return -1;
}

static int unknown_name(const struct columns_known *known, const char *name, size_t length,
                        struct error *error) {
    char quoted[ERROR_QUOTE_SIZE], quoted_nearest[ERROR_QUOTE_SIZE];
    error_quote(quoted, name, length);
    if (known->names == NULL)
        return error_set(error, "no column '%s': the columns have no names, only numbers", quoted);

    char *typed = memory_text(error, name, length);
    if (typed == NULL)
        return -1;
    const char *nearest = nearest_name(typed, known->names, known->width);
    free(typed);
    if (nearest == NULL)
        return error_set(error, "no column '%s'", quoted);
    return error_set(error, "no column '%s'; the nearest is '%s'", quoted,
                     error_quote(quoted_nearest, nearest, strlen(nearest)));
}

/* The end of the item at text: the next comma, or the end. */
static const char *item_end(const char *text, const char *end) {
    const char *comma = memchr(text, ',', (size_t)(end - text));
    return comma != NULL ? comma : end;
}

/* Takes a name in quotes, with "" for a quote. Returns the first byte after it, or NULL. */
static const char *append_quoted(struct column_list *list, const char *text, const char *end,
                                 const struct columns_known *known, struct error *error) {
    const char *result = NULL;
    size_t length = 0;
    char *name = memory_resize(error, NULL, (size_t)(end - text), 1);
    const char *at = text + 1;
    if (name == NULL)
        return NULL;
    for (; at < end && (*at != '"' || (at + 1 < end && at[1] == '"')); at++) {
        at += *at == '"';
        name[length++] = *at;
    }

    int64_t index = index_of_name(known, name, length);
    if (at == end || (at + 1 < end && at[1] != ','))
        error_set_usage(error, "list of columns: a quote is not closed before the next comma");
    else if (index < 0)
        unknown_name(known, name, length, error);
    else if (append(list, (size_t)index, error) == 0)
        result = at + 1;
    free(name);
    return result;
}

/* Takes a number, a range or a name without quotes. Returns the first byte after it, or NULL. */
static const char *append_plain(struct column_list *list, const char *text, const char *end,
                                const struct columns_known *known, struct error *error) {
    const char *first_end = item_end(text, end);
    int64_t first = 0, last = 0;
    if (first_end == text) {
        error_set_usage(error, "list of columns: an item is empty");
        return NULL;
    }

    bool range = read_range(text, first_end, &first, &last);
    if (range && index_of_number(first, known->width) >= 0 && index_of_number(last, known->width) >= 0)
        return append_range(list, first, last, known->width, error) < 0 ? NULL : first_end;

    /* A name, perhaps with commas in it: the shortest that is one. */
    for (const char *stop = first_end;; stop = item_end(stop + 1, end)) {
        int64_t index = index_of_name(known, text, (size_t)(stop - text));
        if (index >= 0)
            return append(list, (size_t)index, error) < 0 ? NULL : stop;
        if (stop == end)
            break;
    }
    if (range)
        append_range(list, first, last, known->width, error);
    else
        unknown_name(known, text, (size_t)(first_end - text), error);
    return NULL;
}

int column_list_read(struct column_list *list, const char *typed, size_t width, const char *const *names,
                     struct error *error) {
    struct columns_known known = {width, names};
    const char *at = typed, *end = typed + strlen(typed);
    *list = (struct column_list){0};
    for (;;) {
        at = at < end && *at == '"' ? append_quoted(list, at, end, &known, error)
                                    : append_plain(list, at, end, &known, error);
        if (at == NULL) {
            column_list_free(list);
            return -1;
        }
        if (at == end)
            return 0;
        at++; /* the comma */
    }
}

bool column_list_names(const char *typed) {
    const char *end = typed + strlen(typed), *stop;
    int64_t first, last;
    for (const char *at = typed;; at = stop + 1) {
        stop = item_end(at, end);
        if (!read_range(at, stop, &first, &last))
            return true;
        if (stop == end)
            return false;
    }
}

/* Every column, in order. */
static int list_all(struct column_list *list, size_t width, struct error *error) {
    *list = (struct column_list){.count = width, .capacity = width};
    list->indices = memory_array(error, width, sizeof *list->indices);
    if (list->indices == NULL)
        return -1;
    for (size_t i = 0; i < width; i++)
        list->indices[i] = i;
    return 0;
}

/* Takes out of list what is in other. */
static int subtract(struct column_list *list, const struct column_list *other, size_t width,
                    struct error *error) {
    bool *excluded = memory_zeros(error, width, sizeof *excluded);
    if (excluded == NULL)
        return -1;
    for (size_t i = 0; i < other->count; i++)
        excluded[other->indices[i]] = true;
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (!excluded[list->indices[i]])
            list->indices[kept++] = list->indices[i];
    }
    list->count = kept;
    free(excluded);
    return 0;
}

int column_list_choose(struct column_list *list, const char *columns, const char *exclude, size_t width,
                       const char *const *names, struct error *error) {
    struct column_list excluded = {0};
    int status =
        columns != NULL ? column_list_read(list, columns, width, names, error) : list_all(list, width, error);
    if (status < 0)
        return -1;
    if (exclude != NULL) {
        status = column_list_read(&excluded, exclude, width, names, error);
        if (status == 0)
            status = subtract(list, &excluded, width, error);
        column_list_free(&excluded);
    }
    if (status == 0 && list->count == 0)
        status = error_set(error, "no column is left");
    if (status < 0)
        column_list_free(list);
    return status;
}

void column_list_free(struct column_list *list) {
    free(list->indices);
    *list = (struct column_list){0};
}
