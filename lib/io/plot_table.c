#include "io/plot_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/column_list.h"
#include "io/decimal.h"

/* More curves than this are a mistake in the choice of a column. */
enum { GROUPS_MAX = 200 };

/* Lists of columns to be read, composed of what was typed. */
struct plot_lists {
    char *columns;   /* NULL: all */
    char *text;      /* NULL: none */
    bool horizontal; /* columns begins with the horizontal one */
};

/* The parts that are not NULL, with commas between them. */
static char *join(const char *const *parts, size_t count, struct error *error) {
    size_t size = 1;
    for (size_t i = 0; i < count; i++)
        size += parts[i] != NULL ? strlen(parts[i]) + 1 : 0;
    char *joined = memory_zeros(error, size, 1);
    if (joined == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++)
        if (parts[i] != NULL)
            snprintf(joined + strlen(joined), size - strlen(joined), "%s%s", joined[0] != '\0' ? "," : "",
                     parts[i]);
    return joined;
}

static int compose(struct plot_lists *lists, const struct row_format *format,
                   const struct plot_choice *choice, struct error *error) {
    const char *first = choice->x != NULL ? choice->x : choice->values_alone ? NULL : "1";
    *lists = (struct plot_lists){.horizontal = first != NULL};
    if (choice->y != NULL && format->columns == NULL && format->exclude == NULL) {
        lists->columns = join((const char *[]){first, choice->y, choice->by}, 3, error);
        if (lists->columns == NULL)
            return -1;
    }
    if (choice->by != NULL || choice->words) {
        lists->text = join((const char *[]){choice->words ? first : NULL, choice->by}, 2, error);
        if (lists->text == NULL)
            return -1;
    }
    return 0;
}

/* The one column that a list names. */
static int find_one(const struct plot_table *table, const char *option, const char *typed, size_t *column,
                    struct error *error) {
    struct column_list list;
    if (column_list_read(&list, typed, table->matrix.columns, (const char *const *)table->matrix.names,
                         error) < 0)
        return error_prefix(error, "%s", option);
    size_t count = list.count;
    *column = list.indices[0];
    column_list_free(&list);
    return count == 1 ? 0 : error_set_usage(error, "%s: expected one column, got %zu", option, count);
}

/* All columns that are neither x nor by. */
static int take_others(struct plot_table *table, struct error *error) {
    table->y = memory_array(error, table->matrix.columns, sizeof *table->y);
    if (table->y == NULL)
        return -1;
    for (size_t i = 0; i < table->matrix.columns; i++)
        if (i != table->x && i != table->by)
            table->y[table->y_count++] = i;
    return table->y_count > 0 ? 0 : error_set(error, "there is no column left to be drawn");
}

static int take_typed(struct plot_table *table, const char *typed, struct error *error) {
    struct column_list list;
    if (column_list_read(&list, typed, table->matrix.columns, (const char *const *)table->matrix.names,
                         error) < 0)
        return error_prefix(error, "-y");
    table->y = list.indices;
    table->y_count = list.count;
    return 0;
}

/* The table holds x, the vertical columns, by, in this order, and no more. */
static int take_composed(struct plot_table *table, const struct plot_lists *lists,
                         const struct plot_choice *choice, struct error *error) {
    size_t columns = table->matrix.columns, first = lists->horizontal ? 1 : 0;
    size_t last = columns - (choice->by != NULL ? 1 : 0);
    if (last <= first)
        return error_set(error, "there is no column left to be drawn");
    table->x = first > 0 ? 0 : PLOT_TABLE_NO_COLUMN;
    table->by = choice->by != NULL ? last : PLOT_TABLE_NO_COLUMN;
    table->y = memory_array(error, last, sizeof *table->y);
    if (table->y == NULL)
        return -1;
    for (size_t i = first; i < last; i++)
        table->y[table->y_count++] = i;
    return 0;
}

static int take_parts(struct plot_table *table, const struct plot_lists *lists,
                      const struct plot_choice *choice, struct error *error) {
    if (lists->columns != NULL)
        return take_composed(table, lists, choice, error);
    if (choice->by != NULL && find_one(table, "--by", choice->by, &table->by, error) < 0)
        return -1;
    if (choice->x != NULL) {
        if (find_one(table, "-x", choice->x, &table->x, error) < 0)
            return -1;
    } else if (!choice->values_alone) {
        size_t first = table->by == 0 ? 1 : 0;
        size_t others = table->matrix.columns - (table->by != PLOT_TABLE_NO_COLUMN ? 1 : 0);
        table->x = others > 1 ? first : PLOT_TABLE_NO_COLUMN;
    }
    return choice->y != NULL ? take_typed(table, choice->y, error) : take_others(table, error);
}

static int too_many_groups(struct error *error) {
    return error_set(error, "--by: more than %d different values", GROUPS_MAX);
}

static int copy_words(struct plot_words *words, const struct row_reader *reader, size_t column,
                      struct error *error) {
    size_t count = 0;
    const char *const *levels =
        column != PLOT_TABLE_NO_COLUMN ? row_reader_levels(reader, column, &count) : NULL;
    if (levels == NULL || count == 0)
        return 0;
    words->words = memory_zeros(error, count, sizeof *words->words);
    if (words->words == NULL)
        return -1;
    words->count = count;
    for (size_t i = 0; i < count; i++)
        if ((words->words[i] = memory_text(error, levels[i], strlen(levels[i]))) == NULL)
            return -1;
    return 0;
}

static int64_t find_number(const double *numbers, size_t count, double number) {
    for (size_t i = 0; i < count; i++)
        if (numbers[i] == number || (isnan(numbers[i]) && isnan(number)))
            return (int64_t)i;
    return -1;
}

/* The column by of a format that holds numbers alone becomes codes. */
static int codes_of_numbers(struct plot_table *table, struct error *error) {
    struct matrix *matrix = &table->matrix;
    double numbers[GROUPS_MAX];
    struct plot_words *groups = &table->groups;
    groups->words = memory_zeros(error, GROUPS_MAX, sizeof *groups->words);
    if (groups->words == NULL)
        return -1;
    for (size_t row = 0; row < matrix->rows; row++) {
        double *value = &matrix->values[row * matrix->columns + table->by];
        int64_t code = find_number(numbers, groups->count, *value);
        if (code < 0) {
            char text[DECIMAL_SIZE];
            if (groups->count == GROUPS_MAX)
                return too_many_groups(error);
            code = (int64_t)groups->count;
            numbers[code] = *value;
            groups->words[code] = memory_text(error, text, decimal_print(text, *value));
            if (groups->words[code] == NULL)
                return -1;
            groups->count++;
        }
        *value = (double)code;
    }
    return 0;
}

/* A vertical column that was read as words, since it might have been horizontal, becomes numbers. */
static int numbers_of_words(struct plot_table *table, const struct row_reader *reader, size_t column,
                            struct error *error) {
    size_t count = 0;
    const char *const *levels = row_reader_levels(reader, column, &count);
    struct matrix *matrix = &table->matrix;
    if (levels == NULL)
        return 0;
    double *numbers = memory_array(error, count, sizeof *numbers);
    if (numbers == NULL)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const char *end = levels[i] + strlen(levels[i]);
        char quoted[ERROR_QUOTE_SIZE];
        if (decimal_parse(levels[i], end, '.', &numbers[i]) != end) {
            free(numbers);
            return error_set(error, "%s: expected a number, got '%s'", reader->name,
                             error_quote(quoted, levels[i], strlen(levels[i])));
        }
    }
    for (size_t row = 0; row < matrix->rows; row++) {
        double *value = &matrix->values[row * matrix->columns + column];
        *value = numbers[(size_t)*value];
    }
    free(numbers);
    return 0;
}

static int take_groups(struct plot_table *table, const struct row_reader *reader, struct error *error) {
    if (copy_words(&table->groups, reader, table->by, error) < 0)
        return -1;
    if (table->groups.count > GROUPS_MAX)
        return too_many_groups(error);
    return table->by != PLOT_TABLE_NO_COLUMN && table->groups.count == 0 ? codes_of_numbers(table, error) : 0;
}

static int take_words(struct plot_table *table, const struct row_reader *reader, struct error *error) {
    if (take_groups(table, reader, error) < 0 || copy_words(&table->words, reader, table->x, error) < 0)
        return -1;
    for (size_t i = 0; i < table->y_count; i++)
        if (table->y[i] != table->x && table->y[i] != table->by &&
            numbers_of_words(table, reader, table->y[i], error) < 0)
            return -1;
    return 0;
}

int plot_table_read(struct plot_table *table, const char *operand, const struct row_format *format,
                    const struct plot_choice *choice, struct error *error) {
    struct row_format chosen = *format;
    struct plot_lists lists = {0};
    struct row_reader *reader = NULL;
    int status = -1;

    *table = (struct plot_table){.x = PLOT_TABLE_NO_COLUMN,
                                 .by = PLOT_TABLE_NO_COLUMN,
                                 .x_typed = choice->x != NULL,
                                 .y_typed = choice->y != NULL};
    if (compose(&lists, format, choice, error) < 0)
        goto done;
    if (lists.columns != NULL)
        chosen.columns = lists.columns;
    chosen.text = lists.text;
    chosen.text_optional = true;
    reader = row_reader_open(operand, &chosen, error);
    if (reader == NULL || matrix_read_rest(&table->matrix, reader, error) < 0)
        goto done;
    status = take_parts(table, &lists, choice, error);
    if (status == 0)
        status = take_words(table, reader, error);

done:
    row_reader_close(reader);
    free(lists.columns);
    free(lists.text);
    if (status < 0)
        plot_table_free(table);
    return status;
}

size_t plot_table_find(const struct plot_table *table, const char *name) {
    for (size_t i = 0; table->matrix.names != NULL && i < table->matrix.columns; i++)
        if (strcmp(table->matrix.names[i], name) == 0)
            return i;
    return PLOT_TABLE_NO_COLUMN;
}

const char *plot_table_name(const struct plot_table *table, size_t column) {
    return table->matrix.names != NULL && column != PLOT_TABLE_NO_COLUMN ? table->matrix.names[column] : NULL;
}

static void free_words(struct plot_words *words) {
    for (size_t i = 0; i < words->count; i++)
        free(words->words[i]);
    free(words->words);
}

void plot_table_free(struct plot_table *table) {
    matrix_free(&table->matrix);
    free(table->y);
    free_words(&table->groups);
    free_words(&table->words);
    *table = (struct plot_table){0};
}
