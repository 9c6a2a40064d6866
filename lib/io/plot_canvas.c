#include "io/plot_canvas.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

static const char marks[] = "*+ox#@%&";

/* From empty to full. */
static const char shades[] = " .:-=+*#%@";
static const char *const block_shades[] = {" ", "\u2591", "\u2592", "\u2593", "\u2588"};
enum { SHADES = sizeof shades - 1, BLOCK_SHADES = sizeof block_shades / sizeof *block_shades };

/* Quarters of a block, by mask: bit 0 upper left, 1 upper right, 2 lower left, 3 lower right. */
static const char *const blocks[] = {" ",      "\u2598", "\u259d", "\u2580", "\u2596", "\u258c",
                                     "\u259e", "\u259b", "\u2597", "\u259a", "\u2590", "\u259c",
                                     "\u2584", "\u2599", "\u259f", "\u2588"};

/* The bits of braille's dots, row by row: numbered down the left column, then down the right; the lowest row
 * was added later. */
static const unsigned char braille_bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};

/* Shades have the owner SHADED, so that masks of blocks are not taken for them. */
enum { SHADED = 255 };

/* The nearest of a terminal's 256 colours to those of plot_colours; black and yellow become what reads on
 * both light and dark. */
static const unsigned char terminal_colours[] = {32, 166, 36, 175, 178, 74, 244, 142};

int plot_canvas_open(struct plot_canvas *canvas, size_t columns, size_t rows, enum plot_dots dots,
                     struct error *error) {
    size_t cells;
    *canvas = (struct plot_canvas){.columns = columns, .rows = rows, .dots = dots};
    canvas->dot_columns = columns * (dots == PLOT_DOTS_ASCII ? 1 : 2);
    canvas->dot_rows = rows * (dots == PLOT_DOTS_ASCII ? 1 : dots == PLOT_DOTS_BLOCK ? 2 : 4);
    if (!memory_product(columns, rows, &cells))
        return error_set(error, "out of memory (the picture does not fit an address)");
    canvas->masks = memory_zeros(error, cells, 1);
    canvas->owners = canvas->masks != NULL ? memory_zeros(error, cells, 1) : NULL;
    if (canvas->owners != NULL)
        return 0;
    plot_canvas_close(canvas);
    return -1;
}

void plot_canvas_dot(struct plot_canvas *canvas, double x, double y, size_t curve) {
    if (!(x >= 0 && x < (double)canvas->dot_columns && y >= 0 && y < (double)canvas->dot_rows))
        return;
    size_t dot_column = (size_t)x, dot_row = (size_t)y;
    size_t wide = canvas->dot_columns / canvas->columns, high = canvas->dot_rows / canvas->rows;
    size_t cell = dot_row / high * canvas->columns + dot_column / wide;
    size_t across = dot_column % wide, down = dot_row % high;
    if (canvas->owners[cell] == SHADED)
        canvas->masks[cell] = 0;
    if (canvas->dots == PLOT_DOTS_ASCII)
        canvas->masks[cell] = (unsigned char)plot_canvas_mark(curve);
    else if (canvas->dots == PLOT_DOTS_BLOCK)
        canvas->masks[cell] |= (unsigned char)(1u << (2 * down + across));
    else
        canvas->masks[cell] |= braille_bits[down][across];
    canvas->owners[cell] = (unsigned char)(curve % (sizeof marks - 1) + 1);
}

/* Cuts the part of a line off that lies beyond low .. high in one coordinate, so that lines to far away
 * points take no time. Returns false where nothing is left. */
static bool cut(double from[2], double to[2], int axis, double low, double high) {
    for (int end = 0; end < 2; end++) {
        double *a = end == 0 ? from : to, *b = end == 0 ? to : from;
        double limit = a[axis] < low ? low : high;
        if (a[axis] >= low && a[axis] <= high)
            continue;
        if ((a[axis] < low && b[axis] < low) || (a[axis] > high && b[axis] > high))
            return false;
        double part = (limit - a[axis]) / (b[axis] - a[axis]);
        a[1 - axis] += part * (b[1 - axis] - a[1 - axis]);
        a[axis] = limit;
    }
    return true;
}

void plot_canvas_line(struct plot_canvas *canvas, const double from[2], const double to[2], size_t curve) {
    double a[] = {from[0], from[1]}, b[] = {to[0], to[1]};
    if (!isfinite(a[0]) || !isfinite(a[1]) || !isfinite(b[0]) || !isfinite(b[1]) ||
        !cut(a, b, 0, -1, (double)canvas->dot_columns + 1) || !cut(a, b, 1, -1, (double)canvas->dot_rows + 1))
        return;
    /* Floors first: then equal dots are joined the same way from either side. */
    double x0 = floor(a[0]), y0 = floor(a[1]), x1 = floor(b[0]), y1 = floor(b[1]);
    double steps = fmax(fmax(fabs(x1 - x0), fabs(y1 - y0)), 1);
    for (double k = 0; k <= steps; k++)
        plot_canvas_dot(canvas, floor(x0 + (x1 - x0) * k / steps + 0.5),
                        floor(y0 + (y1 - y0) * k / steps + 0.5), curve);
}

void plot_canvas_shade(struct plot_canvas *canvas, size_t column, size_t row, double shade) {
    int count = canvas->dots == PLOT_DOTS_ASCII ? SHADES : BLOCK_SHADES;
    double level = fmin(fmax(shade, 0) * count, count - 1);
    size_t cell = row * canvas->columns + column;
    canvas->owners[cell] = SHADED;
    canvas->masks[cell] = (unsigned char)level;
}

char plot_canvas_mark(size_t curve) {
    return marks[curve % (sizeof marks - 1)];
}

static bool is_blank(const struct plot_canvas *canvas, size_t cell) {
    return canvas->masks[cell] == 0;
}

static void write_cell(const struct plot_canvas *canvas, size_t cell, struct text_buffer *stream) {
    unsigned char mask = canvas->masks[cell];
    bool shaded = canvas->owners[cell] == SHADED;
    if (is_blank(canvas, cell))
        text_buffer_character(stream, ' ');
    else if (canvas->dots == PLOT_DOTS_ASCII)
        text_buffer_character(stream, shaded ? shades[mask] : mask);
    else if (shaded)
        text_buffer_text(stream, block_shades[mask]);
    else if (canvas->dots == PLOT_DOTS_BLOCK)
        text_buffer_text(stream, blocks[mask]);
    else /* U+2800 + mask in UTF-8 */
        text_buffer_print(stream, "\xe2%c%c", 0xa0 + (mask >> 6), 0x80 + (mask & 0x3f));
}

void plot_canvas_write_colour(size_t curve, struct text_buffer *stream) {
    if (curve == (size_t)-1)
        text_buffer_text(stream, "\033[0m");
    else
        text_buffer_print(stream, "\033[38;5;%dm", terminal_colours[curve % sizeof terminal_colours]);
}

void plot_canvas_write_row(const struct plot_canvas *canvas, size_t row, bool coloured,
                           struct text_buffer *stream) {
    size_t begin = row * canvas->columns, end = begin + canvas->columns;
    unsigned char owner = 0;
    while (end > begin && is_blank(canvas, end - 1))
        end--;
    for (size_t cell = begin; cell < end; cell++) {
        unsigned char next = canvas->owners[cell] == SHADED ? 0 : canvas->owners[cell];
        if (coloured && next != owner)
            plot_canvas_write_colour(next > 0 ? (size_t)next - 1 : (size_t)-1, stream);
        owner = next;
        write_cell(canvas, cell, stream);
    }
    if (coloured && owner != 0)
        plot_canvas_write_colour((size_t)-1, stream);
}

void plot_canvas_close(struct plot_canvas *canvas) {
    free(canvas->masks);
    free(canvas->owners);
    *canvas = (struct plot_canvas){0};
}
