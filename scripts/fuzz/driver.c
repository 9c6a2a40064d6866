/* Runs a fuzz target on its corpus without a fuzzing engine: each file as it is, cut short at up to CUTS
 * places, and with random bytes changed, from a fixed seed. Counts as one test (tests/run).
 *
 *     fuzz_rows [FILE ...]      without files: those of scripts/fuzz/corpus/rows */

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CUTS = 100, CHANGES = 200, CHANGED_BYTES_MAX = 4, LENGTH_MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* A copy of its own for each run, so that a read beyond the end is seen. */
static void run(const uint8_t *bytes, size_t length) {
    uint8_t *copy = malloc(length ? length : 1);
    if (!copy)
        exit(1);
    memcpy(copy, bytes, length);
    LLVMFuzzerTestOneInput(copy, length);
    free(copy);
}

static void run_cut(const uint8_t *bytes, size_t length) {
    size_t step = length / CUTS + 1;
    for (size_t cut = 0; cut < length; cut += step)
        run(bytes, cut);
}

static uint64_t next_random(uint64_t *state) { /* xorshift64 */
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void run_changed(uint8_t *bytes, size_t length) {
    uint64_t random = UINT64_C(88172645463325252);
    for (int change = 0; change < CHANGES && length > 0; change++) {
        size_t places[CHANGED_BYTES_MAX], count = 1 + next_random(&random) % CHANGED_BYTES_MAX;
        uint8_t old[CHANGED_BYTES_MAX];
        for (size_t i = 0; i < count; i++) {
            places[i] = next_random(&random) % length;
            old[i] = bytes[places[i]];
            bytes[places[i]] = (uint8_t)(next_random(&random) >> 32);
        }
        run(bytes, length);
        for (size_t i = count; i-- > 0;)
            bytes[places[i]] = old[i];
    }
}

static bool run_file(const char *path) {
    static uint8_t bytes[LENGTH_MAX];
    FILE *stream = fopen(path, "rb");
    if (!stream)
        return false;
    size_t length = fread(bytes, 1, sizeof bytes, stream);
    fclose(stream);
    printf("%s\n", path); /* the last one named is the one that failed */
    fflush(stdout);
    run(bytes, length);
    run_cut(bytes, length);
    run_changed(bytes, length);
    return true;
}

static int run_folder(const char *folder) {
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort), files = 0;
    for (int i = 0; i < count; i++) {
        char path[2048];
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.')
            files += run_file(path);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return files;
}

int main(int argc, char **argv) {
    const char *slash = strrchr(argv[0], '/');
    const char *name = slash ? slash + 1 : argv[0];
    char folder[1024];
    int files = 0;

    printf("[ RUN      ] %s on its corpus\n", name);
    snprintf(folder, sizeof folder, "scripts/fuzz/corpus/%s", name + (strncmp(name, "fuzz_", 5) ? 0 : 5));
    for (int i = 1; i < argc; i++)
        files += run_file(argv[i]);
    if (argc == 1)
        files = run_folder(folder);
    if (files == 0) {
        printf("no corpus in %s\n", folder);
        return 1;
    }
    printf("[       OK ] %s on its corpus\n", name);
    return 0;
}
