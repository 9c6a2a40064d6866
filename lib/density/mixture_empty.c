#include "density/mixture_empty.h"

#include <string.h>

/* A component with a smaller share of the weight is empty. */
static const double EMPTY = 1e-8;

bool mixture_empty_is(double count, double total, double dirichlet) {
    return !(count >= EMPTY * total && count > 1 - dirichlet);
}

void mixture_empty_drop(struct gaussian_mixture *mixture, struct mixture_sums *sums, size_t k) {
    size_t d = mixture->dimensions, after = mixture->components - k - 1;
    size_t all = gaussian_mixture_covariance_count(mixture->type, mixture->components, d);
    size_t less = gaussian_mixture_covariance_count(mixture->type, mixture->components - 1, d);
    size_t size = all - less; /* 0 where tied */
    memmove(mixture->weights + k, mixture->weights + k + 1, after * sizeof(double));
    memmove(mixture->means + k * d, mixture->means + (k + 1) * d, after * d * sizeof(double));
    memmove(mixture->covariances + k * size, mixture->covariances + (k + 1) * size,
            after * size * sizeof(double));
    memmove(sums->counts + k, sums->counts + k + 1, after * sizeof(double));
    memmove(sums->first + k * d, sums->first + (k + 1) * d, after * d * sizeof(double));
    memmove(sums->second + k * sums->seconds, sums->second + (k + 1) * sums->seconds,
            after * sums->seconds * sizeof(double));
    mixture->components--;
    double total = mixture->noise_weight;
    for (size_t i = 0; i < mixture->components; i++)
        total += mixture->weights[i];
    for (size_t i = 0; i < mixture->components; i++)
        mixture->weights[i] /= total;
    mixture->noise_weight /= total;
}

/* Gives component k an equal share of rows around the farthest one, spread as all rows are. */
static void reseed(struct gaussian_mixture *mixture, const struct mixture_rows *rows,
                   struct mixture_sums *sums, const struct gaussian_mixture *whole, size_t k) {
    size_t d = mixture->dimensions;
    double count = rows->total / (double)mixture->components;
    double *second = sums->second + k * sums->seconds;
    memcpy(mixture->means + k * d, rows->values + sums->farthest * d, d * sizeof(double));
    memset(sums->first + k * d, 0, d * sizeof(double));
    sums->counts[k] = count;
    size_t values = gaussian_mixture_covariance_count(whole->type, 1, d);
    for (size_t a = 0; values != d * d && a < d; a++)
        second[a] = count * whole->covariances[values == 1 ? 0 : a];
    for (size_t a = 0; values == d * d && a < d; a++)
        for (size_t b = 0; b <= a; b++)
            *second++ = count * whole->covariances[a * d + b];
}

int mixture_empty_mend(struct gaussian_mixture *mixture, const struct mixture_rows *rows,
                       struct mixture_sums *sums, const struct mixture_constraints *constraints,
                       struct mixture_empty *mended, struct error *error) {
    bool may_move = !constraints->fix_means && constraints->dirichlet >= 1;
    for (size_t k = 0; k < mixture->components;) {
        if (!mixture_empty_is(sums->counts[k], rows->total, constraints->dirichlet)) {
            k++;
        } else if (may_move && mended->reseeded < mixture->components) {
            reseed(mixture, rows, sums, constraints->whole, k++);
            mended->reseeded++;
        } else {
            if (mixture->components == 1)
                return error_set(error, "no component has kept any rows");
            mixture_empty_drop(mixture, sums, k);
            mended->dropped++;
        }
    }
    return 0;
}
