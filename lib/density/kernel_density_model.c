/* Kernel densities as NPZ, in and out. */

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "density/kernel_density.h"

/* The index of a text among words; fallback where the archive has none of that name. Returns 0 or -1. */
static int read_word(const struct npz *npz, const char *name, const char *const *words, int fallback,
                     int *index, struct error *error) {
    *index = fallback;
    if (npz_find(npz, name) == NULL)
        return 0;
    const char *text = npz_require_text(npz, name, error);
    char quoted[ERROR_QUOTE_SIZE];
    if (text == NULL)
        return -1;
    for (*index = 0; words[*index] != NULL; ++*index)
        if (strcmp(text, words[*index]) == 0)
            return 0;
    return error_set(error, "%s: %s: '%s' is none that is known", npz->path, name,
                     error_quote(quoted, text, strlen(text)));
}

/* Copies an array of `count` numbers; one of two dimensions must have `columns` of them a row. */
static int copy_numbers(const struct npz *npz, const char *name, size_t count, size_t columns, double *values,
                        struct error *error) {
    const struct npz_array *array = npz_find(npz, name);
    if (array == NULL)
        return error_set(error, "%s: no array %s", npz->path, name);
    if (array->values == NULL)
        return error_set(error, "%s: %s: expected numbers, got a text", npz->path, name);
    if (array->count != count || (columns > 0 && array->rank == 2 && array->shape[1] != columns))
        return error_set(error, "%s: %s: expected %zu numbers, got %zu", npz->path, name, count,
                         array->count);
    memcpy(values, array->values, count * sizeof *values);
    return 0;
}

/* Weights are taken as they stand, so that a model evaluates as it did before it was written. */
static int read_weights(struct kernel_density *density, const struct npz *npz, struct error *error) {
    double sum = 0;
    if (copy_numbers(npz, "weights", density->count, 0, density->weights, error) < 0)
        return -1;
    for (size_t i = 0; i < density->count; i++) {
        if (!(density->weights[i] >= 0))
            return error_set(error, "%s: weights: entry %zu is negative or nan", npz->path, i + 1);
        sum += density->weights[i];
    }
    if (!(fabs(sum - 1) <= 1e-6))
        return error_set(error, "%s: weights: their sum is %.9g, not 1", npz->path, sum);
    return 0;
}

static int read_arrays(struct kernel_density *density, const struct npz *npz, struct error *error) {
    size_t n = density->count, d = density->dimensions;
    const char *const names[] = {"lower", "upper", "period"};
    double *const bounds[] = {density->lower, density->upper, density->period};
    if (copy_numbers(npz, "points", n * d, d, density->points, error) < 0 ||
        copy_numbers(npz, "factor", d * d, d, density->factor, error) < 0 ||
        read_weights(density, npz, error) < 0)
        return -1;
    for (size_t i = 0; i < 3; i++)
        if (npz_find(npz, names[i]) != NULL && copy_numbers(npz, names[i], d, 0, bounds[i], error) < 0)
            return -1;
    if (npz_find(npz, "local") == NULL)
        return 0;
    density->local = memory_array(error, n, sizeof *density->local);
    return density->local == NULL ? -1 : copy_numbers(npz, "local", n, 0, density->local, error);
}

struct kernel_density *kernel_density_from_arrays(const struct npz *npz, struct error *error) {
    int kernel, form;
    char quoted[ERROR_QUOTE_SIZE];
    const char *kind = npz_require_text(npz, "kind", error);
    if (kind == NULL)
        return NULL;
    if (strcmp(kind, "kde") != 0) {
        error_set(error, "%s: kind: expected kde, got '%s'", npz->path,
                  error_quote(quoted, kind, strlen(kind)));
        return NULL;
    }
    const struct npz_array *points = npz_require(npz, "points", 2, error);
    if (points == NULL || read_word(npz, "kernel", kernel_names, KERNEL_GAUSSIAN, &kernel, error) < 0 ||
        read_word(npz, "kernel_form", kernel_form_names, KERNEL_RADIAL, &form, error) < 0)
        return NULL;
    if (points->count == 0 || points->values == NULL) {
        error_set(error, "%s: points: expected at least one point", npz->path);
        return NULL;
    }
    struct kernel_density *density = kernel_density_create(
        points->shape[0], points->shape[1], (enum kernel_name)kernel, (enum kernel_form)form, error);
    if (density == NULL)
        return NULL;
    if (read_arrays(density, npz, error) == 0) {
        if (kernel_density_prepare(density, error) == 0)
            return density;
        error_prefix(error, "%s", npz->path);
    }
    kernel_density_free(density);
    return NULL;
}

struct kernel_density *kernel_density_read(const char *operand, struct error *error) {
    struct npz *npz = npz_read(operand, error);
    if (npz == NULL)
        return NULL;
    struct kernel_density *density = kernel_density_from_arrays(npz, error);
    npz_free(npz);
    return density;
}

static int write_local(const struct kernel_density *density, struct npz_writer *writer, struct error *error) {
    if (density->local != NULL)
        return npz_writer_numbers(writer, "local", 1, &density->count, density->local, false, error);
    double *ones = memory_array(error, density->count, sizeof *ones);
    if (ones == NULL)
        return -1;
    for (size_t i = 0; i < density->count; i++)
        ones[i] = 1;
    int status = npz_writer_numbers(writer, "local", 1, &density->count, ones, false, error);
    free(ones);
    return status;
}

static int write_arrays(const struct kernel_density *density, struct npz_writer *writer,
                        struct error *error) {
    size_t n = density->count, d = density->dimensions;
    if (npz_writer_text(writer, "kind", "kde", error) < 0 ||
        npz_writer_number(writer, "version", 1, error) < 0 ||
        npz_writer_numbers(writer, "points", 2, (size_t[]){n, d}, density->points, false, error) < 0 ||
        npz_writer_numbers(writer, "weights", 1, &n, density->weights, false, error) < 0 ||
        npz_writer_numbers(writer, "factor", 2, (size_t[]){d, d}, density->factor, false, error) < 0 ||
        write_local(density, writer, error) < 0 ||
        npz_writer_text(writer, "kernel", kernel_names[density->kernel.name], error) < 0 ||
        npz_writer_text(writer, "kernel_form", kernel_form_names[density->kernel.form], error) < 0 ||
        npz_writer_numbers(writer, "lower", 1, &d, density->lower, true, error) < 0 ||
        npz_writer_numbers(writer, "upper", 1, &d, density->upper, true, error) < 0)
        return -1;
    return npz_writer_numbers(writer, "period", 1, &d, density->period, true, error);
}

int kernel_density_write(const struct kernel_density *density, const char *path, struct error *error) {
    struct npz_writer *writer = npz_writer_open(path, error);
    if (writer == NULL)
        return -1;
    if (write_arrays(density, writer, error) == 0)
        return npz_writer_close(writer, error);
    npz_writer_discard(writer);
    return -1;
}

static int check(const struct npz *npz, struct error *error) {
    struct kernel_density *density = kernel_density_from_arrays(npz, error);
    kernel_density_free(density);
    return density != NULL ? 0 : -1;
}

const struct model_check kernel_density_check = {"kde", check};
