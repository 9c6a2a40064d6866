/* NPZ: a zip of NPY arrays, read front to back so that a pipe will do, and written the same way.
 *
 * Read: stored and deflated members, zip64, entries whose sizes follow their data (flag bit 3), as
 * numpy.savez, savez_compressed and other zip writers make them. Refused: encryption, other methods, a name
 * twice, absolute names and names with "..", checksums that do not hold, more bytes than the header promises,
 * and archives that would need more than NPZ_BYTES_MAX in memory. Written: stored members in the order
 * added, fixed times, sizes known before the data, zip64 above 4 GiB. */
#ifndef IO_NPZ_H
#define IO_NPZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "io/byte_sink.h"

enum {
    NPZ_RANK_MAX = 8,
    NPZ_ARRAYS_MAX = 16384,
    NPZ_TYPE_SIZE = 24,
    NPZ_TEXT_MAX = 1 << 24,  /* bytes of a text, or of all texts of an array, as stored */
    NPZ_TEXTS_MAX = 1 << 16, /* texts of an array */
};

/* Values and texts of one archive, in bytes as they are held. */
#define NPZ_BYTES_MAX ((uint64_t)16 << 30)

/* One array: numbers as doubles, one text (a 0-d string array), or texts. */
struct npz_array {
    char *name;               /* without ".npy" */
    char type[NPZ_TYPE_SIZE]; /* as NumPy spells it: "<f8", "|b1", "<U3", "|S4" */
    size_t rank;              /* 0: a scalar */
    size_t shape[NPZ_RANK_MAX];
    size_t count;   /* the product of shape */
    double *values; /* count values in C order; NULL for a text */
    char *text;     /* UTF-8; NULL for anything but a scalar */
    char **texts;   /* count of them; NULL for anything but an array of texts */
};

struct npz {
    struct npz_array *arrays;
    size_t count;
    char *path; /* for messages */
};

/* Reads all arrays of an operand (a path or "-"). NULL: error says why. */
struct npz *npz_read(const char *operand, struct error *error);

/* Reads one array, for "m.npz:means": the archive returned holds that alone. Others are passed over, whatever
 * their types, and nothing behind it is read. NULL: error says why ("m.npz: no array 'mean' (is it
 * 'means'?)"). */
struct npz *npz_read_array(const char *operand, const char *name, struct error *error);

/* The array as a matrix: a vector is a column, a scalar 1 x 1; three and more dimensions keep the first as
 * rows and lay the others side by side. */
void npz_array_as_matrix(const struct npz_array *array, size_t *rows, size_t *columns);

/* The array of that name, or NULL. */
const struct npz_array *npz_find(const struct npz *npz, const char *name);

/* The array of that name with `rank` dimensions, or NULL with the error set ("m.npz: means: expected 2
 * dimensions, got 1"). */
const struct npz_array *npz_require(const struct npz *npz, const char *name, size_t rank,
                                    struct error *error);

/* The text of that name (`kind`, `covariance_type`), or NULL with the error set. */
const char *npz_require_text(const struct npz *npz, const char *name, struct error *error);

/* Hands the numbers of an array of npz over to the caller, who frees them; the array has none from then on.
 */
double *npz_take_numbers(struct npz *npz, const struct npz_array *array);

void npz_free(struct npz *npz);

struct npz_writer;

/* path NULL or "-": standard output. A name is given once and holds what file names may. */
struct npz_writer *npz_writer_open(const char *path, struct error *error);

/* Adds an array of doubles (values are checked: a nan is refused with the array named unless nan_allowed). */
__attribute__((warn_unused_result)) int npz_writer_numbers(struct npz_writer *writer, const char *name,
                                                           size_t rank, const size_t *shape,
                                                           const double *values, bool nan_allowed,
                                                           struct error *error);

/* Adds a 0-d number, or a 0-d text. */
__attribute__((warn_unused_result)) int npz_writer_number(struct npz_writer *writer, const char *name,
                                                          double value, struct error *error);
__attribute__((warn_unused_result)) int npz_writer_text(struct npz_writer *writer, const char *name,
                                                        const char *text, struct error *error);

/* Adds a vector of texts. */
__attribute__((warn_unused_result)) int npz_writer_texts(struct npz_writer *writer, const char *name,
                                                         size_t count, const char *const *texts,
                                                         struct error *error);

__attribute__((warn_unused_result)) int npz_writer_close(struct npz_writer *writer, struct error *error);
void npz_writer_discard(struct npz_writer *writer);

#endif
