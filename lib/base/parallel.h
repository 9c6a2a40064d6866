/* Loops over blocks of work, shared out among threads.
 *
 * The blocks, not the threads, decide what is computed: cut work in blocks whose size does not depend on the
 * number of threads, let each block write its own result, and combine the results in block order afterwards.
 * Then one thread and sixteen give the same bytes. */
#ifndef BASE_PARALLEL_H
#define BASE_PARALLEL_H

#include <stddef.h>

/* Work on one block. `worker` is below the number of threads asked for and belongs to one running call at a
 * time: an index into per-thread workspaces. */
typedef void parallel_body(void *context, size_t block, size_t worker);

/* Runs body for blocks 0 .. blocks-1, each once, on at most `threads` threads (the caller is one of them),
 * and returns when all are done. Blocks are begun in order, so that one may wait for those below it. Threads
 * are kept for the next call; where none can be started the caller does all the work. Cannot fail. Not to be
 * called from inside a body. */
void parallel_for(size_t threads, size_t blocks, parallel_body *body, void *context);

/* What this process may use: the least of the affinity mask, the control group's cpu.max (rounded up) and
 * SLURM_CPUS_PER_TASK; OMP_NUM_THREADS overrides. At least 1. */
size_t parallel_threads_available(void);

#endif
