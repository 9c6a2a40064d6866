#include "divergence/class_information.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"
#include "support/random_rows.h"

enum { ROWS = 90, COLUMNS = 6, CLASSES = 4, WIDTH = COLUMNS + 1 };

/* Outputs of class i mod 3 for row i (class 3 has none), with zeros and entries down to 1e-300 where the
 * concentration is small. */
static void make_rows(double concentration, double *labelled) {
    for (size_t i = 0; i < ROWS; i++) {
        random_row(i, concentration, COLUMNS, labelled + i * WIDTH);
        labelled[i * WIDTH + COLUMNS] = (double)(i % 3);
    }
}

static size_t label(const double *labelled, size_t i) {
    return (size_t)labelled[i * WIDTH + COLUMNS];
}

static struct class_information information_of(const double *labelled, size_t block, bool logarithms) {
    struct class_information information = {.columns = COLUMNS};
    struct error error;
    assert_int_equal(class_information_reserve(&information, CLASSES, &error), 0);
    for (size_t first = 0; first < ROWS; first += block) {
        size_t rows = ROWS - first < block ? ROWS - first : block;
        assert_int_equal(
            class_information_add(&information, rows, labelled + first * WIDTH, logarithms, &error), 0);
    }
    assert_int_equal(class_information_settle(&information, &error), 0);
    return information;
}

/* The mean of the rows of class c, in long double. */
static long double centroid(const double *labelled, size_t c, size_t k) {
    long double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < ROWS; i++)
        if (label(labelled, i) == c) {
            sum += labelled[i * WIDTH + k];
            count++;
        }
    return sum / (long double)count;
}

static long double divergence(const double *p, const long double *q) {
    long double sum = 0;
    for (size_t k = 0; k < COLUMNS; k++)
        if (p[k] > 0)
            sum += p[k] * logl(p[k] / q[k]);
    return sum;
}

/* (1/n) sum KL(P_i || Q_y), as defined, in long double. */
static void the_information_is_the_mean_divergence_from_the_centroids(void **state) {
    (void)state;
    double labelled[ROWS * WIDTH], value, separation, rows[ROWS], centroids[CLASSES * COLUMNS];
    struct error error;
    for (int sparse = 0; sparse < 2; sparse++) {
        long double q[CLASSES][COLUMNS], total = 0;
        make_rows(sparse ? 0.05 : 1, labelled);
        for (size_t c = 0; c < CLASSES; c++)
            for (size_t k = 0; k < COLUMNS; k++)
                q[c][k] = centroid(labelled, c, k);
        struct class_information information = information_of(labelled, 7, false);
        for (size_t c = 0; c < CLASSES; c++) {
            class_information_centroid(&information, c, centroids + c * COLUMNS);
            for (size_t k = 0; k < COLUMNS; k++) /* nan for the class without rows */
                assert_close(centroids[c * COLUMNS + k], c < 3 ? (double)q[c][k] : NAN, 3e-16);
        }
        assert_int_equal(class_information_rows(&information, ROWS, labelled, false, centroids, rows, &error),
                         0);
        for (size_t i = 0; i < ROWS; i++) {
            long double own = divergence(labelled + i * WIDTH, q[label(labelled, i)]);
            assert_within(rows[i], (double)own, 2e-15);
            total += own;
        }
        class_information_whole(&information, NULL, &value, &separation);
        assert_close(value, (double)(total / ROWS), 1e-14);
        class_information_free(&information);
    }
}

/* Gamma = (1/n^2) sum over pairs of rows of other classes of H(P_i, P_j); inf where an entry is 0 that
 * another class has. */
static void the_separation_is_the_mean_cross_entropy_of_other_classes(void **state) {
    (void)state;
    double labelled[ROWS * WIDTH], value, separation;
    long double total = 0;
    make_rows(1, labelled);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < ROWS; j++)
            for (size_t k = 0; k < COLUMNS && label(labelled, i) != label(labelled, j); k++)
                total -= labelled[i * WIDTH + k] * logl(labelled[j * WIDTH + k]);
    struct class_information information = information_of(labelled, ROWS, false);
    class_information_whole(&information, NULL, &value, &separation);
    assert_close(separation, (double)(total / ((long double)ROWS * ROWS)), 1e-14);
    assert_true(isnan(class_information_part(&information, 3, NULL).information));
    class_information_free(&information);
    labelled[2] = 0; /* a row that no longer sums to 1 serves as well */
    information = information_of(labelled, ROWS, false);
    class_information_whole(&information, NULL, &value, &separation);
    assert_true(isinf(separation) && isfinite(value));
    assert_true(isfinite(class_information_part(&information, 0, NULL).separation)); /* its own class */
    assert_true(isinf(class_information_part(&information, 1, NULL).separation));
    class_information_free(&information);
}

/* Double-double sums round to the same whatever the blocks; logarithms are within some ulps of e^x. */
static void blocks_do_not_matter_and_logarithms_hardly(void **state) {
    (void)state;
    static const size_t blocks[] = {1, 13, ROWS};
    double labelled[ROWS * WIDTH], logarithms[ROWS * WIDTH], values[3], separations[3], value, separation;
    make_rows(1, labelled);
    for (size_t b = 0; b < 3; b++) {
        struct class_information information = information_of(labelled, blocks[b], false);
        class_information_whole(&information, NULL, &values[b], &separations[b]);
        class_information_free(&information);
        assert_ulps(values[b], values[0], 0);
        assert_ulps(separations[b], separations[0], 0);
    }
    for (size_t i = 0; i < ROWS * WIDTH; i++)
        logarithms[i] = i % WIDTH == COLUMNS ? labelled[i] : log(labelled[i]);
    struct class_information information = information_of(logarithms, 13, true);
    class_information_whole(&information, NULL, &value, &separation);
    class_information_free(&information);
    assert_close(value, values[0], 1e-13);
    assert_close(separation, separations[0], 1e-14);
}

/* The centroids are the best of all: others give more, by KL(Q_c || R_c) in each class, and inf where they
 * are 0 and an output is not. */
static void given_centroids_give_more_and_zeros_infinity(void **state) {
    (void)state;
    double labelled[ROWS * WIDTH], given[CLASSES * COLUMNS], least, value, separation;
    make_rows(1, labelled);
    struct class_information information = information_of(labelled, ROWS, false);
    class_information_whole(&information, NULL, &least, &separation);
    for (size_t c = 0; c < CLASSES; c++)
        random_row(1000 + c, 5, COLUMNS, given + c * COLUMNS);
    long double gap = 0;
    for (size_t c = 0; c < 3; c++) {
        long double other[COLUMNS];
        double own[COLUMNS];
        class_information_centroid(&information, c, own);
        for (size_t k = 0; k < COLUMNS; k++)
            other[k] = given[c * COLUMNS + k];
        gap += divergence(own, other) / 3;
    }
    class_information_whole(&information, given, &value, &separation);
    assert_close(value, least + (double)gap, 1e-14);
    given[COLUMNS + 2] = 0;
    class_information_whole(&information, given, &value, &separation);
    assert_true(isinf(value) && value > 0);
    assert_true(isinf(class_information_part(&information, 1, given).information));
    assert_true(isfinite(class_information_part(&information, 0, given).information));
    class_information_free(&information);
}

/* Outputs 1e-9 apart have an information near 1e-18 of the entropy, which is rounding of the difference; 1e-5
 * apart it stands, to the 1e-16 of the entropies that it is the difference of. */
static void what_is_rounding_is_0(void **state) {
    (void)state;
    static const double steps[] = {0, 1e-9, 1e-5};
    double labelled[ROWS * WIDTH], value, separation;
    for (size_t s = 0; s < 3; s++) {
        for (size_t i = 0; i < ROWS; i++) {
            double *row = labelled + i * WIDTH, step = i % 2 ? steps[s] : -steps[s];
            for (size_t k = 0; k < COLUMNS; k++)
                row[k] = 1.0 / COLUMNS;
            row[0] += step;
            row[1] -= step;
            row[COLUMNS] = 0;
        }
        struct class_information information = information_of(labelled, 20, false);
        class_information_whole(&information, NULL, &value, &separation);
        class_information_free(&information);
        if (s < 2)
            assert_ulps(value, 0, 0);
        else /* step^2 times COLUMNS */
            assert_within(value, COLUMNS * 1e-10, 1e-15);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_information_is_the_mean_divergence_from_the_centroids),
        cmocka_unit_test(the_separation_is_the_mean_cross_entropy_of_other_classes),
        cmocka_unit_test(blocks_do_not_matter_and_logarithms_hardly),
        cmocka_unit_test(given_centroids_give_more_and_zeros_infinity),
        cmocka_unit_test(what_is_rounding_is_0),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
