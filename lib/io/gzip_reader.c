#include "io/gzip_reader.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/descriptor.h"
#include "io/gzip_inflate.h"

enum {
    SLOTS = 16,              /* blocks inflated ahead: what the CSV reader takes and parses at once */
    SLOT_SIZE = 256 * 1024,  /* fits a second-level cache, so that the parser finds it there */
    INPUT_SIZE = 128 * 1024, /* compressed bytes a read */
    FIRST_SIZE = 64,
};

struct gzip_reader {
    int descriptor;
    int wake; /* readable once the thread has to stop */
    pthread_t thread;

    /* The thread's own. */
    struct gzip_inflate *decoder;
    unsigned char *input; /* INPUT_SIZE */
    struct gzip_flow flow;
    bool input_ended;
    bool pending; /* the last block was filled: the decoder may hold more */

    /* The ring. Slots `oldest` and the full - 1 after it belong to the user, the others to the thread. */
    unsigned char *slots; /* SLOTS x SLOT_SIZE */
    size_t filled[SLOTS]; /* bytes in each */
    size_t taken;         /* bytes of the oldest that the user has had; the user's own */

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    size_t oldest, full;
    bool ended;    /* nothing will follow the full slots, */
    bool failed;   /* but this error */
    bool waiting;  /* the thread waits for a pipe's writer */
    bool stopping; /* the user is gone */
    struct error failure;
};

static void set_waiting(struct gzip_reader *reader, bool waiting) {
    pthread_mutex_lock(&reader->lock);
    reader->waiting = waiting;
    pthread_cond_signal(&reader->changed);
    pthread_mutex_unlock(&reader->lock);
}

/* Reads compressed bytes, waiting for them. Returns 0, or -1; 1 where the user is gone. */
static int refill(struct gzip_reader *reader, struct error *error) {
    if (!descriptor_ready(reader->descriptor)) {
        set_waiting(reader, true);
        bool ready = descriptor_wait(reader->descriptor, reader->wake);
        set_waiting(reader, false);
        if (!ready)
            return 1;
    }
    ssize_t count = descriptor_read(reader->descriptor, reader->input, INPUT_SIZE);
    if (count < 0) {
        error_set(error, "%s", strerror(errno));
        return -1;
    }
    reader->flow.input = reader->input;
    reader->flow.left = (size_t)count;
    reader->input_ended = count == 0;
    return 0;
}

/* Fills one slot, or as much of it as can be had without waiting. Returns 0 with *filled 0 only at the end,
 * or -1; 1 where the user is gone. */
static int inflate_slot(struct gzip_reader *reader, unsigned char *slot, size_t *filled,
                        struct error *error) {
    struct gzip_flow *flow = &reader->flow;
    int status = 0;
    flow->output = slot;
    flow->room = SLOT_SIZE;
    while (flow->room > 0 && status == 0) {
        if (flow->left == 0 && !reader->pending && !reader->input_ended) {
            if (flow->room < SLOT_SIZE && !descriptor_ready(reader->descriptor))
                break;
            if ((status = refill(reader, error)) != 0)
                break;
        }
        if (flow->left == 0 && !reader->pending) {
            status = flow->room < SLOT_SIZE ? 0 : gzip_inflate_finish(reader->decoder, error);
            break;
        }
        status = gzip_inflate_step(reader->decoder, flow, error);
        reader->pending = flow->room == 0;
    }
    *filled = SLOT_SIZE - flow->room;
    return status;
}

/* Waits for a free slot. Returns its index, or -1 where the user is gone. */
static int free_slot(struct gzip_reader *reader) {
    pthread_mutex_lock(&reader->lock);
    while (reader->full == SLOTS && !reader->stopping)
        pthread_cond_wait(&reader->changed, &reader->lock);
    int slot = reader->stopping ? -1 : (int)((reader->oldest + reader->full) % SLOTS);
    pthread_mutex_unlock(&reader->lock);
    return slot;
}

/* Hands a slot over, or the end. What was inflated before an error comes first. */
static void hand_over(struct gzip_reader *reader, size_t slot, size_t filled, int status,
                      const struct error *error) {
    pthread_mutex_lock(&reader->lock);
    reader->filled[slot] = filled;
    if (filled > 0)
        reader->full++;
    if (status < 0) {
        reader->failed = true;
        reader->failure = *error;
    }
    reader->ended = status < 0 || filled == 0;
    pthread_cond_signal(&reader->changed);
    pthread_mutex_unlock(&reader->lock);
}

static void *inflate_all(void *argument) {
    struct gzip_reader *reader = argument;
    for (;;) {
        struct error error = {.text = ""};
        size_t filled;
        int slot = free_slot(reader);
        if (slot < 0)
            return NULL;
        int status = inflate_slot(reader, reader->slots + (size_t)slot * SLOT_SIZE, &filled, &error);
        if (status > 0)
            return NULL;
        hand_over(reader, (size_t)slot, filled, status, &error);
        if (status < 0 || filled == 0)
            return NULL;
    }
}

/* Signals are left to the main thread. */
static int start_thread(struct gzip_reader *reader, struct error *error) {
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int status = pthread_create(&reader->thread, NULL, inflate_all, reader);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return status == 0 ? 0 : error_set(error, "cannot start a thread: %s", strerror(status));
}

static void free_reader(struct gzip_reader *reader) {
    if (reader->wake >= 0)
        close(reader->wake);
    gzip_inflate_free(reader->decoder);
    free(reader->input);
    free(reader->slots);
    pthread_cond_destroy(&reader->changed);
    pthread_mutex_destroy(&reader->lock);
    free(reader);
}

struct gzip_reader *gzip_reader_open(int descriptor, const void *first, size_t first_count,
                                     struct error *error) {
    struct gzip_reader *reader = memory_zeros(error, 1, sizeof *reader);
    if (reader == NULL)
        return NULL;
    pthread_mutex_init(&reader->lock, NULL);
    pthread_cond_init(&reader->changed, NULL);
    reader->descriptor = descriptor;
    reader->wake = eventfd(0, EFD_CLOEXEC);
    if (reader->wake < 0) {
        error_set(error, "cannot make an event: %s", strerror(errno));
        goto failed;
    }
    reader->decoder = gzip_inflate_create(error);
    reader->input = memory_array(error, INPUT_SIZE, 1);
    reader->slots = memory_array(error, SLOTS, SLOT_SIZE);
    if (reader->decoder == NULL || reader->input == NULL || reader->slots == NULL)
        goto failed;
    memcpy(reader->input, first, first_count < FIRST_SIZE ? first_count : FIRST_SIZE);
    reader->flow.input = reader->input;
    reader->flow.left = first_count;
    if (start_thread(reader, error) == 0)
        return reader;

failed:
    free_reader(reader);
    return NULL;
}

/* Waits until there is a slot to read, or the end. */
static void wait_for_slot(struct gzip_reader *reader) {
    while (reader->full == 0 && !reader->ended)
        pthread_cond_wait(&reader->changed, &reader->lock);
}

static void release_slot(struct gzip_reader *reader) {
    pthread_mutex_lock(&reader->lock);
    reader->oldest = (reader->oldest + 1) % SLOTS;
    reader->full--;
    reader->taken = 0;
    pthread_cond_signal(&reader->changed);
    pthread_mutex_unlock(&reader->lock);
}

ssize_t gzip_reader_read(struct gzip_reader *reader, void *buffer, size_t capacity, struct error *error) {
    pthread_mutex_lock(&reader->lock);
    wait_for_slot(reader);
    bool empty = reader->full == 0;
    size_t slot = reader->oldest;
    pthread_mutex_unlock(&reader->lock);
    if (empty && reader->failed) {
        *error = reader->failure;
        return -1;
    }
    if (empty)
        return 0;
    size_t left = reader->filled[slot] - reader->taken;
    size_t count = left < capacity ? left : capacity;
    memcpy(buffer, reader->slots + slot * SLOT_SIZE + reader->taken, count);
    reader->taken += count;
    if (count == left)
        release_slot(reader);
    return (ssize_t)count;
}

bool gzip_reader_ready(struct gzip_reader *reader) {
    pthread_mutex_lock(&reader->lock);
    while (reader->full == 0 && !reader->ended && !reader->waiting)
        pthread_cond_wait(&reader->changed, &reader->lock);
    bool ready = reader->full > 0 || reader->ended;
    pthread_mutex_unlock(&reader->lock);
    return ready;
}

void gzip_reader_close(struct gzip_reader *reader) {
    if (reader == NULL)
        return;
    pthread_mutex_lock(&reader->lock);
    reader->stopping = true;
    pthread_cond_signal(&reader->changed);
    pthread_mutex_unlock(&reader->lock);
    if (eventfd_write(reader->wake, 1) == 0)
        pthread_join(reader->thread, NULL);
    free_reader(reader);
}
