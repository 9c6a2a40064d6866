#include "command_line.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"

enum { OPTIONS_MAX = 200, LINES_MAX = 100, FILES_MAX = 300, LINE_SIZE = 1000, CHANGES_MAX = 5 };

/* From this number on, a count asks for much work. */
static const double much = 5000;

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

static const char *const numbers[] = {"0",
                                      "1",
                                      "2",
                                      "3",
                                      "4",
                                      "5",
                                      "7",
                                      "10",
                                      "50",
                                      "0.5",
                                      "0.9",
                                      "1.5",
                                      "1e-9",
                                      "1e-300",
                                      "1e-320",
                                      "1e9",
                                      "1e18",
                                      "1e300",
                                      "1e308",
                                      "inf",
                                      "nan",
                                      "-1",
                                      "-0",
                                      "-inf",
                                      "4294967297",
                                      "9007199254740992",
                                      "18446744073709551615",
                                      "1e999"};
static const char *const lists[] = {"1",     "2",   "1,2",   "2,1",  "-1",
                                    "1-2",   "2-1", "1,1",   "1,,2", "0",
                                    "3",     "1-",  "-2",    "a,b",  "a",
                                    "1,2,3", "1:2", "x1",    "1,x",  "1e9",
                                    ".1,.9", "0,1", "nan,1", "inf",  "1-9223372036854775807"};
static const char *const ranges[] = {"1:3",          "3:1",   "1:1",
                                     "1:1000000000", "0:1:5", "0:1:1000000000",
                                     "1:0:3",        "0:1:1", "nan:1:3",
                                     "0:inf:3",      ":",     "1:",
                                     "1/2",          "2/2",   "0/0",
                                     "3/2",          "2x3",   "99999999999x9999999999",
                                     "80x24",        "1x1",   "1/18446744073709551615"};
static const char *const oddities[] = {"",
                                       "x",
                                       "18446744073709551616",
                                       "9223372036854775808",
                                       "a=1",
                                       "1=2",
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
                                       "rbf",
                                       "rbf*rbf",
                                       "((((rbf))))",
                                       "rbf(",
                                       "rbf(lengthscale=-1)",
                                       "rbf(lengthscale=1e300)",
                                       "rbf(lengthscale=1e-300)",
                                       "matern(nu=0)",
                                       "periodic(period=0)",
                                       "rbf^3",
                                       "linear+white",
                                       "2*",
                                       "ntk(depth=1e9)",
                                       "invgamma:0,0",
                                       "invgamma:1e300,1",
                                       "lognormal:nan,1",
                                       "alpha:alpha=0",
                                       "alpha:alpha=1",
                                       "alpha:alpha=1e300",
                                       "minkowski:0",
                                       "minkowski:1e300",
                                       "power:-1",
                                       "nn:0",
                                       "nn:1000000",
                                       "kl:temperature=0",
                                       "kl:temperature=1e300",
                                       "sinkhorn:lambda=0",
                                       "sinkhorn:lambda=1e-300",
                                       "ldr:k=0",
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

static const char *extension(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot != NULL ? dot : "";
}

/* A file of the pool, mostly one of the same extension ("": of any). */
static const char *any_file(const struct command_table *table, struct chance *chance, const char *wanted) {
    const char *file = NULL;
    for (size_t tries = *wanted && !chance_once_in(chance, 6) ? 20 : 1; tries > 0; tries--) {
        file = table->files[chance_below(chance, table->file_count)];
        if (strcmp(extension(file), wanted) == 0)
            break;
    }
    return file;
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

/* A value for an argument as --help calls it: K, LIST, LO:HI, a|b|c, FILE; "" for one that is not known. */
static void any_value(const struct command_table *table, struct chance *chance, const char *argument,
                      char *word) {
    bool file = strstr(argument, "FILE") || strstr(argument, ".npz");
    const char *text = CHANCE_OF(chance, numbers);
    if (strchr(argument, '|') && !chance_once_in(chance, 10)) {
        any_choice(chance, argument, word);
        return;
    }
    if (chance_once_in(chance, argument[0] ? 8 : 3))
        text = CHANCE_OF(chance, oddities);
    else if (file || chance_once_in(chance, 12))
        text = any_file(table, chance, ".csv");
    else if (strchr(argument, ':') || strchr(argument, '/') || chance_once_in(chance, 12))
        text = CHANCE_OF(chance, ranges);
    else if (strstr(argument, "LIST") || strchr(argument, ',') || strstr(argument, "COL") ||
             chance_once_in(chance, 6))
        text = CHANCE_OF(chance, lists);
    snprintf(word, COMMAND_LINE_WORD_SIZE, "%s%s", argument[0] == '@' && text[0] != '@' ? "@" : "", text);
}

/* An option of the table, with a value where it takes one; seldom one too many or too few. It goes first,
 * where it parts no option from its value, or seldom anywhere. */
static void add_option(struct command_line *line, const struct command_table *table, struct chance *chance) {
    const struct option *option = &table->options[chance_below(chance, table->option_count)];
    size_t place = chance_once_in(chance, 8) ? 1 + chance_below(chance, line->count) : 1;
    char value[COMMAND_LINE_WORD_SIZE];
    any_value(table, chance, option->argument, value);
    if ((option->argument[0] != '\0') != chance_once_in(chance, 60))
        insert(line, place, value);
    insert(line, place, option->name);
}

/* The argument of the option whose value the word at `place` is; NULL where it is none's. */
static const char *argument_at(const struct command_line *line, const struct command_table *table,
                               size_t place) {
    for (size_t i = 0; place > 1 && i < table->option_count; i++)
        if (strcmp(table->options[i].name, line->words[place - 1]) == 0 && table->options[i].argument[0])
            return table->options[i].argument;
    return NULL;
}

/* Another value, or another operand. */
static void replace_word(struct command_line *line, const struct command_table *table, struct chance *chance,
                         size_t place) {
    const char *argument = argument_at(line, table, place);
    char *word = line->words[place];
    if (argument != NULL)
        any_value(table, chance, argument, word);
    else if (word[0] != '-' && extension(word)[0] == '.')
        snprintf(word, COMMAND_LINE_WORD_SIZE, "%s", any_file(table, chance, extension(word)));
    else if (word[0] != '-')
        any_value(table, chance, "", word);
}

/* A letter or digit for another: never a blank or a slash, which could lead out of the folder. */
static void change_letter(char *word, struct chance *chance) {
    static const char letters[] = "0123456789.,-+:=@exn";
    size_t length = strlen(word);
    if (length > 0 && !strchr(word, '/'))
        word[chance_below(chance, length)] = letters[chance_below(chance, sizeof letters - 1)];
}

static void change(struct command_line *line, const struct command_table *table, struct chance *chance) {
    size_t kind = chance_below(chance, 16), place = 1 + chance_below(chance, line->count - 1);
    if (kind == 0 || place >= line->count)
        insert(line, line->count, any_file(table, chance, ".csv"));
    else if (kind == 1)
        erase(line, place);
    else if (kind == 2)
        insert(line, 1 + chance_below(chance, line->count), line->words[place]);
    else if (kind == 3)
        change_letter(line->words[place], chance);
    else if (kind < 10)
        replace_word(line, table, chance, place);
    else
        add_option(line, table, chance);
}

void command_line_make(struct command_line *line, const struct command_table *table, struct chance *chance) {
    char text[LINE_SIZE];
    snprintf(text, sizeof text, "%s", table->lines[chance_below(chance, table->line_count)]);
    line->count = 0;
    for (char *rest, *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
        insert(line, line->count, word);
    if (chance_once_in(chance, 50))
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
