#include "num/partial_merge.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "io/decimal.h"
#include "io/partial_options.h"
#include "num/exact_sum.h"

static const uint64_t ROWS_MAX = UINT64_C(1) << 53; /* what the file's double holds exactly */

/* Words this far below the greater element's do not reach it. */
static const double SHIFT_MAX = 4096;

/* A value of an option as it is shown: a number in its shortest spelling. */
static const char *shown(char *quoted, const char *value, size_t length) {
    double number;
    if (value == NULL)
        return "not given";
    if (length > 0 && decimal_parse(value, value + length, '.', &number) == value + length) {
        quoted[decimal_print(quoted, number)] = '\0';
        return quoted;
    }
    return error_quote(quoted, value, length);
}

static int check_options(const struct partial *merged, const struct partial *part, struct error *error) {
    struct partial_options_difference differing;
    char name[ERROR_QUOTE_SIZE], one[ERROR_QUOTE_SIZE], other[ERROR_QUOTE_SIZE];
    if (!partial_options_differ(part->options, merged->options, &differing))
        return 0;
    return error_set(error, "%s: option %s is %s, in %s %s", part->name,
                     error_quote(name, differing.name, differing.name_length),
                     shown(one, differing.one, differing.one_length), merged->name,
                     shown(other, differing.other, differing.other_length));
}

static int check_shards(const struct partial *merged, const struct partial *part, struct error *error) {
    if (part->shard_total == merged->shard_total)
        return 0;
    if (part->shard_total == 0 || merged->shard_total == 0)
        return error_set(error, "%s: shard is %s, in %s %s", part->name,
                         part->shard_total == 0 ? "not given" : "given", merged->name,
                         merged->shard_total == 0 ? "not given" : "given");
    return error_set(error, "%s: shard is of %" PRIu64 ", in %s of %" PRIu64, part->name, part->shard_total,
                     merged->name, merged->shard_total);
}

static int check_shapes(const struct partial *merged, const struct partial *part, struct error *error) {
    const struct partial_description *description = merged->description;
    for (size_t i = 0; i < description->sum_count; i++) {
        const struct partial_sum_description *sum = &description->sums[i];
        for (size_t j = 0; sum->shape[j] != '\0'; j++) {
            size_t ours = merged->sizes[(unsigned char)sum->shape[j]],
                   theirs = part->sizes[(unsigned char)sum->shape[j]];
            if (ours != theirs)
                return error_set(error, "%s: %s: dimension %zu is %zu, in %s %zu", part->name, sum->name,
                                 j + 1, theirs, merged->name, ours);
        }
    }
    return 0;
}

/* What the sums were made with must agree to the last bit. */
static int check_same(const struct partial *merged, const struct partial *part, struct error *error) {
    const struct partial_description *description = merged->description;
    char one[DECIMAL_SIZE], other[DECIMAL_SIZE];
    for (size_t i = 0; i < description->sum_count; i++) {
        const struct partial_sum *ours = &merged->sums[i], *theirs = &part->sums[i];
        for (size_t j = 0; description->sums[i].kind == PARTIAL_SAME && j < ours->count; j++) {
            if (ours->words[j] == theirs->words[j])
                continue;
            one[decimal_print(one, theirs->words[j])] = '\0';
            other[decimal_print(other, ours->words[j])] = '\0';
            return error_set(error, "%s: %s: value %zu is %s, in %s %s", part->name,
                             description->sums[i].name, j + 1, one, merged->name, other);
        }
    }
    return 0;
}

static int check(const struct partial *merged, const struct partial *part, struct error *error) {
    /* another form of the same filter's sums has another option */
    if (strcmp(merged->description->filter, part->description->filter) != 0)
        return error_set(error, "%s: filter is %s, in %s %s", part->name, part->description->filter,
                         merged->name, merged->description->filter);
    if (check_options(merged, part, error) < 0 || check_shards(merged, part, error) < 0 ||
        check_shapes(merged, part, error) < 0)
        return -1;
    return check_same(merged, part, error);
}

static struct partial *begin(const struct partial *part, struct error *error) {
    struct partial *merged = partial_create_like(part, error);
    if (merged == NULL)
        return NULL;
    const struct partial_description *description = part->description;
    for (size_t i = 0; i < description->sum_count; i++)
        if (description->sums[i].kind == PARTIAL_SAME && part->sums[i].count > 0)
            memcpy(merged->sums[i].words, part->sums[i].words, part->sums[i].count * sizeof(double));
    merged->name = memory_text(error, part->name, strlen(part->name));
    if (merged->name != NULL)
        return merged;
    partial_free(merged);
    return NULL;
}

static int add_shards(struct partial *merged, const struct partial *part, bool repeated_allowed,
                      struct error *error) {
    bool repeated;
    for (size_t i = 0; i < part->shard_count; i++) {
        if (partial_add_shard(merged, part->shards[i], &repeated, error) < 0)
            return -1;
        if (repeated && !repeated_allowed)
            return error_set(error, "%s: shard %" PRIu32 "/%" PRIu64 " is there twice (--allow-repeated)",
                             part->name, part->shards[i], part->shard_total);
    }
    return 0;
}

/* Adds an element's words, times a power of two. */
static void add_words(struct exact_sum *exact, const struct partial_sum *sum, size_t i, double shift) {
    for (size_t word = 0; word < sum->word_count; word++) {
        double value = sum->words[word * sum->count + i];
        exact_sum_add(exact, shift == 0 ? value : ldexp(value, (int)shift));
    }
}

/* The exponent of the two elements' sum: the greater, of those that are not 0. Infinities have 0. */
static double common_exponent(const struct partial_sum *one, const struct partial_sum *other, size_t i) {
    if (isinf(one->words[i]) || isinf(other->words[i]))
        return 0;
    if (one->words[i] == 0 || other->words[i] == 0)
        return one->words[i] != 0 ? one->exponents[i] : other->words[i] != 0 ? other->exponents[i] : 0;
    return fmax(one->exponents[i], other->exponents[i]);
}

static double shift_of(const struct partial_sum *sum, size_t i, double exponent) {
    double shift = sum->exponents[i] - exponent;
    return isinf(sum->words[i]) || sum->words[i] == 0 || shift > 0 ? 0 : fmax(shift, -SHIFT_MAX);
}

static int add_element(struct partial_sum *into, const struct partial_sum *part, size_t i,
                       struct error *error) {
    struct exact_sum exact;
    double words[EXACT_SUM_WORDS_MAX], exponent = 0;
    bool logarithmic = into->exponents != NULL;
    exact_sum_clear(&exact);
    if (logarithmic)
        exponent = common_exponent(into, part, i);
    add_words(&exact, into, i, logarithmic ? shift_of(into, i, exponent) : 0);
    add_words(&exact, part, i, logarithmic ? shift_of(part, i, exponent) : 0);
    size_t count = exact_sum_words(&exact, words);
    if (count == 0)
        return error_set(error, "value %zu is too large to be summed", i + 1);
    if (partial_reserve_words(into, count, error) < 0)
        return -1;
    for (size_t word = 0; word < into->word_count; word++)
        into->words[word * into->count + i] = word < count ? words[word] : 0;
    if (logarithmic)
        into->exponents[i] = exponent;
    return 0;
}

int partial_merge_add(struct partial **merged, const struct partial *part, bool repeated_allowed,
                      struct error *error) {
    if (*merged == NULL) {
        *merged = begin(part, error);
        if (*merged == NULL)
            return -1;
    }
    struct partial *sums = *merged;
    if (check(sums, part, error) < 0 || add_shards(sums, part, repeated_allowed, error) < 0)
        return -1;
    sums->rows += part->rows; /* both at most 2^53 */
    if (sums->rows > ROWS_MAX)
        return error_set(error, "%s: more than 2^53 rows", part->name);
    for (size_t i = 0; i < part->description->sum_count; i++)
        for (size_t j = 0; part->description->sums[i].kind != PARTIAL_SAME && j < part->sums[i].count; j++)
            if (add_element(&sums->sums[i], &part->sums[i], j, error) < 0)
                return error_prefix(error, "%s: %s", part->name, part->description->sums[i].name);
    return 0;
}

/* Appends "2", or "5-7", to a list; what does not fit becomes "...". */
static void append_range(char *text, uint64_t first, uint64_t last) {
    char range[64];
    size_t used = strlen(text), room = PARTIAL_MERGE_TEXT_SIZE - sizeof ", ...";
    if (used > 0 && text[used - 1] == '.')
        return;
    if (first == last)
        snprintf(range, sizeof range, "%s%" PRIu64, used > 0 ? ", " : "", first);
    else
        snprintf(range, sizeof range, "%s%" PRIu64 "-%" PRIu64, used > 0 ? ", " : "", first, last);
    if (used + strlen(range) < room)
        strcat(text, range);
    else
        strcat(text, ", ...");
}

uint64_t partial_merge_missing(const struct partial *merged, char text[PARTIAL_MERGE_TEXT_SIZE]) {
    uint64_t missing = 0, expected = 1;
    text[0] = '\0';
    if (merged->shard_total == 0)
        return 0;
    for (size_t i = 0; i <= merged->shard_count; i++) {
        uint64_t shard = i < merged->shard_count ? merged->shards[i] : merged->shard_total + 1;
        if (shard > expected) {
            append_range(text, expected, shard - 1);
            missing += shard - expected;
        }
        expected = shard + 1;
    }
    return missing;
}
