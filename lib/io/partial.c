#include "io/partial.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/partial_options.h"

static int create_sum(struct partial *partial, size_t i, struct error *error) {
    const struct partial_sum_description *described = &partial->description->sums[i];
    struct partial_sum *sum = &partial->sums[i];
    size_t values;
    sum->count = 1;
    sum->word_count = described->kind == PARTIAL_SAME ? 1 : 2;
    for (const char *letter = described->shape; *letter != '\0'; letter++)
        if (!memory_product(sum->count, partial->sizes[(unsigned char)*letter], &sum->count))
            return error_set(error, "%s: too large", described->name);
    if (!memory_product(sum->word_count, sum->count, &values))
        return error_set(error, "%s: too large", described->name);
    sum->words = memory_zeros(error, values, sizeof *sum->words);
    if (sum->words == NULL)
        return -1;
    if (described->kind != PARTIAL_LOGARITHMIC)
        return 0;
    sum->exponents = memory_zeros(error, sum->count, sizeof *sum->exponents);
    return sum->exponents != NULL ? 0 : -1;
}

struct partial *partial_create(const struct partial_description *description,
                               const struct partial_size *sizes, struct error *error) {
    assert(description->sum_count <= PARTIAL_SUMS_MAX && description->finish_count > 0);
    struct partial *partial = memory_zeros(error, 1, sizeof *partial);
    if (partial == NULL)
        return NULL;
    partial->description = description;
    for (; sizes->letter != 0; sizes++)
        partial->sizes[(unsigned char)sizes->letter] = sizes->size;
    partial->sums = memory_zeros(error, description->sum_count, sizeof *partial->sums);
    if (partial->sums == NULL)
        goto failed;
    for (size_t i = 0; i < description->sum_count; i++)
        if (create_sum(partial, i, error) < 0)
            goto failed;
    return partial;

failed:
    partial_free(partial);
    return NULL;
}

struct partial *partial_create_like(const struct partial *other, struct error *error) {
    struct partial_size sizes[129] = {{0, 0}};
    size_t count = 0;
    for (size_t letter = 1; letter < 128; letter++)
        sizes[count++] = (struct partial_size){(char)letter, other->sizes[letter]};
    sizes[count].letter = 0;
    struct partial *partial = partial_create(other->description, sizes, error);
    if (partial == NULL)
        return NULL;
    partial->shard_total = other->shard_total;
    partial->options = memory_text(error, other->options, strlen(other->options));
    if (partial->options != NULL)
        return partial;
    partial_free(partial);
    return NULL;
}

int partial_describe(struct partial *partial, const char *options, uint64_t rows,
                     const struct row_format *format, struct error *error) {
    bool repeated;
    partial->options = memory_text(error, options, strlen(options));
    if (partial->options == NULL)
        return -1;
    partial->rows = rows;
    partial->shard_total = format->shards;
    if (format->shards == 0)
        return 0;
    return partial_add_shard(partial, (uint32_t)format->shard, &repeated, error);
}

int partial_add_shard(struct partial *partial, uint32_t shard, bool *repeated, struct error *error) {
    size_t after = 0, high = partial->shard_count;
    if (memory_reserve(error, &partial->shards, &partial->shard_capacity, partial->shard_count + 1,
                       sizeof *partial->shards) < 0)
        return -1;
    while (after < high) {
        size_t middle = after + (high - after) / 2;
        if (partial->shards[middle] <= shard)
            after = middle + 1;
        else
            high = middle;
    }
    *repeated = after > 0 && partial->shards[after - 1] == shard;
    memmove(partial->shards + after + 1, partial->shards + after,
            (partial->shard_count - after) * sizeof *partial->shards);
    partial->shards[after] = shard;
    partial->shard_count++;
    return 0;
}

int partial_reserve_words(struct partial_sum *sum, size_t word_count, struct error *error) {
    if (word_count <= sum->word_count)
        return 0;
    size_t values;
    if (!memory_product(word_count, sum->count, &values))
        return error_set(error, "too large");
    double *words = memory_resize(error, sum->words, values, sizeof *words);
    if (words == NULL)
        return -1;
    memset(words + sum->word_count * sum->count, 0,
           (word_count - sum->word_count) * sum->count * sizeof *words);
    sum->words = words;
    sum->word_count = word_count;
    return 0;
}

double partial_value(const struct partial_sum *sum, size_t i) {
    assert(i < sum->count && sum->exponents == NULL);
    return sum->words[i] + (sum->word_count > 1 ? sum->words[sum->count + i] : 0);
}

static bool is_named(const struct partial_finish *finish, const char *name, size_t length) {
    return strlen(finish->name) == length && memcmp(finish->name, name, length) == 0;
}

const struct partial_finish *partial_find_finish(const struct partial *partial, const char *name,
                                                 struct error *error) {
    const struct partial_description *description = partial->description;
    char quoted[ERROR_QUOTE_SIZE], known[256] = "";
    size_t length = name != NULL ? strlen(name) : 0;
    if (name == NULL)
        name = partial_options_find(partial->options, "result", &length);
    if (name == NULL)
        return &description->finishes[0];
    for (size_t i = 0; i < description->finish_count; i++) {
        if (is_named(&description->finishes[i], name, length))
            return &description->finishes[i];
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", i > 0 ? ", " : "", description->finishes[i].name);
    }
    error_set(error, "%s: parts of %s do not finish as '%s', but as: %s", partial->name, description->filter,
              error_quote(quoted, name, length), known);
    return NULL;
}

void partial_free(struct partial *partial) {
    if (partial == NULL)
        return;
    for (size_t i = 0; partial->sums != NULL && i < partial->description->sum_count; i++) {
        free(partial->sums[i].words);
        free(partial->sums[i].exponents);
    }
    free(partial->sums);
    free(partial->shards);
    free(partial->options);
    free(partial->name);
    free(partial);
}
