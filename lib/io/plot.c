#include "io/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

const char *const plot_mode_words[] = {"lines", "points",  "steps", "bars",   "histogram",
                                       "heat",  "contour", "band",  "matrix", NULL};

/* Viridis and magma: Smith and van der Walt 2015; cividis: Nunez, Anderton and Renslow 2018. All three are
 * perceptually uniform. Diverging: RdBu of Brewer 2003. */
static const char *const viridis[] = {"#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c",
                                      "#28ae80", "#5ec962", "#addc30", "#fde725"};
static const char *const cividis[] = {"#00224e", "#123570", "#3b496c", "#575d6d", "#707173",
                                      "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838"};
static const char *const magma[] = {"#000004", "#180f3d", "#440f76", "#721f81", "#9e2f7f",
                                    "#cd4071", "#f1605d", "#fd9668", "#feca8d", "#fcfdbf"};
static const char *const gray[] = {"#ffffff", "#000000"};
static const char *const diverging[] = {"#2166ac", "#67a9cf", "#d1e5f0", "#f7f7f7",
                                        "#fddbc7", "#ef8a62", "#b2182b"};

const char *const plot_palette_words[] = {"viridis", "cividis", "magma", "gray", "diverging", NULL};
const struct plot_palette plot_palettes[] = {
    {viridis, sizeof viridis / sizeof *viridis},
    {cividis, sizeof cividis / sizeof *cividis},
    {magma, sizeof magma / sizeof *magma},
    {gray, sizeof gray / sizeof *gray},
    {diverging, sizeof diverging / sizeof *diverging},
};

/* Yellow, which is faint on white, comes last. */
const char *const plot_colours[PLOT_COLOURS] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                "#e69f00", "#56b4e9", "#000000", "#f0e442"};

struct plot_curve *plot_add_curve(struct plot *plot, const char *name, size_t count, bool band,
                                  struct error *error) {
    if (memory_reserve(error, &plot->curves, &plot->curve_capacity, plot->curve_count + 1,
                       sizeof *plot->curves) < 0)
        return NULL;
    struct plot_curve *curve = &plot->curves[plot->curve_count++];
    *curve = (struct plot_curve){0};
    if (name != NULL && (curve->name = memory_text(error, name, strlen(name))) == NULL)
        return NULL;
    if ((curve->x = memory_array(error, count, sizeof *curve->x)) == NULL ||
        (curve->y = memory_array(error, count, sizeof *curve->y)) == NULL)
        return NULL;
    if (band && ((curve->lower = memory_array(error, count, sizeof *curve->lower)) == NULL ||
                 (curve->upper = memory_array(error, count, sizeof *curve->upper)) == NULL))
        return NULL;
    return curve;
}

double plot_axis_place(const struct plot_axis *axis, double value) {
    if (axis->logarithmic)
        return (log(value) - log(axis->low)) / (log(axis->high) - log(axis->low));
    /* Halves, so that the difference of the largest doubles is finite. */
    return (value / 2 - axis->low / 2) / (axis->high / 2 - axis->low / 2);
}

/* How many bytes the UTF-8 character at text takes, or 0 where there is none. */
static size_t character_length(const char *text) {
    unsigned char first = (unsigned char)text[0];
    size_t length = first < 0x80                    ? 1
                    : first >= 0xc2 && first < 0xe0 ? 2
                    : first >= 0xe0 && first < 0xf0 ? 3
                    : first >= 0xf0 && first < 0xf5 ? 4
                                                    : 0;
    for (size_t i = 1; i < length; i++)
        if (((unsigned char)text[i] & 0xc0) != 0x80)
            return 0;
    unsigned char second = length > 2 ? (unsigned char)text[1] : 0;
    bool wrong = (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
                 (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f) ||
                 (first == 0xc2 && (unsigned char)text[1] < 0xa0); /* the C1 control characters */
    return wrong ? 0 : length;
}

char *plot_line_of_text(char *line, size_t size, const char *text, bool ascii) {
    size_t used = 0;
    while (*text != '\0') {
        size_t length = character_length(text);
        bool kept = length > 1 ? !ascii : length == 1 && *text >= 0x20 && *text < 0x7f;
        size_t written = kept ? length : 1;
        if (used + written >= size)
            break;
        if (kept)
            memcpy(line + used, text, length);
        else
            line[used] = '?';
        used += written;
        text += length > 0 ? length : 1;
    }
    line[used] = '\0';
    return line;
}

static void free_curve(struct plot_curve *curve) {
    free(curve->name);
    free(curve->x);
    free(curve->y);
    free(curve->lower);
    free(curve->upper);
}

void plot_free(struct plot *plot) {
    for (size_t i = 0; i < plot->curve_count; i++)
        free_curve(&plot->curves[i]);
    free(plot->curves);
    free_curve(&plot->overlay);
    free(plot->grid.x);
    free(plot->grid.y);
    free(plot->grid.values);
    for (size_t i = 0; plot->categories != NULL && i < plot->category_count; i++)
        free(plot->categories[i]);
    free(plot->categories);
    free(plot->title);
    free(plot->value_label);
    free(plot->x.label);
    free(plot->y.label);
    *plot = (struct plot){0};
}
