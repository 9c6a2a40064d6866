#include "divergence/f_generator_list.h"

#include <stdio.h>
#include <string.h>

#include "divergence/f_divergence.h"

enum { NAME_SIZE = F_GENERATOR_LIST_NAME_SIZE };

static int add(struct f_generator_list *list, const char *text, struct error *error) {
    if (list->count == F_GENERATOR_LIST_MAX)
        return error_set_usage(error, "--divergence: more than %d columns", F_GENERATOR_LIST_MAX);
    if (f_generator_parse(&list->generators[list->count], text, error) < 0)
        return -1;
    list->count++;
    return 0;
}

static int add_all(struct f_generator_list *list, struct error *error) {
    for (int kind = 0; kind < F_GENERATOR_ALPHA; kind++) {
        struct f_generator generator = {.kind = (enum f_generator_kind)kind};
        if (add(list, f_generator_name(&generator), error) < 0)
            return -1;
    }
    return 0;
}

static void name_column(struct f_generator_list *list, size_t i) {
    size_t before = 0;
    char *name = list->words[i];
    for (size_t j = 0; j < i; j++)
        before += list->generators[j].kind == list->generators[i].kind;
    int length = snprintf(name, NAME_SIZE, "%s", f_generator_name(&list->generators[i]));
    if (before > 0)
        snprintf(name + length, NAME_SIZE - (size_t)length, "_%zu", before + 1);
    for (char *dash = name; (dash = strchr(dash, '-')) != NULL;)
        *dash = '_';
    list->names[i] = name;
}

int f_generator_list_parse(struct f_generator_list *list, const struct option_texts *given,
                           struct error *error) {
    if (given->count == 0 && add(list, "js", error) < 0)
        return -1;
    for (size_t i = 0; i < given->count; i++) {
        bool all = strcmp(given->texts[i], "all") == 0;
        if ((all ? add_all(list, error) : add(list, given->texts[i], error)) < 0)
            return -1;
    }
    for (size_t i = 0; i < list->count; i++)
        name_column(list, i);
    return 0;
}

void f_generator_list_rows(const struct f_generator_list *list, const struct divergence_rows *rows,
                           double *result) {
    enum { STRETCH = 256 };
    double values[STRETCH];
    for (size_t first = 0; first < rows->rows; first += STRETCH) {
        struct divergence_rows stretch = *rows;
        stretch.rows = rows->rows - first < STRETCH ? rows->rows - first : STRETCH;
        stretch.p += rows->p_repeated ? 0 : first * rows->columns;
        stretch.q += rows->q_repeated ? 0 : first * rows->columns;
        for (size_t j = 0; j < list->count; j++) {
            f_divergence_rows(&stretch, &list->generators[j], values);
            for (size_t i = 0; i < stretch.rows; i++)
                result[(first + i) * list->count + j] = values[i];
        }
    }
}

int f_generator_list_describe(const struct f_generator_list *list, struct partial_options *options,
                              struct error *error) {
    char names[F_GENERATOR_LIST_MAX * (NAME_SIZE + 1)], alpha[NAME_SIZE + sizeof "_alpha"];
    size_t length = 0;
    for (size_t i = 0; i < list->count; i++)
        length +=
            (size_t)snprintf(names + length, sizeof names - length, "%s%s", i > 0 ? "," : "", list->names[i]);
    if (partial_options_text(options, "names", names, error) < 0)
        return -1;
    for (size_t i = 0; i < list->count; i++) {
        snprintf(alpha, sizeof alpha, "%s_alpha", list->names[i]);
        if (list->generators[i].kind == F_GENERATOR_ALPHA &&
            partial_options_number(options, alpha, list->generators[i].alpha, error) < 0)
            return -1;
    }
    return 0;
}
