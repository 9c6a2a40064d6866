#include "num/row_sampling.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "num/row_pick.h"

enum { BLOCK_VALUES = 1 << 16 };

/* Rows in memory, handed out in an order of their own. */
struct held_rows {
    struct row_stream stream;
    double *values;
    size_t row_count; /* how many there are in values */
    size_t *order;    /* the rows to hand out */
    size_t count;     /* how many in all */
    size_t position;
    size_t wanted; /* how many were asked for, where that may be more than count */
    double *buffer;
    size_t capacity;
};

static int next_held(struct row_stream *stream, struct error *error) {
    struct held_rows *held = (struct held_rows *)stream;
    size_t columns = stream->columns, count = BLOCK_VALUES / columns + 1;
    if (count > held->count - held->position)
        count = held->count - held->position;
    stream->row_count = count;
    if (count == 0)
        return 0;
    if (row_stream_reserve(&held->buffer, &held->capacity, count, columns, error) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        memcpy(held->buffer + i * columns, held->values + held->order[held->position + i] * columns,
               columns * sizeof *held->buffer);
    held->position += count;
    stream->rows = held->buffer;
    return 1;
}

static bool ready_held(struct row_stream *stream) {
    (void)stream;
    return true;
}

static int rewind_held(struct row_stream *stream, struct error *error) {
    (void)error;
    ((struct held_rows *)stream)->position = 0;
    return 0;
}

static int refuse_held(const struct row_stream *stream, size_t row, const char *text, struct error *error) {
    const struct held_rows *held = (const struct held_rows *)stream;
    return error_set(error, "row %zu: %s", held->position - stream->row_count + row + 1, text);
}

static void note_held(const struct row_stream *stream, char *text, size_t size) {
    const struct held_rows *held = (const struct held_rows *)stream;
    if (held->count < held->wanted)
        snprintf(text, size, "only %zu %s to sample %zu from", held->count, held->count == 1 ? "row" : "rows",
                 held->wanted);
}

static void free_held(struct row_stream *stream) {
    struct held_rows *held = (struct held_rows *)stream;
    free(held->values);
    free(held->order);
    free(held->buffer);
    free(held);
}

static const struct row_stream_kind held_kind = {.next = next_held,
                                                 .ready = ready_held,
                                                 .rewind = rewind_held,
                                                 .refuse = refuse_held,
                                                 .note = note_held,
                                                 .free = free_held};

static void put_held(struct row_stream **chain, struct held_rows *held) {
    row_stream_put(chain, &held->stream, &held_kind);
    held->stream.rows_total = (int64_t)held->count;
    held->stream.rewindable = true;
}

/* Reads the whole chain, and makes room for an order of as many rows. NULL: error says why. */
static struct held_rows *hold_all(struct row_stream *chain, struct error *error) {
    struct held_rows *held = memory_zeros(error, 1, sizeof *held);
    if (held == NULL)
        return NULL;
    int status = row_stream_gather(chain, &held->values, &held->row_count, error);
    held->count = held->row_count;
    if (status == 0)
        held->order = memory_array(error, held->count, sizeof *held->order);
    if (held->order == NULL) {
        free_held(&held->stream);
        return NULL;
    }
    return held;
}

int row_sampling_push_shuffle(struct row_stream **chain, uint64_t seed, const char *filter,
                              struct error *error) {
    struct random_stream random;
    struct held_rows *held = hold_all(*chain, error);
    if (held == NULL)
        return -1;
    random_start(&random, seed, filter, "shuffle", 0);
    random_permutation(&random, held->count, held->order);
    put_held(chain, held);
    return 0;
}

int row_sampling_push_bootstrap(struct row_stream **chain, uint64_t seed, const char *filter,
                                struct error *error) {
    struct random_stream random;
    struct held_rows *held = hold_all(*chain, error);
    if (held == NULL)
        return -1;
    random_start(&random, seed, filter, "bootstrap", 0);
    for (size_t i = 0; i < held->count; i++)
        held->order[i] = (size_t)random_below(&random, held->count);
    put_held(chain, held);
    return 0;
}

/* A reservoir while it fills: the number that each of its rows has in the input. */
struct reservoir {
    struct held_rows *held;
    uint64_t *numbers;
    size_t values_capacity, numbers_capacity;
    uint64_t rows_seen;
    struct random_stream random;
};

/* Row n (from 0) takes a place with probability count / (n + 1), each place with equal probability. */
static int offer_row(struct reservoir *reservoir, const double *row, struct error *error) {
    struct held_rows *held = reservoir->held;
    size_t columns = held->stream.columns, place = held->row_count;
    if (held->row_count == held->wanted) {
        uint64_t drawn = random_below(&reservoir->random, reservoir->rows_seen + 1);
        place = drawn < held->wanted ? (size_t)drawn : SIZE_MAX;
    } else if (row_stream_reserve(&held->values, &reservoir->values_capacity, place + 1, columns, error) <
                   0 ||
               memory_reserve(error, &reservoir->numbers, &reservoir->numbers_capacity, place + 1,
                              sizeof *reservoir->numbers) < 0) {
        return -1;
    } else {
        held->row_count++;
    }
    if (place != SIZE_MAX) {
        memcpy(held->values + place * columns, row, columns * sizeof *row);
        reservoir->numbers[place] = reservoir->rows_seen;
    }
    reservoir->rows_seen++;
    return 0;
}

static int fill_reservoir(struct reservoir *reservoir, struct row_stream *chain, struct error *error) {
    int status;
    reservoir->held->stream.columns = chain->columns;
    while ((status = row_stream_next(chain, error)) > 0)
        for (size_t i = 0; i < chain->row_count; i++)
            if (offer_row(reservoir, chain->rows + i * chain->columns, error) < 0)
                return -1;
    return status;
}

static int compare_numbers(const void *first, const void *second, void *context) {
    const uint64_t *numbers = context;
    uint64_t a = numbers[*(const size_t *)first], b = numbers[*(const size_t *)second];
    return (a > b) - (a < b);
}

/* The reservoir's places in input order. */
static int order_reservoir(struct reservoir *reservoir, struct error *error) {
    struct held_rows *held = reservoir->held;
    held->count = held->row_count;
    held->order = memory_array(error, held->count, sizeof *held->order);
    if (held->order == NULL)
        return -1;
    for (size_t i = 0; i < held->count; i++)
        held->order[i] = i;
    qsort_r(held->order, held->count, sizeof *held->order, compare_numbers, reservoir->numbers);
    return 0;
}

int row_sampling_push_count(struct row_stream **chain, size_t count, uint64_t seed, const char *filter,
                            struct error *error) {
    struct reservoir reservoir = {.held = memory_zeros(error, 1, sizeof *reservoir.held)};
    if (reservoir.held == NULL)
        return -1;
    reservoir.held->wanted = count;
    random_start(&reservoir.random, seed, filter, "sample", 0);
    int status = fill_reservoir(&reservoir, *chain, error);
    if (status == 0)
        status = order_reservoir(&reservoir, error);
    free(reservoir.numbers);
    if (status < 0) {
        free_held(&reservoir.held->stream);
        return -1;
    }
    put_held(chain, reservoir.held);
    return 0;
}

/* Rows that each pass with the same probability. */
struct fraction {
    struct row_pick pick;
    double probability;
    uint64_t seed;
    const char *filter;
    struct random_stream random;
};

static bool passes(struct row_pick *pick, const double *row) {
    struct fraction *fraction = (struct fraction *)pick;
    (void)row;
    return random_uniform(&fraction->random) < fraction->probability;
}

static int next_fraction(struct row_stream *stream, struct error *error) {
    return row_pick_next((struct row_pick *)stream, passes, error);
}

static void start_fraction(struct fraction *fraction) {
    random_start(&fraction->random, fraction->seed, fraction->filter, "sample-fraction", 0);
}

static int rewind_fraction(struct row_stream *stream, struct error *error) {
    start_fraction((struct fraction *)stream);
    return row_stream_rewind(stream->source, error);
}

static void free_fraction(struct row_stream *stream) {
    row_pick_free((struct row_pick *)stream);
    free(stream);
}

static const struct row_stream_kind fraction_kind = {
    .next = next_fraction, .rewind = rewind_fraction, .refuse = row_pick_refuse, .free = free_fraction};

int row_sampling_push_fraction(struct row_stream **chain, double probability, uint64_t seed,
                               const char *filter, struct error *error) {
    struct fraction *fraction = memory_zeros(error, 1, sizeof *fraction);
    if (fraction == NULL)
        return -1;
    row_stream_put(chain, &fraction->pick.stream, &fraction_kind);
    fraction->pick.stream.rows_total = -1;
    fraction->probability = probability;
    fraction->seed = seed;
    fraction->filter = filter;
    start_fraction(fraction);
    return 0;
}
