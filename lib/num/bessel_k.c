#include "num/bessel_k.h"

#include <float.h>
#include <math.h>

/* Sums of Temme's series; a term falls as (z/2)^2 / i^2. */
enum { SERIES_MAX = 500, FRACTION_MAX = 10000 };

/* Coefficients about 0 of the entire function 1/Gamma(1 + x) = 1 + gamma x + ... (Abramowitz and Stegun 1964,
 * 6.1.34, shifted by one). */
static const double reciprocal_gamma[] = {
    1.0,
    0.5772156649015328606,
    -0.6558780715202538811,
    -0.0420026350340952355,
    0.1665386113822914895,
    -0.0421977345555443367,
    -0.0096219715278769736,
    0.0072189432466630995,
    -0.0011651675918590651,
    -0.0002152416741149510,
    0.0001280502823881162,
    -0.0000201348547807882,
    -0.0000012504934821427,
    0.0000011330272319817,
    -0.0000002056338416978,
    0.0000000061160951045,
    0.0000000050020076445,
    -0.0000000011812745705,
    0.0000000001043426712,
    0.0000000000077822634,
    -0.0000000000036968056,
    0.0000000000005100370,
    -0.0000000000000205833,
    -0.0000000000000053481,
    0.0000000000000012268,
    -0.0000000000000001181,
    0.0000000000000000012,
    0.0000000000000000014,
};

/* Gamma_1 = (1/Gamma(1 - mu) - 1/Gamma(1 + mu)) / (2 mu), Gamma_2 = (1/Gamma(1 - mu) + 1/Gamma(1 + mu)) / 2:
 * the odd and the even part, without cancellation at mu = 0. */
static void split_reciprocal_gamma(double mu, double *gamma_1, double *gamma_2) {
    enum { COUNT = sizeof reciprocal_gamma / sizeof *reciprocal_gamma };
    double square = mu * mu, odd = 0, even = 0;
    for (int i = COUNT - 2; i >= 0; i -= 2) {
        even = even * square + reciprocal_gamma[i];
        odd = odd * square + reciprocal_gamma[i + 1];
    }
    *gamma_1 = -odd;
    *gamma_2 = even;
}

static void temme_series(double mu, double z, double *k, double *k_next) {
    double gamma_1, gamma_2;
    split_reciprocal_gamma(mu, &gamma_1, &gamma_2);
    double half = z / 2, logarithm = -log(half), sigma = mu * logarithm;
    double pi_mu = M_PI * mu;
    double circle = fabs(pi_mu) < DBL_EPSILON ? 1 : pi_mu / sin(pi_mu);
    double hyperbola = fabs(sigma) < DBL_EPSILON ? 1 : sinh(sigma) / sigma;
    double f = circle * (gamma_1 * cosh(sigma) + gamma_2 * hyperbola * logarithm);
    double power = exp(sigma);
    double p = power / (2 * (gamma_2 - mu * gamma_1)); /* (z/2)^-mu Gamma(1 + mu) / 2 */
    double q = 1 / (power * 2 * (gamma_2 + mu * gamma_1));
    double c = 1, sum = f, sum_next = p;
    for (int i = 1; i < SERIES_MAX; i++) {
        f = (i * f + p + q) / ((double)i * i - mu * mu);
        c *= half * half / i;
        p /= i - mu;
        q /= i + mu;
        sum += c * f;
        sum_next += c * (p - i * f);
        if (fabs(c * f) < fabs(sum) * DBL_EPSILON / 4)
            break;
    }
    *k = sum;
    *k_next = sum_next / half;
}

/* The second continued fraction with the sum S that normalises it. */
static void steed_fraction(double mu, double z, double *k, double *k_next) {
    double a = 0.25 - mu * mu;
    double b = 2 * (1 + z), d = 1 / b, delta = d, h = d;
    double previous = 0, current = 1, numerator = a, q = a, factor = -a;
    double s = 1 + q * delta;
    for (int i = 2; i < FRACTION_MAX; i++) {
        factor -= 2 * (i - 1);
        numerator = -numerator * factor / i;
        double next = (previous - b * current) / factor;
        previous = current;
        current = next;
        q += numerator * next;
        b += 2;
        d = 1 / (b + factor * d);
        delta *= b * d - 1;
        h += delta;
        double change = q * delta;
        s += change;
        if (fabs(change) < fabs(s) * DBL_EPSILON / 4)
            break;
    }
    *k = sqrt(M_PI / (2 * z)) * exp(-z) / s;
    *k_next = *k * (mu + z + 0.5 - a * h) / z;
}

void bessel_k_pair(double mu, double z, double *k, double *k_next) {
    if (z > 2)
        steed_fraction(mu, z, k, k_next);
    else
        temme_series(mu, z, k, k_next);
}

double bessel_k(double nu, double z) {
    double steps = floor(nu + 0.5), mu = nu - steps;
    double k, k_next;
    bessel_k_pair(mu, z, &k, &k_next);
    for (double i = 0; i < steps; i++) {
        double after = k + 2 * (mu + i + 1) / z * k_next;
        k = k_next;
        k_next = after;
    }
    return k;
}
