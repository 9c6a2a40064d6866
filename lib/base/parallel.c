#include "base/parallel.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { THREADS_MAX = 256, LOOKS = 1000 };

/* The one pool of the process. Workers are numbered from 1; the caller of parallel_for is worker 0. */
static struct {
    pthread_mutex_t busy; /* held by the caller whose job runs */
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t work;  /* a new job is there */
    pthread_cond_t done;  /* the last worker left the job */
    pthread_t threads[THREADS_MAX];
    size_t workers;    /* threads started */
    size_t wanted;     /* how many of them take part in the job */
    size_t running;    /* how many are still in it; read without the lock too */
    bool stopping;     /* the program ends */
    int looks;         /* before one sleeps; 0: there are more threads than processors; atomic */
    pid_t process;     /* whose threads they are: a fork has none of them */
    unsigned long job; /* counts jobs, so that each worker takes part once; read without the lock too */
    size_t blocks;
    size_t next; /* the next block to take; atomic */
    parallel_body *body;
    void *context;
} pool = {
    .busy = PTHREAD_MUTEX_INITIALIZER,
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .work = PTHREAD_COND_INITIALIZER,
    .done = PTHREAD_COND_INITIALIZER,
};

static void take_blocks(size_t worker) {
    size_t block;
    while ((block = __atomic_fetch_add(&pool.next, 1, __ATOMIC_RELAXED)) < pool.blocks)
        pool.body(pool.context, block, worker);
}

static void rest(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

/* Jobs are short and follow closely where rows come in chunks: to sleep and be woken takes as long as many of
 * them. So both sides look for some microseconds before they sleep. */
static void await_job(unsigned long seen) {
    for (int looks = __atomic_load_n(&pool.looks, __ATOMIC_RELAXED); looks > 0; looks--) {
        if (__atomic_load_n(&pool.job, __ATOMIC_RELAXED) != seen)
            return;
        rest();
    }
}

static void await_end(void) {
    for (int looks = __atomic_load_n(&pool.looks, __ATOMIC_RELAXED); looks > 0; looks--) {
        if (__atomic_load_n(&pool.running, __ATOMIC_RELAXED) == 0)
            return;
        rest();
    }
}

static void *worker_main(void *argument) {
    size_t worker = (size_t)argument;
    unsigned long seen = 0;
    pthread_mutex_lock(&pool.lock);
    for (;;) {
        while (pool.job == seen && !pool.stopping)
            pthread_cond_wait(&pool.work, &pool.lock);
        if (pool.stopping)
            break;
        seen = pool.job;
        if (worker > pool.wanted)
            continue;
        pthread_mutex_unlock(&pool.lock);
        take_blocks(worker);
        pthread_mutex_lock(&pool.lock);
        if (__atomic_sub_fetch(&pool.running, 1, __ATOMIC_RELAXED) == 0)
            pthread_cond_signal(&pool.done);
        pthread_mutex_unlock(&pool.lock);
        await_job(seen);
        pthread_mutex_lock(&pool.lock);
    }
    pthread_mutex_unlock(&pool.lock);
    return NULL;
}

/* Ends the workers with the program, so that nothing of them is left. */
__attribute__((destructor)) static void stop_workers(void) {
    if (pool.workers == 0 || pool.process != getpid())
        return;
    pthread_mutex_lock(&pool.lock);
    pool.stopping = true;
    pthread_cond_broadcast(&pool.work);
    pthread_mutex_unlock(&pool.lock);
    for (size_t i = 0; i < pool.workers; i++)
        pthread_join(pool.threads[i], NULL);
}

/* Starts workers until `count` are there or the system refuses one. Signals are left to the main thread. */
static void start_workers(size_t count) {
    sigset_t all, old;
    if (pool.workers >= count)
        return;
    sigfillset(&all);
    pool.process = getpid();
    pthread_sigmask(SIG_SETMASK, &all, &old);
    while (pool.workers < count) {
        if (pthread_create(&pool.threads[pool.workers], NULL, worker_main, (void *)(pool.workers + 1)) != 0)
            break;
        pool.workers++;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    bool spare = sysconf(_SC_NPROCESSORS_ONLN) > (long)pool.workers;
    __atomic_store_n(&pool.looks, spare ? LOOKS : 0, __ATOMIC_RELAXED);
}

static void run_alone(size_t blocks, parallel_body *body, void *context) {
    for (size_t block = 0; block < blocks; block++)
        body(context, block, 0);
}

void parallel_for(size_t threads, size_t blocks, parallel_body *body, void *context) {
    size_t others = (threads < blocks ? threads : blocks);
    others = others > THREADS_MAX ? THREADS_MAX - 1 : others > 0 ? others - 1 : 0;
    /* A second caller at the same time, and a call from inside a body, do their work by themselves. */
    if (others == 0 || pthread_mutex_trylock(&pool.busy) != 0) {
        run_alone(blocks, body, context);
        return;
    }
    pthread_mutex_lock(&pool.lock);
    start_workers(others);
    pool.body = body;
    pool.context = context;
    pool.blocks = blocks;
    __atomic_store_n(&pool.next, 0, __ATOMIC_RELAXED);
    pool.wanted = others < pool.workers ? others : pool.workers;
    __atomic_store_n(&pool.running, pool.wanted, __ATOMIC_RELAXED);
    __atomic_store_n(&pool.job, pool.job + 1, __ATOMIC_RELAXED);
    pthread_cond_broadcast(&pool.work);
    pthread_mutex_unlock(&pool.lock);

    take_blocks(0);

    await_end();
    pthread_mutex_lock(&pool.lock);
    while (pool.running > 0)
        pthread_cond_wait(&pool.done, &pool.lock);
    pthread_mutex_unlock(&pool.lock);
    pthread_mutex_unlock(&pool.busy);
}

/* A positive whole number from the environment, or 0. OMP_NUM_THREADS may be a list: its first entry counts.
 */
static size_t environment_count(const char *name) {
    const char *text = getenv(name);
    if (text == NULL)
        return 0;
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    return end != text && errno == 0 && value > 0 && value <= THREADS_MAX ? (size_t)value : 0;
}

/* The processors that a cpu.max file grants ("200000 100000" is two, "max 100000" no limit), rounded up; 0:
 * no limit. */
static size_t quota_in(const char *path) {
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    long long quota, period;
    size_t processors = 0;
    if (fscanf(file, "%lld %lld", &quota, &period) == 2 && quota > 0 && period > 0)
        processors = (size_t)((quota + period - 1) / period);
    fclose(file);
    return processors;
}

static size_t least(size_t a, size_t limit) {
    return limit > 0 && limit < a ? limit : a;
}

/* The least quota of this process's control group (version 2) and of all groups above it. */
static size_t control_group_quota(size_t processors) {
    char line[2048];
    char path[sizeof line + 64];
    FILE *file = fopen("/proc/self/cgroup", "re");
    if (file == NULL)
        return processors;
    line[0] = '\0';
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "0::", 3) == 0)
            break;
    fclose(file);
    if (strncmp(line, "0::/", 4) != 0)
        return processors;
    char *group = line + 3;
    group[strcspn(group, "\n")] = '\0';
    for (;;) {
        snprintf(path, sizeof path, "/sys/fs/cgroup%s/cpu.max", group);
        processors = least(processors, quota_in(path));
        char *slash = strrchr(group, '/');
        if (slash == NULL)
            return processors;
        *slash = '\0';
    }
}

size_t parallel_threads_available(void) {
    size_t asked = environment_count("OMP_NUM_THREADS");
    if (asked > 0)
        return asked;
    cpu_set_t affinity;
    size_t processors = 1;
    if (sched_getaffinity(0, sizeof affinity, &affinity) == 0)
        processors = (size_t)CPU_COUNT(&affinity);
    processors = control_group_quota(processors);
    processors = least(processors, environment_count("SLURM_CPUS_PER_TASK"));
    return processors < THREADS_MAX ? processors : THREADS_MAX;
}
