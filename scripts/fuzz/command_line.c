#include "command_line.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"

enum { OPTIONS_MAX = 200, LINES_MAX = 100, FILES_MAX = 300, LINE_SIZE = 1000, CHANGES_MAX = 5 };

/* From this number on, a count asks for much work. */
static const double much = 2000;

struct option {
    char name[80];      /* "--bins" or "-k" */
    char argument[300]; /* as --help says; empty: none */
};

struct command_table {
    const char *filter;
    struct option options[OPTIONS_MAX];
    char lines[LINES_MAX][LINE_SIZE];
    char files[FILES_MAX][COMMAND_LINE_WORD_SIZE];
    size_t option_count, line_count, file_count;
};

static const char *const values[] = {"0",
                                     "1",
                                     "2",
                                     "3",
                                     "5",
                                     "-1",
                                     "-0",
                                     "0.5",
                                     "1.5",
                                     "1e-9",
                                     "1e9",
                                     "1e18",
                                     "18446744073709551615",
                                     "18446744073709551616",
                                     "9223372036854775808",
                                     "4294967297",
                                     "1e308",
                                     "1e-320",
                                     "1e999",
                                     "nan",
                                     "inf",
                                     "-inf",
                                     "",
                                     "x",
                                     "1,2",
                                     "2,1",
                                     "1,1",
                                     "1,,2",
                                     "-2",
                                     "1-",
                                     "3-1",
                                     "1-9223372036854775807",
                                     "1:3",
                                     "3:1",
                                     "1:1000000000",
                                     "0:1:5",
                                     "0:1:1000000000",
                                     "2x3",
                                     "99999999999x9999999999",
                                     "1/2",
                                     "2/2",
                                     "0/0",
                                     "3/2",
                                     "1/18446744073709551615",
                                     "a=1",
                                     "=",
                                     ",",
                                     ":",
                                     "/",
                                     "@",
                                     "@x.csv",
                                     "@gmm-full.npz",
                                     "x.npy:y",
                                     "gmm-full.npz:means",
                                     "gp.npz:nothing",
                                     "all",
                                     "auto",
                                     "none",
                                     "%s%n",
                                     "1e",
                                     "0x10",
                                     " 1",
                                     "+1",
                                     "1=2",
                                     "rbf",
                                     "rbf*rbf",
                                     "((((rbf))))",
                                     "rbf(",
                                     "rbf(lengthscale=-1)",
                                     "rbf(lengthscale=1e300)",
                                     "2*",
                                     "ntk(depth=1e9)",
                                     "invgamma:0,0",
                                     "lognormal:nan,1",
                                     "alpha:alpha=0",
                                     "alpha:alpha=1",
                                     "minkowski:0",
                                     "power:-1",
                                     "nn:0",
                                     "nn:1000000",
                                     "kl:temperature=0",
                                     "sinkhorn:lambda=0",
                                     "-",
                                     "--",
                                     "/dev/null",
                                     "/dev/full",
                                     "/dev/stdin",
                                     ".",
                                     "nowhere/file",
                                     "result",
                                     "\xff\xfe",
                                     "\t",
                                     ";",
                                     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"};

/* The options in --help: "  -k, --neighbours K   help", two words for an option with a letter. */
static void load_options(struct command_table *table, const char *bin) {
    char text[LINE_SIZE];
    snprintf(text, sizeof text, "%s/%s --help", bin, table->filter);
    FILE *help = popen(text, "r");
    input_require(help != NULL, text);
    while (fgets(text, sizeof text, help) && table->option_count + 2 <= OPTIONS_MAX) {
        struct option option = {.argument = ""};
        char letter = text[3];
        if (strncmp(text, "  -", 3) != 0 && strncmp(text, "      --", 8) != 0)
            continue;
        /* help begins after two blanks */
        char *end = strstr(text + 6, "  ");
        if (end != NULL)
            *end = '\0';
        if (sscanf(text + 6, "%79s %299s", option.name, option.argument) < 1)
            continue;
        table->options[table->option_count++] = option;
        if (text[2] == '-') {
            snprintf(option.name, sizeof option.name, "-%c", letter);
            table->options[table->option_count++] = option;
        }
    }
    input_require(pclose(help) == 0 && table->option_count > 0, "--help lists options");
}

static void load_lines(struct command_table *table, const char *path) {
    FILE *stream = fopen(path, "r");
    size_t length = strlen(table->filter);
    input_require(stream != NULL, path);
    while (table->line_count < LINES_MAX && fgets(table->lines[table->line_count], LINE_SIZE, stream)) {
        char *line = table->lines[table->line_count];
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, table->filter, length) == 0 && line[length] == ' ')
            table->line_count++;
    }
    fclose(stream);
    input_require(table->line_count > 0, "the corpus has lines for the filter");
}

static void load_files(struct command_table *table, const char *pool) {
    struct dirent **entries;
    int count = scandir(pool, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        if (entries[i]->d_name[0] != '.' && table->file_count < FILES_MAX)
            snprintf(table->files[table->file_count++], COMMAND_LINE_WORD_SIZE, "%.100s", entries[i]->d_name);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    input_require(table->file_count > 0, "the pool holds files");
}

struct command_table *command_table_load(const char *bin, const char *filter, const char *lines,
                                         const char *pool) {
    struct command_table *table = calloc(1, sizeof *table);
    input_require(table != NULL, "there is memory");
    table->filter = filter;
    load_options(table, bin);
    load_lines(table, lines);
    load_files(table, pool);
    return table;
}

/* Puts a word in at a place; what has no room is left out. */
static void insert(struct command_line *line, size_t place, const char *word) {
    char copy[COMMAND_LINE_WORD_SIZE]; /* word may be one of the line's, which move */
    snprintf(copy, sizeof copy, "%s", word);
    if (line->count == COMMAND_LINE_WORDS_MAX)
        return;
    memmove(line->words[place + 1], line->words[place], (line->count - place) * sizeof line->words[0]);
    memcpy(line->words[place], copy, sizeof copy);
    line->count++;
}

static void erase(struct command_line *line, size_t place) {
    memmove(line->words[place], line->words[place + 1], (line->count - place - 1) * sizeof line->words[0]);
    line->count--;
}

static const char *any_file(const struct command_table *table, struct chance *chance) {
    return table->files[chance_below(chance, table->file_count)];
}

/* A word of "a|b|c". */
static void any_choice(struct chance *chance, const char *choices, char *word) {
    size_t count = 1;
    for (const char *bar = choices; (bar = strchr(bar, '|')) != NULL; bar++)
        count++;
    for (size_t skipped = chance_below(chance, count); skipped > 0; skipped--)
        choices = strchr(choices, '|') + 1;
    snprintf(word, COMMAND_LINE_WORD_SIZE, "%.*s", (int)strcspn(choices, "|"), choices);
}

static void any_value(const struct command_table *table, struct chance *chance, const char *argument,
                      char *word) {
    bool file = strstr(argument, "FILE") || strstr(argument, ".npz");
    const char *start = argument[0] == '@' || chance_once_in(chance, 20) ? "@" : "";
    if (strchr(argument, '|') && !chance_once_in(chance, 8))
        any_choice(chance, argument, word);
    else if (file ? !chance_once_in(chance, 4) : chance_once_in(chance, 12))
        snprintf(word, COMMAND_LINE_WORD_SIZE, "%s%s", start, any_file(table, chance));
    else
        snprintf(word, COMMAND_LINE_WORD_SIZE, "%s", CHANCE_OF(chance, values));
}

/* An option of the table, with a value where it takes one; seldom one too many or too few. */
static void add_option(struct command_line *line, const struct command_table *table, struct chance *chance) {
    const struct option *option = &table->options[chance_below(chance, table->option_count)];
    size_t place = 1 + chance_below(chance, line->count);
    char value[COMMAND_LINE_WORD_SIZE];
    any_value(table, chance, option->argument, value);
    if ((option->argument[0] != '\0') != chance_once_in(chance, 40))
        insert(line, place, value);
    insert(line, place, option->name);
}

/* A letter or digit for another: never a blank or a slash, which could lead out of the folder. */
static void change_letter(char *word, struct chance *chance) {
    static const char letters[] = "0123456789.,-+:=@exn";
    size_t length = strlen(word);
    if (length > 0 && !strchr(word, '/'))
        word[chance_below(chance, length)] = letters[chance_below(chance, sizeof letters - 1)];
}

static void change(struct command_line *line, const struct command_table *table, struct chance *chance) {
    size_t place = 1 + (line->count > 1 ? chance_below(chance, line->count - 1) : 0);
    bool option = place < line->count && line->words[place][0] == '-';
    char *word = place < line->count ? line->words[place] : NULL;
    switch (chance_below(chance, 12)) {
    case 0:
        if (word != NULL)
            erase(line, place);
        break;
    case 1:
        if (word != NULL)
            insert(line, 1 + chance_below(chance, line->count), line->words[place]);
        break;
    case 2:
        insert(line, line->count, any_file(table, chance));
        break;
    case 3:
        if (word != NULL)
            change_letter(word, chance);
        break;
    case 4:
    case 5:
    case 6:
        if (word != NULL && !option && strchr(word, '.') && !isdigit((unsigned char)word[0]))
            snprintf(word, COMMAND_LINE_WORD_SIZE, "%s", any_file(table, chance));
        else if (word != NULL && !option)
            any_value(table, chance, "", word);
        break;
    default:
        add_option(line, table, chance);
    }
}

void command_line_make(struct command_line *line, const struct command_table *table, struct chance *chance) {
    char text[LINE_SIZE];
    snprintf(text, sizeof text, "%s", table->lines[chance_below(chance, table->line_count)]);
    line->count = 0;
    for (char *rest, *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
        insert(line, line->count, word);
    if (chance_once_in(chance, 20))
        line->count = 1;
    for (size_t changes = chance_below(chance, 1 + chance_below(chance, CHANGES_MAX)); changes > 0; changes--)
        change(line, table, chance);
}

bool command_line_names(const struct command_line *line, const char *file) {
    size_t length = strlen(file);
    for (size_t i = 1; i < line->count; i++)
        for (const char *at = line->words[i]; (at = strstr(at, file)) != NULL; at++)
            if ((at == line->words[i] || strchr("@=:,o", at[-1])) &&
                (!at[length] || strchr(":,", at[length])))
                return true;
    return false;
}

bool command_line_asks_much(const struct command_line *line) {
    for (size_t i = 1; i < line->count; i++)
        for (const char *at = line->words[i]; *at != '\0';) {
            char *end;
            if (strtod(at, &end) >= much)
                return true;
            at = end > at ? end : at + 1;
        }
    return false;
}
