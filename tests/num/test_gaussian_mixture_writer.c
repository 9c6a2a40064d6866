#include "num/gaussian_mixture_writer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "num/gaussian_mixture_model.h"
#include "support/assertions.h"
#include "support/mixtures.h"

/* The mixture as it is read back from a file of its own. */
static struct gaussian_mixture *write_and_read(const struct gaussian_mixture *mixture) {
    char path[] = "/tmp/kltools-writer-XXXXXX";
    struct error error = {0};
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    close(descriptor);
    assert_int_equal(gaussian_mixture_writer_file(path, mixture, &error), 0);
    struct gaussian_mixture *back = gaussian_mixture_model_read(path, &error);
    assert_string_equal(error.text, "");
    assert_non_null(back);
    unlink(path);
    return back;
}

static void a_model_comes_back_as_it_was(void **state) {
    (void)state;
    static const double weights[] = {0.3, 0.7}, means[] = {0, 1e-300, 3, -1e300};
    static const double values[] = {2, 0.5, 0.5, 2, 2, 0.1, 0.1, 0.25};
    for (int type = 0; type < GAUSSIAN_MIXTURE_TYPES; type++) {
        struct gaussian_mixture *mixture =
            mixtures_make(2, 2, (enum gaussian_mixture_type)type, weights, means, values);
        struct gaussian_mixture *back = write_and_read(mixture);
        assert_int_equal(back->type, type);
        assert_same_bits(back->weights, weights, 2);
        assert_same_bits(back->means, means, 4);
        assert_same_bits(back->covariances, values, gaussian_mixture_covariance_count(back->type, 2, 2));
        assert_true(back->noise_weight == 0);
        gaussian_mixture_free(back);
        gaussian_mixture_free(mixture);
    }
}

static void a_uniform_component_is_kept(void **state) {
    (void)state;
    struct gaussian_mixture *mixture =
        mixtures_make(1, 1, GAUSSIAN_MIXTURE_FULL, (double[]){1}, (double[]){0}, (double[]){1});
    mixture->weights[0] = 0.75;
    mixture->noise_weight = 0.25;
    mixture->noise_log_density = -3.5;
    struct gaussian_mixture *back = write_and_read(mixture);
    assert_true(back->noise_weight == 0.25 && back->noise_log_density == -3.5);
    gaussian_mixture_free(back);
    gaussian_mixture_free(mixture);
}

static void scaled_components_become_full_ones(void **state) {
    (void)state;
    struct gaussian_mixture *mixture = mixtures_make(2, 2, GAUSSIAN_MIXTURE_TIED, (double[]){0.5, 0.5},
                                                     (double[]){0, 0, 1, 1}, (double[]){1, 0.5, 0.5, 2});
    mixture->scales = calloc(2, sizeof *mixture->scales);
    assert_non_null(mixture->scales);
    mixture->scales[0] = 1;
    mixture->scales[1] = 2;
    struct gaussian_mixture *back = write_and_read(mixture);
    assert_int_equal(back->type, GAUSSIAN_MIXTURE_FULL);
    assert_same_bits(back->covariances, ((double[]){1, 0.5, 0.5, 2, 4, 2, 2, 8}), 8);
    gaussian_mixture_free(back);
    gaussian_mixture_free(mixture);
}

static void a_model_with_nan_is_not_written(void **state) {
    (void)state;
    struct error error = {0};
    struct gaussian_mixture *mixture =
        mixtures_make(1, 1, GAUSSIAN_MIXTURE_FULL, (double[]){1}, (double[]){0}, (double[]){1});
    mixture->means[0] = NAN;
    assert_int_equal(gaussian_mixture_writer_file("/tmp/kltools-writer-none", mixture, &error), -1);
    assert_true(access("/tmp/kltools-writer-none", F_OK) < 0);
    gaussian_mixture_free(mixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_comes_back_as_it_was),
        cmocka_unit_test(a_uniform_component_is_kept),
        cmocka_unit_test(scaled_components_become_full_ones),
        cmocka_unit_test(a_model_with_nan_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
