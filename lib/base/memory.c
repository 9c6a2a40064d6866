#include "base/memory.h"

#include <string.h>
#include <sys/mman.h>

static const size_t HUGE_PAGE = (size_t)1 << 21;

#define OUT_OF_MEMORY "out of memory"

static int out_of_memory(struct error *error, size_t bytes) {
    return error_set(error, OUT_OF_MEMORY " (%zu bytes more are needed)", bytes);
}

static int too_large(struct error *error) {
    return error_set(error, OUT_OF_MEMORY " (the size asked for does not fit an address)");
}

bool memory_ran_out(const struct error *error) {
    return strncmp(error->text, OUT_OF_MEMORY, sizeof OUT_OF_MEMORY - 1) == 0;
}

/* Rounded up to whole cache lines, as aligned_alloc asks for; never 0. */
static bool aligned_size(size_t count, size_t size, size_t *bytes) {
    if (!memory_product(count, size, bytes) || *bytes > SIZE_MAX - 2 * HUGE_PAGE)
        return false;
    *bytes = (*bytes / MEMORY_ALIGNMENT + 1) * MEMORY_ALIGNMENT;
    return true;
}

/* Asks for huge pages for what they fit into: a large array is then had by a few page faults, not thousands.
 * Where the system has none to give, nothing changes. */
static void *allocate_large(size_t bytes) {
    void *array = aligned_alloc(HUGE_PAGE, (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);
#ifdef MADV_HUGEPAGE
    if (array != NULL)
        (void)madvise(array, bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
#endif
    return array;
}

void *memory_array(struct error *error, size_t count, size_t size) {
    size_t bytes;
    if (!aligned_size(count, size, &bytes)) {
        too_large(error);
        return NULL;
    }
    void *array = bytes >= 2 * HUGE_PAGE ? allocate_large(bytes) : aligned_alloc(MEMORY_ALIGNMENT, bytes);
    if (array == NULL)
        out_of_memory(error, bytes);
    return array;
}

void *memory_matrix(struct error *error, size_t rows, size_t columns, size_t size) {
    size_t count;
    if (!memory_product(rows, columns, &count)) {
        too_large(error);
        return NULL;
    }
    return memory_array(error, count, size);
}

void *memory_zeros(struct error *error, size_t count, size_t size) {
    size_t bytes;
    void *array = memory_array(error, count, size);
    if (array != NULL && memory_product(count, size, &bytes))
        memset(array, 0, bytes);
    return array;
}

void *memory_resize(struct error *error, void *old, size_t count, size_t size) {
    size_t bytes;
    if (!memory_product(count, size, &bytes)) {
        too_large(error);
        return NULL;
    }
    void *array = realloc(old, bytes > 0 ? bytes : 1);
    if (array == NULL)
        out_of_memory(error, bytes);
    return array;
}

int memory_reserve(struct error *error, void *array, size_t *capacity, size_t needed, size_t size) {
    void *old;
    if (needed <= *capacity)
        return 0;
    size_t larger = *capacity <= SIZE_MAX / 2 && 2 * *capacity > needed ? 2 * *capacity : needed;
    memcpy(&old, array, sizeof old); /* the pointer's own type is unknown here */
    void *moved = memory_resize(error, old, larger, size);
    if (moved == NULL)
        return -1;
    memcpy(array, &moved, sizeof moved);
    *capacity = larger;
    return 0;
}

char *memory_text(struct error *error, const char *text, size_t length) {
    char *copy = length < SIZE_MAX ? memory_resize(error, NULL, length + 1, 1) : NULL;
    if (copy != NULL) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}
