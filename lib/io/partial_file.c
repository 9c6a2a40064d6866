#include "io/partial_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/decimal.h"
#include "io/npz.h"
#include "io/partial_options.h"

static const char kind[] = "partial";

enum {
    VERSION = 1,
    NAME_SIZE = 128,
    OPTIONS_MAX = 16384, /* bytes; texts are compared word by word */
};

static const double WHOLE_MAX = 0x1p53; /* up to here doubles hold every whole number */

/* An archive being turned into a partial. */
struct reading {
    const struct npz *npz;
    struct partial *partial;
    size_t used; /* arrays that were asked for and found */
};

/* Writes the name of a sum's word: NAME, NAME_carry, NAME_carry2, ... */
static void name_word(char *name, const char *sum, size_t word) {
    if (word == 0)
        snprintf(name, NAME_SIZE, "%s", sum);
    else if (word == 1)
        snprintf(name, NAME_SIZE, "%s_carry", sum);
    else
        snprintf(name, NAME_SIZE, "%s_carry%zu", sum, word);
}

static void name_exponent(char *name, const char *sum) {
    snprintf(name, NAME_SIZE, "%s_exponent", sum);
}

static int refuse_value(const struct reading *reading, const char *name, size_t i, const char *expected,
                        double value, struct error *error) {
    char number[DECIMAL_SIZE];
    number[decimal_print(number, value)] = '\0';
    return error_set(error, "%s: %s: value %zu: expected %s, got '%s'", reading->npz->path, name, i + 1,
                     expected, number);
}

static const char *take_text(struct reading *reading, const char *name, struct error *error) {
    reading->used++;
    return npz_require_text(reading->npz, name, error);
}

static const struct npz_array *take_numbers(struct reading *reading, const char *name, size_t rank,
                                            struct error *error) {
    reading->used++;
    return npz_require(reading->npz, name, rank, error);
}

/* A whole number of at least `least`. */
static int take_whole(struct reading *reading, const char *name, double least, uint64_t *whole,
                      struct error *error) {
    const struct npz_array *array = take_numbers(reading, name, 0, error);
    if (array == NULL)
        return -1;
    double value = array->values[0];
    if (!(value >= least && value <= WHOLE_MAX && value == floor(value)))
        return refuse_value(reading, name, 0, "a whole number", value, error);
    *whole = (uint64_t)value;
    return 0;
}

/* Whether the option that tells a filter's descriptions apart is this one's. */
static bool has_form(const struct partial_description *description, const struct npz_array *options) {
    size_t length;
    if (description->option == NULL)
        return true;
    const char *value = options != NULL && options->text != NULL
                            ? partial_options_find(options->text, description->option, &length)
                            : NULL;
    return value != NULL && strlen(description->value) == length &&
           memcmp(value, description->value, length) == 0;
}

/* Finds out what filter wrote the archive, and in what form. */
static const struct partial_description *find_description(struct reading *reading,
                                                          const struct partial_description *const *known,
                                                          size_t known_count, struct error *error) {
    const struct npz_array *options = npz_find(reading->npz, "options");
    const char *path = reading->npz->path;
    char quoted[ERROR_QUOTE_SIZE];
    uint64_t version;
    const char *text = take_text(reading, "kind", error);
    if (text == NULL)
        return NULL;
    if (strcmp(text, kind) != 0) {
        error_set(error, "%s: kind is '%s', not '%s'", path, error_quote(quoted, text, strlen(text)), kind);
        return NULL;
    }
    if (take_whole(reading, "version", 0, &version, error) < 0)
        return NULL;
    if (version != VERSION) {
        error_set(error, "%s: version is %.0f; %d is known", path, (double)version, VERSION);
        return NULL;
    }
    text = take_text(reading, "filter", error);
    if (text == NULL)
        return NULL;
    for (size_t i = 0; i < known_count; i++)
        if (strcmp(known[i]->filter, text) == 0 && has_form(known[i], options))
            return known[i];
    error_set(error, "%s: filter '%s' has no parts that could be merged", path,
              error_quote(quoted, text, strlen(text)));
    return NULL;
}

/* Takes over one part's I and N. */
static int read_shard(struct reading *reading, const double *numbers, size_t i, struct error *error) {
    struct partial *partial = reading->partial;
    double shard = numbers[0], total = numbers[1];
    bool repeated;
    if (!(total >= 1 && total <= UINT32_MAX && total == floor(total)))
        return refuse_value(reading, "shard", i + 1, "a number of parts", total, error);
    if (!(shard >= 1 && shard <= total && shard == floor(shard)))
        return refuse_value(reading, "shard", i, "a part's number", shard, error);
    if (partial->shard_total != 0 && partial->shard_total != (uint64_t)total)
        return error_set(error, "%s: shard: parts of %.0f and of %.0f", reading->npz->path,
                         (double)partial->shard_total, total);
    if (partial->shard_count > 0 && shard < partial->shards[partial->shard_count - 1])
        return refuse_value(reading, "shard", i, "an ascending part's number", shard, error);
    partial->shard_total = (uint64_t)total;
    return partial_add_shard(partial, (uint32_t)shard, &repeated, error);
}

static int read_shards(struct reading *reading, struct error *error) {
    const struct npz_array *array = npz_find(reading->npz, "shard");
    if (array == NULL)
        return 0;
    array = take_numbers(reading, "shard", array->rank == 2 ? 2 : 1, error);
    if (array == NULL)
        return -1;
    if (array->count == 0 || array->shape[array->rank - 1] != 2)
        return error_set(error, "%s: shard: expected pairs of numbers", reading->npz->path);
    for (size_t i = 0; i < array->count; i += 2)
        if (read_shard(reading, array->values + i, i, error) < 0)
            return -1;
    return 0;
}

/* The sizes that the sums' own arrays have, the same letter the same size. */
static int read_sizes(const struct npz *npz, const struct partial_description *description,
                      struct partial_size *sizes, struct error *error) {
    size_t known = 0;
    for (size_t i = 0; i < description->sum_count; i++) {
        const struct partial_sum_description *sum = &description->sums[i];
        const struct npz_array *array = npz_require(npz, sum->name, strlen(sum->shape), error);
        if (array == NULL)
            return -1;
        for (size_t j = 0; j < array->rank; j++) {
            size_t k = 0;
            while (k < known && sizes[k].letter != sum->shape[j])
                k++;
            if (k == known)
                sizes[known++] = (struct partial_size){sum->shape[j], array->shape[j]};
            else if (sizes[k].size != array->shape[j])
                return error_set(error, "%s: %s: dimension %zu is %zu, where other sums have %zu", npz->path,
                                 sum->name, j + 1, array->shape[j], sizes[k].size);
        }
    }
    return 0;
}

/* The values of an array that has a sum's shape. */
static const double *take_shaped(struct reading *reading, const char *name,
                                 const struct partial_sum_description *sum, struct error *error) {
    const struct npz_array *array = take_numbers(reading, name, strlen(sum->shape), error);
    if (array == NULL)
        return NULL;
    for (size_t j = 0; j < array->rank; j++) {
        size_t expected = reading->partial->sizes[(unsigned char)sum->shape[j]];
        if (array->shape[j] == expected)
            continue;
        error_set(error, "%s: %s: dimension %zu is %zu, where other sums have %zu", reading->npz->path, name,
                  j + 1, array->shape[j], expected);
        return NULL;
    }
    return array->values;
}

static int read_word(struct reading *reading, size_t i, size_t word, struct error *error) {
    const struct partial_sum_description *described = &reading->partial->description->sums[i];
    struct partial_sum *sum = &reading->partial->sums[i];
    char name[NAME_SIZE];
    name_word(name, described->name, word);
    const double *values = take_shaped(reading, name, described, error);
    if (values == NULL)
        return -1;
    if (partial_reserve_words(sum, word + 1, error) < 0)
        return error_prefix(error, "%s: %s", reading->npz->path, name);
    for (size_t j = 0; j < sum->count; j++) {
        double value = values[j];
        if (word > 0 ? !isfinite(value) : isnan(value))
            return refuse_value(reading, name, j, word > 0 ? "a finite number" : "a number", value, error);
        if (word == 0 && described->kind == PARTIAL_LOGARITHMIC && value < 0)
            return refuse_value(reading, name, j, "a sum of at least 0", value, error);
        sum->words[word * sum->count + j] = word > 0 && isinf(sum->words[j]) ? 0 : value;
    }
    return 0;
}

static int read_exponents(struct reading *reading, size_t i, struct error *error) {
    const struct partial_sum_description *described = &reading->partial->description->sums[i];
    struct partial_sum *sum = &reading->partial->sums[i];
    char name[NAME_SIZE];
    name_exponent(name, described->name);
    const double *values = take_shaped(reading, name, described, error);
    if (values == NULL)
        return -1;
    for (size_t j = 0; j < sum->count; j++) {
        if (!(fabs(values[j]) <= WHOLE_MAX && values[j] == floor(values[j])))
            return refuse_value(reading, name, j, "a whole number", values[j], error);
        sum->exponents[j] = values[j];
    }
    return 0;
}

static int read_sum(struct reading *reading, size_t i, struct error *error) {
    const struct partial_sum_description *described = &reading->partial->description->sums[i];
    char name[NAME_SIZE];
    size_t words_max = described->kind == PARTIAL_SAME ? 1 : PARTIAL_WORDS_MAX;
    for (size_t word = 0; word < words_max; word++) {
        name_word(name, described->name, word);
        if (word >= 2 && npz_find(reading->npz, name) == NULL)
            break;
        if (read_word(reading, i, word, error) < 0)
            return -1;
    }
    return described->kind == PARTIAL_LOGARITHMIC ? read_exponents(reading, i, error) : 0;
}

static int read_all(struct reading *reading, const struct partial_description *description,
                    struct error *error) {
    const struct npz *npz = reading->npz;
    struct partial_size sizes[PARTIAL_SUMS_MAX * NPZ_RANK_MAX + 1] = {{0, 0}};
    if (read_sizes(npz, description, sizes, error) < 0)
        return -1;
    struct partial *partial = reading->partial = partial_create(description, sizes, error);
    if (partial == NULL)
        return error_prefix(error, "%s", npz->path);
    const char *options = take_text(reading, "options", error);
    if (options == NULL || take_whole(reading, "rows", 0, &partial->rows, error) < 0 ||
        read_shards(reading, error) < 0)
        return -1;
    if (strlen(options) > OPTIONS_MAX)
        return error_set(error, "%s: options: more than %d bytes", npz->path, OPTIONS_MAX);
    partial->name = memory_text(error, npz->path, strlen(npz->path));
    partial->options = memory_text(error, options, strlen(options));
    if (partial->name == NULL || partial->options == NULL)
        return -1;
    for (size_t i = 0; i < description->sum_count; i++)
        if (read_sum(reading, i, error) < 0)
            return -1;
    if (reading->used != npz->count)
        return error_set(error, "%s: %zu arrays, where sums of %s make %zu", npz->path, npz->count,
                         description->filter, reading->used);
    return 0;
}

struct partial *partial_file_read(const char *operand, const struct partial_description *const *known,
                                  size_t known_count, struct error *error) {
    struct npz *npz = npz_read(operand, error);
    if (npz == NULL)
        return NULL;
    struct reading reading = {.npz = npz};
    const struct partial_description *description = find_description(&reading, known, known_count, error);
    int status = description == NULL ? -1 : read_all(&reading, description, error);
    npz_free(npz);
    if (status == 0)
        return reading.partial;
    partial_free(reading.partial);
    return NULL;
}

static int write_shards(struct npz_writer *writer, const struct partial *partial, struct error *error) {
    size_t count = partial->shard_count;
    if (partial->shard_total == 0)
        return 0;
    double *pairs = memory_matrix(error, count, 2, sizeof *pairs);
    if (pairs == NULL)
        return -1;
    for (size_t i = 0; i < count; i++) {
        pairs[2 * i] = partial->shards[i];
        pairs[2 * i + 1] = (double)partial->shard_total;
    }
    int status = count == 1
                     ? npz_writer_numbers(writer, "shard", 1, (size_t[]){2}, pairs, false, error)
                     : npz_writer_numbers(writer, "shard", 2, (size_t[]){count, 2}, pairs, false, error);
    free(pairs);
    return status;
}

/* Words of a sum up to the last that is not 0 everywhere, and at least 2: merged in another order, there may
 * have been more in between. */
static size_t words_used(const struct partial_sum *sum) {
    size_t word_count = sum->word_count;
    for (; word_count > 2; word_count--)
        for (size_t j = 0; j < sum->count; j++)
            if (sum->words[(word_count - 1) * sum->count + j] != 0)
                return word_count;
    return word_count;
}

static int write_sum(struct npz_writer *writer, const struct partial *partial, size_t i,
                     struct error *error) {
    const struct partial_sum_description *described = &partial->description->sums[i];
    const struct partial_sum *sum = &partial->sums[i];
    size_t rank = strlen(described->shape), word_count = words_used(sum), shape[NPZ_RANK_MAX];
    char name[NAME_SIZE];
    for (size_t j = 0; j < rank; j++)
        shape[j] = partial->sizes[(unsigned char)described->shape[j]];
    for (size_t word = 0; word < word_count; word++) {
        name_word(name, described->name, word);
        if (npz_writer_numbers(writer, name, rank, shape, sum->words + word * sum->count, false, error) < 0)
            return -1;
    }
    if (described->kind != PARTIAL_LOGARITHMIC)
        return 0;
    name_exponent(name, described->name);
    return npz_writer_numbers(writer, name, rank, shape, sum->exponents, false, error);
}

static int write_all(struct npz_writer *writer, const struct partial *partial, struct error *error) {
    if (npz_writer_text(writer, "kind", kind, error) < 0 ||
        npz_writer_number(writer, "version", VERSION, error) < 0 ||
        npz_writer_text(writer, "filter", partial->description->filter, error) < 0 ||
        npz_writer_text(writer, "options", partial->options, error) < 0 ||
        write_shards(writer, partial, error) < 0 ||
        npz_writer_number(writer, "rows", (double)partial->rows, error) < 0)
        return -1;
    for (size_t i = 0; i < partial->description->sum_count; i++)
        if (write_sum(writer, partial, i, error) < 0)
            return -1;
    return 0;
}

int partial_file_write(const struct partial *partial, const char *path, struct error *error) {
    struct npz_writer *writer = npz_writer_open(path, error);
    if (writer == NULL)
        return -1;
    if (write_all(writer, partial, error) == 0)
        return npz_writer_close(writer, error);
    npz_writer_discard(writer);
    return -1;
}
