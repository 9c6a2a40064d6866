#include "io/npz.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "io/npy_header.h"
#include "io/zip_writer.h"
#include "support/assertions.h"
#include "support/byte_feed.h"

static char *data_folder;

static int enter_directory(void **state) {
    static char path[] = "/tmp/kltools-test-XXXXXX";
    data_folder = realpath(byte_feed_data("npz"), NULL);
    *state = mkdtemp(path);
    return data_folder == NULL || *state == NULL || chdir(path) != 0;
}

static int leave_directory(void **state) {
    char command[64] = "rm -rf ";
    free(data_folder);
    strcat(command, *state);
    return chdir("/") != 0 || system(command) != 0;
}

static const char *saved(const char *name) {
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s.npz", data_folder, name);
    return path;
}

/* Element k as scripts/testdata/arrays made it. */
static double saved_value(char kind, size_t k) {
    double value = (double)(7 * k % 11) - 5;
    return kind == 'f' ? value + 0.25 : kind == 'b' ? (double)(k % 3 == 0) : value;
}

static void assert_array(const struct npz *npz, const char *name, const char *type, size_t rank,
                         const size_t *shape) {
    struct error error = {0};
    const struct npz_array *array = npz_require(npz, name, rank, &error);
    if (array == NULL)
        fail_msg("%s", error.text);
    size_t count = 1;
    assert_string_equal(array->type, type);
    for (size_t i = 0; i < rank; i++) {
        assert_int_equal(array->shape[i], shape[i]);
        count *= shape[i];
    }
    assert_int_equal(array->count, count);
    for (size_t k = 0; k < count; k++)
        assert_ulps(array->values[k], saved_value(type[1], k), 0);
}

static void assert_model(struct npz *npz, const struct error *error) {
    struct error unused = {0};
    if (npz == NULL)
        fail_msg("%s", error->text);
    assert_int_equal(npz->count, 11);
    assert_string_equal(npz_require_text(npz, "kind", &unused), "gmm");
    assert_string_equal(npz_require_text(npz, "bytes", &unused), "full");
    assert_string_equal(npz_require_text(npz, "unicode", &unused), "\xc3\xa9\xf0\x9d\x84\x9e");
    assert_string_equal(npz_find(npz, "kind")->type, "<U3");
    assert_string_equal(npz_find(npz, "bytes")->type, "|S4");
    assert_array(npz, "weights", "<f8", 1, (size_t[]){3});
    assert_array(npz, "means", "<f4", 2, (size_t[]){3, 2});
    assert_array(npz, "covariances", "<f8", 3, (size_t[]){3, 2, 2});
    assert_array(npz, "fortran", "<f8", 3, (size_t[]){3, 2, 2});
    assert_array(npz, "count", "<i8", 1, (size_t[]){4});
    assert_array(npz, "flags", "|b1", 1, (size_t[]){4});
    assert_array(npz, "none", "<f8", 2, (size_t[]){0, 2});
    assert_ulps(npz_require(npz, "version", 0, &unused)->values[0], 1, 0);
    npz_free(npz);
}

static void what_numpy_and_zipfile_wrote_is_read(void **state) {
    (void)state;
    static const char *const names[] = {"savez",         "savez_compressed", "pipe_stored",
                                        "pipe_deflated", "pipe_stored_wide", "pipe_deflated_wide",
                                        "comment"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t count;
        struct error error = {0};
        unsigned char *bytes = byte_feed_read(saved(names[i]), &count);
        assert_model(npz_read(saved(names[i]), &error), &error);
        assert_model(npz_read(byte_feed_pipe(bytes, count, 7), &error), &error);
        free(bytes);
    }
    byte_feed_end();
}

static void one_array_is_read_whatever_the_others_are(void **state) {
    (void)state;
    static const char *const names[] = {"savez", "pipe_stored", "pipe_deflated_wide"};
    for (size_t i = 0; i < 3; i++) {
        struct error error = {0};
        struct npz *npz = npz_read_array(saved(names[i]), "covariances", &error);
        assert_non_null(npz);
        assert_int_equal(npz->count, 1);
        assert_array(npz, "covariances", "<f8", 3, (size_t[]){3, 2, 2});
        npz_free(npz);
    }
    struct error error = {0};
    struct npz *npz = npz_read_array(saved("mixed"), "x", &error);
    assert_non_null(npz);
    assert_array(npz, "x", "<f8", 2, (size_t[]){2, 2});
    npz_free(npz);
    npz = npz_read(saved("mixed"), &error);
    const struct npz_array *words = npz == NULL ? NULL : npz_find(npz, "words");
    assert_non_null(words);
    assert_null(words->text);
    for (size_t i = 0; i < words->count; i++)
        assert_non_null(words->texts[i]);
    assert_null(npz_require_text(npz, "words", &error));
    assert_non_null(strstr(error.text, "words: expected text, got an array of texts"));
    npz_free(npz);
}

static void assert_missing(const char *name, const char *ending) {
    struct error error = {0};
    assert_null(npz_read_array(saved("savez"), name, &error));
    assert_non_null(strstr(error.text, ending));
    struct npz *npz = npz_read(saved("savez"), &error);
    error.text[0] = '\0';
    assert_null(npz_require(npz, name, 1, &error));
    assert_non_null(strstr(error.text, ending));
    assert_null(npz_find(npz, name));
    npz_free(npz);
}

static void a_missing_array_is_named_with_the_nearest(void **state) {
    (void)state;
    assert_missing("mean", "savez.npz: no array 'mean' (is it 'means'?)");
    assert_missing("responsibilities", "savez.npz: no array 'responsibilities'");
}

static void an_array_of_another_kind_is_refused(void **state) {
    (void)state;
    struct error error = {0};
    struct npz *npz = npz_read(saved("savez"), &error);
    assert_null(npz_require(npz, "means", 1, &error));
    assert_non_null(strstr(error.text, "savez.npz: means: expected 1 dimension, got 2"));
    assert_null(npz_require(npz, "kind", 0, &error));
    assert_non_null(strstr(error.text, "savez.npz: kind: expected numbers, got text"));
    assert_null(npz_require_text(npz, "means", &error));
    assert_non_null(strstr(error.text, "savez.npz: means: expected text, got numbers"));
    npz_free(npz);
    assert_null(npz_read(saved("bzip2"), &error));
    assert_non_null(strstr(error.text, "kind.npy: compression method 12 is not read"));
    npz_free(NULL);
}

static void any_array_is_a_matrix(void **state) {
    (void)state;
    static const struct {
        size_t rank, shape[3], rows, columns;
    } cases[] = {{0, {0}, 1, 1}, {1, {5}, 5, 1}, {2, {5, 3}, 5, 3}, {3, {4, 3, 2}, 4, 6}, {2, {0, 3}, 0, 3}};
    for (size_t i = 0; i < 5; i++) {
        struct npz_array array = {.rank = cases[i].rank};
        size_t rows, columns;
        memcpy(array.shape, cases[i].shape, sizeof cases[i].shape);
        npz_array_as_matrix(&array, &rows, &columns);
        assert_int_equal(rows, cases[i].rows);
        assert_int_equal(columns, cases[i].columns);
    }
}

static void write_model(const char *path) {
    struct error error = {0};
    static const double values[6] = {0.1, -0.0, 1e300, INFINITY, 5e-324, -7};
    struct npz_writer *writer = npz_writer_open(path, &error);
    assert_non_null(writer);
    assert_int_equal(npz_writer_text(writer, "kind", "gmm \xc3\xa9", &error), 0);
    assert_int_equal(npz_writer_text(writer, "empty", "", &error), 0);
    static const char *const texts[] = {"x", "", "longer \xc3\xa9\xc3\xa9"};
    assert_int_equal(npz_writer_texts(writer, "texts", 3, texts, &error), 0);
    assert_int_equal(npz_writer_number(writer, "version", 1, &error), 0);
    assert_int_equal(npz_writer_numbers(writer, "means", 2, (size_t[]){2, 3}, values, false, &error), 0);
    assert_int_equal(npz_writer_numbers(writer, "none", 1, (size_t[]){0}, values, false, &error), 0);
    assert_int_equal(npz_writer_numbers(writer, "gap", 1, (size_t[]){1}, (double[]){NAN}, true, &error), 0);
    assert_int_equal(npz_writer_close(writer, &error), 0);
}

static void what_is_written_reads_back(void **state) {
    (void)state;
    struct error error = {0};
    static const double values[6] = {0.1, -0.0, 1e300, INFINITY, 5e-324, -7};
    write_model("model.npz");
    struct npz *npz = npz_read("model.npz", &error);
    if (npz == NULL)
        fail_msg("%s", error.text);
    assert_int_equal(npz->count, 7);
    assert_string_equal(npz->arrays[0].name, "kind");
    const struct npz_array *texts = npz_find(npz, "texts");
    assert_int_equal(texts->count, 3);
    assert_string_equal(texts->type, "<U9");
    assert_string_equal(texts->texts[0], "x");
    assert_string_equal(texts->texts[1], "");
    assert_string_equal(texts->texts[2], "longer \xc3\xa9\xc3\xa9");
    assert_string_equal(npz_require_text(npz, "kind", &error), "gmm \xc3\xa9");
    assert_string_equal(npz_require_text(npz, "empty", &error), "");
    assert_ulps(npz_require(npz, "version", 0, &error)->values[0], 1, 0);
    assert_same_bits(npz_require(npz, "means", 2, &error)->values, values, 6);
    assert_int_equal(npz_require(npz, "none", 1, &error)->count, 0);
    assert_true(isnan(npz_require(npz, "gap", 1, &error)->values[0]));
    npz_free(npz);
}

static void the_same_model_is_the_same_bytes(void **state) {
    (void)state;
    size_t first_count, second_count;
    write_model("first.npz");
    unsigned char *first = byte_feed_read("first.npz", &first_count);
    write_model("second.npz");
    unsigned char *second = byte_feed_read("second.npz", &second_count);
    assert_int_equal(first_count, second_count);
    assert_memory_equal(first, second, first_count);
    free(first);
    free(second);
}

static void a_nan_is_refused_and_nothing_written(void **state) {
    (void)state;
    struct error error = {0};
    struct npz_writer *writer = npz_writer_open("nan.npz", &error);
    assert_int_equal(
        npz_writer_numbers(writer, "means", 2, (size_t[]){1, 2}, (double[]){1, NAN}, false, &error), -1);
    assert_string_equal(error.text, "nan.npz: means: value 2 is nan");
    npz_writer_discard(writer);
    assert_int_equal(access("nan.npz", F_OK), -1);
    npz_writer_discard(NULL);
}

static void bad_texts_and_repeated_names_are_refused(void **state) {
    (void)state;
    struct error error = {0};
    struct npz_writer *writer = npz_writer_open("bad.npz", &error);
    assert_int_equal(npz_writer_text(writer, "kind", "\xff", &error), -1);
    assert_string_equal(error.text, "bad.npz: kind: the text is no UTF-8");
    assert_int_equal(npz_writer_number(writer, "x", 1, &error), 0);
    assert_int_equal(npz_writer_number(writer, "x", 1, &error), -1);
    assert_string_equal(error.text, "bad.npz: 'x.npy' is there twice");
    npz_writer_discard(writer);
}

static void a_full_disk_is_an_error(void **state) {
    (void)state;
    struct error error = {0};
    struct npz_writer *writer = npz_writer_open("/dev/full", &error);
    assert_non_null(writer);
    assert_int_equal(npz_writer_number(writer, "x", 1, &error), 0);
    assert_int_equal(npz_writer_close(writer, &error), -1);
    assert_string_equal(error.text, "/dev/full: No space left on device");
    assert_null(npz_writer_open("/nowhere/m.npz", &error));
}

/* An archive whose members hold what is given, with checksums that hold. */
struct raw_member {
    const char *name;
    const unsigned char *bytes;
    size_t count;
};

static void write_raw(const char *path, const struct raw_member *members, size_t count) {
    struct error error = {0};
    const struct byte_sink_settings settings = {.gzip = false};
    struct byte_sink *sink = byte_sink_open(path, &settings, &error);
    struct zip_writer *writer = zip_writer_open(sink, path, &error);
    for (size_t i = 0; i < count; i++) {
        uint32_t checksum = (uint32_t)crc32(0, members[i].bytes, (uInt)members[i].count);
        assert_int_equal(zip_writer_member(writer, members[i].name, members[i].count, checksum, &error), 0);
        assert_int_equal(byte_sink_write(sink, members[i].bytes, members[i].count, &error), 0);
    }
    assert_int_equal(zip_writer_finish(writer, &error), 0);
    assert_int_equal(byte_sink_close(sink, &error), 0);
    zip_writer_free(writer);
}

static void assert_raw_refused(const struct raw_member *members, size_t count, const char *reason) {
    struct error error = {0};
    write_raw("raw.npz", members, count);
    assert_null(npz_read("raw.npz", &error));
    assert_string_equal(error.text, reason);
}

static void members_that_are_no_arrays_are_refused(void **state) {
    (void)state;
    unsigned char array[NPY_HEADER_SIZE_MAX + 16] = {0};
    const uint64_t two = 2;
    size_t header = npy_header_write(array, "<f8", 1, &two);
    assert_raw_refused(&(struct raw_member){"a.npy", (const unsigned char *)"1,2\n", 4}, 1,
                       "raw.npz: a.npy: no NPY array");
    assert_raw_refused(&(struct raw_member){"a.npy", array, header + 8}, 1,
                       "raw.npz: a.npy: the archive gives it 136 bytes, its content 144");
    assert_raw_refused((struct raw_member[]){{"a.npy", array, header + 16}, {"a", array, header + 16}}, 2,
                       "raw.npz: array 'a' is there twice");
    const uint64_t ones[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    header = npy_header_write(array, "<f8", 8, ones);
    memcpy(strchr((char *)array + 10, ')'), ",1)}", 4);
    assert_raw_refused(&(struct raw_member){"a.npy", array, header + 8}, 1,
                       "raw.npz: a.npy: 9 dimensions are more than 8");
}

/* Inflated, the member would be 2^60 bytes: the header says so, and the archive that its size follows. */
static void sizes_that_lie_cost_no_memory(void **state) {
    (void)state;
    unsigned char array[NPY_HEADER_SIZE_MAX] = {0}, archive[1000];
    const uint64_t huge = (uint64_t)1 << 57;
    struct error error = {0};
    size_t header = npy_header_write(array, "<f8", 1, &huge);
    static const unsigned char local[] =
        "PK\3\4\x14\0\x08\0\0\0\0\0\x21\0\0\0\0\0\0\0\0\0\0\0\0\0\5\0\0\0a.npy";
    memcpy(archive, local, 35);
    memcpy(archive + 35, array, header);
    memset(archive + 35 + header, 0, 100);
    assert_null(npz_read(byte_feed_file(archive, 35 + header + 100), &error));
    assert_non_null(strstr(error.text, "a.npy: the archive would need more than 16 GiB of memory"));
    const uint64_t large = (uint64_t)1 << 30; /* within the limit, but the bytes never come */
    header = npy_header_write(array, "<f8", 1, &large);
    memcpy(archive + 35, array, header);
    assert_null(npz_read(byte_feed_file(archive, 35 + header + 100), &error));
    assert_non_null(strstr(error.text, "the zip archive is cut short"));
    byte_feed_end();
}

static void other_files_are_refused(void **state) {
    (void)state;
    struct error error = {0};
    assert_null(npz_read("nowhere.npz", &error));
    assert_string_equal(error.text, "nowhere.npz: No such file or directory");
    assert_null(npz_read(byte_feed_file("1,2\n", 4), &error));
    assert_non_null(strstr(error.text, ": no zip archive"));
    byte_feed_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_numpy_and_zipfile_wrote_is_read),
        cmocka_unit_test(one_array_is_read_whatever_the_others_are),
        cmocka_unit_test(a_missing_array_is_named_with_the_nearest),
        cmocka_unit_test(an_array_of_another_kind_is_refused),
        cmocka_unit_test(any_array_is_a_matrix),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(the_same_model_is_the_same_bytes),
        cmocka_unit_test(a_nan_is_refused_and_nothing_written),
        cmocka_unit_test(bad_texts_and_repeated_names_are_refused),
        cmocka_unit_test(a_full_disk_is_an_error),
        cmocka_unit_test(members_that_are_no_arrays_are_refused),
        cmocka_unit_test(sizes_that_lie_cost_no_memory),
        cmocka_unit_test(other_files_are_refused),
    };
    return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
