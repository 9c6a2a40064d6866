#include "base/temporary_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/assertions.h"

/* Each test works in a fresh directory. */
static int enter_directory(void **state) {
    static char path[] = "/tmp/kltools-test-XXXXXX";
    strcpy(path + sizeof path - 7, "XXXXXX");
    *state = mkdtemp(path);
    return *state == NULL || chdir(path) != 0;
}

static int leave_directory(void **state) {
    char command[64] = "rm -rf ";
    strcat(command, *state);
    return chdir("/") != 0 || system(command) != 0;
}

static size_t files_here(void) {
    size_t count = 0;
    DIR *directory = opendir(".");
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

static void write_text(const char *path, const char *text) {
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0640);
    assert_int_equal(write(descriptor, text, strlen(text)), strlen(text));
    close(descriptor);
}

static void assert_text(const char *path, const char *expected) {
    char text[64] = "";
    int descriptor = open(path, O_RDONLY);
    assert_true(descriptor >= 0);
    assert_true(read(descriptor, text, sizeof text - 1) >= 0);
    close(descriptor);
    assert_string_equal(text, expected);
}

static struct temporary_file *create_with(const char *path, const char *text) {
    struct error error = {0};
    struct temporary_file *file = temporary_file_create(path, &error);
    assert_non_null(file);
    assert_int_equal(write(temporary_file_descriptor(file), text, strlen(text)), strlen(text));
    return file;
}

static void the_name_is_there_only_at_the_end(void **state) {
    (void)state;
    struct error error = {0};
    struct temporary_file *file = create_with("a", "new");
    assert_int_equal(access("a", F_OK), -1);
    assert_int_equal(temporary_file_keep(file, &error), 0);
    assert_text("a", "new");
    assert_int_equal(files_here(), 1);
}

static void what_was_there_stands_when_the_new_is_discarded(void **state) {
    (void)state;
    write_text("a", "old");
    temporary_file_discard(create_with("a", "new"));
    assert_text("a", "old");
    assert_int_equal(files_here(), 1);
    temporary_file_discard(NULL);
}

static void permissions_of_the_old_file_and_the_mask_are_kept(void **state) {
    (void)state;
    struct error error = {0};
    struct stat status;
    write_text("old", "x");
    chmod("old", 0604);
    assert_int_equal(temporary_file_keep(create_with("old", "y"), &error), 0);
    stat("old", &status);
    assert_int_equal(status.st_mode & 0777, 0604);
    mode_t mask = umask(027);
    assert_int_equal(temporary_file_keep(create_with("new", "y"), &error), 0);
    umask(mask);
    stat("new", &status);
    assert_int_equal(status.st_mode & 0777, 0640);
}

static void a_link_stays_and_its_file_is_replaced(void **state) {
    (void)state;
    struct error error = {0};
    struct stat status;
    write_text("target", "old");
    assert_int_equal(symlink("target", "link"), 0);
    assert_int_equal(temporary_file_keep(create_with("link", "new"), &error), 0);
    assert_text("target", "new");
    lstat("link", &status);
    assert_true(S_ISLNK(status.st_mode));
}

static void a_device_is_written_itself(void **state) {
    (void)state;
    struct error error = {0};
    assert_int_equal(temporary_file_keep(create_with("/dev/null", "x"), &error), 0);
    struct stat status;
    stat("/dev/null", &status);
    assert_true(S_ISCHR(status.st_mode));
}

/* What the kernel shows as /proc/self/fd/N of an unlinked file is a link to a name that is gone. */
static void a_link_to_a_file_without_a_name_is_written_through(void **state) {
    (void)state;
    struct error error = {0};
    struct stat status;
    char target[64], text[8] = "";
    int descriptor = open("gone", O_RDWR | O_CREAT, 0600);
    assert_int_equal(unlink("gone"), 0);
    snprintf(target, sizeof target, "/proc/%d/fd/%d", (int)getpid(), descriptor);
    assert_int_equal(symlink(target, "link"), 0);
    assert_int_equal(temporary_file_keep(create_with("link", "new"), &error), 0);
    assert_int_equal(pread(descriptor, text, sizeof text - 1, 0), 3);
    assert_string_equal(text, "new");
    lstat("link", &status);
    assert_true(S_ISLNK(status.st_mode));
    close(descriptor);
}

/* As with >>: what stands before is kept, what comes behind follows. */
static void a_descriptor_s_name_shares_the_descriptor(void **state) {
    (void)state;
    struct error error = {0};
    char name[32];
    int descriptor = open("a", O_RDWR | O_CREAT, 0600);
    assert_int_equal(write(descriptor, "old ", 4), 4);
    snprintf(name, sizeof name, "/dev/fd/%d", descriptor);
    assert_int_equal(temporary_file_keep(create_with(name, "new"), &error), 0);
    assert_int_equal(write(descriptor, " end", 4), 4);
    close(descriptor);
    assert_text("a", "old new end");
    assert_null(temporary_file_create("/dev/fd/999999", &error));
    assert_string_equal(error.text, "/dev/fd/999999: Bad file descriptor");
}

static void files_are_replaced_and_other_things_written_themselves(void **state) {
    (void)state;
    write_text("old", "1");
    assert_true(temporary_file_replaces("old"));
    assert_true(temporary_file_replaces("new"));
    assert_false(temporary_file_replaces("/dev/null"));
    assert_false(temporary_file_replaces("/dev/stdout"));
}

static void a_missing_directory_is_an_error(void **state) {
    (void)state;
    struct error error = {0};
    assert_null(temporary_file_create("no/such/place", &error));
    assert_string_equal(error.text, "no/such/place: No such file or directory");
}

/* And a place that is fine is left as it was. */
static void a_place_is_checked_before_there_is_a_file(void **state) {
    (void)state;
    struct error error = {0};
    write_text("old", "1");
    assert_int_equal(temporary_file_check("old", &error), 0);
    assert_int_equal(temporary_file_check("new", &error), 0);
    assert_int_equal(temporary_file_check("/dev/full", &error), 0);
    assert_int_equal(files_here(), 1);
    assert_text("old", "1");
    assert_int_equal(temporary_file_check("no/such/place", &error), -1);
    assert_string_equal(error.text, "no/such/place: No such file or directory");
}

/* A child that waits with a temporary open is ended by the signal, and nothing is left. */
static void signal_removes(int number) {
    int ready[2];
    char byte = 0;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        struct error error = {0};
        struct temporary_file *file = temporary_file_create("a", &error);
        if (file == NULL || write(ready[1], "x", 1) != 1)
            _exit(99);
        pause();
        _exit(98);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(files_here(), 1);
    kill(child, number);
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), number);
    assert_int_equal(files_here(), 0);
    close(ready[0]);
    close(ready[1]);
}

static void signals_remove_the_temporary_and_end_the_program(void **state) {
    (void)state;
    signal_removes(SIGTERM);
    signal_removes(SIGINT);
    signal_removes(SIGHUP);
}

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, enter_directory, leave_directory)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(the_name_is_there_only_at_the_end),
        IN_DIRECTORY(what_was_there_stands_when_the_new_is_discarded),
        IN_DIRECTORY(permissions_of_the_old_file_and_the_mask_are_kept),
        IN_DIRECTORY(a_link_stays_and_its_file_is_replaced),
        IN_DIRECTORY(a_device_is_written_itself),
        IN_DIRECTORY(a_link_to_a_file_without_a_name_is_written_through),
        IN_DIRECTORY(a_descriptor_s_name_shares_the_descriptor),
        IN_DIRECTORY(files_are_replaced_and_other_things_written_themselves),
        IN_DIRECTORY(a_missing_directory_is_an_error),
        IN_DIRECTORY(a_place_is_checked_before_there_is_a_file),
        IN_DIRECTORY(signals_remove_the_temporary_and_end_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
