#include "process/network_series_cache.h"

#include <stdlib.h>
#include <string.h>

#include "support/assertions.h"

enum { WIDTH = NETWORK_DUAL_WIDTH };

/* A series of 64 rows of variances from q up, and room for it. */
struct made {
    double q[WIDTH], *room;
    struct network_series series;
    struct network_series_key key;
};

static void make(struct made *made, double q, size_t orders) {
    made->room = malloc((network_series_room(4) + network_series_work_room()) * sizeof *made->room);
    assert_non_null(made->room);
    for (size_t i = 0; i < WIDTH; i++)
        made->q[i] = q + 0.01 * (double)i;
    made->key = (struct network_series_key){NETWORK_DUAL_TANH, orders, WIDTH, made->q};
    network_series_find(&made->series, NETWORK_DUAL_TANH, orders, WIDTH, made->q, made->room,
                        made->room + network_series_room(4));
}

static void what_was_kept_is_what_was_found(void **state) {
    (void)state;
    struct error error;
    struct network_series_cache *cache = network_series_cache_new(&error);
    struct made one, other;
    struct network_series taken;
    make(&one, 0.5, 4);
    make(&other, 2, 1);
    assert_false(network_series_cache_take(cache, &one.key, &taken));
    network_series_cache_keep(cache, &one.key, &one.series);
    network_series_cache_keep(cache, &other.key, &other.series);
    assert_true(network_series_cache_take(cache, &one.key, &taken));
    assert_int_equal(taken.orders, 4);
    assert_int_equal(taken.capacity, network_series_longest(&one.series));
    assert_true(taken.capacity < one.series.capacity);
    /* E and D of both, as what is trimmed and what is not make them */
    double c[WIDTH];
    struct network_dual whole, trimmed;
    for (size_t i = 0; i < WIDTH; i++)
        c[i] = 0.3;
    for (size_t i = 0; i < WIDTH; i++) {
        network_series_dual(&one.series, i, one.q, &one.series, one.q, c, &whole);
        network_series_dual(&taken, i, one.q, &taken, one.q, c, &trimmed);
        assert_memory_equal(&whole, &trimmed, sizeof whole);
    }
    network_series_cache_free(cache);
    free(one.room);
    free(other.room);
}

static void nothing_else_is_taken_for_it(void **state) {
    (void)state;
    struct error error;
    struct network_series_cache *cache = network_series_cache_new(&error);
    struct made made;
    struct network_series taken;
    make(&made, 0.5, 2);
    network_series_cache_keep(cache, &made.key, &made.series);
    struct network_series_key key = made.key;
    key.orders = 4;
    assert_false(network_series_cache_take(cache, &key, &taken));
    key = made.key;
    key.rows = 63;
    assert_false(network_series_cache_take(cache, &key, &taken));
    key = made.key;
    key.activation = NETWORK_DUAL_GELU;
    assert_false(network_series_cache_take(cache, &key, &taken));
    made.q[17] *= 1 + 1e-15;
    assert_false(network_series_cache_take(cache, &made.key, &taken));
    network_series_cache_free(cache);
    free(made.room);
}

/* Memory is bounded: what finds no place is not kept, and the next tidying makes room. */
static void a_full_cache_is_emptied_when_it_is_tidied(void **state) {
    (void)state;
    struct error error;
    struct network_series_cache *cache = network_series_cache_new(&error);
    struct made made;
    struct network_series taken;
    size_t kept = 0;
    make(&made, 0.5, 4);
    for (; kept < 100000; kept++) {
        made.q[0] = 10 + (double)kept;
        network_series_cache_tidy(cache);
        if (kept > 0) { /* the first is there until all are forgotten */
            double last = made.q[0];
            made.q[0] = 10;
            bool there = network_series_cache_take(cache, &made.key, &taken);
            made.q[0] = last;
            if (!there)
                break;
        }
        network_series_cache_keep(cache, &made.key, &made.series);
    }
    size_t bytes = 4 * network_series_longest(&made.series) * WIDTH * sizeof(double);
    assert_true(kept > 10 && kept <= 2 + NETWORK_SERIES_CACHE_BYTES / bytes);
    network_series_cache_free(cache);
    free(made.room);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_kept_is_what_was_found),
        cmocka_unit_test(nothing_else_is_taken_for_it),
        cmocka_unit_test(a_full_cache_is_emptied_when_it_is_tidied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
