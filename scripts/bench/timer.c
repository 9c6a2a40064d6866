/* Times a program from start to exit: one run to warm up, then so many that count.
 *
 *     timer RUNS OUTPUT ERROR PROGRAM [ARGUMENT ...]
 *
 * Standard output and error go to the files (those of the last run stay). Prints the median and the least
 * wall time in seconds, the largest resident memory in MiB, and the least
 * processor time in seconds and pages touched. Exit
 * status 1, with what the program wrote on standard error, when it fails. */

#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RUNS_MAX = 100 };

static double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double seconds_of(struct timeval time) {
    return (double)time.tv_sec + 1e-6 * (double)time.tv_usec;
}

static void redirect(const char *path, int descriptor) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (file < 0 || dup2(file, descriptor) < 0) {
        perror(path);
        _exit(126);
    }
    close(file);
}

struct need {
    long peak_kib, pages;
    double processor; /* seconds */
};

/* Runs the program once. Returns its seconds, or -1 where it fails. */
static double run(char **command, const char *output, const char *error, struct need *need) {
    struct rusage usage;
    int status;
    double start = seconds_now();
    pid_t child = fork();
    if (child == 0) {
        redirect(error, STDERR_FILENO);
        redirect(output, STDOUT_FILENO);
        execvp(command[0], command);
        perror(command[0]);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) < 0)
        return -1;
    double seconds = seconds_now() - start;
    if (usage.ru_maxrss > need->peak_kib)
        need->peak_kib = usage.ru_maxrss;
    if (usage.ru_minflt < need->pages)
        need->pages = usage.ru_minflt;
    double processor = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
    if (processor < need->processor)
        need->processor = processor;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? seconds : -1;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int fail(const char *program, const char *error) {
    char line[1000];
    FILE *stream = fopen(error, "r");
    fprintf(stderr, "timer: %s failed\n", program);
    while (stream && fgets(line, sizeof line, stream))
        fputs(line, stderr);
    return 1;
}

int main(int argc, char **argv) {
    double seconds[RUNS_MAX];
    struct need need = {.pages = LONG_MAX, .processor = INFINITY};
    int runs = argc > 4 ? atoi(argv[1]) : 0;
    if (runs < 1 || runs > RUNS_MAX) {
        fprintf(stderr, "usage: timer RUNS OUTPUT ERROR PROGRAM [ARGUMENT ...]\n");
        return 2;
    }
    if (run(argv + 4, argv[2], argv[3], &need) < 0)
        return fail(argv[4], argv[3]);
    for (int i = 0; i < runs; i++)
        if ((seconds[i] = run(argv + 4, argv[2], argv[3], &need)) < 0)
            return fail(argv[4], argv[3]);
    qsort(seconds, (size_t)runs, sizeof *seconds, ascending);
    double median = (seconds[(runs - 1) / 2] + seconds[runs / 2]) / 2;
    printf("%.6f %.6f %.1f %.6f %ld\n", median, seconds[0], (double)need.peak_kib / 1024, need.processor,
           need.pages);
    return 0;
}
