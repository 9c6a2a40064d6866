#include "io/csv_writer.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/parallel.h"

enum {
    BLOCK_VALUES = 4096, /* their text stays in a core's cache until it is written */
    BLOCKS_MAX = 32      /* printed before the first of them is written */
};

struct block {
    char *text;
    size_t capacity, length;
    size_t first, count; /* rows */
    bool printed;
};

struct csv_writer {
    struct byte_sink *sink;
    size_t columns;
    struct csv_print_style style;
    size_t threads;
    struct block blocks[BLOCKS_MAX];
    size_t block_count;
    pthread_mutex_t lock; /* guards what follows, and `printed` of the blocks */
    size_t written;       /* blocks, from the first on */
    bool writing;         /* a thread is at it */
    bool failed;
    struct error error;
    const char *const *labels; /* of the rows at hand */
    const double *rows;
};

struct csv_writer *csv_writer_create(struct byte_sink *sink, size_t columns,
                                     const struct csv_print_style *style, size_t threads,
                                     struct error *error) {
    struct csv_writer *writer = memory_zeros(error, 1, sizeof *writer);
    if (writer == NULL)
        return NULL;
    writer->sink = sink;
    writer->columns = columns;
    writer->style = *style;
    writer->threads = threads > 0 ? threads : 1;
    pthread_mutex_init(&writer->lock, NULL);
    return writer;
}

int csv_writer_names(struct csv_writer *writer, const char *const *names, size_t count, struct error *error) {
    struct block *block = &writer->blocks[0];
    size_t room = 0;
    for (size_t i = 0; i < count; i++)
        room += csv_print_text_size(names[i]);
    if (memory_reserve(error, &block->text, &block->capacity, room, 1) < 0)
        return -1;
    char *at = block->text;
    for (size_t i = 0; i < count; i++) {
        at += csv_print_text(at, names[i]);
        *at++ = i + 1 < count ? ',' : '\n';
    }
    return byte_sink_write(writer->sink, block->text, (size_t)(at - block->text), error);
}

static int make_room(const struct csv_writer *writer, struct block *block, struct error *error) {
    size_t room;
    if (!memory_product(block->count, writer->columns, &room) ||
        !memory_product(room, CSV_PRINT_NUMBER_SIZE, &room))
        return error_set(error, "out of memory (a row does not fit an address)");
    for (size_t i = 0; writer->labels != NULL && i < block->count; i++)
        room += csv_print_text_size(writer->labels[block->first + i]);
    return memory_reserve(error, &block->text, &block->capacity, room, 1);
}

static int write_block(struct csv_writer *writer, size_t index, struct error *error) {
    return byte_sink_write(writer->sink, writer->blocks[index].text, writer->blocks[index].length, error);
}

/* A block is printed: writes those that are next in order, unless another thread is writing, which will find
 * this one then. */
static void write_printed(struct csv_writer *writer, struct block *block) {
    pthread_mutex_lock(&writer->lock);
    block->printed = true;
    bool mine = !writer->writing;
    while (mine && !writer->failed && writer->written < writer->block_count &&
           writer->blocks[writer->written].printed) {
        writer->writing = true;
        pthread_mutex_unlock(&writer->lock);
        int status = write_block(writer, writer->written, &writer->error);
        pthread_mutex_lock(&writer->lock);
        writer->failed = status < 0;
        writer->written++;
    }
    if (mine)
        writer->writing = false;
    pthread_mutex_unlock(&writer->lock);
}

static void print_block(void *context, size_t index, size_t worker) {
    struct csv_writer *writer = context;
    struct block *block = &writer->blocks[index];
    (void)worker;
    block->length = csv_print_rows(
        block->text, &writer->style, writer->labels != NULL ? writer->labels + block->first : NULL,
        writer->rows + block->first * writer->columns, block->count, writer->columns);
    if (!byte_sink_compresses(writer->sink))
        write_printed(writer, block);
}

/* Prints and writes up to BLOCKS_MAX blocks of the rows from *next on. */
static int write_round(struct csv_writer *writer, size_t *next, size_t row_count, struct error *error) {
    size_t block_rows = writer->columns < BLOCK_VALUES ? BLOCK_VALUES / (writer->columns + 1) + 1 : 1;
    size_t blocks = 0;
    for (; blocks < BLOCKS_MAX && *next < row_count; blocks++) {
        struct block *block = &writer->blocks[blocks];
        block->first = *next;
        block->printed = false;
        block->count = row_count - *next < block_rows ? row_count - *next : block_rows;
        if (make_room(writer, block, error) < 0)
            return -1;
        *next += block->count;
    }
    writer->block_count = blocks;
    writer->written = 0;
    parallel_for(writer->threads, blocks, print_block, writer);
    if (writer->failed) {
        *error = writer->error;
        return -1;
    }
    for (size_t i = writer->written; i < blocks; i++)
        if (write_block(writer, i, error) < 0)
            return -1;
    return 0;
}

int csv_writer_rows(struct csv_writer *writer, const char *const *labels, const double *rows,
                    size_t row_count, struct error *error) {
    writer->labels = labels;
    writer->rows = rows;
    for (size_t next = 0; next < row_count;) {
        if (write_round(writer, &next, row_count, error) < 0)
            return -1;
    }
    return 0;
}

void csv_writer_free(struct csv_writer *writer) {
    if (writer == NULL)
        return;
    for (size_t i = 0; i < BLOCKS_MAX; i++)
        free(writer->blocks[i].text);
    pthread_mutex_destroy(&writer->lock);
    free(writer);
}
