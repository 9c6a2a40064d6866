#include "density/mixture_source.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/npz.h"
#include "num/gaussian_mixture_model.h"

static int check_columns(size_t columns, size_t wanted, struct error *error) {
    if (columns == wanted)
        return 0;
    return error_set(error, "data have %zu column%s, the model %zu", wanted, wanted == 1 ? "" : "s", columns);
}

static int take_centres(struct mixture_source *source, const struct npz *npz,
                        const struct mixture_input *input, struct mixture_choice *choice,
                        struct error *error) {
    const struct npz_array *centres = npz_require(npz, "centers", 2, error);
    size_t d = input->rows.dimensions;
    if (centres == NULL || check_columns(centres->shape[1], d, error) < 0)
        return -1;
    if (centres->values == NULL || centres->count == 0)
        return error_set(error, "%s: centers: expected numbers", npz->path);
    source->centres = memory_array(error, centres->count, sizeof(double));
    if (source->centres == NULL)
        return -1;
    for (size_t i = 0; i < centres->count; i++)
        source->centres[i] = centres->values[i] - input->mean[i % d];
    choice->least = choice->most = centres->shape[0];
    choice->restarts.centres = source->centres;
    return 0;
}

static int take_model(struct mixture_source *source, const struct npz *npz, const struct mixture_input *input,
                      bool typed, struct mixture_choice *choice, struct error *error) {
    struct gaussian_mixture *model = gaussian_mixture_model_from_arrays(npz, error);
    if (model == NULL)
        return -1;
    if (typed)
        error_set_usage(error, "--covariance has no meaning with --init @FILE of a mixture");
    else if (model->scales != NULL)
        error_set(error, "%s: a kernel estimate with local bandwidths is no start", npz->path);
    else if (model->noise_weight > 0 && input->rows.patterns != NULL)
        error_set(error, "%s: noise has no density for rows with missing values", npz->path);
    else if (check_columns(model->dimensions, input->rows.dimensions, error) == 0)
        source->model = mixture_start_copy(model, input->mean, error);
    if (source->model != NULL) {
        source->means = model->means;
        model->means = NULL;
    }
    choice->least = choice->most = model->components;
    memset(choice->types, 0, sizeof choice->types);
    choice->types[model->type] = true;
    choice->restarts.model = source->model;
    gaussian_mixture_free(model);
    return source->model != NULL ? 0 : -1;
}

int mixture_source_read(struct mixture_source *source, const char *path, const struct mixture_input *input,
                        bool typed, struct mixture_choice *choice, struct error *error) {
    struct npz *npz = npz_read(path, error);
    if (npz == NULL)
        return -1;
    const struct npz_array *kind = npz_find(npz, "kind");
    bool centres = kind != NULL && kind->text != NULL && strcmp(kind->text, "kmeans") == 0;
    int status = centres ? take_centres(source, npz, input, choice, error)
                         : take_model(source, npz, input, typed, choice, error);
    npz_free(npz);
    return status;
}

/* The component of the source with the very mean of the mixture's component k, at best of the same number; or
 * how many there are. */
static size_t find_mean(const struct gaussian_mixture *model, const struct gaussian_mixture *mixture,
                        size_t k) {
    size_t bytes = model->dimensions * sizeof(double), i = 0;
    const double *mean = mixture->means + k * model->dimensions;
    if (k < model->components && memcmp(model->means + k * model->dimensions, mean, bytes) == 0)
        return k;
    while (i < model->components && memcmp(model->means + i * model->dimensions, mean, bytes) != 0)
        i++;
    return i;
}

void mixture_source_restore(const struct mixture_source *source, const struct mixture_input *input,
                            struct gaussian_mixture *mixture) {
    size_t d = mixture->dimensions;
    for (size_t k = 0; k < mixture->components; k++) {
        const struct gaussian_mixture *model = source->model;
        size_t same = model != NULL ? find_mean(model, mixture, k) : 0;
        for (size_t j = 0; j < d; j++)
            if (model != NULL && same < model->components)
                mixture->means[k * d + j] = source->means[same * d + j];
            else
                mixture->means[k * d + j] += input->mean[j];
    }
}

void mixture_source_free(struct mixture_source *source) {
    gaussian_mixture_free(source->model);
    free(source->means);
    free(source->centres);
}
