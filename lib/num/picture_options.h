/* What the command line of `klplot` asks for. Texts are as typed. */
#ifndef NUM_PICTURE_OPTIONS_H
#define NUM_PICTURE_OPTIONS_H

#include <math.h>
#include <stdbool.h>

#include "base/command.h"
#include "io/plot_table.h"
#include "io/plot_target.h"
#include "num/picture.h"

struct picture_options {
    struct picture_settings picture;
    struct plot_choice columns;
    const char *overlay, *x_range, *y_range, *size;
    int log;      /* index in picture_options_log_words; -1: not given, like terminal */
    int terminal; /* an enum plot_target_kind */
    bool tee, dump;
};

#define PICTURE_OPTIONS_DEFAULT                                                                              \
    {                                                                                                        \
        .picture = {.mode = -1, .x_range = {NAN, NAN}, .y_range = {NAN, NAN}, .levels = 10}, .log = -1,      \
        .terminal = -1                                                                                       \
    }

extern const char *const picture_options_log_words[]; /* "x", "y", "xy", ended by NULL */

/* Reads ranges and axes into options->picture and chooses columns and target: what is drawn, and how large
 * for the descriptor that shows it. Returns 0, or -1 with command->error set. */
__attribute__((warn_unused_result)) int
picture_options_check(struct command *command, struct picture_options *options, struct plot_target *target);

#endif
