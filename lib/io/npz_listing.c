#include "io/npz_listing.h"

#include <stdlib.h>
#include <string.h>

#include "io/npz_member.h"
#include "io/zip_reader.h"

static ssize_t read_archive(void *context, void *buffer, size_t count, struct error *error) {
    return zip_reader_read(context, buffer, count, error);
}

/* Reads the header of the member at hand and passes over its values. */
static int list_member(struct zip_reader *archive, npz_listing_visit *visit, void *context,
                       struct error *error) {
    struct npy_header header;
    struct npy_header_input input = {read_archive, archive, zip_reader_place(archive)};
    if (npy_header_read(&header, &input, error) < 0 || zip_reader_expect(archive, header.bytes, error) < 0 ||
        zip_reader_skip(archive, error) < 0)
        return -1;
    char *name = npz_member_name(archive, error);
    if (name == NULL)
        return -1;
    int status = visit(context, name, &header, error);
    free(name);
    return status;
}

bool npz_listing_begins(const unsigned char *bytes, size_t count) {
    return count >= 4 && (memcmp(bytes, "PK\3\4", 4) == 0 || memcmp(bytes, "PK\5\6", 4) == 0);
}

int npz_listing_read(struct byte_source *source, npz_listing_visit *visit, void *context,
                     struct error *error) {
    struct zip_reader *archive = zip_reader_open(source, error);
    if (archive == NULL)
        return -1;
    int status;
    while ((status = zip_reader_next(archive, error)) > 0)
        if (list_member(archive, visit, context, error) < 0) {
            status = -1;
            break;
        }
    zip_reader_close(archive);
    return status;
}
