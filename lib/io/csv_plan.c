#include "io/csv_plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/column_list.h"
#include "io/decimal.h"

static void free_names(char **names, size_t count) {
    for (size_t i = 0; names != NULL && i < count; i++)
        free(names[i]);
    free(names);
}

/* The fields of a record as texts of their own. */
static char **copy_fields(const struct csv_record *record, struct error *error) {
    char **names = memory_zeros(error, record->count, sizeof *names);
    for (size_t i = 0; names != NULL && i < record->count; i++) {
        const struct csv_field *field = &record->fields[i];
        names[i] = memory_text(error, field->text, field->length);
        if (names[i] == NULL) {
            free_names(names, record->count);
            return NULL;
        }
        names[i][csv_record_unescape(names[i], field)] = '\0';
    }
    return names;
}

/* Fills columns, sources and kinds from the lists of the format. names: of all fields, or NULL. */
static int choose_fields(struct csv_plan *plan, const struct row_format *format, const char *const *names,
                         struct error *error) {
    struct column_list chosen, text = {0};
    if (format->text != NULL && column_list_read(&text, format->text, plan->width, names, error) < 0)
        return -1;
    if (column_list_choose(&chosen, format->columns, format->exclude, plan->width, names, error) < 0) {
        column_list_free(&text);
        return -1;
    }
    free(plan->sources);
    plan->sources = chosen.indices;
    plan->columns = chosen.count;
    memset(plan->kinds, CSV_FIELD_LEFT_OUT, plan->width);
    for (size_t i = 0; i < chosen.count; i++)
        plan->kinds[chosen.indices[i]] = CSV_FIELD_NUMBER;
    for (size_t i = 0; i < text.count; i++) {
        unsigned char *kind = &plan->kinds[text.indices[i]];
        *kind = *kind == CSV_FIELD_LEFT_OUT ? CSV_FIELD_LEFT_OUT : CSV_FIELD_TEXT;
    }
    column_list_free(&text);
    return 0;
}

static bool is_value(const struct csv_plan *plan, const struct csv_field *field) {
    double value;
    const char *end = field->text + field->length;
    return missing_words_match(&plan->missing_words, field->text, field->length) ||
           decimal_parse(field->text, end, plan->syntax.point, &value) == end;
}

static bool names_columns(const struct row_format *format) {
    return (format->columns != NULL && column_list_names(format->columns)) ||
           (format->exclude != NULL && column_list_names(format->exclude)) ||
           (format->text != NULL && column_list_names(format->text));
}

static bool is_header(const struct csv_plan *plan, const struct csv_record *record,
                      const struct row_format *format) {
    if (format->header != HEADER_DETECT)
        return format->header == HEADER_PRESENT;
    if (names_columns(format))
        return true;
    bool any_number = memchr(plan->kinds, CSV_FIELD_NUMBER, plan->width) != NULL;
    for (size_t i = 0; i < plan->width; i++) {
        if ((!any_number || plan->kinds[i] == CSV_FIELD_NUMBER) && !is_value(plan, &record->fields[i]))
            return true;
    }
    return false;
}

/* Copies of the chosen fields' names. */
static int take_names(struct csv_plan *plan, char *const *names, struct error *error) {
    plan->names = memory_zeros(error, plan->columns, sizeof *plan->names);
    for (size_t i = 0; plan->names != NULL && i < plan->columns; i++) {
        const char *name = names[plan->sources[i]];
        plan->names[i] = memory_text(error, name, strlen(name));
        if (plan->names[i] == NULL)
            return -1;
    }
    return plan->names != NULL ? 0 : -1;
}

static bool is_straight(const struct csv_plan *plan) {
    if (plan->columns != plan->width || plan->missing_words.added != NULL ||
        plan->syntax.delimiter == CSV_BLANKS)
        return false;
    for (size_t i = 0; i < plan->width; i++) {
        if (plan->sources[i] != i || plan->kinds[i] != CSV_FIELD_NUMBER)
            return false;
    }
    return true;
}

/* Resolves the lists. A number that is no column's may be a name, so the first record is taken for a header
 * until it proves to be none. */
static int resolve(struct csv_plan *plan, const struct csv_record *first, const struct row_format *format,
                   struct error *error) {
    int status = -1;
    char **names = copy_fields(first, error);
    if (names == NULL)
        return -1;
    const char *const *known = format->header == HEADER_ABSENT ? NULL : (const char *const *)names;
    if (choose_fields(plan, format, known, error) < 0)
        goto done;
    plan->header = is_header(plan, first, format);
    status = plan->header ? take_names(plan, names, error) : choose_fields(plan, format, NULL, error);

done:
    free_names(names, first->count);
    return status;
}

int csv_plan_make(struct csv_plan *plan, const struct csv_syntax *syntax, const struct csv_record *first,
                  const struct row_format *format, struct error *error) {
    *plan = (struct csv_plan){
        .syntax = *syntax,
        .missing_words = {format->na_values},
        .missing = format->missing,
        .width = first->count,
    };
    plan->kinds = memory_zeros(error, plan->width, sizeof *plan->kinds);
    if (plan->kinds == NULL || resolve(plan, first, format, error) < 0)
        goto failed;
    if (memchr(plan->kinds, CSV_FIELD_TEXT, plan->width) != NULL) {
        plan->tables = memory_zeros(error, plan->width, sizeof *plan->tables);
        if (plan->tables == NULL)
            goto failed;
    }
    plan->straight = is_straight(plan);
    return 0;

failed:
    csv_plan_free(plan);
    return -1;
}

void csv_plan_free(struct csv_plan *plan) {
    for (size_t i = 0; plan->tables != NULL && i < plan->width; i++)
        word_table_free(&plan->tables[i]);
    free_names(plan->names, plan->columns);
    free(plan->tables);
    free(plan->sources);
    free(plan->kinds);
    *plan = (struct csv_plan){0};
}
