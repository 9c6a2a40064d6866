#include "num/model_check.h"

#include <string.h>

#include "num/column_scale.h"
#include "num/gaussian_mixture_model.h"

static int check_mixture(const struct npz *npz, struct error *error) {
    struct gaussian_mixture *mixture = gaussian_mixture_model_from_arrays(npz, error);
    gaussian_mixture_free(mixture);
    return mixture != NULL ? 0 : -1;
}

static int check_scale(const struct npz *npz, struct error *error) {
    struct column_scale scale;
    if (column_scale_take(&scale, npz, error) < 0)
        return -1;
    column_scale_free(&scale);
    return 0;
}

static const struct {
    const char *kind;
    int (*check)(const struct npz *npz, struct error *error);
} checks[] = {
    {"gmm", check_mixture},
    {"scale", check_scale},
};

int model_check(const struct npz *npz, struct error *error) {
    const struct npz_array *kind = npz_find(npz, "kind");
    for (size_t i = 0; kind != NULL && kind->text != NULL && i < sizeof checks / sizeof *checks; i++)
        if (strcmp(kind->text, checks[i].kind) == 0)
            return checks[i].check(npz, error);
    return 0;
}
