/* Bits guessed and coded: what memory/codec/mixing.py says, to the bit, in C.
 *
 * One block holds all that is learnt in a segment, made of zeros so that pages are taken when
 * they are met. Whole numbers only; shifts to the right floor (-fwrapv, two's complement). All
 * tables come from memory/codec/tables.py. Names, orders and widths follow the Python.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__) && \
    ((defined(__GNUC__) && !defined(__clang__)) || (defined(__clang__) && __clang_major__ >= 16))
#define MANY __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define MANY
#endif

#if defined(__GNUC__)
#define SOON(at) __builtin_prefetch(at)
#else
#define SOON(at) ((void)0)
#endif

enum {
    CONTEXTS = 15,
    ORDERS = 7, /* the first contexts are orders 0 to 6 */
    BITS = 17,  /* of each context's cells */
    EACH = 3,   /* inputs of a context */
    MATCHES = 2,
    INPUTS = EACH * CONTEXTS + 2 * MATCHES + 3 + 1,
    PADDED = 56,
    SETS = 8,
    ROWS = 64 + 256 + 256 + 2048 + 512 + 192 + 256 + 128,
    EDGE = 3071,
    STEPS = 25,
    SAFE = (1 << 19) - 1, /* products with logits fit 31 bits */
    RING = 1 << 18,
    PLACES = 1 << 16,
    FAR = RING - 512,
    LONGEST = 400,
    REFINES = 4,
    RATE = 200,
    FASTER = 1000,
    SLOWING = 15,
    LAST_RATE = 60,
    MOST = 250,
    KNOWN = 255,
    BEGUN = 10,
    SURE = 5, /* a power of two */
    ZEROS = 16
};

typedef struct {
    uint16_t check, likely;
    uint8_t seen, history;
} Cell;

typedef struct {
    const int16_t *stretch;
    const uint16_t *squash;
    const int32_t *rates;
    const uint16_t *first, *rows;
    const uint8_t *kinds, *sorts;
} Tables;

typedef struct {
    uint32_t at, length;
    int32_t bit, bucket;
} Match;

typedef struct {
    uint64_t low;
    uint32_t range;
    uint8_t *out;
    uint64_t written, limit;
    int over;
} Encoder;

typedef struct {
    const uint8_t *in;
    uint64_t size, at;
    uint32_t range, ahead;
} Decoder;

typedef struct {
    Cell cells[CONTEXTS][1 << BITS];
    uint32_t guesses[CONTEXTS][1024];
    uint32_t trusts[MATCHES][32];
    int32_t weights[ROWS][PADDED];
    int32_t last[256][SETS];
    uint16_t refine[REFINES][1 << 16][STEPS];
    uint16_t guided[1 << 16][STEPS];
    uint8_t ring[RING];
    uint32_t where[MATCHES][PLACES];
    uint16_t follow[1 << 16];
    /* the same numbers in Python's `numbers`, in this order */
    uint32_t position, recent, older, word, word1, word2, speaker, column, line, above, spoken;
    uint32_t kinds, bits;
    Match match[MATCHES];
    /* what one bit needs until it is known */
    uint32_t contexts[CONTEXTS], base[CONTEXTS];
    uint16_t checks[CONTEXTS];
    Cell *cell[CONTEXTS];
    uint32_t *guess[CONTEXTS];
    int32_t x[PADDED], logits[SETS], mixed[SETS];
    int32_t *row[SETS], *final;
    uint16_t *refined[REFINES + 1];
    int steps[REFINES + 1], likely, has;
    uint64_t tree[512];
    Tables tables;
    Encoder encoder;
    Decoder decoder;
} Mixing;

static uint32_t hashed(uint32_t a, uint32_t b)
{
    uint32_t h = (a * 0x9E3779B1u) ^ (b * 0x85EBCA6Bu);
    h ^= h >> 15;
    h *= 0x2C1B3C6Du;
    return h ^ h >> 13;
}

static int cut(int64_t logit)
{
    return logit > EDGE ? EDGE : logit < -EDGE ? -EDGE : (int)logit;
}

/* --- what is known of a place ------------------------------------------------------------ */

static void look(Mixing *m)
{
    uint32_t c4 = m->recent, c1 = c4 & 255, *h = m->contexts;
    uint32_t above = m->ring[(m->above + m->position - m->line) & (RING - 1)];
    h[0] = 0;
    h[1] = hashed(c1, 1);
    h[2] = hashed(c4 & 0xFFFF, 2);
    h[3] = hashed(c4 & 0xFFFFFF, 3);
    h[4] = hashed(c4, 4);
    h[5] = hashed(c4, hashed(m->older & 255, 5));
    h[6] = hashed(c4, hashed(m->older & 0xFFFF, 6));
    h[7] = hashed(m->word, 7);
    h[8] = hashed(m->word, hashed(m->word1, 8));
    h[9] = hashed(m->word, hashed(m->word2, 9));
    h[10] = hashed(m->word, hashed(m->word1, hashed(m->word2, 10)));
    h[11] = hashed(m->word, hashed(m->speaker, 11 + c1));
    h[12] = hashed(above | c1 << 8, hashed(m->column > 255 ? 255 : m->column, 12));
    h[13] = hashed(m->follow[c4 & 0xFFFF], hashed(c4 & 0xFFFF, 13));
    h[14] = hashed(m->kinds, hashed(c1, 14));
}

static void find(Mixing *m, int k)
{
    Match *match = &m->match[k];
    uint32_t least = k ? 16 : 6, at, long_ = 0, h = 0, j;
    if (match->length) {
        match->at++;
        match->length += match->length < 65535;
    }
    if (m->position < least)
        return;
    for (j = 1; j <= least; j++)
        h = h * 0x2F0B4C47u + m->ring[(m->position - j) & (RING - 1)] + 1;
    h ^= h >> 15;
    h = (h * 0x9E3779B1u) >> 16;
    at = m->where[k][h];
    if (!match->length && at && m->position - at < FAR) {
        while (long_ < LONGEST && long_ < at &&
               m->ring[(at - 1 - long_) & (RING - 1)] == m->ring[(m->position - 1 - long_) & (RING - 1)])
            long_++;
        if (long_ >= least) {
            match->at = at;
            match->length = long_;
        }
    }
    m->where[k][h] = m->position;
}

static void push(Mixing *m, uint32_t byte)
{
    uint32_t c4 = m->recent, low = byte >= 'A' && byte <= 'Z' ? byte + 32 : byte;
    uint16_t *follow = &m->follow[c4 & 0xFFFF];
    int k;
    *follow = (uint16_t)(*follow << 8 | byte);
    m->ring[m->position++ & (RING - 1)] = (uint8_t)byte;
    m->older = m->older << 8 | c4 >> 24;
    m->recent = c4 << 8 | byte;
    if ((low >= 'a' && low <= 'z') || byte >= 128 || (byte == '\'' && m->word) ||
        (byte >= '0' && byte <= '9'))
        m->word = hashed(m->word + low, 0x51);
    else if (m->word) {
        m->word2 = m->word1;
        m->word1 = m->word;
        m->word = 0;
    }
    m->kinds = m->kinds << 4 | m->tables.kinds[byte];
    if ((m->kinds & 15) == (m->kinds >> 4 & 15) && (m->kinds & 15) < 3)
        m->kinds >>= 4;
    if (byte == '\n') {
        m->above = m->line;
        m->line = m->position;
        m->column = 0;
    } else
        m->column++;
    m->spoken++;
    for (k = 0; k < MATCHES; k++)
        find(m, k);
}

/* --- one bit ------------------------------------------------------------------------------ */

static void settle(Mixing *m, uint32_t part)
{
    int i;
    for (i = 0; i < CONTEXTS; i++) {
        uint32_t h = hashed(m->contexts[i] + (uint32_t)i * 0x3C6EF372u, part * 0x9E3779B1u + 1);
        m->base[i] = h >> (32 - BITS);
        m->checks[i] = (uint16_t)h;
        { /* the 32 cells that the next four bits choose from */
            const char *near = (const char *)&m->cells[i][m->base[i] & ~31u];
            SOON(near);
            SOON(near + 64);
            SOON(near + 128);
        }
    }
}

static Cell *cell(Mixing *m, int i, uint32_t sub)
{
    uint32_t at = m->base[i] ^ sub;
    uint16_t check = (uint16_t)(m->checks[i] + sub);
    Cell *one = &m->cells[i][at], *other;
    check += !check;
    if (one->check == check)
        return one;
    other = &m->cells[i][at ^ 16];
    if (other->check == check)
        return other;
    if (one->seen > other->seen)
        one = other;
    one->check = check;
    one->likely = 32768;
    one->seen = 0;
    one->history = 1;
    return one;
}

MANY static void mix(const int32_t *x, int32_t *const *rows, int32_t *logits)
{
    int s, i;
    for (s = 0; s < SETS; s++) {
        const int32_t *w = rows[s];
        int32_t sum = 0;
        for (i = 0; i < PADDED; i++)
            sum += (w[i] * x[i]) >> 8;
        logits[s] = cut(sum >> 8);
    }
}

MANY static void train(const int32_t *x, int32_t *const *rows, const int32_t *errors)
{
    int s, i;
    for (s = 0; s < SETS; s++) {
        int32_t *w = rows[s], e = errors[s];
        for (i = 0; i < PADDED; i++) {
            int32_t v = w[i] + ((x[i] * e + 32768) >> 16);
            w[i] = v > SAFE ? SAFE : v < -SAFE ? -SAFE : v;
        }
    }
}

static int refined(Mixing *m, int k, uint16_t *row, int logit)
{
    int z = logit + 3072, low = z >> 8, part = z & 255;
    const uint16_t *first = m->tables.rows;
    uint16_t one = (uint16_t)(row[low] + first[low]), two = (uint16_t)(row[low + 1] + first[low + 1]);
    m->refined[k] = row;
    m->steps[k] = low + (part >= 128);
    return (one * (256 - part) + two * part) >> 8;
}

static int guess(Mixing *m, uint32_t node, int place)
{
    const Tables *t = &m->tables;
    uint32_t sub = place < 4 ? node : (1u << (place - 4)) | (node & ((1u << (place - 4)) - 1));
    uint32_t c1 = m->recent & 255, c2 = m->recent >> 8 & 255, c3 = m->recent >> 16 & 255;
    int i, k, order = 0, met = 0, band = 0, logit, p, a[REFINES];
    int32_t *x = m->x;
    int64_t sum = 0;
    uint16_t *pair = m->refine[2][hashed(node | (m->recent & 0xFFFF) << 8, 9) >> 18];
    uint16_t *words = m->refine[3][hashed(node ^ m->word << 8, 11) >> 18];
    SOON(pair);
    SOON(pair + STEPS - 1);
    SOON(words);
    SOON(words + STEPS - 1);
    SOON(m->refine[1][c1 << 8 | node] + STEPS / 2);
    if (place == 0 || place == 4)
        settle(m, place ? node : 0);
    for (i = 0; i < CONTEXTS; i++, x += EACH) {
        Cell *c = m->cell[i] = cell(m, i, sub);
        int seen = c->seen, known = seen < 10 ? 0 : seen < 24 ? 1 : seen < 60 ? 2 : 3;
        m->guess[i] = &m->guesses[i][known << 8 | c->history];
        if (!seen) {
            x[0] = x[1] = x[2] = 0;
            continue;
        }
        x[0] = t->stretch[c->likely];
        x[1] = seen >> SURE ? x[0] : (x[0] * seen) >> SURE;
        x[2] = t->stretch[*m->guess[i] >> 16];
        if (i < ORDERS)
            order = i;
    }
    for (k = 0; k < MATCHES; k++, x += 2) {
        Match *match = &m->match[k];
        uint32_t e = m->ring[match->at & (RING - 1)] | 256;
        match->bucket = -1;
        x[0] = x[1] = 0;
        if (!match->length)
            continue;
        if (e >> (8 - place) != node) {
            match->length = 0;
            continue;
        }
        {
            int l = (int)match->length;
            int b = l < 16 ? l : l < 32 ? 16 + ((l - 16) >> 2) : l < 64 ? 20 + ((l - 32) >> 3) : l < 512 ? 24 + ((l - 64) >> 6) : 31;
            int likely = (int)(m->trusts[k][b] >> 16), s = t->stretch[likely], d = (likely - 32768) >> 5;
            match->bit = e >> (7 - place) & 1;
            match->bucket = b;
            x[0] = match->bit ? s : -s;
            x[1] = match->bit ? d : -d;
            met = b + 1;
        }
    }
    x[0] = x[1] = x[2] = 0;
    if (m->has) {
        uint64_t whole = m->tree[node], v = whole ? (m->tree[2 * node + 1] << 16) / whole : 32768;
        int likely = v < 1 ? 1 : v > 65535 ? 65535 : (int)v, s = t->stretch[likely];
        band = (s + 3072) >> 8;
        x[0] = s;
        x[1] = (likely - 32768) >> 5;
        x[2] = t->stretch[refined(m, REFINES, m->guided[c1 << 8 | node], s)];
    }
    x[3] = 256;
    {
        int32_t(*w)[PADDED] = m->weights;
        m->row[0] = w[met];
        m->row[1] = w[64 + node];
        m->row[2] = w[320 + c1];
        m->row[3] = w[576 + (c2 << 3 | (uint32_t)place)];
        m->row[4] = w[2624 + (t->sorts[c1] | t->sorts[c2] << 3 | t->sorts[c3] << 6)];
        m->row[5] = w[3136 + (order << 3 | place) + (met > 15 ? 64 : met ? 128 : 0)];
        m->row[6] = w[3328 + (band << 3 | order)];
        m->row[7] = w[3584 + ((m->spoken > 15 ? 15 : m->spoken) << 3 | (uint32_t)place)];
    }
    mix(m->x, m->row, m->logits);
    m->final = m->last[node];
    for (k = 0; k < SETS; k++) {
        m->mixed[k] = t->squash[m->logits[k] + EDGE];
        sum += (int64_t)m->final[k] * m->logits[k];
    }
    logit = cut(sum >> 16);
    p = m->likely = t->squash[logit + EDGE];
    a[0] = refined(m, 0, m->refine[0][node], logit);
    a[1] = refined(m, 1, m->refine[1][c1 << 8 | node], logit);
    a[2] = refined(m, 2, pair, logit);
    a[3] = refined(m, 3, words, logit);
    p = (2 * p + a[0] + 2 * a[1] + 2 * a[2] + a[3]) >> 3;
    return p < 1 ? 1 : p > 65535 ? 65535 : p;
}

static void adapt(const Tables *t, uint32_t *slot, int yes, uint32_t most)
{
    uint32_t count = *slot & 1023;
    int32_t p = (int32_t)(*slot >> 10);
    p += (int32_t)(((int64_t)((yes ? 4194303 : 0) - p) * t->rates[count]) >> 16);
    *slot = (uint32_t)p << 10 | (count < most ? count + 1 : count);
}

static void tell(Mixing *m, int bit)
{
    const Tables *t = &m->tables;
    int target = bit ? 65535 : 0, i, k;
    uint32_t slow = m->bits >> SLOWING;
    int rate = RATE + (FASTER >> (slow > 20 ? 20 : slow));
    int32_t errors[SETS], e;
    for (k = 0; k < SETS; k++)
        errors[k] = (((bit << 16) - m->mixed[k]) * rate) >> 8;
    train(m->x, m->row, errors);
    e = (((bit << 16) - m->likely) * LAST_RATE) >> 8;
    for (k = 0; k < SETS; k++) {
        int32_t v = m->final[k] + ((m->logits[k] * e + 32768) >> 16);
        m->final[k] = v > SAFE ? SAFE : v < -SAFE ? -SAFE : v;
    }
    for (i = 0; i < CONTEXTS; i++) {
        Cell *c = m->cell[i];
        if (c->seen)
            adapt(t, m->guess[i], bit, KNOWN);
        c->likely = (uint16_t)(c->likely + (((target - c->likely) * (int64_t)t->rates[c->seen]) >> 16));
        c->seen += c->seen < MOST;
        c->history = (uint8_t)(c->history < 128 ? c->history << 1 | bit
                                                : 128 | ((c->history << 1 | bit) & 127));
    }
    for (k = 0; k < MATCHES; k++) {
        Match *match = &m->match[k];
        if (match->bucket < 0)
            continue;
        adapt(t, &m->trusts[k][match->bucket], match->bit == bit, KNOWN);
        if (match->bit != bit)
            match->length = 0;
    }
    for (k = 0; k < REFINES + (m->has != 0); k++) {
        uint16_t *slot = m->refined[k] + m->steps[k], first = t->rows[m->steps[k]];
        int now = (uint16_t)(*slot + first);
        *slot = (uint16_t)(now + ((target - now) >> 5) - first);
    }
    m->bits += m->bits < UINT32_MAX;
}

/* --- the coder ---------------------------------------------------------------------------- */

static void carry(Encoder *c)
{
    uint64_t at = c->written;
    c->low &= 0xFFFFFFFFu;
    while (at > 0 && ++c->out[--at] == 0)
        ;
}

static void put(Encoder *c, int bit, int likely)
{
    uint32_t bound = (uint32_t)((uint64_t)c->range * (uint32_t)likely >> 16);
    if (bit)
        c->range = bound;
    else {
        c->low += bound;
        c->range -= bound;
        if (c->low >> 32 && !c->over)
            carry(c);
        c->low &= 0xFFFFFFFFu;
    }
    while (c->range < 1u << 24) {
        if (c->written < c->limit)
            c->out[c->written++] = (uint8_t)(c->low >> 24);
        else
            c->over = 1;
        c->low = c->low << 8 & 0xFFFFFFFFu;
        c->range <<= 8;
    }
}

static uint8_t next(Decoder *c)
{
    return c->at < c->size ? c->in[c->at++] : (c->at++, 0);
}

static int get(Decoder *c, int likely)
{
    uint32_t bound = (uint32_t)((uint64_t)c->range * (uint32_t)likely >> 16);
    int bit = c->ahead < bound;
    if (bit)
        c->range = bound;
    else {
        c->ahead -= bound;
        c->range -= bound;
    }
    while (c->range < 1u << 24) {
        c->range <<= 8;
        c->ahead = c->ahead << 8 | next(c);
    }
    return bit;
}

/* --- from outside ------------------------------------------------------------------------- */

static void plant(Mixing *m, const uint32_t *counts)
{
    int i;
    m->has = counts != NULL;
    if (!m->has)
        return;
    for (i = 0; i < 256; i++)
        m->tree[256 + i] = counts[i];
    for (i = 255; i; i--)
        m->tree[i] = m->tree[2 * i] + m->tree[2 * i + 1];
}

void *enfold_mixing_new(const int16_t *stretch, const uint16_t *squash, const int32_t *rates,
                        const uint16_t *first, const uint16_t *rows, const uint8_t *kinds,
                        const uint8_t *sorts, const int32_t *weights)
{
    Mixing *m = calloc(1, sizeof *m);
    int i, j, k;
    if (!m)
        return NULL;
    m->tables = (Tables){stretch, squash, rates, first, rows, kinds, sorts};
    for (i = 0; i < CONTEXTS; i++)
        for (j = 0; j < 1024; j++)
            m->guesses[i][j] = (uint32_t)first[j & 255] << 16 | BEGUN;
    for (k = 0; k < MATCHES; k++)
        for (j = 0; j < 32; j++)
            m->trusts[k][j] = (uint32_t)(65536 - 65536 / (j + 3)) << 16 | 2;
    for (i = 0; i < ROWS; i++)
        memcpy(m->weights[i], weights, INPUTS * sizeof *weights);
    for (i = 0; i < 256; i++)
        for (k = 0; k < SETS; k++)
            m->last[i][k] = 65536 / SETS;
    return m;
}

void enfold_mixing_free(void *mixing)
{
    free(mixing);
}

/* Makes a twin that stands between turns where `mixing` does. Pages that were never met are not
 * taken: they are zeros on both sides. */
void *enfold_mixing_copy(const void *mixing)
{
    enum { PAGE = 4096 };
    static const char zeros[PAGE];
    const char *from = mixing;
    char *to = calloc(1, sizeof(Mixing));
    size_t at, size;
    if (!to)
        return NULL;
    for (at = 0; at < sizeof(Mixing); at += PAGE) {
        size = sizeof(Mixing) - at < PAGE ? sizeof(Mixing) - at : PAGE;
        if (memcmp(from + at, zeros, size))
            memcpy(to + at, from + at, size);
    }
    return to;
}

/* Gives part `which` of what was learnt, and its bytes; NULL behind the last. For tests. */
const void *enfold_mixing_part(const void *mixing, int which, uint64_t *size)
{
    const Mixing *m = mixing;
#define PART(n, field) \
    case n: \
        *size = sizeof m->field; \
        return &m->field
    switch (which) {
        PART(0, cells);
        PART(1, guesses);
        PART(2, trusts);
        PART(3, weights);
        PART(4, last);
        PART(5, refine);
        PART(6, guided);
        PART(7, ring);
        PART(8, where);
        PART(9, follow);
    case 10:
        *size = 13 * sizeof(uint32_t);
        return &m->position;
    case 11:
        *size = sizeof m->match;
        return &m->match;
    default:
        return NULL;
    }
#undef PART
}

void enfold_mixing_begin(void *mixing, const uint8_t *author, uint64_t size)
{
    Mixing *m = mixing;
    uint64_t i;
    if (size) {
        m->speaker = 0;
        for (i = 0; i < size; i++)
            m->speaker = hashed(m->speaker + author[i], 3);
        push(m, '\n');
        for (i = size > 8 ? size - 8 : 0; i < size; i++)
            push(m, author[i]);
        push(m, 2);
        m->word = 0;
        m->spoken = 0;
        m->line = m->position;
        m->column = 0;
    }
    look(m);
}

/* `out` takes `limit` bytes and is kept by the caller until `finish`. */
void enfold_mixing_start(void *mixing, uint8_t *out, uint64_t limit)
{
    ((Mixing *)mixing)->encoder = (Encoder){0, 0xFFFFFFFFu, out, 0, limit, 0};
}

void enfold_mixing_encode(void *mixing, const uint8_t *text, uint64_t size, const uint32_t *counts)
{
    Mixing *m = mixing;
    uint64_t i;
    int place;
    for (i = 0; i < size; i++) {
        uint32_t node = 1;
        plant(m, counts ? counts + i * 256 : NULL);
        for (place = 0; place < 8; place++) {
            int bit = text[i] >> (7 - place) & 1, likely = guess(m, node, place);
            put(&m->encoder, bit, likely);
            tell(m, bit);
            node = node << 1 | (uint32_t)bit;
        }
        push(m, text[i]);
        look(m);
    }
}

/* What a bit of likelihood p in 65536 tells: 16 - log2(p), in 2^-16 bits, by squaring. */
static uint32_t told(uint32_t p)
{
    uint32_t whole = 0, part = 0, k;
    uint64_t x;
    while (p >> (whole + 1))
        whole++;
    x = (uint64_t)p << (31 - whole);
    for (k = 0; k < 16; k++) {
        x = x * x >> 31;
        part = part << 1 | (uint32_t)(x >> 32);
        x >>= x >> 32;
    }
    return (16u << 16) - (whole << 16 | part);
}

/* Reads some bytes and gives what they tell, in 2^-16 bits; nothing is coded. */
uint64_t enfold_mixing_weigh(void *mixing, const uint8_t *text, uint64_t size, const uint32_t *counts)
{
    Mixing *m = mixing;
    uint64_t i, sum = 0;
    int place;
    for (i = 0; i < size; i++) {
        uint32_t node = 1;
        plant(m, counts ? counts + i * 256 : NULL);
        for (place = 0; place < 8; place++) {
            int bit = text[i] >> (7 - place) & 1, likely = guess(m, node, place);
            sum += told((uint32_t)(bit ? likely : 65536 - likely));
            tell(m, bit);
            node = node << 1 | (uint32_t)bit;
        }
        push(m, text[i]);
        look(m);
    }
    return sum;
}

/* Ends the code: bytes of it with its zeros dropped, or -1 where `limit` does not hold it or
 * more than ZEROS were dropped. */
int64_t enfold_mixing_finish(void *mixing)
{
    Encoder *c = &((Mixing *)mixing)->encoder;
    uint64_t last = c->low + c->range - 1, value = 0, whole = c->written + 4;
    int dropped, i;
    if (c->over)
        return -1;
    for (dropped = 32; dropped >= 0; dropped -= 8) {
        value = last >> dropped << dropped;
        if (value >= c->low)
            break;
    }
    if (value >> 32)
        carry(c);
    for (i = 24; i >= 0 && (uint32_t)value; i -= 8, value = value << 8 & 0xFFFFFFFFu) {
        if (c->written == c->limit)
            return -1;
        c->out[c->written++] = (uint8_t)(value >> 24);
    }
    while (c->written && !c->out[c->written - 1])
        c->written--;
    if (whole - c->written > ZEROS)
        return -1;
    return (int64_t)c->written;
}

/* `in` is kept by the caller until the turn is decoded. What is decoded is coded again after
 * `start`, so that `finish` tells whether this is the code that was made. */
void enfold_mixing_open(void *mixing, const uint8_t *in, uint64_t size)
{
    Decoder *c = &((Mixing *)mixing)->decoder;
    int i;
    *c = (Decoder){in, size, 0, 0xFFFFFFFFu, 0};
    for (i = 0; i < 4; i++)
        c->ahead = c->ahead << 8 | next(c);
}

/* A bit beside the text, of a likelihood that the caller knows. */
void enfold_mixing_put(void *mixing, int bit, int likely)
{
    put(&((Mixing *)mixing)->encoder, bit, likely);
}

int enfold_mixing_get(void *mixing, int likely)
{
    Mixing *m = mixing;
    int bit = get(&m->decoder, likely);
    put(&m->encoder, bit, likely);
    return bit;
}

/* Gives how many bytes were decoded: fewer where no code reaches as far. */
uint64_t enfold_mixing_decode(void *mixing, uint8_t *text, uint64_t size, const uint32_t *counts)
{
    Mixing *m = mixing;
    uint64_t i;
    int place;
    for (i = 0; i < size && m->decoder.at <= m->decoder.size + ZEROS; i++) {
        uint32_t node = 1;
        plant(m, counts ? counts + i * 256 : NULL);
        for (place = 0; place < 8; place++) {
            int likely = guess(m, node, place), bit = get(&m->decoder, likely);
            put(&m->encoder, bit, likely);
            tell(m, bit);
            node = node << 1 | (uint32_t)bit;
        }
        text[i] = (uint8_t)node;
        push(m, node & 255);
        look(m);
    }
    return i;
}
