/* The expression that covariance_parse reads back: every setting and parameter is written, so that no default
 * stands between the two. */
#include <string.h>

#include "io/decimal.h"
#include "process/covariance.h"
#include "process/covariance_kernel.h"

static void print_number(struct text_buffer *text, double number) {
    char digits[DECIMAL_SIZE];
    text_buffer_add(text, digits, decimal_print(digits, number));
}

static void print_columns(const struct covariance_node *leaf, struct text_buffer *text) {
    text_buffer_text(text, ",columns=[");
    for (size_t c = 0; c < leaf->column_count; c++)
        text_buffer_print(text, c == 0 ? "%zu" : ",%zu", leaf->columns[c] + 1);
    text_buffer_character(text, ']');
}

/* The parameters of one key; returns how many. Those of a vector are fixed or free together. */
static size_t print_key(const struct covariance_parameter *parameters, size_t count, bool vector,
                        struct text_buffer *text) {
    size_t entries = 1;
    while (entries < count && parameters[entries].key == parameters[0].key)
        entries++;
    text_buffer_print(text, "%s%s", parameters[0].key, parameters[0].fixed ? ":=" : "=");
    if (vector || entries > 1)
        text_buffer_character(text, '[');
    for (size_t i = 0; i < entries; i++) {
        if (i > 0)
            text_buffer_character(text, ',');
        print_number(text, parameters[i].value);
    }
    if (vector || entries > 1)
        text_buffer_character(text, ']');
    return entries;
}

static void print_leaf(const struct covariance *covariance, const struct covariance_node *leaf,
                       struct text_buffer *text) {
    const struct covariance_kernel *kernel = leaf->kernel;
    text_buffer_print(text, "%s(", kernel->name);
    for (size_t p = 0; p < leaf->parameter_count;) {
        if (p > 0)
            text_buffer_character(text, ',');
        p += print_key(covariance->parameters + leaf->first_parameter + p, leaf->parameter_count - p,
                       kernel->spectral, text);
    }
    size_t settings = 0;
    for (; kernel->settings != NULL && kernel->settings[settings] != NULL; settings++) {
        text_buffer_print(text, ",%s=", kernel->settings[settings]);
        print_number(text, leaf->settings[settings]);
    }
    if (kernel->words_key != NULL)
        text_buffer_print(text, ",%s=%s", kernel->words_key, kernel->words[(size_t)leaf->settings[settings]]);
    if (kernel->spectral)
        text_buffer_print(text, ",components=%zu", leaf->components);
    if (!leaf->all_columns)
        print_columns(leaf, text);
    text_buffer_character(text, ')');
}

static void print_node(const struct covariance *covariance, int at, bool parentheses,
                       struct text_buffer *text) {
    const struct covariance_node *node = &covariance->nodes[at];
    if (node->kind == COVARIANCE_NUMBER)
        print_number(text, node->number);
    else if (node->kind == COVARIANCE_LEAF)
        print_leaf(covariance, node, text);
    if (node->first_child == COVARIANCE_NONE)
        return;
    if (parentheses)
        text_buffer_character(text, '(');
    for (int child = node->first_child; child != COVARIANCE_NONE;
         child = covariance->nodes[child].next_sibling) {
        if (child != node->first_child)
            text_buffer_text(text, node->kind == COVARIANCE_SUM ? " + " : " * ");
        print_node(covariance, child,
                   node->kind == COVARIANCE_PRODUCT || covariance->nodes[child].kind == COVARIANCE_SUM, text);
    }
    if (parentheses)
        text_buffer_character(text, ')');
}

void covariance_print(const struct covariance *covariance, struct text_buffer *text) {
    print_node(covariance, covariance->root, false, text);
}
