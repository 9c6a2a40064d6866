#include "base/random.h"

#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

/* Multipliers and key increments of Philox 4x32 (Salmon and others 2011, section 4). */
static const uint32_t PHILOX_MULTIPLIER_0 = 0xD2511F53, PHILOX_MULTIPLIER_1 = 0xCD9E8D57;
static const uint32_t PHILOX_WEYL_0 = 0x9E3779B9, PHILOX_WEYL_1 = 0xBB67AE85;
enum { PHILOX_ROUNDS = 10, PHILOX_WORDS = 4 };

/* The ziggurat of the normal (Marsaglia and Tsang 2000, J. Stat. Softw. 5(8)): LAYERS pieces of equal area
 * under exp(-x^2 / 2), the lowest of them with the tail beyond TAIL_START. That start makes the top layer
 * close at height 1. Layer and position come from different bits of a draw (Doornik 2005). */
enum { LAYERS = 256 };
static const double TAIL_START = 3.6541528853610088;

static double layer_edge[LAYERS + 1];   /* half widths, widest first; the last is 0 */
static double layer_height[LAYERS + 1]; /* exp(-edge^2 / 2); 1 at the end */
static pthread_once_t ziggurat_once = PTHREAD_ONCE_INIT;

static void build_ziggurat(void) {
    double height = exp(-0.5 * TAIL_START * TAIL_START);
    double area = TAIL_START * height + sqrt(M_PI / 2) * erfc(TAIL_START / M_SQRT2);
    layer_edge[0] = area / height; /* the base, as wide as if its tail were part of a rectangle */
    layer_height[0] = 0;
    layer_edge[1] = TAIL_START;
    for (size_t i = 1; i < LAYERS; i++) {
        layer_height[i] = exp(-0.5 * layer_edge[i] * layer_edge[i]);
        layer_edge[i + 1] = i + 1 < LAYERS ? sqrt(-2 * log(area / layer_edge[i] + layer_height[i])) : 0;
    }
    layer_height[LAYERS] = 1;
}

void random_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t output[4]) {
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        uint64_t product0 = (uint64_t)PHILOX_MULTIPLIER_0 * c0;
        uint64_t product1 = (uint64_t)PHILOX_MULTIPLIER_1 * c2;
        c0 = (uint32_t)(product1 >> 32) ^ c1 ^ k0;
        c2 = (uint32_t)(product0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)product1;
        c3 = (uint32_t)product0;
        k0 += PHILOX_WEYL_0;
        k1 += PHILOX_WEYL_1;
    }
    output[0] = c0;
    output[1] = c1;
    output[2] = c2;
    output[3] = c3;
}

/* The finaliser of SplitMix64 (Steele, Lea and Flood 2014): a bijection in which every bit of the input
 * reaches every bit of the output. */
static uint64_t mix(uint64_t word) {
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9;
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB;
    return word ^ (word >> 31);
}

/* Two words of state take in one more. The second also sees the first, so that they differ as hashes. */
static void absorb(uint64_t state[2], uint64_t word) {
    state[0] = mix(state[0] + word + 0x9E3779B97F4A7C15);
    state[1] = mix(state[1] + (word << 32 | word >> 32) + state[0] + 0xD1B54A32D192ED03);
}

/* FNV-1a of the characters, then their number. */
static void absorb_text(uint64_t state[2], const char *text) {
    size_t length = strlen(text);
    uint64_t hash = 0xCBF29CE484222325;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * 0x100000001B3;
    absorb(state, hash);
    absorb(state, length);
}

void random_start(struct random_stream *stream, uint64_t seed, const char *filter, const char *purpose,
                  uint64_t block) {
    uint64_t state[2] = {0, 0};
    absorb(state, seed);
    absorb_text(state, filter);
    absorb_text(state, purpose);
    absorb(state, block);

    /* 128 bits name the stream: the key, and the upper half of the counter. The lower half counts. */
    *stream = (struct random_stream){
        .key = {(uint32_t)state[0], (uint32_t)(state[0] >> 32)},
        .counter = {0, 0, (uint32_t)state[1], (uint32_t)(state[1] >> 32)},
        .used = PHILOX_WORDS,
    };
    pthread_once(&ziggurat_once, build_ziggurat);
}

static void refill(struct random_stream *stream) {
    random_philox(stream->counter, stream->key, stream->words);
    stream->used = 0;
    if (++stream->counter[0] == 0)
        ++stream->counter[1];
}

uint32_t random_bits32(struct random_stream *stream) {
    if (stream->used >= PHILOX_WORDS)
        refill(stream);
    return stream->words[stream->used++];
}

/* The next two words; an odd one that is left over is passed by. */
static inline uint64_t next_bits(struct random_stream *stream) {
    unsigned start = (stream->used + 1) & ~1u;
    if (start >= PHILOX_WORDS) {
        refill(stream);
        start = 0;
    }
    stream->used = start + 2;
    return (uint64_t)stream->words[start + 1] << 32 | stream->words[start];
}

uint64_t random_bits64(struct random_stream *stream) {
    return next_bits(stream);
}

double random_uniform(struct random_stream *stream) {
    return (double)(next_bits(stream) >> 11 | 1) * 0x1p-53;
}

uint64_t random_below(struct random_stream *stream, uint64_t bound) {
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)next_bits(stream) * bound;
    if ((uint64_t)product < bound) {
        uint64_t threshold = -bound % bound; /* 2^64 mod bound: that many draws are one too many */
        while ((uint64_t)product < threshold)
            product = (wide)next_bits(stream) * bound;
    }
    return (uint64_t)(product >> 64);
}

/* Beyond TAIL_START (Marsaglia 1964). */
static double normal_tail(struct random_stream *stream, bool negative) {
    double x, y;
    do {
        x = -log(random_uniform(stream)) / TAIL_START;
        y = -log(random_uniform(stream));
    } while (2 * y < x * x);
    return negative ? -(TAIL_START + x) : TAIL_START + x;
}

static inline double draw_normal(struct random_stream *stream) {
    for (;;) {
        uint64_t bits = next_bits(stream);
        size_t layer = bits % LAYERS;
        double x = (double)((int64_t)bits >> 10) * 0x1p-53 * layer_edge[layer];
        if (fabs(x) < layer_edge[layer + 1])
            return x;
        if (layer == 0)
            return normal_tail(stream, x < 0);
        double low = layer_height[layer], high = layer_height[layer + 1];
        if (low + (high - low) * random_uniform(stream) < exp(-0.5 * x * x))
            return x;
    }
}

double random_normal(struct random_stream *stream) {
    return draw_normal(stream);
}

void random_normals(struct random_stream *stream, size_t count, double *values) {
    for (size_t i = 0; i < count; i++)
        values[i] = draw_normal(stream);
}

double random_exponential(struct random_stream *stream) {
    return -log(random_uniform(stream));
}

/* Shape at least 1/3: d v^3 with v = 1 + c x, by rejection (Marsaglia and Tsang 2000, ACM TOMS 26, 363-372).
 */
static double gamma_by_cubes(struct random_stream *stream, double shape) {
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = draw_normal(stream);
        double v = 1 + c * x;
        if (v <= 0)
            continue;
        v = v * v * v;
        double u = random_uniform(stream);
        if (u < 1 - 0.0331 * (x * x) * (x * x) || log(u) < 0.5 * x * x + d * (1 - v + log(v)))
            return d * v;
    }
}

/* The logarithm, since for a small shape the draw itself is often below any double: G(a) = G(a + 1) U^(1/a).
 */
static double log_gamma_draw(struct random_stream *stream, double shape) {
    if (shape >= 1)
        return log(gamma_by_cubes(stream, shape));
    double larger = log(gamma_by_cubes(stream, shape + 1));
    return larger + log(random_uniform(stream)) / shape;
}

double random_gamma(struct random_stream *stream, double shape) {
    return shape >= 1 ? gamma_by_cubes(stream, shape) : exp(log_gamma_draw(stream, shape));
}

void random_dirichlet(struct random_stream *stream, size_t count, const double *concentration,
                      double *point) {
    double largest = -INFINITY, total = 0;
    for (size_t i = 0; i < count; i++) {
        point[i] = log_gamma_draw(stream, concentration[i]);
        largest = fmax(largest, point[i]);
    }
    for (size_t i = 0; i < count; i++) {
        point[i] = exp(point[i] - largest);
        total += point[i];
    }
    for (size_t i = 0; i < count; i++)
        point[i] /= total;
}

size_t random_discrete(struct random_stream *stream, size_t count, const double *cumulative) {
    double target = random_uniform(stream) * cumulative[count - 1];
    size_t low = 0, high = count - 1; /* the answer, the first sum above target, is in low .. high */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (cumulative[middle] > target)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

void random_permutation(struct random_stream *stream, size_t count, size_t *order) {
    for (size_t i = 0; i < count; i++) {
        size_t j = (size_t)random_below(stream, (uint64_t)i + 1);
        order[i] = order[j];
        order[j] = i;
    }
}
