#include "tests/npu/brute.h"

#include <string.h>

struct port { /* words still to move in the pass at hand */
    uint64_t reads, writes;
};

struct walk {
    const struct ask *q;
    struct counted *out;
    struct port port[MAX_MEMORIES];
};

/* Moves `elements` of `bits` each, a word at a time. */
static void move(struct walk *w, enum operand o, int memory, uint64_t elements, uint64_t bits,
                 bool write)
{
    if (memory < 0)
        return;
    uint64_t left = elements * bits, word = w->q->a->memory[memory].word_bits;
    while (left) {
        uint64_t now = left < word ? left : word;
        if (write) {
            w->out->writes[o]++;
            w->out->write_bits[o] += now;
            w->port[memory].writes++;
        } else {
            w->out->reads[o]++;
            w->out->read_bits[o] += now;
            w->port[memory].reads++;
        }
        left -= now;
    }
}

/* Cycles until the array has done its steps and every memory has moved its words. */
static uint64_t serve(struct walk *w, uint64_t steps)
{
    uint64_t cycles = 0;
    for (bool busy = true; busy; cycles++) {
        busy = false;
        if (steps)
            steps--;
        busy |= steps > 0;
        for (int m = 0; m < w->q->a->nmemories; m++) {
            const struct npu_memory *mem = &w->q->a->memory[m];
            struct port *p = &w->port[m];
            for (uint64_t b = 0; b < mem->banks; b++) {
                uint64_t any = mem->shared_ports;
                for (uint64_t i = 0; i < mem->read_ports && p->reads; i++)
                    p->reads--;
                for (uint64_t i = 0; i < mem->write_ports && p->writes; i++)
                    p->writes--;
                for (; any && p->reads; any--)
                    p->reads--;
                for (; any && p->writes; any--)
                    p->writes--;
            }
            busy |= p->reads || p->writes;
        }
    }
    return cycles;
}

static uint64_t cycles_for(const struct npu_memory *m, uint64_t elements, uint64_t bits, bool write)
{
    uint64_t cycles = 0, left = elements * bits;
    while (left) {
        uint64_t ports = m->shared_ports ? m->shared_ports : write ? m->write_ports : m->read_ports;
        for (uint64_t i = 0; i < m->banks * ports && left; i++)
            left -= left < m->word_bits ? left : m->word_bits;
        cycles++;
    }
    return cycles;
}

static int source(const struct ask *q)
{
    return q->a->home[q->streams_in ? ROLE_LINES : ROLE_FEATURES];
}

static int sink(const struct ask *q)
{
    return q->a->home[q->streams_out ? ROLE_LINES : ROLE_FEATURES];
}

static int tap_inside(const struct layer *l, int oy, int ox, int ky, int kx)
{
    int y = oy * l->stride - l->pad + ky, x = ox * l->stride_x - l->pad_x + kx;
    return y >= 0 && y < l->in_h && x >= 0 && x < l->in_w;
}

static uint64_t parts(const struct layer *l)
{
    return l->op == OP_GROUP_CONV2D ? (uint64_t)l->groups : 1;
}

static void input_of_pass(struct walk *w, uint64_t n, bool lines)
{
    const struct ask *q = w->q;
    const struct layer *l = q->l;
    int features = source(q), line = q->a->home[ROLE_LINES];
    uint64_t channels =
        l->op == OP_CONV2D || l->op == OP_GROUP_CONV2D ? (uint64_t)l->in_c / parts(l) : n;
    switch (l->op) {
    case OP_ADD:
    case OP_COMBINE:
        for (int i = 0; i < l->out_h * l->out_w; i++) {
            move(w, OPD_INPUT, features, n, q->abits, false);
            move(w, OPD_SHORTCUT, features, n, q->abits, false);
        }
        return;
    case OP_SCALE:
        move(w, OPD_SHORTCUT, features, n, q->abits, false);
        /* fall through */
    case OP_CONCAT:
    case OP_SLICE:
    case OP_CHANNEL_SHUFFLE:
        for (int i = 0; i < l->out_h * l->out_w; i++)
            move(w, OPD_INPUT, features, n, q->abits, false);
        return;
    case OP_GLOBAL_AVG_POOL:
        for (int i = 0; i < l->in_h * l->in_w; i++)
            move(w, OPD_INPUT, features, n, q->abits, false);
        return;
    case OP_CONV2D:
    case OP_DEPTHWISE_CONV2D:
    case OP_GROUP_CONV2D:
    case OP_MAX_POOL:
    case OP_POINTWISE_CONV2D:
    case OP_FULLY_CONNECTED:
    case OP_TABLE: /* of .tflite files from here: a value of the input for each of the output */
    case OP_MOVE:
    case OP_REDUCE:
    case OP_AVERAGE_POOL:
    case OP_SOFTMAX:
    case OP_RESIZE:
    case OP_COUNT: break;
    }
    if (lines) {
        for (int i = 0; i < l->in_h * l->in_w; i++) {
            move(w, OPD_INPUT, features, channels, q->abits, false);
            move(w, OPD_LINE, line, channels, q->abits, true);
            for (int k = 1; k < l->kernel; k++)
                move(w, OPD_LINE, line, channels, q->abits, false);
        }
        return;
    }
    for (int y = 0; y < l->out_h; y++)
        for (int x = 0; x < l->out_w; x++)
            for (int ky = 0; ky < l->kernel; ky++)
                for (int kx = 0; kx < l->kernel_x; kx++)
                    if (tap_inside(l, y, x, ky, kx))
                        move(w, OPD_INPUT, features, channels, q->abits, false);
}

void brute_walk(const struct ask *q, struct counted *out)
{
    const struct layer *l = q->l;
    const struct accelerator *a = q->a;
    struct walk w = {.q = q, .out = out};
    memset(out, 0, sizeof *out);
    uint64_t rows = 1, columns = a->vector_lanes, pixels = 1, flight = 1,
             latency = a->engine[0].latency;
    bool dw = l->op == OP_DEPTHWISE_CONV2D,
         direct = l->op == OP_POINTWISE_CONV2D || l->op == OP_FULLY_CONNECTED;
    if (q->engine) {
        rows = q->engine->rows, columns = q->engine->columns, pixels = q->engine->pixels;
        flight = q->engine->in_flight, latency = q->engine->latency;
        if (dw && q->engine->depthwise == DW_NAIVE) {
            columns = rows < columns ? rows : columns;
            rows = 1;
        }
    }
    uint64_t taps = (uint64_t)l->kernel * (uint64_t)l->kernel_x, all = 1;
    uint64_t channels_in = (uint64_t)l->in_c / parts(l),
             channels_out = (uint64_t)l->out_c / parts(l);
    switch (l->op) {
    case OP_CONV2D:
    case OP_GROUP_CONV2D: all = taps * channels_in; break;
    case OP_DEPTHWISE_CONV2D:
    case OP_MAX_POOL: all = taps; break;
    case OP_POINTWISE_CONV2D: all = (uint64_t)l->in_c; break;
    case OP_FULLY_CONNECTED: all = (uint64_t)l->in_c * (uint64_t)l->in_h * (uint64_t)l->in_w; break;
    case OP_GLOBAL_AVG_POOL: all = (uint64_t)l->in_h * (uint64_t)l->in_w; break;
    case OP_ADD:
    case OP_SCALE:
    case OP_CONCAT:
    case OP_SLICE:
    case OP_CHANNEL_SHUFFLE:
    case OP_TABLE:
    case OP_MOVE:
    case OP_COMBINE:
    case OP_REDUCE:
    case OP_AVERAGE_POOL:
    case OP_SOFTMAX:
    case OP_RESIZE:
    case OP_COUNT: break;
    }
    uint64_t positions = (uint64_t)l->out_h * (uint64_t)l->out_w;
    bool window = l->op == OP_CONV2D || l->op == OP_GROUP_CONV2D || dw,
         lines = window && l->kernel > 1 && a->home[ROLE_LINES] >= 0;
    bool psum = flight > 1 && all > rows;
    uint64_t last_n = 0;

    for (uint64_t g = 0; g < parts(l); g++) {
        for (uint64_t c = 0; c < channels_out; c += columns) {
            uint64_t n = channels_out - c < columns ? channels_out - c : columns, steps = 0;
            memset(w.port, 0, sizeof w.port);
            last_n = n;
            for (uint64_t from = 0; from < positions;) { /* a block of positions in flight */
                uint64_t end = from;
                for (uint64_t f = 0; f < flight && end < positions; f++)
                    end = end + pixels < positions ? end + pixels : positions;
                for (uint64_t k = 0; k < all; k += rows) {
                    uint64_t r = all - k < rows ? all - k : rows;
                    if (op_weighted(l->op))
                        move(&w, OPD_WEIGHT, a->home[ROLE_WEIGHTS], r * n, q->wbits, false);
                    for (uint64_t p = from; p < end; p += pixels) {
                        steps++;
                        for (uint64_t i = p; i < p + pixels && i < end; i++) {
                            out->macs += op_weighted(l->op) ? r * n : 0;
                            if (direct)
                                move(&w, OPD_INPUT, source(q), r, q->abits, false);
                            if (psum && k)
                                move(&w, OPD_PSUM, a->home[ROLE_PSUM], n, a->acc_bits, false);
                            if (psum && k + rows < all)
                                move(&w, OPD_PSUM, a->home[ROLE_PSUM], n, a->acc_bits, true);
                        }
                    }
                }
                from = end;
            }
            if (!direct)
                input_of_pass(&w, n, lines);
            if (l->bn || l->bias)
                move(&w, OPD_AFFINE, a->home[ROLE_AFFINE], n, a->affine_bits, false);
            for (int i = 0; i < q->out_h * q->out_w; i++) {
                if (q->shortcut)
                    move(&w, OPD_SHORTCUT, a->home[ROLE_FEATURES], n, q->abits, false);
                move(&w, OPD_OUTPUT, sink(q), n, q->abits, true);
            }
            out->steps += steps;
            out->cycles += serve(&w, steps);
        }
    }

    const struct npu_memory *features = &a->memory[source(q)];
    uint64_t first = channels_out < columns ? channels_out : columns;
    out->fill = latency;
    if (lines) { /* the raster runs until the first window is complete */
        uint64_t need = 0, arrived = 0, words = 0, channels = dw ? first : channels_in;
        for (int y = 0; y < l->in_h; y++)
            for (int x = 0; x < l->in_w; x++) {
                arrived++;
                for (int ky = 0; ky < l->kernel; ky++)
                    for (int kx = 0; kx < l->kernel_x; kx++)
                        if (ky - l->pad == y && kx - l->pad_x == x)
                            need = arrived;
            }
        for (uint64_t i = 0; i < need; i++)
            for (uint64_t left = channels * q->abits; left;
                 left -= left < features->word_bits ? left : features->word_bits)
                words++;
        out->fill += cycles_for(features, words, features->word_bits, false);
    }
    if (op_weighted(l->op))
        out->fill += cycles_for(&a->memory[a->home[ROLE_WEIGHTS]],
                                (all < rows ? all : rows) * first, q->wbits, false);
    out->store = cycles_for(&a->memory[sink(q)], last_n, q->abits, true);
}

struct buffer {
    uint64_t part, total; /* bits of a part and of the whole */
    uint64_t resident;    /* which part is there; UINT64_MAX: none */
    uint64_t loaded;      /* bits brought in */
};

static void want(struct buffer *b, uint64_t part)
{
    if (b->resident == part)
        return;
    uint64_t from = part * b->part;
    b->loaded += b->total - from < b->part ? b->total - from : b->part;
    b->resident = part;
}

static void dram_order(struct buffer *outer, struct buffer *inner)
{
    for (uint64_t o = 0; o * outer->part < outer->total; o++) {
        want(outer, o);
        for (uint64_t i = 0; i * inner->part < inner->total; i++)
            want(inner, i);
    }
}

void brute_dram(const struct ask *q, uint64_t *map_bits, uint64_t *weight_bits)
{
    const struct accelerator *a = q->a;
    uint64_t best = UINT64_MAX;
    for (int order = 0; order < 2; order++) {
        struct buffer map = {a->memory[a->home[ROLE_FEATURES]].bytes * 8 / 4,
                             (uint64_t)(q->l->in_h * q->l->in_w * q->l->in_c) * q->abits,
                             UINT64_MAX, 0};
        struct buffer weights = {a->memory[a->home[ROLE_WEIGHTS]].bytes * 8 / 2,
                                 q->l->weights * q->wbits, UINT64_MAX, 0};
        if (order)
            dram_order(&map, &weights);
        else
            dram_order(&weights, &map);
        if (!weights.total)
            map.loaded = map.total;
        if (map.loaded + weights.loaded < best) {
            best = map.loaded + weights.loaded;
            *map_bits = map.loaded;
            *weight_bits = weights.loaded;
        }
    }
}
