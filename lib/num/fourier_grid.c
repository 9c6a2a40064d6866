#include "num/fourier_grid.h"

#include <stdlib.h>

#include "base/memory.h"
#include "num/fourier.h"

/* The transform of a real grid: rows along the last subscript hold half + 1 complex numbers. */
struct spectrum {
    size_t dimensions, rows, half;
    const size_t *sides;
    struct fourier *plans[FOURIER_GRID_DIMENSIONS];
    double *real, *imaginary;             /* of the values, rows x (half + 1) */
    double *other_real, *other_imaginary; /* of the kernel */
    double *line_real, *line_imaginary;   /* as long as the longest side */
};

static void spectrum_free(struct spectrum *spectrum) {
    for (size_t c = 0; c < spectrum->dimensions; c++)
        fourier_free(spectrum->plans[c]);
    free(spectrum->real);
    free(spectrum->imaginary);
    free(spectrum->other_real);
    free(spectrum->other_imaginary);
    free(spectrum->line_real);
    free(spectrum->line_imaginary);
}

static int spectrum_create(struct spectrum *spectrum, size_t dimensions, const size_t *sides,
                           struct error *error) {
    size_t longest = 0, width = sides[dimensions - 1] / 2 + 1, rows = 1;
    *spectrum = (struct spectrum){.dimensions = dimensions, .half = width - 1, .sides = sides};
    for (size_t c = 0; c < dimensions; c++) {
        rows *= c + 1 < dimensions ? sides[c] : 1; /* fits: the values do */
        longest = sides[c] > longest ? sides[c] : longest;
        spectrum->plans[c] = fourier_create(sides[c], error);
        if (spectrum->plans[c] == NULL)
            return -1;
    }
    spectrum->rows = rows;
    spectrum->real = memory_matrix(error, rows, width, sizeof(double));
    spectrum->imaginary = memory_matrix(error, rows, width, sizeof(double));
    spectrum->other_real = memory_matrix(error, rows, width, sizeof(double));
    spectrum->other_imaginary = memory_matrix(error, rows, width, sizeof(double));
    spectrum->line_real = memory_array(error, longest, sizeof(double));
    spectrum->line_imaginary = memory_array(error, longest, sizeof(double));
    if (spectrum->real == NULL || spectrum->imaginary == NULL || spectrum->other_real == NULL ||
        spectrum->other_imaginary == NULL || spectrum->line_real == NULL || spectrum->line_imaginary == NULL)
        return -1;
    return 0;
}

typedef void line_transform(struct fourier *plan, double *real, double *imaginary);

/* Transforms the lines along subscript `axis`, all but the last: entries `stride` apart. */
static void transform_axis(const struct spectrum *spectrum, size_t axis, line_transform *transform,
                           double *real, double *imaginary) {
    size_t side = spectrum->sides[axis], stride = spectrum->half + 1;
    for (size_t c = axis + 1; c + 1 < spectrum->dimensions; c++)
        stride *= spectrum->sides[c];
    size_t lines = spectrum->rows * (spectrum->half + 1) / side;
    for (size_t line = 0; line < lines; line++) {
        size_t first = line / stride * stride * side + line % stride;
        for (size_t j = 0; j < side; j++) {
            spectrum->line_real[j] = real[first + j * stride];
            spectrum->line_imaginary[j] = imaginary[first + j * stride];
        }
        transform(spectrum->plans[axis], spectrum->line_real, spectrum->line_imaginary);
        for (size_t j = 0; j < side; j++) {
            real[first + j * stride] = spectrum->line_real[j];
            imaginary[first + j * stride] = spectrum->line_imaginary[j];
        }
    }
}

static void forward(const struct spectrum *spectrum, const double *grid, double *real, double *imaginary) {
    size_t last = spectrum->dimensions - 1, width = spectrum->half + 1;
    for (size_t row = 0; row < spectrum->rows; row++)
        fourier_real(spectrum->plans[last], grid + row * spectrum->sides[last], real + row * width,
                     imaginary + row * width);
    for (size_t axis = 0; axis < last; axis++)
        transform_axis(spectrum, axis, fourier_complex, real, imaginary);
}

static void backward(const struct spectrum *spectrum, double *grid) {
    size_t last = spectrum->dimensions - 1, width = spectrum->half + 1;
    for (size_t axis = 0; axis < last; axis++)
        transform_axis(spectrum, axis, fourier_complex_inverse, spectrum->real, spectrum->imaginary);
    for (size_t row = 0; row < spectrum->rows; row++)
        fourier_real_inverse(spectrum->plans[last], spectrum->real + row * width,
                             spectrum->imaginary + row * width, grid + row * spectrum->sides[last]);
}

int fourier_grid_convolve(size_t dimensions, const size_t *sides, double *values, const double *kernel,
                          struct error *error) {
    struct spectrum spectrum;
    int status = spectrum_create(&spectrum, dimensions, sides, error);
    if (status == 0) {
        forward(&spectrum, values, spectrum.real, spectrum.imaginary);
        forward(&spectrum, kernel, spectrum.other_real, spectrum.other_imaginary);
        for (size_t i = 0; i < spectrum.rows * (spectrum.half + 1); i++) {
            double a = spectrum.real[i], b = spectrum.imaginary[i];
            double c = spectrum.other_real[i], d = spectrum.other_imaginary[i];
            spectrum.real[i] = a * c - b * d;
            spectrum.imaginary[i] = a * d + b * c;
        }
        backward(&spectrum, values);
    }
    spectrum_free(&spectrum);
    return status;
}
