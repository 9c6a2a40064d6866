#include "io/word_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { SLOTS_FIRST = 64 };

__extension__ typedef unsigned __int128 wide;

/* Eight bytes at a time, each folded in by the two halves of a 128-bit product. The odd constants are the
 * fractional parts of the square roots of 2 and 3. */
static uint64_t hash_bytes(const char *text, size_t length) {
    uint64_t hash = 0x6a09e667f3bcc909 ^ length;
    for (size_t i = 0; i < length; i += 8) {
        uint64_t word = 0;
        memcpy(&word, text + i, length - i < 8 ? length - i : 8);
        wide product = (wide)(hash ^ word) * 0xbb67ae8584caa73b;
        hash = (uint64_t)product ^ (uint64_t)(product >> 64);
    }
    return hash ^ hash >> 32;
}

/* Where the word's code is, or the free slot where it belongs. */
static size_t find_slot(const struct word_table *table, uint64_t hash, const char *text, size_t length) {
    size_t mask = table->slot_count - 1, slot = (size_t)hash & mask;
    for (; table->slots[slot] != 0; slot = (slot + 1) & mask) {
        size_t code = table->slots[slot] - 1;
        if (table->hashes[code] == hash && strlen(table->words[code]) == length &&
            memcmp(table->words[code], text, length) == 0)
            break;
    }
    return slot;
}

static int grow(struct word_table *table, struct error *error) {
    size_t slot_count = table->slot_count > 0 ? 2 * table->slot_count : SLOTS_FIRST, mask = slot_count - 1;
    uint32_t *slots = memory_zeros(error, slot_count, sizeof *slots);
    if (slots == NULL)
        return -1;
    for (size_t code = 0; code < table->count; code++) {
        size_t slot = (size_t)table->hashes[code] & mask;
        while (slots[slot] != 0)
            slot = (slot + 1) & mask;
        slots[slot] = (uint32_t)code + 1;
    }
    free(table->slots);
    table->slots = slots;
    table->slot_count = slot_count;
    return 0;
}

int64_t word_table_code(struct word_table *table, const char *text, size_t length, struct error *error) {
    uint64_t hash = hash_bytes(text, length);
    if (2 * table->count >= table->slot_count && grow(table, error) < 0)
        return -1;
    size_t slot = find_slot(table, hash, text, length), code = table->count;
    if (table->slots[slot] != 0)
        return table->slots[slot] - 1;

    if (code >= WORD_TABLE_MAX)
        return error_set(error, "a text column has more than %d different words", WORD_TABLE_MAX);
    if (memory_reserve(error, &table->words, &table->capacity, code + 1, sizeof *table->words) < 0 ||
        memory_reserve(error, &table->hashes, &table->hash_capacity, code + 1, sizeof *table->hashes) < 0 ||
        (table->words[code] = memory_text(error, text, length)) == NULL)
        return -1;
    table->hashes[code] = hash;
    table->count++;
    table->slots[slot] = (uint32_t)code + 1;
    return (int64_t)code;
}

void word_table_free(struct word_table *table) {
    for (size_t code = 0; code < table->count; code++)
        free(table->words[code]);
    free(table->words);
    free(table->hashes);
    free(table->slots);
    *table = (struct word_table){0};
}
