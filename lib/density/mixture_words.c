#include "density/mixture_words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { COMPONENTS_MAX = 1000000 };

/* A whole number from 1 on at *text, which moves behind it. Returns 0 where there is none. */
static size_t take_number(const char **text) {
    char *end;
    errno = 0;
    unsigned long value = **text >= '0' && **text <= '9' ? strtoul(*text, &end, 10) : 0;
    if (value == 0 || errno != 0 || value > COMPONENTS_MAX)
        return 0;
    *text = end;
    return value;
}

int mixture_words_components(const char *text, struct mixture_choice *choice, struct error *error) {
    char quoted[ERROR_QUOTE_SIZE];
    const char *at = text;
    choice->least = choice->most = take_number(&at);
    if (choice->least > 0 && *at == ':') {
        at++;
        choice->most = take_number(&at);
    }
    if (choice->least == 0 || choice->most < choice->least || *at != '\0')
        return error_set_usage(error, "--components: expected a number or a range like 1:8, got '%s'",
                               error_quote(quoted, text, strlen(text)));
    return 0;
}

/* Whether the word of that length at text is `name`. */
static bool is_word(const char *text, size_t length, const char *name) {
    return strlen(name) == length && strncmp(text, name, length) == 0;
}

static int find_type(const char *text, size_t length) {
    static const struct {
        const char *name;
        enum gaussian_mixture_type type;
    } synonyms[] = {
        {"diag", GAUSSIAN_MIXTURE_DIAGONAL},      {"VVV", GAUSSIAN_MIXTURE_FULL},
        {"EEE", GAUSSIAN_MIXTURE_TIED},           {"VVI", GAUSSIAN_MIXTURE_DIAGONAL},
        {"EEI", GAUSSIAN_MIXTURE_TIED_DIAGONAL},  {"VII", GAUSSIAN_MIXTURE_SPHERICAL},
        {"EII", GAUSSIAN_MIXTURE_TIED_SPHERICAL},
    };
    for (int type = 0; type < GAUSSIAN_MIXTURE_TYPES; type++)
        if (is_word(text, length, gaussian_mixture_type_names[type]))
            return type;
    for (size_t i = 0; i < sizeof synonyms / sizeof *synonyms; i++)
        if (is_word(text, length, synonyms[i].name))
            return (int)synonyms[i].type;
    return -1;
}

int mixture_words_types(const char *text, struct mixture_choice *choice, struct error *error) {
    char quoted[ERROR_QUOTE_SIZE];
    bool all = strcmp(text, "all") == 0;
    for (int type = 0; type < GAUSSIAN_MIXTURE_TYPES; type++)
        choice->types[type] = all;
    while (!all) {
        size_t length = strcspn(text, ",");
        int type = find_type(text, length);
        if (type < 0)
            return error_set_usage(error,
                                   "--covariance: expected full, tied, diagonal, tied-diagonal, spherical, "
                                   "tied-spherical or all, got '%s'",
                                   error_quote(quoted, text, length));
        choice->types[type] = true;
        if (text[length] == '\0')
            break;
        text += length + 1;
    }
    return 0;
}

int mixture_words_fixed(const char *text, struct mixture_constraints *constraints, struct error *error) {
    char quoted[ERROR_QUOTE_SIZE];
    for (;;) {
        size_t length = strcspn(text, ",");
        if (is_word(text, length, "weights"))
            constraints->fix_weights = true;
        else if (is_word(text, length, "means"))
            constraints->fix_means = true;
        else if (is_word(text, length, "covariances"))
            constraints->fix_covariances = true;
        else
            return error_set_usage(error, "--fix: expected weights, means or covariances, got '%s'",
                                   error_quote(quoted, text, length));
        if (text[length] == '\0')
            return 0;
        text += length + 1;
    }
}

int mixture_words_start(const char *text, enum mixture_start_kind *kind, struct error *error) {
    static const char *const words[] = {"kmeans", "kmeans++", "random", "ward"};
    char quoted[ERROR_QUOTE_SIZE];
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(text, words[i]) == 0) {
            *kind = (enum mixture_start_kind)i;
            return 0;
        }
    }
    return error_set_usage(error, "--init: expected kmeans, kmeans++, random, ward or @FILE, got '%s'",
                           error_quote(quoted, text, strlen(text)));
}
