#include "num/gaussian_mixture_writer.h"

#include "base/memory.h"

static const double VERSION = 1;

static size_t covariance_shape(enum gaussian_mixture_type type, size_t components, size_t d, size_t *shape) {
    switch (type) {
    case GAUSSIAN_MIXTURE_FULL:
        shape[0] = components;
        shape[1] = shape[2] = d;
        return 3;
    case GAUSSIAN_MIXTURE_TIED:
        shape[0] = shape[1] = d;
        return 2;
    case GAUSSIAN_MIXTURE_DIAGONAL:
        shape[0] = components;
        shape[1] = d;
        return 2;
    case GAUSSIAN_MIXTURE_TIED_DIAGONAL:
        shape[0] = d;
        return 1;
    case GAUSSIAN_MIXTURE_SPHERICAL:
        shape[0] = components;
        return 1;
    default:
        return 0;
    }
}

/* The covariances of all components as K x d x d values, which the caller frees. */
static double *expand_all(const struct gaussian_mixture *mixture, struct error *error) {
    size_t d = mixture->dimensions, size;
    if (!memory_product(d, d, &size))
        size = SIZE_MAX;
    double *covariances = memory_matrix(error, mixture->components, size, sizeof *covariances);
    for (size_t k = 0; covariances != NULL && k < mixture->components; k++)
        gaussian_mixture_expand_covariance(mixture, k, covariances + k * size);
    return covariances;
}

static int write_covariances(struct npz_writer *writer, const struct gaussian_mixture *mixture,
                             struct error *error) {
    enum gaussian_mixture_type type = mixture->scales != NULL ? GAUSSIAN_MIXTURE_FULL : mixture->type;
    size_t shape[3];
    size_t rank = covariance_shape(type, mixture->components, mixture->dimensions, shape);
    double *expanded = NULL;
    if (mixture->scales != NULL && (expanded = expand_all(mixture, error)) == NULL)
        return -1;
    int status = npz_writer_numbers(writer, "covariances", rank, shape,
                                    expanded != NULL ? expanded : mixture->covariances, false, error);
    free(expanded);
    return status;
}

int gaussian_mixture_writer_arrays(struct npz_writer *writer, const struct gaussian_mixture *mixture,
                                   struct error *error) {
    enum gaussian_mixture_type type = mixture->scales != NULL ? GAUSSIAN_MIXTURE_FULL : mixture->type;
    const size_t shape[] = {mixture->components, mixture->dimensions};
    const double noise[] = {mixture->noise_weight, mixture->noise_log_density};
    if (npz_writer_text(writer, "kind", "gmm", error) < 0 ||
        npz_writer_number(writer, "version", VERSION, error) < 0 ||
        npz_writer_text(writer, "covariance_type", gaussian_mixture_type_names[type], error) < 0 ||
        npz_writer_numbers(writer, "weights", 1, shape, mixture->weights, false, error) < 0 ||
        npz_writer_numbers(writer, "means", 2, shape, mixture->means, false, error) < 0 ||
        write_covariances(writer, mixture, error) < 0)
        return -1;
    if (mixture->noise_weight == 0)
        return 0;
    return npz_writer_numbers(writer, "noise", 1, (const size_t[]){2}, noise, false, error);
}

int gaussian_mixture_writer_file(const char *path, const struct gaussian_mixture *mixture,
                                 struct error *error) {
    struct npz_writer *writer = npz_writer_open(path, error);
    if (writer == NULL)
        return -1;
    if (gaussian_mixture_writer_arrays(writer, mixture, error) == 0)
        return npz_writer_close(writer, error);
    npz_writer_discard(writer);
    return -1;
}
