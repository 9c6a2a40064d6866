#include "process/network_series_cache.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { WIDTH = NETWORK_DUAL_WIDTH, SLOTS = 1 << 12, FILLED_MAX = SLOTS / 2 };

struct slot {
    enum network_dual_activation activation;
    double q[WIDTH];
    struct network_series *series; /* NULL: empty; its coefficients behind it */
};

struct network_series_cache {
    size_t filled, bytes;
    bool full; /* something found no place */
    struct slot slots[SLOTS];
};

struct network_series_cache *network_series_cache_new(struct error *error) {
    return memory_zeros(error, 1, sizeof(struct network_series_cache));
}

static void clear(struct network_series_cache *cache) {
    for (size_t i = 0; i < SLOTS; i++) {
        free(cache->slots[i].series);
        cache->slots[i].series = NULL;
    }
    cache->filled = cache->bytes = 0;
    cache->full = false;
}

void network_series_cache_free(struct network_series_cache *cache) {
    if (cache == NULL)
        return;
    clear(cache);
    free(cache);
}

void network_series_cache_tidy(struct network_series_cache *cache) {
    if (cache->full)
        clear(cache);
}

/* FNV-1a over words (Fowler, Noll and Vo), its high bits, which depend on all of them. */
static size_t place_of(const struct network_series_key *key) {
    uint64_t hash = 0xcbf29ce484222325U;
    for (size_t i = 0; i < key->rows; i++) {
        uint64_t bits;
        memcpy(&bits, &key->q[i], sizeof bits);
        hash = (hash ^ bits) * 0x100000001b3U;
        hash ^= hash >> 32;
    }
    return (size_t)((hash ^ key->orders) % SLOTS);
}

static bool fits(const struct slot *slot, const struct network_series_key *key) {
    return slot->activation == key->activation && slot->series->orders == key->orders &&
           slot->series->rows == key->rows && memcmp(slot->q, key->q, key->rows * sizeof *key->q) == 0;
}

/* The slot of the key, or the empty one where it belongs. */
static size_t find_slot(const struct network_series_cache *cache, const struct network_series_key *key) {
    size_t at = place_of(key);
    while (cache->slots[at].series != NULL && !fits(&cache->slots[at], key))
        at = (at + 1) % SLOTS;
    return at;
}

bool network_series_cache_take(const struct network_series_cache *cache, const struct network_series_key *key,
                               struct network_series *series) {
    const struct slot *slot = &cache->slots[find_slot(cache, key)];
    if (slot->series == NULL)
        return false;
    *series = *slot->series;
    return true;
}

void network_series_cache_keep(struct network_series_cache *cache, const struct network_series_key *key,
                               const struct network_series *series) {
    struct slot *slot = &cache->slots[find_slot(cache, key)];
    struct error none;
    size_t capacity = network_series_longest(series), order = capacity * WIDTH;
    size_t header = (sizeof *series + MEMORY_ALIGNMENT - 1) / MEMORY_ALIGNMENT * MEMORY_ALIGNMENT;
    size_t bytes = header + series->orders * order * sizeof(double);
    if (slot->series != NULL)
        return;
    cache->full = cache->filled == FILLED_MAX || cache->bytes + bytes > NETWORK_SERIES_CACHE_BYTES;
    slot->series = cache->full ? NULL : memory_array(&none, bytes, 1);
    if (slot->series == NULL)
        return;
    *slot->series = *series;
    slot->series->capacity = capacity;
    slot->series->coefficients = (double *)(void *)((char *)slot->series + header);
    for (size_t o = 0; o < series->orders; o++)
        memcpy(slot->series->coefficients + o * order, series->coefficients + o * series->capacity * WIDTH,
               order * sizeof(double));
    slot->activation = key->activation;
    memcpy(slot->q, key->q, key->rows * sizeof *key->q);
    cache->filled++;
    cache->bytes += bytes;
}
