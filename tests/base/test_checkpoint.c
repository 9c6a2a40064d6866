#include "base/checkpoint.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support/assertions.h"

static const struct command_description description = {.name = "gmmfit"};
static struct command command;
static struct checkpoint checkpoint;

static int begin(void **state) {
    (void)state;
    command = (struct command){.description = &description, .output = {.path = "/tmp/kltools-no-such-file"}};
    checkpoint_start(&checkpoint, &command);
    return 0;
}

/* What one question prints on standard error, which goes to a file meanwhile. */
static const char *asked(bool expected) {
    static char text[256];
    FILE *file = tmpfile();
    int saved = dup(STDERR_FILENO);
    assert_non_null(file);
    fflush(stderr);
    dup2(fileno(file), STDERR_FILENO);
    bool answer = checkpoint_requested(&checkpoint);
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    assert_int_equal(answer, expected);
    return text;
}

static void nothing_is_written_without_a_signal(void **state) {
    (void)state;
    assert_string_equal(asked(false), "");
}

static void signals_before_a_question_count_as_one(void **state) {
    (void)state;
    raise(SIGUSR1);
    raise(SIGUSR1);
    assert_string_equal(asked(true), "");
    assert_string_equal(asked(false), "");
    raise(SIGUSR1);
    assert_string_equal(asked(true), "");
    assert_string_equal(checkpoint_path(&checkpoint), command.output.path);
}

static void a_request_waits_while_there_is_no_one_to_answer(void **state) {
    (void)state;
    raise(SIGUSR1);
    assert_false(checkpoint_requested(NULL));
    assert_true(checkpoint_requested(&checkpoint));
}

static void a_parent_that_ignores_the_signal_does_not_hinder(void **state) {
    (void)state;
    signal(SIGUSR1, SIG_IGN);
    checkpoint_start(&checkpoint, &command);
    raise(SIGUSR1);
    assert_true(checkpoint_requested(&checkpoint));
}

/* What cannot be replaced: standard output, a descriptor by name, a device. */
static void without_a_file_to_replace_a_note_says_so_once(void **state) {
    static const char *const paths[] = {NULL, "-", "/dev/stdout", "/dev/null"};
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        command.output.path = paths[i];
        checkpoint_start(&checkpoint, &command);
        raise(SIGUSR1);
        assert_string_equal(asked(false),
                            "gmmfit: SIGUSR1: the model so far is written with --output FILE only\n");
        raise(SIGUSR1);
        assert_string_equal(asked(false), "");
    }
    command.quiet = true;
    checkpoint_start(&checkpoint, &command);
    raise(SIGUSR1);
    assert_string_equal(asked(false), "");
}

enum { THREADS = 4, QUESTIONS = 20000 };

static void *ask(void *answers) {
    for (int i = 0; i < QUESTIONS; i++)
        *(int *)answers += checkpoint_requested(&checkpoint);
    return NULL;
}

static void one_of_several_threads_is_told(void **state) {
    pthread_t threads[THREADS];
    int answers[THREADS] = {0}, sum = 0;
    (void)state;
    raise(SIGUSR1);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask, &answers[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        sum += answers[i];
    }
    assert_int_equal(sum, 1);
}

static int ends[2];

static void *signal_then_write(void *reader) {
    usleep(20000);
    pthread_kill(*(pthread_t *)reader, SIGUSR1);
    usleep(20000);
    (void)!write(ends[1], "x", 1);
    return NULL;
}

static void a_read_under_way_goes_on(void **state) {
    pthread_t self = pthread_self(), other;
    char byte = 0;
    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(pthread_create(&other, NULL, signal_then_write, &self), 0);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    pthread_join(other, NULL);
    assert_int_equal(byte, 'x');
    assert_true(checkpoint_requested(&checkpoint));
    close(ends[0]);
    close(ends[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_is_written_without_a_signal, begin),
        cmocka_unit_test_setup(signals_before_a_question_count_as_one, begin),
        cmocka_unit_test_setup(a_request_waits_while_there_is_no_one_to_answer, begin),
        cmocka_unit_test_setup(a_parent_that_ignores_the_signal_does_not_hinder, begin),
        cmocka_unit_test_setup(without_a_file_to_replace_a_note_says_so_once, begin),
        cmocka_unit_test_setup(one_of_several_threads_is_told, begin),
        cmocka_unit_test_setup(a_read_under_way_goes_on, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
