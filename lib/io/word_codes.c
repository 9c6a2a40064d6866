#include "io/word_codes.h"

#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "io/word_list.h"

enum { SLOTS_MIN = 64 };

/* FNV-1a, 64 bits (Fowler, Noll and Vo). */
static uint64_t hash(const char *word) {
    uint64_t value = UINT64_C(0xcbf29ce484222325);
    for (; *word != '\0'; word++)
        value = (value ^ (unsigned char)*word) * UINT64_C(0x100000001b3);
    return value;
}

/* The slot that holds the word, or the free one where it belongs. */
static size_t find_slot(const struct word_codes *codes, const char *word) {
    size_t mask = codes->slot_count - 1, slot = (size_t)hash(word) & mask;
    while (codes->slots[slot] != 0 && strcmp(codes->words[codes->slots[slot] - 1], word) != 0)
        slot = (slot + 1) & mask;
    return slot;
}

/* Keeps the table at most half full. */
static int grow_slots(struct word_codes *codes, struct error *error) {
    if (2 * (codes->count + 1) <= codes->slot_count)
        return 0;
    size_t count = codes->slot_count == 0 ? SLOTS_MIN : 2 * codes->slot_count;
    size_t *slots = memory_zeros(error, count, sizeof *slots);
    if (slots == NULL)
        return -1;
    free(codes->slots);
    codes->slots = slots;
    codes->slot_count = count;
    for (size_t code = 0; code < codes->count; code++)
        slots[find_slot(codes, codes->words[code])] = code + 1;
    return 0;
}

/* Gives a new word the next code. */
static int add(struct word_codes *codes, const char *word, struct error *error) {
    if (grow_slots(codes, error) < 0 ||
        memory_reserve(error, &codes->words, &codes->capacity, codes->count + 1, sizeof *codes->words) < 0)
        return -1;
    char *copy = memory_text(error, word, strlen(word));
    if (copy == NULL)
        return -1;
    codes->slots[find_slot(codes, copy)] = codes->count + 1;
    codes->words[codes->count++] = copy;
    return 0;
}

int word_codes_start(struct word_codes *codes, const char *list, struct error *error) {
    struct word_list words;
    *codes = (struct word_codes)WORD_CODES_NONE;
    if (list == NULL)
        return 0;
    if (word_list_split(&words, list, error) < 0)
        return error_prefix(error, "--levels");
    int status = 0;
    for (size_t i = 0, code; i < words.count && status >= 0; i++) {
        char quoted[ERROR_QUOTE_SIZE];
        status = word_codes_find(codes, words.words[i], &code, error);
        if (status > 0 && code != i)
            status = error_set_usage(error, "--levels: '%s' stands there twice",
                                     error_quote(quoted, words.words[i], strlen(words.words[i])));
    }
    word_list_free(&words);
    if (status < 0) {
        word_codes_free(codes);
        return -1;
    }
    codes->fixed = true;
    return 0;
}

int word_codes_find(struct word_codes *codes, const char *word, size_t *code, struct error *error) {
    if (codes->slot_count > 0) {
        size_t slot = find_slot(codes, word);
        if (codes->slots[slot] != 0) {
            *code = codes->slots[slot] - 1;
            return 1;
        }
    }
    if (codes->fixed)
        return 0;
    *code = codes->count;
    return add(codes, word, error) < 0 ? -1 : 1;
}

void word_codes_free(struct word_codes *codes) {
    for (size_t code = 0; code < codes->count; code++)
        free(codes->words[code]);
    free(codes->words);
    free(codes->slots);
    *codes = (struct word_codes)WORD_CODES_NONE;
}
