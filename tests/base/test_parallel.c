#include "base/parallel.h"

#include <pthread.h>
#include <stdlib.h>

#include "support/assertions.h"

enum { BLOCKS = 1000, THREADS = 5 };

struct counts {
    int runs[BLOCKS];
    int busy[THREADS]; /* calls running as that worker */
    int clashes;
    int nested;
};

static void count_block(void *context, size_t block, size_t worker) {
    struct counts *counts = context;
    if (worker >= THREADS || __atomic_fetch_add(&counts->busy[worker], 1, __ATOMIC_SEQ_CST) != 0)
        __atomic_fetch_add(&counts->clashes, 1, __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&counts->runs[block], 1, __ATOMIC_SEQ_CST);
    if (worker < THREADS)
        __atomic_fetch_sub(&counts->busy[worker], 1, __ATOMIC_SEQ_CST);
}

static void every_block_runs_once_and_workers_do_not_overlap(void **state) {
    (void)state;
    for (size_t threads = 0; threads <= THREADS; threads++) {
        struct counts counts = {0};
        parallel_for(threads, BLOCKS, count_block, &counts);
        for (size_t block = 0; block < BLOCKS; block++)
            assert_int_equal(counts.runs[block], 1);
        assert_int_equal(counts.clashes, 0);
    }
}

static void no_blocks_no_calls(void **state) {
    (void)state;
    struct counts counts = {0};
    parallel_for(THREADS, 0, count_block, &counts);
    for (size_t block = 0; block < BLOCKS; block++)
        assert_int_equal(counts.runs[block], 0);
}

static void many_short_loops_all_finish(void **state) {
    (void)state;
    struct counts counts = {0};
    for (int i = 0; i < 5000; i++)
        parallel_for(1 + (size_t)i % THREADS, 7, count_block, &counts);
    for (size_t block = 0; block < 7; block++)
        assert_int_equal(counts.runs[block], 5000);
    assert_int_equal(counts.clashes, 0);
}

static void count_inner(void *context, size_t block, size_t worker) {
    struct counts *counts = context;
    (void)block;
    (void)worker;
    __atomic_fetch_add(&counts->nested, 1, __ATOMIC_SEQ_CST);
}

static void loop_inside(void *context, size_t block, size_t worker) {
    (void)block;
    (void)worker;
    parallel_for(THREADS, 10, count_inner, context);
}

static void a_loop_inside_a_loop_does_its_own_work(void **state) {
    (void)state;
    struct counts counts = {0};
    parallel_for(THREADS, 20, loop_inside, &counts);
    assert_int_equal(counts.nested, 200);
}

static void *loop_in_thread(void *context) {
    parallel_for(2, BLOCKS, count_inner, context);
    return NULL;
}

static void two_callers_at_once_do_not_disturb_each_other(void **state) {
    (void)state;
    struct counts counts = {0}, other = {0};
    for (int i = 0; i < 200; i++) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, loop_in_thread, &other), 0);
        parallel_for(2, BLOCKS, count_inner, &counts);
        pthread_join(thread, NULL);
    }
    assert_int_equal(counts.nested, 200 * BLOCKS);
    assert_int_equal(other.nested, 200 * BLOCKS);
}

static void the_environment_limits_the_threads(void **state) {
    (void)state;
    unsetenv("OMP_NUM_THREADS");
    unsetenv("SLURM_CPUS_PER_TASK");
    size_t machine = parallel_threads_available();
    assert_true(machine >= 1);
    setenv("SLURM_CPUS_PER_TASK", "1", 1);
    assert_int_equal(parallel_threads_available(), 1);
    setenv("SLURM_CPUS_PER_TASK", "100000", 1);
    assert_int_equal(parallel_threads_available(), machine);
    setenv("SLURM_CPUS_PER_TASK", "nonsense", 1);
    assert_int_equal(parallel_threads_available(), machine);
    setenv("OMP_NUM_THREADS", "7,2", 1);
    assert_int_equal(parallel_threads_available(), 7);
    setenv("OMP_NUM_THREADS", "-3", 1);
    assert_int_equal(parallel_threads_available(), machine);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_block_runs_once_and_workers_do_not_overlap),
        cmocka_unit_test(no_blocks_no_calls),
        cmocka_unit_test(many_short_loops_all_finish),
        cmocka_unit_test(a_loop_inside_a_loop_does_its_own_work),
        cmocka_unit_test(two_callers_at_once_do_not_disturb_each_other),
        cmocka_unit_test(the_environment_limits_the_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
