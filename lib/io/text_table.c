#include "io/text_table.h"

#include <string.h>

#include "base/memory.h"
#include "io/byte_sink.h"
#include "io/decimal.h"

struct text_table {
    struct byte_sink *sink;
    size_t columns, column; /* column: of the next field */
    int digits;
};

static int write_text(struct text_table *table, const char *text, size_t length, struct error *error) {
    return byte_sink_write(table->sink, text, length, error);
}

static int end_field(struct text_table *table, struct error *error) {
    table->column = (table->column + 1) % table->columns;
    return write_text(table, table->column == 0 ? "\n" : ",", 1, error);
}

/* In quotes, with those inside doubled. */
static int write_quoted(struct text_table *table, const char *word, struct error *error) {
    if (write_text(table, "\"", 1, error) < 0)
        return -1;
    while (*word != '\0') {
        size_t length = strcspn(word, "\"");
        if (write_text(table, word, length, error) < 0 ||
            (word[length] == '"' && write_text(table, "\"\"", 2, error) < 0))
            return -1;
        word += length + (word[length] == '"');
    }
    return write_text(table, "\"", 1, error);
}

int text_table_word(struct text_table *table, const char *word, struct error *error) {
    size_t length = strlen(word);
    /* a # would begin a comment, blanks at the ends be dropped */
    bool plain = strpbrk(word, ",\"\r\n") == NULL && word[0] != '#' && word[0] != ' ' &&
                 (length == 0 || word[length - 1] != ' ');
    int status = plain ? write_text(table, word, length, error) : write_quoted(table, word, error);
    return status < 0 ? -1 : end_field(table, error);
}

int text_table_number(struct text_table *table, double number, struct error *error) {
    char text[DECIMAL_SIZE];
    size_t length =
        table->digits > 0 ? decimal_print_rounded(text, number, table->digits) : decimal_print(text, number);
    return write_text(table, text, length, error) < 0 ? -1 : end_field(table, error);
}

struct text_table *text_table_open(const struct row_layout *layout, size_t columns, const char *const *names,
                                   struct error *error) {
    const struct byte_sink_settings settings = {.gzip = layout->gzip, .threads = layout->threads};
    struct text_table *table = memory_zeros(error, 1, sizeof *table);
    if (table == NULL)
        return NULL;
    table->columns = columns;
    table->digits = layout->digits;
    table->sink = byte_sink_open(layout->path, &settings, error);
    int status = table->sink != NULL ? 0 : -1;
    for (size_t i = 0; i < columns && status == 0 && !layout->no_names; i++)
        status = text_table_word(table, names[i], error);
    if (status == 0)
        return table;
    text_table_discard(table);
    return NULL;
}

int text_table_close(struct text_table *table, struct error *error) {
    int status = byte_sink_close(table->sink, error);
    free(table);
    return status;
}

void text_table_discard(struct text_table *table) {
    if (table == NULL)
        return;
    byte_sink_discard(table->sink);
    free(table);
}
