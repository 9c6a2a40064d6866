#include "process/network_dual.h"

#include <math.h>

#include "base/instruction_sets.h"
#include "num/elementary.h"
#include "num/elementary_angle.h"

enum { WIDTH = NETWORK_DUAL_WIDTH };

#define INVERSE_TWO_PI 0.15915494309189533577
#define TWO_OVER_PI 0.63661977236758134308
#define TINY 1e-300 /* beside a denominator that may be 0 */

const char *const network_dual_names[] = {"relu", "leaky",   "step", "erf",      "sin", "linear",
                                          "tanh", "sigmoid", "gelu", "softplus", NULL};

bool network_dual_is_kinked(enum network_dual_activation activation) {
    return activation <= NETWORK_DUAL_STEP;
}

bool network_dual_is_series(enum network_dual_activation activation) {
    return activation >= NETWORK_DUAL_TANH;
}

/* What relu, leaky and step make of a pair: n = sqrt(q1 q2), the angle t, h = sin^2(t/2). */
struct angle {
    double n, root, h, t, cosine, sine;
};

/* n - c is the deficit less (sqrt q1 - sqrt q2)^2 / 2, which near c = n is the better of the two. */
ALWAYS_INLINE struct angle angle_of(double q1, double q2, double c, double deficit) {
    double n = sqrt(q1 * q2);
    double root = (q1 - q2) / (sqrt(q1) + sqrt(q2) + TINY);
    double near = deficit - root * root * 0.5;
    double gap = deficit < 0.5 * n ? near : n - c;
    double h = gap / (2 * n + TINY);
    h = h > 0 ? h : 0;
    h = h < 1 ? h : 1;
    h = n > 0 ? h : 0.5;
    double t = elementary_angle_of_haversine(h);
    return (struct angle){n, root, h, t, 1 - 2 * h, 2 * sqrt(h * (1 - h))};
}

/* E = n (sin t + (pi - t) cos t) / 2 pi, D = (pi - t) / 2 pi. The deficit is (sqrt q1 - sqrt q2)^2/4 + n/2 -
 * E, in a form that does not cancel. With `step` what is D here is E. */
INSTRUCTION_SETS static void kinked(const struct network_dual_pairs *pairs, struct network_dual *dual) {
#pragma omp simd
    for (size_t j = 0; j < WIDTH; j++) {
        struct angle a = angle_of(pairs->q1[j], pairs->q2[j], pairs->c[j], pairs->deficit[j]);
        double bend = (a.t * a.cosine - a.sine) * INVERSE_TWO_PI;
        dual->e[j] = a.n * (0.5 * a.cosine - bend);
        dual->d[j] = 0.5 - a.t * INVERSE_TWO_PI;
        dual->deficit[j] = 0.25 * a.root * a.root + a.n * (a.h + bend);
    }
}

/* dt/dc = -1/(n sin t), dt/dq1 = cos t/(2 q1 sin t); both count as 0 where rows are parallel: there t stays
 * what it is whatever the parameters. */
INSTRUCTION_SETS static void kinked_derivatives(const struct network_dual_pairs *pairs,
                                                struct network_dual *dual) {
#pragma omp simd
    for (size_t j = 0; j < WIDTH; j++) {
        double q1 = pairs->q1[j], q2 = pairs->q2[j];
        struct angle a = angle_of(q1, q2, pairs->c[j], pairs->deficit[j]);
        double free = a.n > 0 && a.sine > 0 ? INVERSE_TWO_PI / (a.sine + TINY) : 0;
        double half = a.n > 0 ? 0.5 * INVERSE_TWO_PI * a.sine : 0;
        dual->e_q1[j] = half * a.n / (q1 + TINY);
        dual->e_q2[j] = half * a.n / (q2 + TINY);
        dual->d_c[j] = free / (a.n + TINY);
        dual->d_q1[j] = -0.5 * free * a.cosine / (q1 + TINY);
        dual->d_q2[j] = -0.5 * free * a.cosine / (q2 + TINY);
    }
}

/* act(z) = s z + (1 - s) relu(z): the cross terms are s (1 - s) c. */
static void lean(double slope, const struct network_dual_pairs *pairs, bool derivatives,
                 struct network_dual *dual) {
    double square = (1 - slope) * (1 - slope);
    for (size_t j = 0; j < WIDTH; j++) {
        dual->e[j] = square * dual->e[j] + slope * pairs->c[j];
        dual->d[j] = square * dual->d[j] + slope;
        dual->deficit[j] = square * dual->deficit[j] + slope * pairs->deficit[j];
    }
    for (size_t j = 0; derivatives && j < WIDTH; j++) {
        dual->e_q1[j] *= square;
        dual->e_q2[j] *= square;
        dual->d_c[j] *= square;
        dual->d_q1[j] *= square;
        dual->d_q2[j] *= square;
    }
}

/* E = (pi - t)/2 pi, which is relu's D; a unit whose input is 0 gives 1/2. */
static void step(const struct network_dual_pairs *pairs, bool derivatives, struct network_dual *dual) {
    for (size_t j = 0; j < WIDTH; j++) {
        double own = (pairs->q1[j] > 0 ? 0.25 : 0.125) + (pairs->q2[j] > 0 ? 0.25 : 0.125);
        bool right = !(pairs->q1[j] * pairs->q2[j] > 0);
        dual->deficit[j] = right ? own - dual->d[j] : 0.5 - dual->d[j];
        dual->e[j] = dual->d[j];
        dual->d[j] = derivatives ? dual->d_c[j] : 0;
        dual->e_q1[j] = derivatives ? dual->d_q1[j] : 0;
        dual->e_q2[j] = derivatives ? dual->d_q2[j] : 0;
    }
}

/* With A = 1 + 2 q and B = A1 A2 - 4 c^2: E = (2/pi) asin(2 c/sqrt(A1 A2)), D = (4/pi)/sqrt B. Where the
 * product overflows both are nan, not 0. */
INSTRUCTION_SETS static void error_function(const struct network_dual_pairs *pairs,
                                            struct network_dual *dual) {
#pragma omp simd
    for (size_t j = 0; j < WIDTH; j++) {
        double q1 = pairs->q1[j], q2 = pairs->q2[j], c = pairs->c[j];
        double a1 = 1 + 2 * q1, a2 = 1 + 2 * q2, product = a1 * a2;
        double n = sqrt(q1 * q2);
        double b = 1 + 2 * q1 + 2 * q2 + 4 * ((n - c) * (n + c)) + 0 * product;
        double size = sqrt(product), inverse = 1 / sqrt(b), cube = inverse * inverse * inverse;
        dual->e[j] = TWO_OVER_PI * elementary_angle_arcsine(2 * c / size, b / product);
        dual->d[j] = 2 * TWO_OVER_PI * inverse;
        dual->e_q1[j] = -2 * TWO_OVER_PI * c * inverse / a1;
        dual->e_q2[j] = -2 * TWO_OVER_PI * c * inverse / a2;
        dual->d_c[j] = 8 * TWO_OVER_PI * c * cube;
        dual->d_q1[j] = -2 * TWO_OVER_PI * a2 * cube;
        dual->d_q2[j] = -2 * TWO_OVER_PI * a1 * cube;
    }
}

/* E = exp(-(q1 + q2)/2) sinh c, D with cosh; in exponents that are never positive: |c| <= (q1 + q2)/2. */
INSTRUCTION_SETS static void sine(const struct network_dual_pairs *pairs, struct network_dual *dual) {
#pragma omp simd
    for (size_t j = 0; j < WIDTH; j++) {
        double mean = 0.5 * (pairs->q1[j] + pairs->q2[j]), c = pairs->c[j];
        double size = c < 0 ? -c : c;
        double up = elementary_exp(size - mean), fall = 0.5 * elementary_expm1(-2 * size);
        double e = c < 0 ? up * fall : -up * fall, d = up + up * fall;
        dual->e[j] = e;
        dual->d[j] = d;
        dual->e_q1[j] = dual->e_q2[j] = -0.5 * e;
        dual->d_c[j] = e;
        dual->d_q1[j] = dual->d_q2[j] = -0.5 * d;
    }
}

static void identity(const struct network_dual_pairs *pairs, struct network_dual *dual) {
    *dual = (struct network_dual){.d = {0}};
    for (size_t j = 0; j < WIDTH; j++) {
        dual->e[j] = pairs->c[j];
        dual->d[j] = 1;
    }
}

void network_dual_closed(enum network_dual_activation activation, double slope,
                         const struct network_dual_pairs *pairs, bool derivatives,
                         struct network_dual *dual) {
    if (activation == NETWORK_DUAL_ERF) {
        error_function(pairs, dual);
        return;
    }
    if (activation == NETWORK_DUAL_SIN) {
        sine(pairs, dual);
        return;
    }
    if (activation == NETWORK_DUAL_LINEAR) {
        identity(pairs, dual);
        return;
    }
    kinked(pairs, dual);
    if (derivatives)
        kinked_derivatives(pairs, dual);
    if (activation == NETWORK_DUAL_LEAKY)
        lean(slope, pairs, derivatives, dual);
    if (activation == NETWORK_DUAL_STEP)
        step(pairs, derivatives, dual);
}
