#include "density/kmeans_unit.h"

#include <math.h>

static bool unit_length(size_t columns, double *x) {
    double largest = 0, square = 0;
    for (size_t j = 0; j < columns; j++)
        largest = fmax(largest, fabs(x[j]));
    if (largest == 0)
        return false;
    for (size_t j = 0; j < columns; j++) {
        x[j] /= largest; /* else squares of small or large values would be lost */
        square += x[j] * x[j];
    }
    for (size_t j = 0; j < columns; j++)
        x[j] /= sqrt(square);
    return true;
}

size_t kmeans_unit(size_t rows, size_t columns, double *points) {
    size_t row = 0;
    while (row < rows && unit_length(columns, points + row * columns))
        row++;
    return row;
}
