#include "io/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "support/assertions.h"

enum { MORE_THAN_A_PIPE = 300000 };

static int ends[2];
static unsigned char sent[MORE_THAN_A_PIPE], received[MORE_THAN_A_PIPE];

static int open_pipe(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof sent; i++)
        sent[i] = (unsigned char)(i * 7 + i / 251);
    memset(received, 0, sizeof received);
    return pipe(ends);
}

static int close_pipe(void **state) {
    (void)state;
    close(ends[0]);
    close(ends[1]);
    return 0;
}

static void *receive_all(void *unused) {
    (void)unused;
    size_t done = 0;
    ssize_t count;
    while (done < sizeof received &&
           (count = descriptor_read(ends[0], received + done, sizeof received - done)) > 0)
        done += (size_t)count;
    return NULL;
}

static void a_pipe_that_would_block_is_waited_for(void **state) {
    (void)state;
    pthread_t reader;
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(pthread_create(&reader, NULL, receive_all, NULL), 0);
    assert_int_equal(descriptor_write(ends[1], sent, sizeof sent), 0);
    pthread_join(reader, NULL);
    assert_memory_equal(received, sent, sizeof sent);
}

static void ignore(int signal_number) {
    (void)signal_number;
}

static void *interrupt_then_write(void *thread) {
    for (int i = 0; i < 20; i++) {
        usleep(1000);
        pthread_kill(*(pthread_t *)thread, SIGUSR1);
    }
    (void)!write(ends[1], "x", 1);
    return NULL;
}

/* No SA_RESTART: each signal ends the read with EINTR. */
static void an_interrupted_read_goes_on(void **state) {
    (void)state;
    struct sigaction action = {.sa_handler = ignore};
    pthread_t self = pthread_self(), other;
    char byte = 0;
    sigaction(SIGUSR1, &action, NULL);
    assert_int_equal(pthread_create(&other, NULL, interrupt_then_write, &self), 0);
    assert_int_equal(descriptor_read(ends[0], &byte, 1), 1);
    pthread_join(other, NULL);
    assert_int_equal(byte, 'x');
}

static void a_read_is_ready_once_bytes_or_the_end_are_there(void **state) {
    (void)state;
    assert_false(descriptor_ready(ends[0]));
    assert_int_equal(descriptor_write(ends[1], "x", 1), 0);
    assert_true(descriptor_ready(ends[0]));
    char byte;
    assert_int_equal(descriptor_read(ends[0], &byte, 1), 1);
    assert_false(descriptor_ready(ends[0]));
    close(ends[1]);
    assert_true(descriptor_ready(ends[0]));
    assert_int_equal(descriptor_read(ends[0], &byte, 1), 0);
    ends[1] = dup(ends[0]); /* something to close */
}

static void waiting_ends_with_bytes_or_by_being_woken(void **state) {
    (void)state;
    int wake = eventfd(0, EFD_CLOEXEC);
    assert_int_equal(descriptor_write(ends[1], "x", 1), 0);
    assert_true(descriptor_wait(ends[0], wake));
    eventfd_write(wake, 1);
    assert_false(descriptor_wait(ends[0], wake));
    close(wake);
}

static void writes_and_reads_at_an_offset_leave_the_position(void **state) {
    (void)state;
    char path[] = "/tmp/kltools-test-XXXXXX", text[8] = "";
    int file = mkstemp(path);
    unlink(path);
    assert_int_equal(descriptor_write(file, "abcdef", 6), 0);
    assert_int_equal(descriptor_write_at(file, 2, "XY", 2), 0);
    assert_int_equal(descriptor_write(file, "gh", 2), 0);
    assert_int_equal(descriptor_read_at(file, 0, text, 8), 8);
    assert_memory_equal(text, "abXYefgh", 8);
    close(file);
}

static void failures_keep_their_reason(void **state) {
    (void)state;
    char byte;
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_int_equal(descriptor_write(full, "x", 1), -1);
    assert_int_equal(errno, ENOSPC);
    assert_int_equal(descriptor_read(full, &byte, 1), -1);
    assert_int_equal(errno, EBADF);
    close(full);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_pipe_that_would_block_is_waited_for, open_pipe, close_pipe),
        cmocka_unit_test_setup_teardown(an_interrupted_read_goes_on, open_pipe, close_pipe),
        cmocka_unit_test_setup_teardown(a_read_is_ready_once_bytes_or_the_end_are_there, open_pipe,
                                        close_pipe),
        cmocka_unit_test_setup_teardown(waiting_ends_with_bytes_or_by_being_woken, open_pipe, close_pipe),
        cmocka_unit_test(writes_and_reads_at_an_offset_leave_the_position),
        cmocka_unit_test(failures_keep_their_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
