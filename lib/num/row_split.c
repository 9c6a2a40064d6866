#include "num/row_split.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "num/row_pick.h"

/* The rows with one value of the column. */
struct class {
    double value;
    uint64_t rows, chosen;           /* in all */
    uint64_t rows_left, chosen_left; /* from the row at hand on */
};

struct row_split {
    struct row_pick pick;
    struct row_split_settings settings;
    bool rest;
    struct random_stream random;
    struct class *classes; /* in order of appearance */
    size_t class_count, class_capacity;
    size_t *slots; /* a hash table over them: index + 1, or 0; a power of two, at most half in use */
    size_t slot_count;
    uint64_t rows, chosen;
};

/* The slot that holds the class of a value, or the free one where it belongs. */
static size_t find_slot(const struct row_split *split, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits *= UINT64_C(0x9e3779b97f4a7c15); /* 2^64 / golden ratio: Knuth's multiplicative hash */
    size_t mask = split->slot_count - 1, slot = (size_t)(bits >> 32) & mask;
    while (split->slots[slot] != 0 && split->classes[split->slots[slot] - 1].value != value)
        slot = (slot + 1) & mask;
    return slot;
}

static int grow_slots(struct row_split *split, struct error *error) {
    if (2 * (split->class_count + 1) <= split->slot_count)
        return 0;
    size_t count = split->slot_count == 0 ? 64 : 2 * split->slot_count;
    size_t *slots = memory_zeros(error, count, sizeof *slots);
    if (slots == NULL)
        return -1;
    free(split->slots);
    split->slots = slots;
    split->slot_count = count;
    for (size_t i = 0; i < split->class_count; i++)
        slots[find_slot(split, split->classes[i].value)] = i + 1;
    return 0;
}

/* What decides about the class of a row; 0 for all without a column, and for -0. */
static double class_value(const struct row_split *split, const double *row) {
    double value = split->settings.column == ROW_SPLIT_NO_COLUMN ? 0 : row[split->settings.column];
    return value == 0 ? 0 : value;
}

static int count_row(struct row_split *split, double value, struct error *error) {
    if (grow_slots(split, error) < 0)
        return -1;
    size_t slot = find_slot(split, value);
    if (split->slots[slot] == 0) {
        if (memory_reserve(error, &split->classes, &split->class_capacity, split->class_count + 1,
                           sizeof *split->classes) < 0)
            return -1;
        split->classes[split->class_count++] = (struct class){.value = value};
        split->slots[slot] = split->class_count;
    }
    split->classes[split->slots[slot] - 1].rows++;
    split->rows++;
    return 0;
}

static int count_classes(struct row_split *split, struct row_stream *chain, struct error *error) {
    int status;
    while ((status = row_stream_next(chain, error)) > 0)
        for (size_t i = 0; i < chain->row_count; i++) {
            double value = class_value(split, chain->rows + i * chain->columns);
            if (isnan(value))
                return row_stream_refuse(chain, i, error, "the class of this row is missing");
            if (count_row(split, value, error) < 0)
                return -1;
        }
    return status;
}

static double remainder_of(const struct row_split *split, size_t class) {
    double share = split->settings.fraction * (double)split->classes[class].rows;
    return share - floor(share);
}

/* Larger remainders first, classes that appeared before others first. */
static int compare_remainders(const void *first, const void *second, void *context) {
    size_t a = *(const size_t *)first, b = *(const size_t *)second;
    double difference = remainder_of(context, b) - remainder_of(context, a);
    return difference != 0 ? (difference > 0) - (difference < 0) : (a > b) - (a < b);
}

static int choose_sizes(struct row_split *split, struct error *error) {
    size_t *order = memory_array(error, split->class_count, sizeof *order);
    if (order == NULL)
        return -1;
    split->chosen = (uint64_t)round(split->settings.fraction * (double)split->rows);
    uint64_t missing = split->chosen;
    for (size_t i = 0; i < split->class_count; i++) {
        order[i] = i;
        split->classes[i].chosen = (uint64_t)(split->settings.fraction * (double)split->classes[i].rows);
        missing -= split->classes[i].chosen;
    }
    qsort_r(order, split->class_count, sizeof *order, compare_remainders, split);
    for (size_t i = 0; i < split->class_count && i < missing; i++)
        split->classes[order[i]].chosen++;
    free(order);
    return 0;
}

static void start(struct row_split *split) {
    random_start(&split->random, split->settings.seed, split->settings.filter, "split", 0);
    for (size_t i = 0; i < split->class_count; i++) {
        split->classes[i].rows_left = split->classes[i].rows;
        split->classes[i].chosen_left = split->classes[i].chosen;
    }
    split->pick.stream.rows_total = (int64_t)(split->rest ? split->rows - split->chosen : split->chosen);
}

/* Decides about the next row: chosen_left of the rows_left that its class still has are to be taken. */
static bool choose_row(struct row_split *split, const double *row) {
    size_t slot = find_slot(split, class_value(split, row));
    struct class *class = &split->classes[split->slots[slot] - 1];
    bool chosen = random_below(&split->random, class->rows_left) < class->chosen_left;
    class->rows_left--;
    class->chosen_left -= chosen;
    return chosen;
}

static bool belongs(struct row_pick *pick, const double *row) {
    struct row_split *split = (struct row_split *)pick;
    return choose_row(split, row) != split->rest;
}

static int next(struct row_stream *stream, struct error *error) {
    return row_pick_next((struct row_pick *)stream, belongs, error);
}

static int rewind_split(struct row_stream *stream, struct error *error) {
    start((struct row_split *)stream);
    return row_stream_rewind(stream->source, error);
}

static void free_split(struct row_stream *stream) {
    struct row_split *split = (struct row_split *)stream;
    free(split->classes);
    free(split->slots);
    row_pick_free(&split->pick);
    free(split);
}

static const struct row_stream_kind split_kind = {
    .next = next, .rewind = rewind_split, .refuse = row_pick_refuse, .free = free_split};

int row_split_push(struct row_stream **chain, const struct row_split_settings *settings,
                   struct error *error) {
    struct row_split *split = memory_zeros(error, 1, sizeof *split);
    if (split == NULL)
        return -1;
    split->settings = *settings;
    if (count_classes(split, *chain, error) < 0 || choose_sizes(split, error) < 0 ||
        row_stream_rewind(*chain, error) < 0) {
        free_split(&split->pick.stream);
        return -1;
    }
    row_stream_put(chain, &split->pick.stream, &split_kind);
    start(split);
    return 0;
}

void row_split_choose_rest(struct row_stream *stage) {
    ((struct row_split *)stage)->rest = true;
}
