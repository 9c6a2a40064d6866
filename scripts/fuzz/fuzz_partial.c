/* Partial sums: a part that is read can be merged with itself, in either grouping to the same sums, and what
 * is written of them is read again. */

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/partial.h"
#include "io/partial_file.h"
#include "num/partial_merge.h"

#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static const struct partial_sum_description row_sums[] = {{"js", "", PARTIAL_SUM},
                                                          {"weight", "", PARTIAL_SUM}};
static const struct partial_sum_description step_sums[] = {
    {"weight", "K", PARTIAL_SUM},
    {"square", "Kdd", PARTIAL_SUM},
    {"density", "m", PARTIAL_LOGARITHMIC},
    {"means", "Kd", PARTIAL_SAME},
};
static const struct partial_finish finishes[] = {{"mean", NULL}};
static const struct partial_description rows = {
    .filter = "jsdiv", .sum_count = 2, .sums = row_sums, .finish_count = 1, .finishes = finishes};
static const struct partial_description step = {
    .filter = "trial", .sum_count = 4, .sums = step_sums, .finish_count = 1, .finishes = finishes};
static const struct partial_description *const known[] = {&rows, &step};

static struct partial *read_part(const char *path) {
    struct error error = {0};
    struct partial *part = partial_file_read(path, known, 2, &error);
    input_require(part != NULL || error.text[0] != '\0', "a refusal says why");
    return part;
}

/* Adds one to the other; NULL where the sums are too large, or there are too many rows. */
static struct partial *merge(const struct partial *one, const struct partial *other) {
    struct error error = {0};
    struct partial *merged = NULL;
    if (partial_merge_add(&merged, one, true, &error) == 0 &&
        partial_merge_add(&merged, other, true, &error) == 0)
        return merged;
    input_require(error.text[0] != '\0', "a refusal says why");
    partial_free(merged);
    return NULL;
}

static double word_of(const struct partial_sum *sum, size_t i, size_t word) {
    return word < sum->word_count ? sum->words[word * sum->count + i] : 0;
}

static void require_same(const struct partial *one, const struct partial *other) {
    input_require(one->rows == other->rows && one->shard_count == other->shard_count,
                  "the same rows and shards");
    for (size_t k = 0; k < one->description->sum_count; k++) {
        const struct partial_sum *a = &one->sums[k], *b = &other->sums[k];
        input_require(a->count == b->count, "the same shapes");
        for (size_t i = 0; i < a->count; i++) {
            input_require(a->exponents == NULL || a->exponents[i] == b->exponents[i], "the same exponents");
            for (size_t word = 0; word < a->word_count || word < b->word_count; word++)
                input_require(word_of(a, i, word) == word_of(b, i, word), "the same sums");
        }
    }
}

/* inf - inf, which no file holds. */
static bool any_nan(const struct partial *part) {
    for (size_t k = 0; k < part->description->sum_count; k++)
        for (size_t i = 0; i < part->sums[k].count; i++)
            if (isnan(part->sums[k].words[i]))
                return true;
    return false;
}

/* Takes merged sums through a file. */
static void require_written(const struct partial *merged) {
    struct error error = {0};
    char path[] = "/tmp/kltools-fuzz-XXXXXX";
    int descriptor = mkstemp(path);
    input_require(descriptor >= 0 && close(descriptor) == 0, "a file can be made");
    input_require(partial_file_write(merged, path, &error) == 0, "merged sums can be written");
    struct partial *again = read_part(path);
    input_require(again != NULL, "what is written is read");
    require_same(again, merged);
    partial_free(again);
    unlink(path);
}

static void merge_with_itself(const struct partial *part) {
    char missing[PARTIAL_MERGE_TEXT_SIZE];
    struct partial *twice = merge(part, part);
    struct partial *left = twice != NULL ? merge(twice, part) : NULL;
    struct partial *right = twice != NULL ? merge(part, twice) : NULL;
    input_require((left == NULL) == (right == NULL), "either grouping is merged, or both are refused");
    if (left != NULL) {
        input_require(partial_merge_missing(left, missing) <= left->shard_total,
                      "no more are missing than there are");
        require_same(left, right);
        if (!any_nan(left))
            require_written(left);
    }
    partial_free(twice);
    partial_free(left);
    partial_free(right);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct input input;
    if (length > INPUT_PIPE_MAX)
        return 0;
    input_file(&input, bytes, length);
    struct partial *part = read_part(input.path);
    input_close(&input);
    if (part != NULL)
        merge_with_itself(part);
    partial_free(part);
    return 0;
}
