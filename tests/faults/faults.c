/* Makes one call that a program makes fail, or all its reads and writes short.
 *
 * Loaded into a program by LD_PRELOAD; or, where a sanitizer wants to be first there, linked into it with
 * FAULTS_WRAPPED defined and the linker told to --wrap what is defined here. From the environment:
 *
 *   FAULT_KIND  memory: an allocation returns NULL
 *               io: a call on a file fails
 *               threads: a thread cannot be made
 *               signals: SIGTERM comes before a call on a file
 *               short: reads and writes take a few bytes at a time
 *   FAULT_AT    N: the N-th such call of the program fails (1: the first after main began), no other
 *   FAULT_MARK  a file that is made when the call failed, so that the caller learns whether N was reached
 *
 * OpenBLAS and its Fortran runtime do not survive a failed allocation of their own and are left alone; so is
 * standard error. */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SHORT_READ = 5, SHORT_WRITE = 7 };

#ifdef FAULTS_WRAPPED
#define OURS(name) __wrap_##name
#define NEXT(name) __real_##name
#define DECLARE_NEXT(type, name, ...) type __real_##name(__VA_ARGS__);
#else
#define OURS(name) name
#define NEXT(name) ((name##_function *)next(#name))
#define DECLARE_NEXT(type, name, ...) typedef type name##_function(__VA_ARGS__);

static void *next(const char *name) {
    return dlsym(RTLD_NEXT, name);
}
#endif

#pragma GCC diagnostic ignored "-Wpedantic"           /* dlsym's pointer becomes a function */
#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* these are libc's */

/* 0 before main begins, so that what the dynamic linker and constructors do is not counted. */
static atomic_bool started;
static atomic_long calls;

static bool kind_is(const char *kind) {
    const char *wanted = getenv("FAULT_KIND");
    return wanted && strcmp(wanted, kind) == 0;
}

static bool exempt(const void *caller) {
    Dl_info info;
    return dladdr(caller, &info) && info.dli_fname &&
           (strstr(info.dli_fname, "blas") || strstr(info.dli_fname, "gfortran"));
}

/* Whether this call is the one to fail. */
static bool strikes(const char *kind, const void *caller) {
    const char *at = getenv("FAULT_AT");
    bool signals = strcmp(kind, "io") == 0 && kind_is("signals");
    if (!atomic_load(&started) || !at || !(kind_is(kind) || signals) || exempt(caller))
        return false;
    if (atomic_fetch_add(&calls, 1) + 1 != atol(at))
        return false;
    const char *mark = getenv("FAULT_MARK");
    if (mark)
        syscall(SYS_close, syscall(SYS_open, mark, O_CREAT | O_WRONLY, 0600));
    if (signals)
        kill(getpid(), SIGTERM);
    return !signals;
}

#define CALLER __builtin_return_address(0)
#define FAIL_WITH(code, result)                                                                              \
    do {                                                                                                     \
        errno = code;                                                                                        \
        return result;                                                                                       \
    } while (0)

/* Allocation. dlsym may itself allocate, so a preloaded malloc goes by glibc's own names. */

#ifdef FAULTS_WRAPPED
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
#define LIBC_MALLOC __real_malloc
#define LIBC_CALLOC __real_calloc
#define LIBC_REALLOC __real_realloc
#define LIBC_ALIGNED __real_aligned_alloc
#else
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
#define LIBC_MALLOC __libc_malloc
#define LIBC_CALLOC __libc_calloc
#define LIBC_REALLOC __libc_realloc
#define LIBC_ALIGNED __libc_memalign
#endif

void *OURS(malloc)(size_t size) {
    if (strikes("memory", CALLER))
        FAIL_WITH(ENOMEM, NULL);
    return LIBC_MALLOC(size);
}

void *OURS(calloc)(size_t count, size_t size) {
    if (strikes("memory", CALLER))
        FAIL_WITH(ENOMEM, NULL);
    return LIBC_CALLOC(count, size);
}

void *OURS(realloc)(void *old, size_t size) {
    if (strikes("memory", CALLER))
        FAIL_WITH(ENOMEM, NULL);
    return LIBC_REALLOC(old, size);
}

void *OURS(aligned_alloc)(size_t alignment, size_t size) {
    if (strikes("memory", CALLER))
        FAIL_WITH(ENOMEM, NULL);
    return LIBC_ALIGNED(alignment, size);
}

/* Files. */

DECLARE_NEXT(ssize_t, read, int, void *, size_t)
DECLARE_NEXT(ssize_t, pread, int, void *, size_t, off_t)
DECLARE_NEXT(ssize_t, write, int, const void *, size_t)
DECLARE_NEXT(ssize_t, pwrite, int, const void *, size_t, off_t)
DECLARE_NEXT(int, open, const char *, int, ...)
DECLARE_NEXT(int, close, int)
DECLARE_NEXT(int, rename, const char *, const char *)
DECLARE_NEXT(off_t, lseek, int, off_t, int)
DECLARE_NEXT(int, poll, struct pollfd *, nfds_t, int)
DECLARE_NEXT(void *, mmap, void *, size_t, int, int, int, off_t)
DECLARE_NEXT(int, pthread_create, pthread_t *, const pthread_attr_t *, void *(*)(void *), void *)

static size_t shortened(size_t count, size_t most) {
    return kind_is("short") && count > most ? most : count;
}

ssize_t OURS(read)(int descriptor, void *buffer, size_t count) {
    if (strikes("io", CALLER))
        FAIL_WITH(EIO, -1);
    return NEXT(read)(descriptor, buffer, shortened(count, SHORT_READ));
}

ssize_t OURS(pread)(int descriptor, void *buffer, size_t count, off_t offset) {
    if (strikes("io", CALLER))
        FAIL_WITH(EIO, -1);
    return NEXT(pread)(descriptor, buffer, shortened(count, SHORT_READ), offset);
}

ssize_t OURS(write)(int descriptor, const void *buffer, size_t count) {
    if (descriptor != STDERR_FILENO && strikes("io", CALLER))
        FAIL_WITH(ENOSPC, -1);
    return NEXT(write)(descriptor, buffer, shortened(count, SHORT_WRITE));
}

ssize_t OURS(pwrite)(int descriptor, const void *buffer, size_t count, off_t offset) {
    if (strikes("io", CALLER))
        FAIL_WITH(ENOSPC, -1);
    return NEXT(pwrite)(descriptor, buffer, shortened(count, SHORT_WRITE), offset);
}

int OURS(open)(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    if (strikes("io", CALLER))
        FAIL_WITH(EMFILE, -1);
    return NEXT(open)(path, flags, mode);
}

/* As on a network file system, where what was written fails at the end. */
int OURS(close)(int descriptor) {
    int status = NEXT(close)(descriptor);
    if (status == 0 && strikes("io", CALLER))
        FAIL_WITH(EIO, -1);
    return status;
}

int OURS(rename)(const char *from, const char *to) {
    if (strikes("io", CALLER))
        FAIL_WITH(EIO, -1);
    return NEXT(rename)(from, to);
}

off_t OURS(lseek)(int descriptor, off_t offset, int whence) {
    if (strikes("io", CALLER))
        FAIL_WITH(ESPIPE, -1);
    return NEXT(lseek)(descriptor, offset, whence);
}

/* A signal comes; the program goes on waiting. */
int OURS(poll)(struct pollfd *descriptors, nfds_t count, int timeout) {
    if (strikes("io", CALLER))
        FAIL_WITH(EINTR, -1);
    return NEXT(poll)(descriptors, count, timeout);
}

void *OURS(mmap)(void *address, size_t length, int protection, int flags, int descriptor, off_t offset) {
    if (strikes("io", CALLER))
        FAIL_WITH(ENOMEM, MAP_FAILED);
    return NEXT(mmap)(address, length, protection, flags, descriptor, offset);
}

int OURS(pthread_create)(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                         void *argument) {
    if (strikes("threads", CALLER))
        return EAGAIN;
    return NEXT(pthread_create)(thread, attributes, start, argument);
}

/* The beginning of main. */

#ifdef FAULTS_WRAPPED
__attribute__((constructor)) static void begin(void) {
    atomic_store(&started, true);
}
#else
typedef int main_function(int, char **, char **);
static main_function *real_main;

static int counted_main(int count, char **arguments, char **environment) {
    atomic_store(&started, true);
    return real_main(count, arguments, environment);
}

typedef int start_function(main_function *, int, char **, void (*)(void), void (*)(void), void (*)(void),
                           void *);

int __libc_start_main(main_function *main, int count, char **arguments, void (*init)(void),
                      void (*fini)(void), void (*loader_fini)(void), void *stack_end) {
    real_main = main;
    return ((start_function *)next("__libc_start_main"))(counted_main, count, arguments, init, fini,
                                                         loader_fini, stack_end);
}
#endif
