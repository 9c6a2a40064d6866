#include "base/memory.h"

#include <string.h>

#include "support/assertions.h"

static void arrays_start_on_a_cache_line(void **state) {
    (void)state;
    struct error error = {0};
    for (size_t count = 0; count < 200; count += 7) {
        double *array = memory_array(&error, count, sizeof *array);
        assert_non_null(array);
        assert_int_equal((uintptr_t)array % MEMORY_ALIGNMENT, 0);
        free(array);
    }
}

static void zeros_are_zero(void **state) {
    (void)state;
    struct error error = {0};
    double *array = memory_zeros(&error, 1000, sizeof *array);
    for (size_t i = 0; i < 1000; i++)
        assert_true(array[i] == 0);
    free(array);
}

/* Each of these products overflows 64 bits, or all but does. */
static void sizes_that_overflow_are_refused(void **state) {
    (void)state;
    struct error error = {0};
    assert_null(memory_array(&error, SIZE_MAX / 4, 8));
    assert_string_equal(error.text, "out of memory (the size asked for does not fit an address)");
    assert_null(memory_array(&error, SIZE_MAX - 3, 1));
    assert_null(memory_matrix(&error, (size_t)1 << 33, (size_t)1 << 33, 1));
    assert_null(memory_zeros(&error, SIZE_MAX / 2, 3));
    assert_null(memory_resize(&error, NULL, SIZE_MAX / 2, 3));
    assert_null(memory_text(&error, "x", SIZE_MAX));
}

static void what_the_system_refuses_is_an_error_with_its_size(void **state) {
    (void)state;
    struct error error = {0};
    assert_null(memory_array(&error, SIZE_MAX / 16, 8)); /* 2^63 bytes: more than any address space */
    assert_non_null(strstr(error.text, "out of memory ("));
}

static void a_reserve_that_fails_leaves_the_array(void **state) {
    (void)state;
    struct error error = {0};
    int *array = NULL;
    size_t capacity = 0;
    assert_int_equal(memory_reserve(&error, &array, &capacity, 10, sizeof *array), 0);
    assert_true(capacity >= 10);
    array[9] = 42;
    size_t before = capacity;
    assert_int_equal(memory_reserve(&error, &array, &capacity, SIZE_MAX / 2, sizeof *array), -1);
    assert_int_equal(capacity, before);
    assert_int_equal(array[9], 42);
    assert_int_equal(memory_reserve(&error, &array, &capacity, before + 1, sizeof *array), 0);
    assert_true(capacity >= 2 * before);
    assert_int_equal(array[9], 42);
    free(array);
}

static void a_copy_of_text_ends_in_zero(void **state) {
    (void)state;
    struct error error = {0};
    char *copy = memory_text(&error, "abcdef", 3);
    assert_string_equal(copy, "abc");
    free(copy);
}

static void memory_that_ran_out_is_told_from_other_errors(void **state) {
    (void)state;
    struct error error = {0};
    assert_false(memory_ran_out(&error));
    assert_null(memory_array(&error, SIZE_MAX, 2));
    assert_true(memory_ran_out(&error));
    error_set(&error, "all rows are equal");
    assert_false(memory_ran_out(&error));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_start_on_a_cache_line),
        cmocka_unit_test(zeros_are_zero),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(what_the_system_refuses_is_an_error_with_its_size),
        cmocka_unit_test(a_reserve_that_fails_leaves_the_array),
        cmocka_unit_test(a_copy_of_text_ends_in_zero),
        cmocka_unit_test(memory_that_ran_out_is_told_from_other_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
