/* The frozen byte model, read on: the arithmetic of memory/models/frozen.py to the bit.

   Sums, products, shifts and look-ups in whole numbers; no floats, no libm. A chunk of tokens goes
   through each matrix together; the scan alone goes token by token. Products are the same function
   three ways: plain C, AVX2 (pairs of 16-bit activations) and AVX-512 VNNI (activations cut into
   7-bit halves), each with its own order of the weights, chosen when a network is made. That no
   sum overflows is seen to by whoever made the network (memory/models/bounds.py); shifts to the
   right of negative numbers floor, and what wraps wraps (-fwrapv). */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__)
#include <immintrin.h>
#define HAS_LEVELS 1
#define WITH_AVX2 __attribute__((target("avx2")))
#define WITH_VNNI __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))
#else
#define HAS_LEVELS 0
#endif

enum { PLAIN, AVX2, VNNI };
enum { CHUNK = 32, BYTES = 256, DOCUMENT = 256, PLACES = 4096, REACH = 32, ORDERS = 8 };
enum { SHIFT = 24, STATE = 20, LOGIT = 11, CLIP = 8191, LIMIT = 8 << 16, EPS = 168 };
enum { MOST = (1 << 30) - 1, FAR = (1 << 27) - 1 }; /* of products, of the residual */
#define HALF ((int64_t)1 << (SHIFT - 1))

typedef struct {
    int rows, in;     /* as they are */
    int wide, deep;   /* rows and inputs, padded with zeros */
    void *weight;     /* in the level's order */
    int32_t *scale;
} Rows;

typedef struct {
    Rows inward, outward;
    int32_t *bias;
    int drop;
} Block;

typedef struct {
    int level, width, state, blocks, symbols, orders, reach;
    int length[ORDERS], bits[ORDERS];
    uint32_t salt[ORDERS];
    int64_t offset[ORDERS];
    int32_t part[ORDERS];
    int32_t *embed, *forget, *silu, *power;
    int8_t *table;
    Rows head;
    Block *block;
    void *base;
} Network;

typedef struct {
    int32_t trail[REACH];
    int32_t *state;         /* [blocks][state], Q20 */
    int32_t *x;             /* [CHUNK][width], Q12 */
    int16_t *going;         /* [CHUNK][deepest], 14 bits: what the next product takes */
    int8_t *low, *high;     /* the same in halves */
    int32_t *sums;          /* [CHUNK][widest] */
    int32_t *gate;          /* [3 * state] of one token; [2 * state] that were looked up */
    uint8_t keep[CHUNK];
    int32_t end;            /* the 257th logit after the last token with counts */
    void *base;
} Reader;

/* Parts of one block of memory, each at a multiple of 64 bytes; with `at` 0 they are counted. */
INLINE void *carve(uintptr_t *at, size_t size) {
    void *here = (void *)*at;
    *at += (size + 63) & ~(size_t)63;
    return here;
}

INLINE int up(int size, int step) { return (size + step - 1) / step * step; }

/* ---- products -------------------------------------------------------------------------------- */

static void shape(Rows *m, int level, int rows, int in) {
    m->rows = rows, m->in = in;
    m->wide = up(rows, level == VNNI ? 64 : level == AVX2 ? 32 : 4);
    m->deep = up(in, level == VNNI ? 4 : level == AVX2 ? 2 : 16);
}

static size_t weight_bytes(const Rows *m, int level) {
    return (size_t)m->wide * m->deep * (level == PLAIN ? 2 : 1);
}

/* Lay int8 [rows][in] out as the level reads it. */
static void pack(Rows *m, int level, const int8_t *from) {
    for (int r = 0; r < m->wide; r++)
        for (int k = 0; k < m->deep; k++) {
            int w = r < m->rows && k < m->in ? from[(size_t)r * m->in + k] : 0;
            if (level == PLAIN) {
                ((int16_t *)m->weight)[(size_t)r * m->deep + k] = (int16_t)w;
            } else if (level == AVX2) { /* 32 rows, pairs of inputs */
                size_t at = (size_t)(r / 32) * 32 * m->deep + (size_t)(k / 2) * 64;
                ((int8_t *)m->weight)[at + (r % 32) * 2 + k % 2] = (int8_t)w;
            } else { /* 64 rows, fours of inputs, 128 more than they are */
                size_t at = (size_t)(r / 64) * 64 * m->deep + (size_t)(k / 4) * 256;
                ((uint8_t *)m->weight)[at + (r % 64) * 4 + k % 4] = (uint8_t)(w + 128);
            }
        }
}

static void multiply_plain(const Rows *m, const Reader *r, int many) {
    const int16_t *weight = m->weight;
    for (int t = 0; t < many; t++)
        for (int o = 0; o < m->rows; o++) {
            const int16_t *w = weight + (size_t)o * m->deep, *x = r->going + (size_t)t * m->deep;
            int32_t sum = 0;
            for (int k = 0; k < m->deep; k++) sum += (int32_t)w[k] * x[k];
            r->sums[(size_t)t * m->wide + o] = sum;
        }
}

#if HAS_LEVELS

/* A tile: some tokens times one group of rows, four vectors of sums for each token. The sums are
   variables of their own, written out by macros: in arrays the compiler would store every one. */
#define FOUR(f, t) f(t, 0) f(t, 1) f(t, 2) f(t, 3)
#define ONE(f) f(0)
#define TWO(f) f(0) f(1)
#define THREE(f) f(0) f(1) f(2)

#define ZERO(t, b) __m256i sum##t##b = _mm256_setzero_si256();
#define TAKE(t, b)                                                                               \
    sum##t##b = _mm256_add_epi32(sum##t##b, _mm256_madd_epi16(wide##b, pair));
#define GIVE(t, b)                                                                               \
    _mm256_storeu_si256((__m256i *)(out + (size_t)t * m->wide + 8 * b), sum##t##b);
#define BEGIN(t) FOUR(ZERO, t)
#define TOKEN(t)                                                                                 \
    {                                                                                            \
        int32_t two;                                                                             \
        memcpy(&two, x + (size_t)t * m->deep + k, 4);                                            \
        __m256i pair = _mm256_set1_epi32(two);                                                   \
        FOUR(TAKE, t)                                                                            \
    }
#define STORE(t) FOUR(GIVE, t)
#define WIDE(b) _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(w + 16 * b)))
#define TILE(name, TOKENS)                                                                       \
    WITH_AVX2 static void name(const Rows *m, const int8_t *w, const int16_t *x, int32_t *out) { \
        TOKENS(BEGIN)                                                                            \
        for (int k = 0; k < m->deep; k += 2, w += 64) {                                          \
            __m256i wide0 = WIDE(0), wide1 = WIDE(1), wide2 = WIDE(2), wide3 = WIDE(3);          \
            TOKENS(TOKEN)                                                                        \
        }                                                                                        \
        TOKENS(STORE)                                                                            \
    }
TILE(avx2_two, TWO)
TILE(avx2_one, ONE)
#undef ZERO
#undef TAKE
#undef GIVE
#undef TOKEN
#undef WIDE
#undef TILE

WITH_AVX2 static void multiply_avx2(const Rows *m, const Reader *r, int many) {
    for (int o = 0; o < m->wide; o += 32) {
        const int8_t *w = (const int8_t *)m->weight + (size_t)o * m->deep;
        int t = 0;
        for (; t + 2 <= many; t += 2)
            avx2_two(m, w, r->going + (size_t)t * m->deep, r->sums + (size_t)t * m->wide + o);
        if (t < many)
            avx2_one(m, w, r->going + (size_t)t * m->deep, r->sums + (size_t)t * m->wide + o);
    }
}

/* The same with 64 rows. Weights are 128 too large: `more` takes that away again. */
#define ZERO(t, b) __m512i small##t##b = _mm512_setzero_si512(), large##t##b = small##t##b;
#define TAKE(t, b)                                                                               \
    small##t##b = _mm512_dpbusd_epi32(small##t##b, four##b, l);                                  \
    large##t##b = _mm512_dpbusd_epi32(large##t##b, four##b, h);
#define GIVE(t, b)                                                                               \
    _mm512_storeu_si512(                                                                         \
        out + (size_t)t * m->wide + 16 * b,                                                      \
        _mm512_sub_epi32(_mm512_add_epi32(small##t##b, _mm512_slli_epi32(large##t##b, 7)),       \
                         _mm512_set1_epi32(more[t])));
#define TOKEN(t)                                                                                 \
    {                                                                                            \
        int32_t low4, high4;                                                                     \
        memcpy(&low4, low + (size_t)t * m->deep + k, 4);                                         \
        memcpy(&high4, high + (size_t)t * m->deep + k, 4);                                       \
        __m512i l = _mm512_set1_epi32(low4), h = _mm512_set1_epi32(high4);                       \
        FOUR(TAKE, t)                                                                            \
    }
#define TILE(name, TOKENS)                                                                       \
    WITH_VNNI static void name(const Rows *m, const uint8_t *w, const int8_t *low,               \
                               const int8_t *high, const int32_t *more, int32_t *out) {          \
        TOKENS(BEGIN)                                                                            \
        for (int k = 0; k < m->deep; k += 4, w += 256) {                                         \
            __m512i four0 = _mm512_loadu_si512(w), four1 = _mm512_loadu_si512(w + 64);           \
            __m512i four2 = _mm512_loadu_si512(w + 128), four3 = _mm512_loadu_si512(w + 192);    \
            TOKENS(TOKEN)                                                                        \
        }                                                                                        \
        TOKENS(STORE)                                                                            \
    }
TILE(vnni_three, THREE)
TILE(vnni_two, TWO)
TILE(vnni_one, ONE)
#undef TILE

WITH_VNNI static void multiply_vnni(const Rows *m, const Reader *r, int many) {
    int32_t more[CHUNK];
    for (int t = 0; t < many; t++) {
        const int16_t *restrict x = r->going + (size_t)t * m->deep;
        int8_t *restrict low = r->low + (size_t)t * m->deep;
        int8_t *restrict high = r->high + (size_t)t * m->deep;
        int32_t sum = 0;
        for (int k = 0; k < m->deep; k++) sum += x[k];
        for (int k = 0; k < m->deep; k++) {
            int16_t l = (int16_t)(((x[k] + 64) & 127) - 64);
            low[k] = (int8_t)l;
            high[k] = (int8_t)((int16_t)(x[k] - l) >> 7);
        }
        more[t] = sum * 128;
    }
    for (int o = 0; o < m->wide; o += 64) {
        const uint8_t *w = (const uint8_t *)m->weight + (size_t)o * m->deep;
        int t = 0;
#define AT                                                                                       \
    m, w, r->low + (size_t)t * m->deep, r->high + (size_t)t * m->deep, more + t,                 \
        r->sums + (size_t)t * m->wide + o
        for (; t + 3 <= many; t += 3) vnni_three(AT);
        if (t + 2 == many) vnni_two(AT);
        else if (t < many) vnni_one(AT);
#undef AT
    }
}

#endif

/* ---- all but the products -------------------------------------------------------------------- */

INLINE int32_t clip(int32_t value, int32_t low, int32_t high) {
    return value < low ? low : value > high ? high : value;
}

INLINE int32_t scaled(int32_t sum, int32_t scale) {
    int64_t y = ((int64_t)sum * scale + HALF) >> SHIFT;
    return (int32_t)(y < -MOST ? -MOST : y > MOST ? MOST : y);
}

/* The whole square root, rounded down. */
static uint32_t root_of(uint64_t square) {
    if (square == 0) return 0;
    /* From above, Newton's steps fall until they are there. */
    uint64_t root = (uint64_t)1 << ((64 - __builtin_clzll(square) + 1) / 2), next;
    while ((next = (root + square / root) >> 1) < root) root = next;
    return (uint32_t)root;
}

/* Divide by the root of the mean square: Q12 to Q9. */
INLINE void normal(const int32_t *restrict x, int16_t *restrict to, int width, int deep) {
    int64_t sum = 0;
    int cut = 0; /* bits that squares lose so that all fit the sum: none up to 512 */
    while (width > 512 << cut) cut++;
    if (cut)
        for (int i = 0; i < width; i++) sum += ((int64_t)x[i] * x[i]) >> cut;
    else
        for (int i = 0; i < width; i++) sum += (int64_t)x[i] * x[i];
    uint64_t square = ((uint64_t)sum / (uint32_t)width << cut) + EPS;
    uint32_t root = root_of(square << 8);
    int64_t inverse = ((int64_t)1 << 40) / (root ? root : 1);
    for (int i = 0; i < width; i++) {
        int64_t y = (x[i] * inverse + (1 << 26)) >> 27;
        to[i] = (int16_t)(y < -CLIP ? -CLIP : y > CLIP ? CLIP : y);
    }
    for (int i = width; i < deep; i++) to[i] = 0;
}

/* In functions of their own, whose `restrict` lets the compiler take many numbers at once. */
INLINE void look_up(const int32_t *restrict table, const int32_t *restrict place,
                    int32_t *restrict found, int many) {
    for (int i = 0; i < many; i++) found[i] = table[clip(place[i] + 2048, 0, PLACES - 1)];
}

INLINE void recur(int32_t *restrict state, const int32_t *restrict candidate,
                  const int32_t *restrict forget, const int32_t *restrict gate,
                  int16_t *restrict y, int many, int drop) {
    const int32_t round = (int32_t)1 << (drop - 1);
    for (int i = 0; i < many; i++) {
        int32_t c = clip(candidate[i], -LIMIT, LIMIT) * (1 << (STATE - 16));
        int64_t left = (int64_t)(state[i] - c) * forget[i] + ((int64_t)1 << (STATE - 1));
        int32_t s = c + (int32_t)(left >> STATE);
        state[i] = s;
        y[i] = (int16_t)clip(((s >> 8) * gate[i] + round) >> drop, -CLIP, CLIP);
    }
}

/* Gates and recurrence of one block, token by token. */
INLINE void scan(const Network *n, const Block *b, Reader *r, int32_t *restrict state, int many) {
    const int e = n->state, deep = b->outward.deep;
    const int32_t *restrict scale = b->inward.scale, *restrict bias = b->bias;
    int32_t *restrict p = r->gate, *restrict found = r->gate + 3 * e;
    for (int t = 0; t < many; t++) {
        const int32_t *restrict sum = r->sums + (size_t)t * b->inward.wide;
        int16_t *restrict y = r->going + (size_t)t * deep;
        if (!r->keep[t]) memset(state, 0, sizeof(int32_t) * e);
        for (int i = 0; i < 3 * e; i++) p[i] = scaled(sum[i], scale[i]) + bias[i];
        look_up(n->forget, p, found, e);
        look_up(n->silu, p + 2 * e, found + e, e);
        recur(state, p + e, found, found + e, y, e, b->drop);
        for (int i = e; i < deep; i++) y[i] = 0;
    }
}

INLINE void count(const Network *n, const int32_t *restrict sum, uint32_t *restrict counts) {
    int32_t logit[BYTES], most = INT32_MIN;
    const int32_t *restrict scale = n->head.scale, *restrict power = n->power;
    for (int i = 0; i < BYTES; i++) logit[i] = scaled(sum[i], scale[i]);
    for (int i = 0; i < BYTES; i++) most = logit[i] > most ? logit[i] : most;
    for (int i = 0; i < BYTES; i++) {
        uint32_t apart = (uint32_t)(most - logit[i]), whole = apart >> LOGIT;
        whole = whole > 31 ? 31 : whole;
        counts[i] = ((uint32_t)power[apart & ((1 << LOGIT) - 1)] >> whole) + 1;
    }
}

/* A token and the n-grams it ends, as a row of numbers. At DOCUMENT the trail forgets. */
INLINE void embed(const Network *n, Reader *r, int32_t token, int32_t *restrict x) {
    int32_t *trail = r->trail;
    if (token == DOCUMENT)
        for (int i = 0; i < n->reach; i++) trail[i] = DOCUMENT;
    memmove(trail, trail + 1, sizeof(int32_t) * (n->reach - 1));
    trail[n->reach - 1] = token;
    const int32_t *restrict from = n->embed + (size_t)token * n->width;
    for (int i = 0; i < n->width; i++) x[i] = from[i];
    const int part = n->orders ? n->width / n->orders : 0;
    for (int o = 0; o < n->orders; o++) {
        uint32_t hash = n->salt[o];
        for (int at = n->reach - n->length[o]; at < n->reach; at++) {
            hash = (hash ^ (uint32_t)trail[at]) * 0x9E3779B1u;
            hash ^= hash >> 15;
        }
        hash = (hash * 0x85EBCA77u) >> (32 - n->bits[o]);
        const int8_t *restrict row = n->table + (size_t)(n->offset[o] + hash) * part;
        const int32_t scale = n->part[o];
        int32_t *restrict to = x + o * part;
        for (int i = 0; i < part; i++) to[i] += (row[i] * scale + (1 << 7)) >> 8;
    }
    for (int i = 0; i < n->width; i++) x[i] = clip(x[i], -FAR, FAR);
}

typedef void Multiply(const Rows *, const Reader *, int);

/* Read up to CHUNK tokens; counts after each from `since` on. */
INLINE void chunk(const Network *n, Reader *r, const int32_t *tokens, int many, int since,
                  uint32_t *counts, Multiply *multiply) {
    for (int t = 0; t < many; t++) {
        r->keep[t] = tokens[t] != DOCUMENT;
        embed(n, r, tokens[t], r->x + (size_t)t * n->width);
    }
    for (int place = 0; place < n->blocks; place++) {
        const Block *b = n->block + place;
        for (int t = 0; t < many; t++)
            normal(r->x + (size_t)t * n->width, r->going + (size_t)t * b->inward.deep, n->width,
                   b->inward.deep);
        multiply(&b->inward, r, many);
        scan(n, b, r, r->state + (size_t)place * n->state, many);
        multiply(&b->outward, r, many);
        for (int t = 0; t < many; t++) {
            const int32_t *restrict sum = r->sums + (size_t)t * b->outward.wide;
            const int32_t *restrict scale = b->outward.scale;
            int32_t *restrict x = r->x + (size_t)t * n->width;
            for (int i = 0; i < n->width; i++) {
                x[i] = clip(x[i] + scaled(sum[i], scale[i]), -FAR, FAR);
            }
        }
    }
    if (since >= many) return;
    for (int t = since; t < many; t++)
        normal(r->x + (size_t)t * n->width, r->going + (size_t)(t - since) * n->head.deep,
               n->width, n->head.deep);
    multiply(&n->head, r, many - since);
    for (int t = since; t < many; t++)
        count(n, r->sums + (size_t)(t - since) * n->head.wide, counts + (size_t)(t - since) * BYTES);
    r->end = scaled(r->sums[(size_t)(many - 1 - since) * n->head.wide + BYTES], n->head.scale[BYTES]);
}

static void chunk_plain(const Network *n, Reader *r, const int32_t *tokens, int many, int since,
                        uint32_t *counts) {
    chunk(n, r, tokens, many, since, counts, multiply_plain);
}

#if HAS_LEVELS
WITH_AVX2 static void chunk_avx2(const Network *n, Reader *r, const int32_t *tokens, int many,
                                 int since, uint32_t *counts) {
    chunk(n, r, tokens, many, since, counts, multiply_avx2);
}

WITH_VNNI static void chunk_vnni(const Network *n, Reader *r, const int32_t *tokens, int many,
                                 int since, uint32_t *counts) {
    chunk(n, r, tokens, many, since, counts, multiply_vnni);
}
#endif

/* ---- for Python ------------------------------------------------------------------------------ */

/* The best level that this processor has. */
int enfold_network_level(void) {
#if HAS_LEVELS
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512vnni"))
        return VNNI;
    if (__builtin_cpu_supports("avx2")) return AVX2;
#endif
    return PLAIN;
}

/* Where everything of a network lies, from `at` on; blocks first, so that they can be filled. */
static uintptr_t lay(Network *n, uintptr_t at, size_t buckets, int filled) {
    n->block = carve(&at, sizeof(Block) * n->blocks);
    n->embed = carve(&at, sizeof(int32_t) * n->symbols * n->width);
    n->table = carve(&at, n->orders ? buckets * (n->width / n->orders) : 0);
    n->forget = carve(&at, sizeof(int32_t) * PLACES);
    n->silu = carve(&at, sizeof(int32_t) * PLACES);
    n->power = carve(&at, sizeof(int32_t) << LOGIT);
    for (int i = 0; i <= n->blocks; i++) {
        Block apart, *b = filled && i < n->blocks ? n->block + i : &apart;
        if (i == n->blocks) {
            shape(&n->head, n->level, BYTES + 1, n->width);
            n->head.weight = carve(&at, weight_bytes(&n->head, n->level));
            n->head.scale = carve(&at, sizeof(int32_t) * n->head.rows);
            break;
        }
        shape(&b->inward, n->level, 3 * n->state, n->width);
        shape(&b->outward, n->level, n->width, n->state);
        b->inward.weight = carve(&at, weight_bytes(&b->inward, n->level));
        b->inward.scale = carve(&at, sizeof(int32_t) * b->inward.rows);
        b->bias = carve(&at, sizeof(int32_t) * 3 * n->state);
        b->outward.weight = carve(&at, weight_bytes(&b->outward, n->level));
        b->outward.scale = carve(&at, sizeof(int32_t) * b->outward.rows);
    }
    return at;
}

static void fill(Rows *m, int level, const void *weight, const void *scale) {
    pack(m, level, weight);
    memcpy(m->scale, scale, sizeof(int32_t) * m->rows);
}

/* Make a network of copies; NULL where there is no room or no such level.

   sizes: width, state, blocks, symbols, orders, then for each order its length, bits and salt,
   then each block's drop. arrays: embed, table, parts, forget, silu, power; for each block inward,
   its scale, bias, outward, its scale; head, its scale: int8 weights and table, int32 the rest. */
Network *enfold_network_new(int32_t level, const int32_t *sizes, const void *const *arrays) {
    if (level < PLAIN || level > enfold_network_level()) return NULL;
    Network *n = calloc(1, sizeof *n);
    if (!n) return NULL;
    n->level = level, n->reach = 1;
    n->width = *sizes++, n->state = *sizes++, n->blocks = *sizes++;
    n->symbols = *sizes++, n->orders = *sizes++;
    size_t buckets = 0;
    for (int o = 0; o < n->orders && o < ORDERS; o++) {
        n->length[o] = *sizes++, n->bits[o] = *sizes++, n->salt[o] = (uint32_t)*sizes++;
        n->offset[o] = (int64_t)buckets;
        buckets += (size_t)1 << n->bits[o];
        if (n->length[o] > n->reach) n->reach = n->length[o];
    }
    if (n->orders > ORDERS || n->reach > REACH || !(n->base = malloc(lay(n, 0, buckets, 0) + 64))) {
        free(n);
        return NULL;
    }
    lay(n, ((uintptr_t)n->base + 63) & ~(uintptr_t)63, buckets, 1);
    memcpy(n->embed, *arrays++, sizeof(int32_t) * n->symbols * n->width);
    memcpy(n->table, *arrays++, n->orders ? buckets * (n->width / n->orders) : 0);
    memcpy(n->part, *arrays++, sizeof(int32_t) * n->orders);
    memcpy(n->forget, *arrays++, sizeof(int32_t) * PLACES);
    memcpy(n->silu, *arrays++, sizeof(int32_t) * PLACES);
    memcpy(n->power, *arrays++, sizeof(int32_t) << LOGIT);
    for (int i = 0; i < n->blocks; i++) {
        Block *b = n->block + i;
        fill(&b->inward, level, arrays[0], arrays[1]);
        memcpy(b->bias, arrays[2], sizeof(int32_t) * 3 * n->state);
        fill(&b->outward, level, arrays[3], arrays[4]);
        b->drop = *sizes++;
        arrays += 5;
    }
    fill(&n->head, level, arrays[0], arrays[1]);
    return n;
}

void enfold_network_free(Network *n) {
    free(n->base);
    free(n);
}

static uintptr_t lay_reader(const Network *n, Reader *r, uintptr_t at) {
    size_t wide = n->head.wide, deep = n->head.deep;
    for (int i = 0; n->blocks && i < 2; i++) { /* all blocks have one shape */
        const Rows *m = i ? &n->block->outward : &n->block->inward;
        wide = (size_t)m->wide > wide ? (size_t)m->wide : wide;
        deep = (size_t)m->deep > deep ? (size_t)m->deep : deep;
    }
    r->state = carve(&at, sizeof(int32_t) * n->blocks * n->state);
    r->x = carve(&at, sizeof(int32_t) * CHUNK * n->width);
    r->going = carve(&at, sizeof(int16_t) * CHUNK * deep);
    r->low = carve(&at, CHUNK * deep);
    r->high = carve(&at, CHUNK * deep);
    r->sums = carve(&at, sizeof(int32_t) * CHUNK * wide);
    r->gate = carve(&at, sizeof(int32_t) * 5 * n->state);
    return at;
}

/* Make one who has read nothing; NULL where there is no room. */
Reader *enfold_reader_new(const Network *n) {
    Reader *r = calloc(1, sizeof *r);
    if (!r) return NULL;
    if (!(r->base = malloc(lay_reader(n, r, 0) + 64))) {
        free(r);
        return NULL;
    }
    lay_reader(n, r, ((uintptr_t)r->base + 63) & ~(uintptr_t)63);
    memset(r->state, 0, sizeof(int32_t) * n->blocks * n->state);
    for (int i = 0; i < REACH; i++) r->trail[i] = DOCUMENT;
    return r;
}

void enfold_reader_free(Reader *r) {
    free(r->base);
    free(r);
}

void enfold_reader_stand(const Network *n, const Reader *r, int32_t *trail, int32_t *state) {
    memcpy(trail, r->trail, sizeof(int32_t) * n->reach);
    memcpy(state, r->state, sizeof(int32_t) * n->blocks * n->state);
}

void enfold_reader_go(const Network *n, Reader *r, const int32_t *trail, const int32_t *state) {
    memcpy(r->trail, trail, sizeof(int32_t) * n->reach);
    memcpy(r->state, state, sizeof(int32_t) * n->blocks * n->state);
}

/* The logit of a turn's end after the last token that counts were asked for. */
int32_t enfold_reader_odds(const Reader *r) { return r->end; }

/* Read tokens; counts [many - since][256] after each from `since` on. 0, or -1: no such token. */
int enfold_reader_read(const Network *n, Reader *r, const int32_t *tokens, int64_t many,
                       int64_t since, uint32_t *counts) {
    for (int64_t t = 0; t < many; t++)
        if (tokens[t] < 0 || tokens[t] >= n->symbols) return -1;
    for (int64_t at = 0; at < many; at += CHUNK) {
        int part = many - at < CHUNK ? (int)(many - at) : CHUNK;
        int first = since <= at ? 0 : since - at < part ? (int)(since - at) : part;
        uint32_t *to = first < part ? counts + (size_t)(at + first - since) * BYTES : counts;
#if HAS_LEVELS
        if (n->level == VNNI) {
            chunk_vnni(n, r, tokens + at, part, first, to);
            continue;
        }
        if (n->level == AVX2) {
            chunk_avx2(n, r, tokens + at, part, first, to);
            continue;
        }
#endif
        chunk_plain(n, r, tokens + at, part, first, to);
    }
    return 0;
}
