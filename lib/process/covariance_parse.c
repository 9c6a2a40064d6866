/* Grammar: sums of products of numbers, leaves and expressions in parentheses. */
#include <math.h>

#include "base/memory.h"
#include "process/covariance.h"
#include "process/covariance_leaf.h"
#include "process/covariance_scanner.h"

enum { DEPTH_MAX = 32 };

struct parser {
    struct covariance *covariance;
    struct covariance_scanner scanner;
    const struct covariance_inputs *inputs;
    int depth;
};

/* Returns the number of a new node, or -1. */
static int add_node(struct parser *parser, enum covariance_node_kind kind) {
    struct covariance *covariance = parser->covariance;
    if (covariance->node_count == COVARIANCE_NODES_MAX)
        return covariance_scanner_refuse(&parser->scanner, parser->scanner.position,
                                         "more than %d kernels, sums and products", COVARIANCE_NODES_MAX);
    int node = (int)covariance->node_count++;
    covariance->nodes[node] = (struct covariance_node){
        .kind = kind, .first_child = COVARIANCE_NONE, .next_sibling = COVARIANCE_NONE};
    return node;
}

static int parse_sum(struct parser *parser);

/* Returns a node, or -1. */
static int parse_factor(struct parser *parser) {
    struct covariance_scanner *scanner = &parser->scanner;
    size_t position = scanner->position;
    double number;
    if (covariance_scanner_take(scanner, '(')) {
        if (++parser->depth > DEPTH_MAX)
            return covariance_scanner_refuse(scanner, position, "parentheses are nested too deeply");
        int inner = parse_sum(parser);
        parser->depth--;
        if (inner >= 0 && !covariance_scanner_take(scanner, ')'))
            return covariance_scanner_refuse(scanner, scanner->position, "expected ')'");
        return inner;
    }
    if (covariance_scanner_number(scanner, &number)) {
        if (!(number > 0) || !isfinite(number))
            return covariance_scanner_refuse(scanner, position, "a number must be > 0");
        int node = add_node(parser, COVARIANCE_NUMBER);
        if (node >= 0)
            parser->covariance->nodes[node].number = number;
        return node;
    }
    int node = add_node(parser, COVARIANCE_LEAF);
    if (node < 0 || covariance_leaf_read(parser->covariance, &parser->covariance->nodes[node], scanner,
                                         parser->inputs) < 0)
        return -1;
    return node;
}

/* A list of what `item` parses, the operator between; one item stays itself. Returns a node, or -1. */
static int parse_list(struct parser *parser, char operator, enum covariance_node_kind kind,
                      int (*item)(struct parser *)) {
    int first = item(parser), last = first, list = COVARIANCE_NONE;
    while (last >= 0 && covariance_scanner_take(&parser->scanner, operator)) {
        if (list == COVARIANCE_NONE) {
            list = add_node(parser, kind);
            if (list < 0)
                return -1;
            parser->covariance->nodes[list].first_child = first;
        }
        int next = item(parser);
        if (next >= 0)
            parser->covariance->nodes[last].next_sibling = next;
        last = next;
    }
    return last < 0 ? -1 : list == COVARIANCE_NONE ? first : list;
}

static int parse_product(struct parser *parser) {
    return parse_list(parser, '*', COVARIANCE_PRODUCT, parse_factor);
}

static int parse_sum(struct parser *parser) {
    return parse_list(parser, '+', COVARIANCE_SUM, parse_product);
}

/* The first leaf at or below a node, or COVARIANCE_NONE. */
static int first_leaf(const struct covariance *covariance, int node) {
    if (covariance->nodes[node].kind == COVARIANCE_LEAF)
        return node;
    for (int child = covariance->nodes[node].first_child; child != COVARIANCE_NONE;
         child = covariance->nodes[child].next_sibling) {
        int leaf = first_leaf(covariance, child);
        if (leaf != COVARIANCE_NONE)
            return leaf;
    }
    return COVARIANCE_NONE;
}

/* A product has one scale: of every factor but the first the first leaf's variance is held, unless it was
 * written. */
static void fix_scales(struct covariance *covariance, int product) {
    bool seen = false;
    for (int child = covariance->nodes[product].first_child; child != COVARIANCE_NONE;
         child = covariance->nodes[child].next_sibling) {
        int leaf = first_leaf(covariance, child);
        if (leaf == COVARIANCE_NONE)
            continue;
        struct covariance_parameter *variance =
            &covariance->parameters[covariance->nodes[leaf].first_parameter];
        if (seen && !variance->given)
            variance->fixed = true;
        seen = true;
    }
}

struct covariance *covariance_parse(const char *text, const struct covariance_inputs *inputs,
                                    struct error *error) {
    struct covariance *covariance = memory_zeros(error, 1, sizeof *covariance);
    if (covariance == NULL)
        return NULL;
    covariance->inputs = inputs->count;
    struct parser parser = {covariance, {text, 0, error}, inputs, 0};
    covariance->root = parse_sum(&parser);
    if (covariance->root >= 0 && covariance_scanner_peek(&parser.scanner) != '\0') {
        covariance_scanner_refuse(&parser.scanner, parser.scanner.position, "expected '+', '*' or the end");
        covariance->root = COVARIANCE_NONE;
    }
    if (covariance->root < 0) {
        covariance_free(covariance);
        return NULL;
    }
    for (size_t i = 0; i < covariance->node_count; i++)
        if (covariance->nodes[i].kind == COVARIANCE_PRODUCT)
            fix_scales(covariance, (int)i);
    return covariance;
}
