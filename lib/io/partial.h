/* Mergeable sums of a part of the rows (--partial).
 *
 * A filter whose result is a sum over rows describes its sums once, in a struct partial_description: their
 * names and shapes, how they merge, and what makes a result of the merged ones. Writing and reading them
 * (io/partial_file), merging (num/partial_merge) and klmerge itself go by the description alone. */
#ifndef IO_PARTIAL_H
#define IO_PARTIAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/command.h"
#include "base/error.h"
#include "base/stream_options.h"

enum partial_kind {
    PARTIAL_SUM,         /* values add up */
    PARTIAL_LOGARITHMIC, /* values are sums of exponentials, with a binary exponent each, as they may lie far
                            outside the range of doubles; set and read by num/partial_logarithm */
    PARTIAL_SAME,        /* no sum: what the sums were made with, the same values in all parts */
};

struct partial_sum_description {
    const char *name;
    const char *shape; /* a letter for each dimension, "" for a scalar; one letter is one size: "Kdd" */
    enum partial_kind kind;
};

struct partial;

/* A result that the sums allow. Writes what the filter would have written to command's output. Returns 0, or
 * -1 with command->error set. */
struct partial_finish {
    const char *name;
    int (*function)(struct command *command, const struct partial *merged);
};

struct partial_description {
    const char *filter;
    size_t sum_count, finish_count; /* at least one of each */
    const struct partial_sum_description *sums;
    /* The default is the one that the option `result` names; where there is none, the first. */
    const struct partial_finish *finishes;
    /* Where a filter has sums of several shapes, one description each: the option, and its value, that tells
     * them apart. Else NULL. */
    const char *option, *value;
};

/* One sum, elementwise value + carry + ..., from the largest word to the least. */
struct partial_sum {
    size_t count;      /* of elements: the product of the shape */
    size_t word_count; /* words of an element, at least 2: the value and what rounding left out of it; 1 where
                          it is no sum */
    double *words;     /* word_count x count; infinite sums have 0 behind the value */
    double *exponents; /* count; the element is 2^exponent times its words. NULL but for logarithmic sums */
};

/* The sums of one part, or of several that were merged. */
struct partial {
    const struct partial_description *description;
    char *name;           /* of the file, for messages; NULL before it has one */
    char *options;        /* those that matter for the result (io/partial_options) */
    uint64_t rows;        /* that the sums are over */
    uint64_t shard_total; /* N of --shard I/N; 0: none was given */
    uint32_t *shards;     /* the I of the parts, ascending */
    size_t shard_count, shard_capacity;
    size_t sizes[128]; /* by letter, of the letters in the description's shapes */
    struct partial_sum *sums;
};

/* The letters' sizes, in a list that ends with letter 0. */
struct partial_size {
    char letter;
    size_t size;
};

enum { PARTIAL_SUMS_MAX = 64, PARTIAL_WORDS_MAX = 64 };

/* All sums 0, of two words, and what is no sum 0; no options, rows or shards. NULL: error says why. */
struct partial *partial_create(const struct partial_description *description,
                               const struct partial_size *sizes, struct error *error);

/* The same with another's sizes, options and number of shards. */
struct partial *partial_create_like(const struct partial *other, struct error *error);

/* Fills in what an array job's task knows: the options (copied), the rows, and the shard that was read. */
__attribute__((warn_unused_result)) int partial_describe(struct partial *partial, const char *options,
                                                         uint64_t rows, const struct row_format *format,
                                                         struct error *error);

/* Adds a shard, from 1 to shard_total, to the list; *repeated tells whether it was there before. */
__attribute__((warn_unused_result)) int partial_add_shard(struct partial *partial, uint32_t shard,
                                                          bool *repeated, struct error *error);

/* Grows a sum to so many words, the new ones 0. */
__attribute__((warn_unused_result)) int partial_reserve_words(struct partial_sum *sum, size_t word_count,
                                                              struct error *error);

/* An element (not of a logarithmic sum) rounded once. */
double partial_value(const struct partial_sum *sum, size_t i);

/* The finish of that name, or the default for NULL. NULL: error names those there are. */
const struct partial_finish *partial_find_finish(const struct partial *partial, const char *name,
                                                 struct error *error);

/* NULL does nothing. */
void partial_free(struct partial *partial);

#endif
