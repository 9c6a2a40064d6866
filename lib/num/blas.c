/* OpenBLAS's Fortran symbols, found by dlopen. Fortran stores columns where we store rows: every routine sees
 * our matrices transposed, so a lower triangle is an upper one there and a product has its factors swapped.
 */
#include "num/blas.h"

#include <assert.h>
#include <float.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#ifndef BLAS_LINKED
#include <dlfcn.h>
#endif

#include "num/plain_blas.h"

typedef void gemm_routine(const char *transpose_a, const char *transpose_b, const int *m, const int *n,
                          const int *k, const double *alpha, const double *a, const int *lda, const double *b,
                          const int *ldb, const double *beta, double *c, const int *ldc);
typedef void syrk_routine(const char *uplo, const char *transpose, const int *n, const int *k,
                          const double *alpha, const double *a, const int *lda, const double *beta, double *c,
                          const int *ldc);
typedef void trsm_routine(const char *side, const char *uplo, const char *transpose, const char *diagonal,
                          const int *m, const int *n, const double *alpha, const double *a, const int *lda,
                          double *b, const int *ldb);
typedef void potrf_routine(const char *uplo, const int *n, double *a, const int *lda, int *info);
typedef void syevr_routine(const char *vectors, const char *range, const char *uplo, const int *n, double *a,
                           const int *lda, const double *low, const double *high, const int *first,
                           const int *last, const double *tolerance, int *found, double *values, double *z,
                           const int *ldz, int *support, double *work, const int *work_size, int *integers,
                           const int *integers_size, int *info);

static struct {
    const char *name;
    gemm_routine *gemm;
    syrk_routine *syrk;
    trsm_routine *trsm;
    potrf_routine *potrf;
    syevr_routine *syevr;
} library = {.name = "none"};

#ifdef BLAS_LINKED

extern gemm_routine dgemm_;
extern syrk_routine dsyrk_;
extern trsm_routine dtrsm_;
extern potrf_routine dpotrf_;
extern syevr_routine dsyevr_;
extern void openblas_set_num_threads(int threads) __attribute__((weak));

int blas_load(struct error *error) {
    (void)error;
    if (library.gemm != NULL)
        return 0;
    if (openblas_set_num_threads != NULL)
        openblas_set_num_threads(1);
    library.name = "linked";
    library.gemm = dgemm_;
    library.syrk = dsyrk_;
    library.trsm = dtrsm_;
    library.potrf = dpotrf_;
    library.syevr = dsyevr_;
    return 0;
}

#else

/* Where to look, best first: one library that holds both, or BLAS and LAPACK apart. */
static const struct {
    const char *blas, *lapack;
} candidates[] = {
    {"libopenblas.so.0", "libopenblas.so.0"},
    {"libblas.so.3", "liblapack.so.3"},
};

/* Copies the bytes: dlsym returns a pointer to an object, which C does not convert to one to a function. */
static bool find(void *handle, const char *symbol, void *routine) {
    void *address = dlsym(handle, symbol);
    memcpy(routine, &address, sizeof address);
    return address != NULL;
}

/* RTLD_GLOBAL: a reference LAPACK finds its BLAS among what is loaded. Handles stay open for good. */
static bool load_from(const char *blas_file, const char *lapack_file) {
    void *blas = dlopen(blas_file, RTLD_NOW | RTLD_GLOBAL);
    void *lapack = blas != NULL ? dlopen(lapack_file, RTLD_NOW | RTLD_GLOBAL) : NULL;
    if (lapack == NULL)
        return false;
    bool found = find(blas, "dsyrk_", &library.syrk) && find(blas, "dtrsm_", &library.trsm) &&
                 find(lapack, "dpotrf_", &library.potrf) && find(lapack, "dsyevr_", &library.syevr) &&
                 find(blas, "dgemm_", &library.gemm);
    if (found)
        library.name = blas_file;
    return found;
}

int blas_load(struct error *error) {
    if (library.gemm != NULL)
        return 0;
    /* OpenBLAS starts its threads while it is being loaded. */
    if (setenv("OPENBLAS_NUM_THREADS", "1", 1) != 0)
        return error_set_system(error, "OPENBLAS_NUM_THREADS cannot be set");
    for (size_t i = 0; i < sizeof candidates / sizeof candidates[0]; i++)
        if (load_from(candidates[i].blas, candidates[i].lapack))
            return 0;
    library.gemm = NULL;
    return error_set(error, "no BLAS library found (libopenblas.so.0): install the package libopenblas0");
}

#endif

int blas_load_for(size_t order, struct error *error) {
    return order > BLAS_SMALL_MAX ? blas_load(error) : 0;
}

const char *blas_name(void) {
    return library.name;
}

static int as_int(size_t size) {
    assert(size <= INT_MAX);
    return (int)size;
}

void blas_multiply(const struct blas_product *p) {
    if (p->columns <= BLAS_SMALL_MAX && p->inner <= BLAS_SMALL_MAX) {
        plain_blas_multiply(p);
        return;
    }
    assert(library.gemm != NULL);
    int m = as_int(p->columns), n = as_int(p->rows), k = as_int(p->inner);
    int lda = as_int(p->b_stride), ldb = as_int(p->a_stride), ldc = as_int(p->c_stride);
    if (m > 0 && n > 0)
        library.gemm(p->b_transposed ? "T" : "N", p->a_transposed ? "T" : "N", &m, &n, &k, &p->alpha, p->b,
                     &lda, p->a, &ldb, &p->beta, p->c, &ldc);
}

void blas_gram(size_t rows, size_t n, const double *a, size_t stride, double beta, double *c) {
    if (n <= BLAS_SMALL_MAX) {
        plain_blas_gram(rows, n, a, stride, beta, c);
        return;
    }
    assert(library.syrk != NULL);
    int order = as_int(n), k = as_int(rows), lda = as_int(stride);
    double alpha = 1;
    library.syrk("U", "N", &order, &k, &alpha, a, &lda, &beta, c, &order);
}

void blas_solve_rows(size_t n, const double *factor, bool transposed, size_t count, double *b) {
    if (n <= BLAS_SMALL_MAX) {
        plain_blas_solve_rows(n, factor, transposed, count, b);
        return;
    }
    assert(library.trsm != NULL);
    int order = as_int(n), columns = as_int(count);
    double alpha = 1;
    if (count > 0)
        library.trsm("L", "U", transposed ? "N" : "T", "N", &order, &columns, &alpha, factor, &order, b,
                     &order);
}

/* OpenBLAS lets a nan, or an overflow, go by: the first such pivot is looked for here. */
static size_t first_bad_pivot(size_t n, const double *factor) {
    for (size_t i = 0; i < n; i++)
        if (!(factor[i * n + i] > 0 && factor[i * n + i] <= DBL_MAX))
            return i + 1;
    return 0;
}

size_t blas_cholesky(size_t n, double *a) {
    if (n <= BLAS_SMALL_MAX)
        return plain_blas_cholesky(n, a);
    assert(library.potrf != NULL);
    int order = as_int(n), info = 0;
    library.potrf("U", &order, a, &order, &info);
    return info > 0 ? (size_t)info : first_bad_pivot(n, a);
}

/* Per unit of order: what dsyevr asks for at the least, 26 doubles, and 10 + 2 integers in the room of 6. */
enum { EIGEN_DOUBLES = 26, EIGEN_INTEGERS = 10, EIGEN_ROOM = 32 };

size_t blas_eigen_workspace(size_t n) {
    return EIGEN_ROOM * n;
}

int blas_eigen(size_t n, double *a, double *values, double *vectors, double *workspace) {
    assert(library.syevr != NULL);
    int order = as_int(n), found = 0, info = 0, none = 0;
    int doubles = EIGEN_DOUBLES * order, integers = EIGEN_INTEGERS * order;
    void *rest = workspace + EIGEN_DOUBLES * n;
    int *whole = rest;
    double zero = 0;
    library.syevr("V", "A", "U", &order, a, &order, &zero, &zero, &none, &none, &zero, &found, values,
                  vectors, &order, whole + integers, workspace, &doubles, whole, &integers, &info);
    return info == 0 && found == order ? 0 : -1;
}
