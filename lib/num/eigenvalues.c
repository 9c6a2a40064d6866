#include "num/eigenvalues.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { STEPS_MAX = 60 }; /* a value: three are usual */

/* p = A u for the leading n x n block, of which the lower triangle is there. */
static void multiply_symmetric(size_t n, size_t stride, const double *a, const double *u, double *p) {
    memset(p, 0, n * sizeof *p);
    for (size_t i = 0; i < n; i++) {
        const double *row = a + i * stride;
        double sum = 0;
        for (size_t j = 0; j < i; j++) {
            sum += row[j] * u[j];
            p[j] += row[j] * u[i];
        }
        p[i] += sum + row[i] * u[i];
    }
}

/* Turns row i of the leading block of i + 1 rows into one entry, left of the diagonal, which is returned. The
 * block above becomes H A H, H = I - u u^T / half. */
static double reflect(size_t i, size_t stride, double *a, double *work) {
    double *u = a + i * stride, square = 0;
    for (size_t j = 0; j < i; j++)
        square += u[j] * u[j];
    double rest = square - u[i - 1] * u[i - 1];
    if (i == 1 || rest <= 0)
        return u[i - 1];
    double entry = -copysign(sqrt(square), u[i - 1]);
    double half = square - entry * u[i - 1]; /* u^T u / 2 of the u to come */
    u[i - 1] -= entry;

    multiply_symmetric(i, stride, a, u, work);
    double product = 0;
    for (size_t j = 0; j < i; j++) {
        work[j] /= half;
        product += work[j] * u[j];
    }
    for (size_t j = 0; j < i; j++)
        work[j] -= product / (2 * half) * u[j];
    for (size_t j = 0; j < i; j++)
        for (size_t k = 0; k <= j; k++)
            a[j * stride + k] -= work[j] * u[k] + u[j] * work[k];
    return entry;
}

/* One QL sweep from row m up to row l, where below[k] stands under diagonal[k]. */
static void sweep(size_t l, size_t m, double *diagonal, double *below) {
    double g = (diagonal[l + 1] - diagonal[l]) / (2 * below[l]);
    g = diagonal[m] - diagonal[l] + below[l] / (g + copysign(hypot(g, 1), g));
    double sine = 1, cosine = 1, shift = 0;
    for (size_t k = m; k-- > l;) {
        double f = sine * below[k], b = cosine * below[k], r = hypot(f, g);
        below[k + 1] = r;
        if (r == 0) { /* the matrix falls apart here */
            diagonal[k + 1] -= shift;
            below[m] = 0;
            return;
        }
        sine = f / r;
        cosine = g / r;
        g = diagonal[k + 1] - shift;
        r = (diagonal[k] - g) * sine + 2 * cosine * b;
        shift = sine * r;
        diagonal[k + 1] = g + shift;
        g = cosine * r - b;
    }
    diagonal[l] -= shift;
    below[l] = g;
    below[m] = 0;
}

/* Where the block that begins at l ends: the first m whose lower neighbour is nothing beside the diagonal. */
static size_t block_end(size_t l, size_t n, const double *diagonal, const double *below) {
    size_t m = l;
    while (m + 1 < n && fabs(below[m]) > DBL_EPSILON * (fabs(diagonal[m]) + fabs(diagonal[m + 1])))
        m++;
    return m;
}

static int tridiagonal(size_t n, double *diagonal, double *below, struct error *error) {
    for (size_t l = 0; l < n; l++) {
        size_t m, steps = 0;
        while ((m = block_end(l, n, diagonal, below)) != l) {
            if (steps++ == STEPS_MAX)
                return error_set(error, "the eigenvalues do not converge");
            sweep(l, m, diagonal, below);
        }
    }
    return 0;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Divides the lower triangle by the power of two at its largest entry, which is returned: squares must
 * neither overflow nor vanish. */
static double normalize(size_t n, double *a) {
    double largest = 0, sum = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            largest = fmax(largest, fabs(a[i * n + j]));
            sum += 0 * a[i * n + j]; /* nan where an entry is not finite */
        }
    }
    if (!(largest > 0) || isnan(sum))
        return sum;
    int exponent = ilogb(largest);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            a[i * n + j] = ldexp(a[i * n + j], -exponent);
    return ldexp(1, exponent);
}

int eigenvalues_symmetric(size_t n, double *a, double *values, struct error *error) {
    double scale = normalize(n, a);
    if (!isfinite(scale))
        return error_set(error, "the matrix is not finite");
    double *below = memory_zeros(error, n + 1, sizeof *below);
    double *work = memory_array(error, n + 1, sizeof *work);
    int status = -1;
    if (below == NULL || work == NULL)
        goto done;
    for (size_t i = n; i-- > 1;) {
        below[i - 1] = reflect(i, n, a, work);
        values[i] = a[i * n + i];
    }
    values[0] = a[0];
    status = tridiagonal(n, values, below, error);
    for (size_t i = 0; i < n; i++)
        values[i] *= scale > 0 ? scale : 1;
    qsort(values, n, sizeof *values, ascending);
done:
    free(below);
    free(work);
    return status;
}
