#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/command_options.h"

/* Help begins in this column; no line is longer than this, which a terminal of 80 columns shows whole. */
enum { HELP_COLUMN = 30, HELP_WIDTH = 79 };

/* "(default 5)", from the value that the settings hold; empty where there is none or the help names its own.
 */
static void default_text(const struct option_entry *entry, const void *values, char *text, size_t size) {
    const void *field = (const char *)values + entry->offset;
    text[0] = '\0';
    if (strstr(entry->help, "(default") != NULL)
        return;
    if (entry->kind == OPTION_KIND_NUMBER && !isnan(*(const double *)field))
        snprintf(text, size, " (default %.10g)", *(const double *)field);
    else if (entry->kind == OPTION_KIND_COUNT && *(const size_t *)field != OPTION_COUNT_NONE)
        snprintf(text, size, " (default %zu)", *(const size_t *)field);
    else if (entry->kind == OPTION_KIND_CHOICE && *(const int *)field >= 0)
        snprintf(text, size, " (default %s)", entry->choices[*(const int *)field]);
    else if (entry->kind == OPTION_KIND_TEXT && *(const char *const *)field != NULL)
        snprintf(text, size, " (default %s)", *(const char *const *)field);
}

static void argument_text(const struct option_entry *entry, char *text, size_t size) {
    size_t length = 0;
    text[0] = '\0';
    if (entry->kind != OPTION_KIND_CHOICE) {
        snprintf(text, size, "%s", entry->kind == OPTION_KIND_FLAG ? "" : entry->argument);
        return;
    }
    for (size_t i = 0; entry->choices[i] != NULL && length < size; i++)
        length += (size_t)snprintf(text + length, size - length, "%s%s", i > 0 ? "|" : "", entry->choices[i]);
}

/* Prints text broken between words, further lines from `indent` on. `column` is where the cursor stands. */
static void print_words(const char *text, int column, int indent) {
    bool first = true;
    while (*text != '\0') {
        int word = (int)strcspn(text, " ");
        if (!first && column + 1 + word > HELP_WIDTH) {
            printf("\n%*s", indent, "");
            column = indent;
        } else if (!first) {
            putchar(' ');
            column++;
        }
        printf("%.*s", word, text);
        text += word;
        column += word;
        text += *text == ' ';
        first = false;
    }
    putchar('\n');
}

/* The help of an option, whose name and argument have been printed. */
static void print_wrapped(const char *text, int column) {
    if (column > HELP_COLUMN - 2) {
        putchar('\n');
        column = 0;
    }
    printf("%*s", HELP_COLUMN - column, "");
    print_words(text, HELP_COLUMN, HELP_COLUMN);
}

/* Prints the argument of an option. Choices that are too many for a line go on in the next under the first of
 * them, the line before ending in a bar. Returns the column reached, HELP_COLUMN after more lines than one.
 */
static int print_argument(const char *argument, int column) {
    int indent = column;
    bool broken = false;
    while (*argument != '\0') {
        int word = (int)strcspn(argument, "|");
        word += argument[word] == '|';
        if (column + word > HELP_WIDTH && column > indent) {
            printf("\n%*s", indent, "");
            column = indent;
            broken = true;
        }
        printf("%.*s", word, argument);
        argument += word;
        column += word;
    }
    return broken ? HELP_COLUMN : column;
}

static void print_entry(const struct option_entry *entry, const void *values, char letter) {
    char argument[160], text[256], standard[128];
    if (entry->kind == OPTION_KIND_HEADING) {
        printf("\n%s:\n", entry->help);
        return;
    }
    argument_text(entry, argument, sizeof argument);
    default_text(entry, values, standard, sizeof standard);
    int column = printf("  %c%c%c --%s%s", letter != 0 ? '-' : ' ', letter != 0 ? letter : ' ',
                        letter != 0 ? ',' : ' ', entry->name, argument[0] != '\0' ? " " : "");
    column = print_argument(argument, column);
    snprintf(text, sizeof text, "%s%s", entry->help, standard);
    print_wrapped(text, column);
}

static void print_entries(const struct command_description *description, const struct option_entry *entries,
                          const void *values) {
    for (; entries != NULL && entries->name != NULL; entries++)
        print_entry(entries, values,
                    strcmp(entries->name, "columns") == 0 ? description->columns_letter : entries->letter);
}

/* The synopses: one a line of `operands`. */
static void print_synopses(const struct command_description *description) {
    const char *line = description->operands;
    for (const char *before = "usage: "; line != NULL; before = "       ") {
        int length = (int)strcspn(line, "\n");
        printf("%s%s %.*s\n", before, description->name, length, line);
        line = line[length] == '\n' ? line + length + 1 : NULL;
    }
}

void command_options_print_help(const struct command_description *description, const void *settings,
                                const struct shared_values *shared) {
    print_synopses(description);
    print_words(description->purpose, 0, 0);
    if (description->own_options != NULL && description->own_options->kind != OPTION_KIND_HEADING)
        printf("\noptions:\n");
    print_entries(description, description->own_options, settings);
    for (const struct option_section *section = command_options_shared; section->title != NULL; section++) {
        if (section->group != 0 && (section->group & description->shared_options) == 0)
            continue;
        printf("\n%s:\n", section->title);
        print_entries(description, section->entries, shared);
    }
    if (description->examples != NULL)
        printf("\nexamples:\n");
    for (const char *const *example = description->examples; example != NULL && *example != NULL; example++)
        printf("  %s\n", *example);
    printf("\nmore: man %s, man kltools\n", description->name);
}
