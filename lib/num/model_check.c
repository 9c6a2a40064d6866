#include "num/model_check.h"

#include <string.h>

int model_check_pack(const struct npz_pack_settings *packing, const char *path,
                     const struct model_check *const *checks, size_t count, struct error *error) {
    struct npz *npz = npz_pack_read(packing, error);
    if (npz == NULL)
        return -1;
    const struct npz_array *kind = npz_find(npz, "kind");
    int status = 0;
    for (size_t i = 0; status == 0 && kind != NULL && kind->text != NULL && i < count; i++)
        if (strcmp(kind->text, checks[i]->kind) == 0)
            status = checks[i]->read(npz, error);
    if (status == 0)
        status = npz_pack_write(npz, path, error);
    npz_free(npz);
    return status;
}
