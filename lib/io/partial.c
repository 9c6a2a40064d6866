#include "io/partial.h"

#include <stdio.h>

#include "io/npz.h"

static int write_sum(struct npz_writer *writer, const struct partial_sum *sum, struct error *error) {
    char carry[64];
    snprintf(carry, sizeof carry, "%s_carry", sum->name);
    if (npz_writer_number(writer, sum->name, sum->value, error) < 0)
        return -1;
    return npz_writer_number(writer, carry, sum->carry, error);
}

static int write_all(struct npz_writer *writer, const struct command *command, const char *options,
                     uint64_t rows, struct error *error) {
    const struct row_format *input = &command->input;
    if (npz_writer_text(writer, "kind", "partial", error) < 0 ||
        npz_writer_number(writer, "version", 1, error) < 0 ||
        npz_writer_text(writer, "filter", command->description->name, error) < 0 ||
        npz_writer_text(writer, "options", options, error) < 0)
        return -1;
    double shard[2] = {(double)input->shard, (double)input->shards};
    if (input->shards > 0 && npz_writer_numbers(writer, "shard", 1, (size_t[]){2}, shard, false, error) < 0)
        return -1;
    return npz_writer_number(writer, "rows", (double)rows, error);
}

int partial_write(const struct command *command, const char *options, uint64_t rows, size_t count,
                  const struct partial_sum *sums, struct error *error) {
    struct npz_writer *writer = npz_writer_open(command->output.path, error);
    if (writer == NULL)
        return -1;
    int status = write_all(writer, command, options, rows, error);
    for (size_t i = 0; i < count && status == 0; i++)
        status = write_sum(writer, &sums[i], error);
    if (status == 0)
        return npz_writer_close(writer, error);
    npz_writer_discard(writer);
    return -1;
}
