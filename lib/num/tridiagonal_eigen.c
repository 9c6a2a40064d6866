#include "num/tridiagonal_eigen.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/instruction_sets.h"

enum { STEPS_MAX = 60 }; /* for one eigenvalue, of which two are usual */

#define VANISHED 1e-150 /* beside a matrix of entries to 1; its square is a number yet */

/* y += factor x */
ALWAYS_INLINE void add(size_t count, double factor, const double *x, double *y) {
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        y[i] += factor * x[i];
}

/* Brings the largest entry between 1/2 and 1, so that squares neither overflow nor, where they matter,
 * vanish. Returns the exponent taken out. */
static int normalise(size_t n, double *a) {
    double largest = 0;
    int exponent = 0;
    for (size_t i = 0; i < n * n; i++)
        largest = fmax(largest, fabs(a[i]));
    if (largest > 0 && isfinite(largest))
        frexp(largest, &exponent);
    for (size_t i = 0; i < n * n; i++)
        a[i] = ldexp(a[i], -exponent);
    return exponent;
}

/* Makes of x the v of length sqrt(2) for which (I - v v^T) x is a multiple of the first unit vector, and
 * returns the multiple. v = 0 where x is such already. */
static double reflector(size_t count, double *x) {
    double rest = 0, first = x[0];
    for (size_t i = 1; i < count; i++)
        rest += x[i] * x[i];
    if (rest == 0) {
        memset(x, 0, count * sizeof *x);
        return first;
    }
    double length = sqrt(first * first + rest), made = first > 0 ? -length : length;
    double scale = 1 / sqrt(length * (length + fabs(first)));
    x[0] = first - made; /* a sum of like signs */
    for (size_t i = 0; i < count; i++)
        x[i] *= scale;
    return made;
}

/* The trailing matrix of `count` rows, `stride` apart, between two reflections: with p = A v and
 * w = p - (p v / 2) v, A - v w^T - w v^T. */
static INSTRUCTION_SETS void reflect(size_t count, size_t stride, const double *v, double *w, double *a) {
    double inner = 0;
    memset(w, 0, count * sizeof *w);
    for (size_t i = 0; i < count; i++)
        add(count, v[i], a + i * stride, w);
    for (size_t i = 0; i < count; i++)
        inner += w[i] * v[i];
    add(count, -0.5 * inner, v, w);
    for (size_t i = 0; i < count; i++) {
        add(count, -v[i], w, a + i * stride);
        add(count, -w[i], v, a + i * stride);
    }
}

/* Q of all reflections, from the last to the first: Q - v (v^T Q), in rows and columns from k on. */
static INSTRUCTION_SETS void accumulate(size_t n, const double *a, double *q, double *room) {
    memset(q, 0, n * n * sizeof *q);
    for (size_t i = 0; i < n; i++)
        q[i * n + i] = 1;
    for (size_t k = n - 1; k-- > 1;) {
        size_t count = n - k;
        const double *v = a + (k - 1) * n + k;
        double *block = q + k * n + k;
        memset(room, 0, count * sizeof *room);
        for (size_t i = 0; i < count; i++)
            add(count, v[i], block + i * n, room);
        for (size_t i = 0; i < count; i++)
            add(count, -v[i], room, block + i * n);
    }
}

static void transpose(size_t n, double *a) {
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            double swapped = a[i * n + j];
            a[i * n + j] = a[j * n + i];
            a[j * n + i] = swapped;
        }
    }
}

/* A = Q T Q^T: the diagonal of T in values, what is beside it in off, Q^T in vectors. */
static void reduce(size_t n, double *a, double *values, double *vectors, double *off) {
    for (size_t k = 0; k + 1 < n; k++) {
        double *v = a + k * n + k + 1;
        size_t count = n - k - 1;
        values[k] = a[k * n + k];
        if (count == 1) {
            off[k] = v[0];
            continue;
        }
        off[k] = reflector(count, v);
        reflect(count, n, v, vectors, a + (k + 1) * n + k + 1);
    }
    values[n - 1] = a[n * n - 1];
    off[n - 1] = 0;
    accumulate(n, a, vectors, a + (n - 1) * n); /* the last row is not needed any more */
    transpose(n, vectors);
}

/* Rows x and y turned by the angle of cosine c and sine s. */
static INSTRUCTION_SETS void turn(size_t n, double c, double s, double *x, double *y) {
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        double before = x[i];
        x[i] = c * before - s * y[i];
        y[i] = s * before + c * y[i];
    }
}

/* A step of QL, shifted, on rows first..last, whose off-diagonal entries are not 0. */
static void step(size_t n, size_t first, size_t last, double *values, double *off, double *vectors) {
    double half = (values[first + 1] - values[first]) / 2, beside = off[first];
    double root = sqrt(half * half + beside * beside);
    /* Wilkinson's shift: the eigenvalue of the first two rows that is nearer to the first */
    double shift = values[first] - beside * (beside / (half + (half < 0 ? -root : root)));
    double bulge = values[last] - shift, c = 1, s = 1, moved = 0;
    for (size_t i = last; i-- > first;) {
        double turned = s * off[i], straight = c * off[i];
        double length = sqrt(turned * turned + bulge * bulge);
        off[i + 1] = length;
        if (length == 0) { /* it has come apart here */
            values[i + 1] -= moved;
            off[last] = 0;
            return;
        }
        s = turned / length;
        c = bulge / length;
        double rest = values[i + 1] - moved;
        double cross = (values[i] - rest) * s + 2 * c * straight;
        moved = s * cross;
        values[i + 1] = rest + moved;
        bulge = c * cross - straight;
        turn(n, c, s, vectors + i * n, vectors + (i + 1) * n);
    }
    values[first] -= moved;
    off[first] = bulge;
    off[last] = 0;
}

/* The last row that is still tied to `first`. */
static size_t find_end(size_t n, size_t first, const double *values, const double *off) {
    size_t end = first;
    while (end + 1 < n && fabs(off[end]) > DBL_EPSILON * (fabs(values[end]) + fabs(values[end + 1])) &&
           fabs(off[end]) > VANISHED)
        end++;
    return end;
}

void tridiagonal_eigen(size_t n, double *a, double *values, double *vectors, double *off) {
    if (n == 0)
        return;
    int exponent = normalise(n, a);
    reduce(n, a, values, vectors, off);
    for (size_t first = 0; first < n; first++) {
        for (int count = 0; count < STEPS_MAX; count++) {
            size_t last = find_end(n, first, values, off);
            if (last == first)
                break;
            step(n, first, last, values, off, vectors);
        }
    }
    for (size_t i = 0; i < n; i++)
        values[i] = ldexp(values[i], exponent);
}
