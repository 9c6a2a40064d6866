#include "io/column_names.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"

enum { NAME_SIZE = 64 };

int column_names_add(struct column_names *list, const char *name, struct error *error) {
    if (memory_reserve(error, &list->names, &list->capacity, list->count + 1, sizeof *list->names) < 0)
        return -1;
    char *copy = memory_text(error, name, strlen(name));
    if (copy == NULL)
        return -1;
    list->names[list->count++] = copy;
    return 0;
}

int column_names_add_number(struct column_names *list, const char *text, size_t number, struct error *error) {
    char name[NAME_SIZE];
    snprintf(name, sizeof name, "%s%zu", text, number);
    return column_names_add(list, name, error);
}

int column_names_add_range(struct column_names *list, const char *text, size_t count, struct error *error) {
    for (size_t i = 1; i <= count; i++)
        if (column_names_add_number(list, text, i, error) < 0)
            return -1;
    return 0;
}

void column_names_free(struct column_names *list) {
    for (size_t i = 0; i < list->count; i++)
        free(list->names[i]);
    free(list->names);
    *list = (struct column_names){0};
}
