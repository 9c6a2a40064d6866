#include "process/covariance_kernel.h"

#include "process/covariance_kernels.h"

const struct covariance_kernel *const covariance_kernel_all[] = {
    &covariance_kernels_rbf,
    &covariance_kernels_matern,
    &covariance_kernels_rq,
    &covariance_kernels_periodic,
    &covariance_kernels_cosine,
    &covariance_kernels_spectral,
    &covariance_kernels_linear,
    &covariance_kernels_poly,
    &covariance_kernels_constant,
    &covariance_kernels_white,
    &covariance_kernels_nngp,
    &covariance_kernels_ntk,
    NULL,
};

bool covariance_kernel_sees(const struct covariance_node *leaf, size_t input) {
    for (size_t c = 0; c < leaf->column_count; c++)
        if (leaf->columns[c] == input)
            return true;
    return false;
}
