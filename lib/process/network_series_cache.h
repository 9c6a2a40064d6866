/* Series that were found, kept for the next tile with the same rows: a kernel matrix meets every block of
 * rows many times, and finding a series costs as much as using it some hundred times.
 *
 * What is looked up are the variances themselves, bit by bit, so that what is kept is what would be found: no
 * result depends on it. One thread's. */
#ifndef PROCESS_NETWORK_SERIES_CACHE_H
#define PROCESS_NETWORK_SERIES_CACHE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "process/network_series.h"

/* Bytes of coefficients that are kept at most. */
enum { NETWORK_SERIES_CACHE_BYTES = 1 << 25 };

struct network_series_cache;

/* What a series is determined by. */
struct network_series_key {
    enum network_dual_activation activation;
    size_t orders, rows;
    const double *q; /* rows */
};

/* NULL: out of memory. */
struct network_series_cache *network_series_cache_new(struct error *error);

/* NULL does nothing. */
void network_series_cache_free(struct network_series_cache *cache);

/* Forgets everything where there was no place for something: before a pair of series is looked up. */
void network_series_cache_tidy(struct network_series_cache *cache);

/* Whether it is there; the series taken has coefficients of the cache's, valid until it is tidied. */
bool network_series_cache_take(const struct network_series_cache *cache, const struct network_series_key *key,
                               struct network_series *series);

/* Keeps a copy, trimmed to its longest row, where there is a place and memory for it. */
void network_series_cache_keep(struct network_series_cache *cache, const struct network_series_key *key,
                               const struct network_series *series);

#endif
