#include "num/symmetric_eigen.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { SWEEPS_MAX = 60 }; /* convergence is quadratic: some ten are enough */

#define LARGE 1e9 /* its square plus 1 is its square */

/* Turns rows p and q of a matrix of n columns by the angle of cosine c and sine s. */
static void turn_rows(size_t n, double c, double s, double *p, double *q) {
    for (size_t i = 0; i < n; i++) {
        double x = p[i], y = q[i];
        p[i] = c * x - s * y;
        q[i] = s * x + c * y;
    }
}

/* sqrt(1 + x^2), the square of large x, in which 1 does not count, not taken. */
static double secant(double x) {
    return fabs(x) < LARGE ? sqrt(1 + x * x) : fabs(x);
}

/* Makes a_pq 0. Returns whether it was not, to working precision. */
static bool rotate(size_t n, size_t p, size_t q, double *a, double *vectors) {
    double off = a[p * n + q], at_p = a[p * n + p], at_q = a[q * n + q];
    if (fabs(off) <= DBL_EPSILON * sqrt(fabs(at_p)) * sqrt(fabs(at_q)) || fabs(off) < DBL_MIN)
        return false;
    double theta = (at_q - at_p) / (2 * off);
    double t = (theta >= 0 ? 1 : -1) / (fabs(theta) + secant(theta));
    double c = 1 / sqrt(1 + t * t), s = t * c;
    turn_rows(n, c, s, a + p * n, a + q * n);
    for (size_t i = 0; i < n; i++) {
        double x = a[i * n + p], y = a[i * n + q];
        a[i * n + p] = c * x - s * y;
        a[i * n + q] = s * x + c * y;
    }
    a[p * n + q] = a[q * n + p] = 0;
    turn_rows(n, c, s, vectors + p * n, vectors + q * n);
    return true;
}

void symmetric_eigen_jacobi(size_t n, double *a, double *values, double *vectors) {
    memset(vectors, 0, n * n * sizeof *vectors);
    for (size_t i = 0; i < n; i++)
        vectors[i * n + i] = 1;
    bool turned = true;
    for (int sweep = 0; sweep < SWEEPS_MAX && turned; sweep++) {
        turned = false;
        for (size_t p = 0; p < n; p++)
            for (size_t q = p + 1; q < n; q++)
                turned = rotate(n, p, q, a, vectors) || turned;
    }
    for (size_t i = 0; i < n; i++)
        values[i] = a[i * n + i];
}
