/* The kernels one by one, for the table that names them all (process/covariance_kernel.h). */
#ifndef PROCESS_COVARIANCE_KERNELS_H
#define PROCESS_COVARIANCE_KERNELS_H

#include "process/covariance_kernel.h"

extern const struct covariance_kernel covariance_kernels_rbf, covariance_kernels_matern,
    covariance_kernels_rq, covariance_kernels_periodic, covariance_kernels_cosine,
    covariance_kernels_spectral, covariance_kernels_linear, covariance_kernels_poly,
    covariance_kernels_constant, covariance_kernels_white, covariance_kernels_nngp, covariance_kernels_ntk;

#endif
