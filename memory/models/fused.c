/* The passes of the byte model's training that torch would make one by one, each over memory:
 * normalise, gate and scan, embed, score. Floats, for learning only: nothing here decides a
 * code. Vectors of 16 by the compiler's own extension, so that any processor will do.
 * Tensors are contiguous; bf16 travels as uint16_t; widths are multiples of 16. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#define W 16
#define LIMIT 8.0f /* candidates and gates live in -8..8: what the integer tables cover */

typedef float f32 __attribute__((vector_size(4 * W), aligned(4)));
typedef int32_t i32 __attribute__((vector_size(4 * W), aligned(4)));
typedef uint32_t u32 __attribute__((vector_size(4 * W), aligned(4)));
typedef uint16_t u16 __attribute__((vector_size(2 * W), aligned(2)));

static inline f32 wide(const uint16_t *from) {
    u16 half;
    memcpy(&half, from, sizeof half);
    return (f32)(__builtin_convertvector(half, u32) << 16);
}
static inline void narrow(uint16_t *to, f32 value) { /* to nearest, ties to even */
    u32 bits = (u32)value;
    u16 half = __builtin_convertvector((bits + 0x7fff + ((bits >> 16) & 1)) >> 16, u16);
    memcpy(to, &half, sizeof half);
}
static inline f32 load(const float *from) { f32 v; memcpy(&v, from, sizeof v); return v; }
static inline void store(float *to, f32 v) { memcpy(to, &v, sizeof v); }
static inline f32 all(float x) { return x - (f32){0}; }
static inline f32 pick(i32 mask, f32 yes, f32 no) {
    return (f32)((mask & (i32)yes) | (~mask & (i32)no));
}
static inline f32 clip(f32 x, float low, float high) {
    x = pick(x < low, all(low), x);
    return pick(x > high, all(high), x);
}
static inline f32 expo(f32 x) { /* e^x, relative error below 1e-6 */
    const f32 magic = all(12582912.0f);
    x = clip(x, -87.0f, 87.0f) * 1.44269504f;
    f32 t = x + magic;
    f32 r = x - (t - magic);
    f32 p = 1.0f + r * (0.69314718f + r * (0.24022651f + r * (0.05550411f
            + r * (0.00961813f + r * 0.00133336f))));
    return p * (f32)(((i32)t - (i32)magic + 127) << 23);
}
static inline f32 sigmoid(f32 x) { return 1.0f / (1.0f + expo(-x)); }
typedef float f32x8 __attribute__((vector_size(32)));
typedef float f32x4 __attribute__((vector_size(16)));
static inline float total(f32 v) {
    f32x8 low, high;
    memcpy(&low, &v, 32);
    memcpy(&high, (const char *)&v + 32, 32);
    low += high;
    f32x4 a, b;
    memcpy(&a, &low, 16);
    memcpy(&b, (const char *)&low + 16, 16);
    a += b;
    return (a[0] + a[2]) + (a[1] + a[3]);
}

/* x[n][d] -> out[n][d] = x / rms(x); scale[n] = 1 / rms. */
void enfold_norm(const float *x, uint16_t *out, float *scale, int64_t n, int64_t d, float eps) {
    for (int64_t i = 0; i < n; i++) {
        const float *row = x + i * d;
        f32 s = all(0);
        for (int64_t j = 0; j < d; j += W) { f32 v = load(row + j); s += v * v; }
        float r = 1.0f / sqrtf(total(s) / (float)d + eps);
        scale[i] = r;
        for (int64_t j = 0; j < d; j += W) narrow(out + i * d + j, load(row + j) * r);
    }
}
void enfold_norm_back(const float *x, const float *scale, const uint16_t *dout, float *dx,
                      int64_t n, int64_t d) {
    for (int64_t i = 0; i < n; i++) {
        const float *row = x + i * d;
        const uint16_t *g = dout + i * d;
        float r = scale[i];
        f32 s = all(0);
        for (int64_t j = 0; j < d; j += W) s += wide(g + j) * load(row + j);
        float along = total(s) * r * r * r / (float)d;
        for (int64_t j = 0; j < d; j += W)
            store(dx + i * d + j, wide(g + j) * r - load(row + j) * along);
    }
}

/* p[b][t][3e] + bias[3e] = forget, candidate, gate. h <- c + f * (h * keep - c);
 * y = h * silu(g). The bias comes in here because a slow gate's does not fit bf16. */
void enfold_scan(const uint16_t *p, const float *bias, const uint8_t *keep, const float *first, uint16_t *y,
                 uint16_t *states, float *last, int64_t batch, int64_t time, int64_t e) {
    for (int64_t b = 0; b < batch; b++) {
        float *h = last + b * e;
        memcpy(h, first + b * e, sizeof(float) * (size_t)e);
        for (int64_t t = 0; t < time; t++) {
            int64_t at = b * time + t;
            const uint16_t *row = p + at * 3 * e;
            float k = keep[at] ? 1.0f : 0.0f;
            for (int64_t j = 0; j < e; j += W) {
                f32 f = sigmoid(wide(row + j) + load(bias + j));
                f32 c = clip(wide(row + e + j) + load(bias + e + j), -LIMIT, LIMIT);
                f32 g = clip(wide(row + 2 * e + j) + load(bias + 2 * e + j), -LIMIT, LIMIT);
                f32 v = c + f * (load(h + j) * k - c);
                store(h + j, v);
                narrow(states + at * e + j, v);
                narrow(y + at * e + j, v * g * sigmoid(g));
            }
        }
    }
}
/* dfirst arrives as the gradient of the last state and leaves as that of the first;
 * dbias[3e] is added to. */
void enfold_scan_back(const uint16_t *p, const float *bias, const uint8_t *keep, const float *first,
                      const uint16_t *states, const uint16_t *dy, float *dfirst, uint16_t *dp,
                      float *dbias, int64_t batch, int64_t time, int64_t e) {
    for (int64_t b = 0; b < batch; b++) {
        float *dh = dfirst + b * e;
        for (int64_t t = time - 1; t >= 0; t--) {
            int64_t at = b * time + t;
            const uint16_t *row = p + at * 3 * e;
            uint16_t *drow = dp + at * 3 * e;
            float k = keep[at] ? 1.0f : 0.0f;
            for (int64_t j = 0; j < e; j += W) {
                f32 f = sigmoid(wide(row + j) + load(bias + j));
                f32 raw_c = wide(row + e + j) + load(bias + e + j);
                f32 raw_g = wide(row + 2 * e + j) + load(bias + 2 * e + j);
                f32 c = clip(raw_c, -LIMIT, LIMIT), g = clip(raw_g, -LIMIT, LIMIT);
                f32 before = (t ? wide(states + (at - 1) * e + j) : load(first + b * e + j)) * k;
                f32 h = c + f * (before - c);
                f32 s = sigmoid(g), d = wide(dy + at * e + j);
                f32 dg = d * h * s * (1.0f + g * (1.0f - s));
                f32 dv = load(dh + j) + d * g * s;
                f32 df = dv * (before - c) * f * (1.0f - f);
                f32 dc = dv * (1.0f - f);
                dc = pick(raw_c == c, dc, all(0));
                dg = pick(raw_g == g, dg, all(0));
                narrow(drow + j, df);
                narrow(drow + e + j, dc);
                narrow(drow + 2 * e + j, dg);
                store(dbias + j, load(dbias + j) + df);
                store(dbias + e + j, load(dbias + e + j) + dc);
                store(dbias + 2 * e + j, load(dbias + 2 * e + j) + dg);
                store(dh + j, dv * f * k);
            }
        }
    }
}

/* x[n] = bytes[token] + the row of each n-gram, side by side; a row below 0 is left out. */
void enfold_embed(const int32_t *tokens, const int32_t *rows, const float *bytes,
                  const float *table, float *x, int64_t n, int64_t d, int64_t orders) {
    int64_t part = orders ? d / orders : 0;
    for (int64_t i = 0; i < n; i++) {
        float *out = x + i * d;
        memcpy(out, bytes + (int64_t)tokens[i] * d, sizeof(float) * (size_t)d);
        for (int64_t o = 0; o < orders; o++) {
            int64_t row = rows[o * n + i];
            if (row < 0) continue;
            const float *from = table + row * part;
            for (int64_t j = 0; j < part; j += W)
                store(out + o * part + j, load(out + o * part + j) + load(from + j));
        }
    }
}
/* Adds to dbytes and dtable; marks[row] = 1 where dtable was touched. */
void enfold_embed_back(const int32_t *tokens, const int32_t *rows, const float *dx,
                       float *dbytes, float *dtable, uint8_t *marks, int64_t n, int64_t d,
                       int64_t orders) {
    int64_t part = orders ? d / orders : 0;
    for (int64_t i = 0; i < n; i++) {
        const float *g = dx + i * d;
        float *to = dbytes + (int64_t)tokens[i] * d;
        for (int64_t j = 0; j < d; j += W) store(to + j, load(to + j) + load(g + j));
        for (int64_t o = 0; o < orders; o++) {
            int64_t row = rows[o * n + i];
            if (row < 0) continue;
            marks[row] = 1;
            float *at = dtable + row * part;
            for (int64_t j = 0; j < part; j += W)
                store(at + j, load(at + j) + load(g + o * part + j));
        }
    }
}
/* Adam on the rows that were touched; clears their gradients and marks. Rows not touched rest
 * with their moments: a rare n-gram is not moved by what others taught. */
void enfold_rows_adam(float *table, float *grad, float *mean, float *power, uint8_t *marks,
                      int64_t rows, int64_t part, float rate, float b1, float b2, float eps,
                      float fix1, float fix2, float clipping) {
    for (int64_t r = 0; r < rows; r++) {
        if (!marks[r]) continue;
        marks[r] = 0;
        for (int64_t j = r * part; j < (r + 1) * part; j += W) {
            f32 g = load(grad + j) * clipping;
            f32 m = load(mean + j) * b1 + g * (1 - b1);
            f32 v = load(power + j) * b2 + g * g * (1 - b2);
            f32 root;
            f32 vv = v * fix2;
            for (int i = 0; i < W; i++) root[i] = sqrtf(vv[i]);
            store(mean + j, m);
            store(power + j, v);
            store(table + j, load(table + j) - rate * fix1 * m / (root + eps));
            store(grad + j, all(0));
        }
    }
}
/* Sum of squares of the touched gradients. */
double enfold_rows_norm(const float *grad, const uint8_t *marks, int64_t rows, int64_t part) {
    double s = 0;
    for (int64_t r = 0; r < rows; r++) {
        if (!marks[r]) continue;
        f32 v = all(0);
        for (int64_t j = r * part; j < (r + 1) * part; j += W) { f32 g = load(grad + j); v += g * g; }
        s += total(v);
    }
    return s;
}

/* logits[n][257]: 256 bytes, then whether the turn ends here. target: 0..255 a byte, 256 the
 * end, below 0 nothing to learn. nats[n] = cost of the byte given that the turn goes on,
 * ends[n] = cost of the flag; dlogits is scaled by 1 / count. */
void enfold_score(const uint16_t *logits, const int32_t *target, float *nats, float *ends,
                  uint16_t *dlogits, int64_t n, float scale) {
    const int64_t width = 257;
    for (int64_t i = 0; i < n; i++) {
        const uint16_t *row = logits + i * width;
        uint16_t *drow = dlogits + i * width;
        nats[i] = ends[i] = 0;
        if (target[i] < 0) { memset(drow, 0, sizeof(uint16_t) * width); continue; }
        union { uint32_t u; float f; } last = {(uint32_t)row[256] << 16};
        float flag = target[i] == 256 ? 1.0f : 0.0f, x = last.f;
        float s = 1.0f / (1.0f + expf(-x));
        ends[i] = log1pf(expf(-fabsf(x))) + (x > 0 ? x : 0) - flag * x;
        union { float f; uint32_t u; } d = {(s - flag) * scale};
        drow[256] = (uint16_t)((d.u + 0x7fff + ((d.u >> 16) & 1)) >> 16);
        if (target[i] == 256) { memset(drow, 0, sizeof(uint16_t) * 256); continue; }
        f32 most = all(-3e38f), sum = all(0), e[256 / W];
        for (int64_t j = 0; j < 256; j += W) { f32 v = wide(row + j); most = pick(v > most, v, most); }
        float top = most[0];
        for (int j = 1; j < W; j++) top = most[j] > top ? most[j] : top;
        for (int64_t j = 0; j < 256; j += W) { e[j / W] = expo(wide(row + j) - top); sum += e[j / W]; }
        float z = total(sum), weight = scale / z;
        union { uint32_t u; float f; } hit = {(uint32_t)row[target[i]] << 16};
        nats[i] = logf(z) + top - hit.f;
        ((float *)e)[target[i]] -= z;
        for (int64_t j = 0; j < 256; j += W) narrow(drow + j, e[j / W] * weight);
    }
}

/* rows[o][n] of the n-gram table for every token. trail[b][reach] = the tokens before, oldest
 * first; at `start` it is filled with `start`. The hash is part of the frozen model. */
void enfold_rows(const int32_t *tokens, int32_t *trail, int32_t *rows, const int32_t *lengths,
                 const int32_t *bits, const int32_t *offsets, const uint32_t *salts,
                 int64_t orders, int64_t reach, int64_t batch, int64_t time, int32_t start) {
    int64_t n = batch * time;
    for (int64_t b = 0; b < batch; b++) {
        int32_t *past = trail + b * reach;
        for (int64_t t = 0; t < time; t++) {
            int32_t token = tokens[b * time + t];
            if (token == start) for (int64_t j = 0; j < reach; j++) past[j] = start;
            memmove(past, past + 1, sizeof(int32_t) * (size_t)(reach - 1));
            past[reach - 1] = token;
            for (int64_t o = 0; o < orders; o++) {
                uint32_t h = salts[o];
                for (int64_t j = reach - lengths[o]; j < reach; j++) {
                    h = (h ^ (uint32_t)past[j]) * 0x9E3779B1u;
                    h ^= h >> 15;
                }
                h *= 0x85EBCA77u;
                rows[o * n + b * time + t] = offsets[o] + (int32_t)(h >> (32 - bits[o]));
            }
        }
    }
}

/* Retention, step by step: a head's memory [key][value] stays in the first cache, which beats
 * products over chunks. p[b][t] = queries, keys, values of all heads (rows of `stride`);
 * S <- a S + s k'v; o = q S. */
void enfold_retain(const uint16_t *p, const float *a, const float *s, float *memory,
                   uint16_t *o, int64_t batch, int64_t time, int64_t heads, int64_t key,
                   int64_t value, int64_t stride) {
    for (int64_t bh = 0; bh < batch * heads; bh++) {
        int64_t b = bh / heads, h = bh % heads;
        float *S = memory + bh * key * value;
        for (int64_t t = 0; t < time; t++) {
            const uint16_t *row = p + (b * time + t) * stride;
            const uint16_t *v = row + heads * 2 * key + h * value;
            float q[256], k[256], decay = a[(b * time + t) * heads + h];
            float share = s[(b * time + t) * heads + h];
            for (int64_t i = 0; i < key; i += W) {
                store(q + i, wide(row + h * key + i));
                store(k + i, wide(row + (heads + h) * key + i) * share);
            }
            uint16_t *out = o + ((b * time + t) * heads + h) * value;
            int64_t j = 0;
            for (; j + 4 * W <= value; j += 4 * W) { /* four sums at once hide their latency */
                f32 got[4], given[4];
                for (int u = 0; u < 4; u++) { got[u] = all(0); given[u] = wide(v + j + u * W); }
                for (int64_t i = 0; i < key; i++) {
                    float *at = S + i * value + j;
                    for (int u = 0; u < 4; u++) {
                        f32 m = load(at + u * W) * decay + given[u] * k[i];
                        store(at + u * W, m);
                        got[u] += m * q[i];
                    }
                }
                for (int u = 0; u < 4; u++) narrow(out + j + u * W, got[u]);
            }
            for (; j < value; j += W) {
                f32 got = all(0), given = wide(v + j);
                for (int64_t i = 0; i < key; i++) {
                    f32 m = load(S + i * value + j) * decay + given * k[i];
                    store(S + i * value + j, m);
                    got += m * q[i];
                }
                narrow(out + j, got);
            }
        }
    }
}
/* dmemory arrives as the gradient of the last memory (it is not passed on further back than
 * the keys and values); dla = gradient of log a, by q.dq - k.dk summed from behind. */
void enfold_retain_back(const uint16_t *p, const float *a, const float *s, const float *first,
                        const uint16_t *dout, uint16_t *dp, float *dla, float *ds, float *space,
                        int64_t batch, int64_t time, int64_t heads, int64_t key, int64_t value,
                        int64_t stride) {
    for (int64_t bh = 0; bh < batch * heads; bh++) {
        int64_t b = bh / heads, h = bh % heads;
        float *S = space; /* transposed, [value][key]: sums over values need no shuffles */
        for (int64_t i = 0; i < key; i++)
            for (int64_t j = 0; j < value; j++)
                S[j * key + i] = first[(bh * key + i) * value + j];
        for (int64_t t = 0; t < time; t++) { /* forward again, for the queries */
            int64_t at = b * time + t, ath = at * heads + h;
            const uint16_t *row = p + at * stride;
            float v[256], d[256], along = 0, decay = a[ath];
            for (int64_t j = 0; j < value; j += W) {
                store(v + j, wide(row + heads * 2 * key + h * value + j));
                store(d + j, wide(dout + ath * value + j));
            }
            for (int64_t i = 0; i < key; i += W) {
                f32 k = wide(row + (heads + h) * key + i) * s[ath], even = all(0), odd = all(0);
                for (int64_t j = 0; j < value; j += 2) {
                    f32 m = load(S + j * key + i) * decay + k * v[j];
                    f32 n = load(S + (j + 1) * key + i) * decay + k * v[j + 1];
                    store(S + j * key + i, m);
                    store(S + (j + 1) * key + i, n);
                    even += m * d[j];
                    odd += n * d[j + 1];
                }
                even += odd;
                narrow(dp + at * stride + h * key + i, even);
                along += total(even * wide(row + h * key + i));
            }
            dla[ath] = along;
        }
        memset(S, 0, sizeof(float) * (size_t)(key * value));
        float behind = 0, next = 0;
        for (int64_t t = time - 1; t >= 0; t--) {
            int64_t at = b * time + t, ath = at * heads + h;
            const uint16_t *row = p + at * stride;
            uint16_t *drow = dp + at * stride;
            float q[256], k[256], v[256], d[256], dk[256], dv[256], own = 0;
            for (int64_t i = 0; i < key; i += W) {
                store(q + i, wide(row + h * key + i));
                store(k + i, wide(row + (heads + h) * key + i));
                store(dk + i, all(0));
            }
            for (int64_t j = 0; j < value; j += W) {
                store(v + j, wide(row + heads * 2 * key + h * value + j));
                store(d + j, wide(dout + ath * value + j));
            }
            for (int64_t j = 0; j < value; j++) {
                f32 sum = all(0);
                for (int64_t i = 0; i < key; i += W) {
                    f32 m = load(S + j * key + i) * next + load(q + i) * d[j];
                    store(S + j * key + i, m);
                    store(dk + i, load(dk + i) + m * v[j]);
                    sum += m * load(k + i);
                }
                dv[j] = total(sum) * s[ath];
            }
            for (int64_t i = 0; i < key; i += W) {
                f32 g = load(dk + i);
                own += total(g * load(k + i));
                narrow(drow + (heads + h) * key + i, g * s[ath]);
            }
            for (int64_t j = 0; j < value; j += W)
                narrow(drow + heads * 2 * key + h * value + j, load(dv + j));
            ds[ath] = own;
            behind += dla[ath] - own * s[ath];
            dla[ath] = behind;
            next = a[ath];
        }
    }
}

/* y = o / rms(o) * silu(g), the rms over each head's `value`; g, dg in rows of `stride`. */
void enfold_gate(const uint16_t *o, const uint16_t *g, uint16_t *y, int64_t n, int64_t heads,
                 int64_t value, int64_t stride, float eps) {
    for (int64_t i = 0; i < n * heads; i++) {
        const uint16_t *row = o + i * value;
        const uint16_t *gate = g + (i / heads) * stride + (i % heads) * value;
        f32 sum = all(0);
        for (int64_t j = 0; j < value; j += W) { f32 x = wide(row + j); sum += x * x; }
        float r = 1.0f / sqrtf(total(sum) / (float)value + eps);
        for (int64_t j = 0; j < value; j += W) {
            f32 z = clip(wide(gate + j), -LIMIT, LIMIT);
            narrow(y + i * value + j, wide(row + j) * r * z * sigmoid(z));
        }
    }
}
void enfold_gate_back(const uint16_t *o, const uint16_t *g, const uint16_t *dy, uint16_t *dout,
                      uint16_t *dg, int64_t n, int64_t heads, int64_t value, int64_t stride,
                      float eps) {
    for (int64_t i = 0; i < n * heads; i++) {
        const uint16_t *row = o + i * value;
        const uint16_t *gate = g + (i / heads) * stride + (i % heads) * value;
        uint16_t *dgate = dg + (i / heads) * stride + (i % heads) * value;
        f32 sum = all(0), dot = all(0);
        for (int64_t j = 0; j < value; j += W) {
            f32 x = wide(row + j), z = clip(wide(gate + j), -LIMIT, LIMIT);
            sum += x * x;
            dot += x * wide(dy + i * value + j) * z * sigmoid(z);
        }
        float r = 1.0f / sqrtf(total(sum) / (float)value + eps);
        float along = total(dot) * r * r * r / (float)value;
        for (int64_t j = 0; j < value; j += W) {
            f32 x = wide(row + j), raw = wide(gate + j), z = clip(raw, -LIMIT, LIMIT);
            f32 f = sigmoid(z), d = wide(dy + i * value + j);
            narrow(dout + i * value + j, d * z * f * r - x * along);
            f32 slope = d * x * r * f * (1.0f + z * (1.0f - f));
            narrow(dgate + j, pick(raw == z, slope, all(0)));
        }
    }
}
