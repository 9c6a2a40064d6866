#include "io/row_selection.h"

#include <inttypes.h>
#include <string.h>

#include "base/memory.h"

/* The end of a range that goes on to the last row, and the place of a row counted from an end not yet known.
 */
static const int64_t far = INT64_MAX;

/* Both ends belong to it; negative ones are counted from the end. */
struct range {
    int64_t first, last;
};

struct row_selection {
    struct row_stream stream;
    struct range *ranges;
    size_t range_count;
    int64_t rows_known; /* the number of rows in all, or far */
    size_t held;        /* how many rows have to follow before one can be decided about */

    /* Rows that can be decided about: the source's block itself, or the front of the queue. */
    const double *window;
    int64_t window_first; /* the number of its first row, from 1 */
    size_t window_count, window_used;
    size_t slice; /* where in the window the block at hand begins */

    double *queue; /* rows that were read, from queue_begin on, of which the window is the front */
    size_t queue_capacity, queue_begin, queue_count;
};

static int64_t resolve(int64_t row, int64_t rows) {
    if (row >= 0)
        return row;
    return rows == far ? far : rows + 1 + row;
}

/* Whether the row is kept; *until is a row up to which that is so. */
static bool find_run(const struct row_selection *selection, int64_t row, int64_t *until) {
    int64_t kept_until = 0, dropped_until = far;
    for (size_t i = 0; i < selection->range_count; i++) {
        int64_t first = resolve(selection->ranges[i].first, selection->rows_known);
        int64_t last = resolve(selection->ranges[i].last, selection->rows_known);
        if (first <= row && row <= last && last > kept_until)
            kept_until = last;
        else if (first > row && last >= first && first - 1 < dropped_until)
            dropped_until = first == far ? far : first - 1;
    }
    *until = kept_until > 0 ? kept_until : dropped_until;
    return kept_until > 0;
}

/* Puts the source's block behind the queue. Its front moves only when that costs no more than was used of it.
 */
static int enqueue(struct row_selection *selection, struct error *error) {
    size_t columns = selection->stream.columns, rows = selection->stream.source->row_count;
    if (selection->queue_begin > selection->queue_count) {
        memmove(selection->queue, selection->queue + selection->queue_begin * columns,
                selection->queue_count * columns * sizeof *selection->queue);
        selection->queue_begin = 0;
    }
    size_t end = selection->queue_begin + selection->queue_count;
    if (row_stream_reserve(&selection->queue, &selection->queue_capacity, end + rows, columns, error) < 0)
        return -1;
    if (rows > 0)
        memcpy(selection->queue + end * columns, selection->stream.source->rows,
               rows * columns * sizeof *selection->queue);
    selection->queue_count += rows;
    return 0;
}

/* Drops the window from the queue's front, reads on, and makes a new one. */
static int refill_from_queue(struct row_selection *selection, struct error *error) {
    selection->queue_begin += selection->window_count;
    selection->queue_count -= selection->window_count;
    selection->window_count = 0;
    if (selection->rows_known != far)
        return 0;
    int status = row_stream_next(selection->stream.source, error);
    if (status < 0 || (status > 0 && enqueue(selection, error) < 0))
        return -1;
    if (status == 0) {
        selection->rows_known = selection->window_first - 1 + (int64_t)selection->queue_count;
        selection->window_count = selection->queue_count;
    } else if (selection->queue_count > selection->held) {
        selection->window_count = selection->queue_count - selection->held;
    }
    selection->window = selection->queue + selection->queue_begin * selection->stream.columns;
    return 1;
}

static int refill(struct row_selection *selection, struct error *error) {
    selection->window_first += (int64_t)selection->window_count;
    selection->window_used = 0;
    if (selection->held > 0)
        return refill_from_queue(selection, error);
    selection->window_count = 0;
    int64_t until;
    if (!find_run(selection, selection->window_first, &until) && until == far)
        return 0;
    int status = row_stream_next(selection->stream.source, error);
    if (status > 0) {
        selection->window = selection->stream.source->rows;
        selection->window_count = selection->stream.source->row_count;
    }
    return status;
}

static int next(struct row_stream *stream, struct error *error) {
    struct row_selection *selection = (struct row_selection *)stream;
    stream->row_count = 0;
    if (selection->window_used == selection->window_count) {
        int status = refill(selection, error);
        if (status <= 0)
            return status;
    }
    while (stream->row_count == 0 && selection->window_used < selection->window_count) {
        int64_t until, row = selection->window_first + (int64_t)selection->window_used;
        bool kept = find_run(selection, row, &until);
        size_t run = selection->window_count - selection->window_used;
        if (until - row < (int64_t)run)
            run = (size_t)(until - row) + 1;
        if (kept) {
            selection->slice = selection->window_used;
            stream->rows = selection->window + selection->slice * stream->columns;
            stream->row_count = run;
        }
        selection->window_used += run;
    }
    return 1;
}

static bool ready(struct row_stream *stream) {
    struct row_selection *selection = (struct row_selection *)stream;
    return selection->window_used < selection->window_count || row_stream_ready(stream->source);
}

static int rewind_selection(struct row_stream *stream, struct error *error) {
    struct row_selection *selection = (struct row_selection *)stream;
    if (selection->held > 0)
        selection->rows_known = far;
    selection->window_first = 1;
    selection->window_count = selection->window_used = 0;
    selection->queue_begin = selection->queue_count = 0;
    return row_stream_rewind(stream->source, error);
}

static int refuse(const struct row_stream *stream, size_t row, const char *text, struct error *error) {
    const struct row_selection *selection = (const struct row_selection *)stream;
    size_t place = selection->slice + row;
    if (selection->held == 0)
        return row_stream_refuse(stream->source, place, error, "%s", text);
    return error_set(error, "row %" PRId64 ": %s", selection->window_first + (int64_t)place, text);
}

static void free_selection(struct row_stream *stream) {
    struct row_selection *selection = (struct row_selection *)stream;
    free(selection->ranges);
    free(selection->queue);
    free(selection);
}

static const struct row_stream_kind selection_kind = {
    .next = next, .ready = ready, .rewind = rewind_selection, .refuse = refuse, .free = free_selection};

/* How many of so many rows are kept. */
static int64_t count_kept(const struct row_selection *selection, int64_t rows) {
    int64_t kept = 0;
    for (int64_t row = 1, until; row <= rows; row = until + 1) {
        bool in = find_run(selection, row, &until);
        if (until > rows)
            until = rows;
        kept += in ? until - row + 1 : 0;
    }
    return kept;
}

/* Reads one end of a range; numbers beyond any file stay there. Returns the text behind it, or NULL. */
static const char *parse_row(const char *text, int64_t *row) {
    bool negative = *text == '-';
    const char *digits = text + negative;
    int64_t value = 0;
    text = digits;
    for (; *text >= '0' && *text <= '9'; text++)
        value = value > (far - 9) / 10 ? far - 1 : 10 * value + (*text - '0');
    *row = negative ? -value : value;
    return text == digits || value == 0 ? NULL : text;
}

/* Reads one range. Returns the comma or the end behind it, or NULL. */
static const char *parse_range(const char *text, struct range *range) {
    *range = (struct range){1, far};
    bool begins = *text != ':';
    if (begins && (text = parse_row(text, &range->first)) == NULL)
        return NULL;
    if (*text == ':') {
        text++;
        if (*text != ',' && *text != '\0' && (text = parse_row(text, &range->last)) == NULL)
            return NULL;
    } else {
        range->last = range->first;
    }
    if (range->last == -1)
        range->last = far;
    bool same_side = (range->first > 0) == (range->last > 0);
    return (*text == ',' || *text == '\0') && (!same_side || range->first <= range->last) ? text : NULL;
}

static int parse_ranges(struct row_selection *selection, const char *list, struct error *error) {
    size_t capacity = 0;
    for (const char *text = list;;) {
        if (memory_reserve(error, &selection->ranges, &capacity, selection->range_count + 1,
                           sizeof *selection->ranges) < 0)
            return -1;
        const char *after = parse_range(text, &selection->ranges[selection->range_count++]);
        if (after == NULL) {
            char quoted[ERROR_QUOTE_SIZE];
            return error_set_usage(error,
                                   "--rows: expected ranges of rows such as 1:10, 20: or -5:, got '%s'",
                                   error_quote(quoted, text, strcspn(text, ",")));
        }
        if (*after == '\0')
            return 0;
        text = after + 1;
    }
}

/* How many rows must follow a row before it is known on which side of every end it lies. */
static size_t count_held(const struct row_selection *selection) {
    int64_t held = 0;
    for (size_t i = 0; i < selection->range_count; i++) {
        const struct range *range = &selection->ranges[i];
        if (-range->first > held)
            held = -range->first;
        if (-range->last - 1 > held)
            held = -range->last - 1;
    }
    return (size_t)held;
}

/* Puts a selection whose ranges are set on the chain. */
static void put(struct row_stream **chain, struct row_selection *selection) {
    row_stream_put(chain, &selection->stream, &selection_kind);
    int64_t rows = selection->stream.rows_total;
    selection->rows_known = rows >= 0 ? rows : far;
    selection->held = rows >= 0 ? 0 : count_held(selection);
    selection->window_first = 1;
    if (rows >= 0)
        selection->stream.rows_total = count_kept(selection, rows);
}

int row_selection_push(struct row_stream **chain, const char *list, struct error *error) {
    struct row_selection *selection = memory_zeros(error, 1, sizeof *selection);
    if (selection == NULL)
        return -1;
    if (parse_ranges(selection, list, error) < 0) {
        free_selection(&selection->stream);
        return -1;
    }
    put(chain, selection);
    return 0;
}

static int push_range(struct row_stream **chain, struct range range, size_t count, struct error *error) {
    struct row_selection *selection = memory_zeros(error, 1, sizeof *selection);
    if (selection == NULL)
        return -1;
    selection->ranges = memory_array(error, 1, sizeof *selection->ranges);
    if (selection->ranges == NULL) {
        free_selection(&selection->stream);
        return -1;
    }
    selection->ranges[0] = range;
    selection->range_count = count > 0;
    put(chain, selection);
    return 0;
}

int row_selection_push_head(struct row_stream **chain, size_t count, struct error *error) {
    int64_t last = count < INT64_MAX ? (int64_t)count : far;
    return push_range(chain, (struct range){1, last}, count, error);
}

int row_selection_push_tail(struct row_stream **chain, size_t count, struct error *error) {
    int64_t first = count < INT64_MAX ? -(int64_t)count : -INT64_MAX;
    return push_range(chain, (struct range){first, far}, count, error);
}
