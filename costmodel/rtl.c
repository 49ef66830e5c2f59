#include "costmodel/rtl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/data.h"
#include "costmodel/lockstep.h"
#include "costmodel/schedule.h"
#include "workloads/kernels/kernel.h"
#include "workloads/kernels/reference.h"

static const struct {
    const char *name;
    unsigned bits;
} fields[RTL_FIELDS] = {
#define FIELD(name, bits) {#name, bits},
#include "costmodel/rtl/program.def"
#undef FIELD
};

/* Files of costmodel/rtl/ that go into a folder as they are. */
static const char *const copied[] = {
    "accumulator.v",    "block_ram.v",      "delay_line.v", "feature_memory.v",  "line_buffer.v",
    "memory_bank.v",    "pe_array.v",       "pe_column.v",  "pool_stage.v",      "requantiser.v",
    "sequencer.v",      "shortcut_adder.v", "tinynpu.v",    "weight_memory.v",   "window.v",
    "testbench.v",      "simulate.sh",      "synth.ys",     "activity.v",        "toggle_counter.v",
    "image_input.v",    "result_output.v",  "board.v",      "testbench_board.v", "arty_a7_100t.v",
    "arty_a7_100t.xdc", "build.tcl",        "README",
};

struct job {
    const struct npu *n;
    const struct npu_private *p;
    const struct qmodel *q;
    const struct accelerator *a;
    const struct npu_engine *g;
    const struct npu_memory *features, *weights;
    struct npu_map *map; /* owned */
    int nmaps;
    struct rtl_design shape;
    uint64_t layers;               /* of the program */
    uint64_t affine_at, weight_at; /* next free line and word */
    struct buf program, affine, weight, image, expected, logits, counts;
};

static uint64_t positive(int v)
{
    return v > 0 ? (uint64_t)v : 0;
}

static unsigned log2_of(uint64_t v) /* rounded up */
{
    unsigned n = 0;
    while ((uint64_t)1 << n < v)
        n++;
    return n;
}

static bool refuse(const struct job *j, int layer, struct err *e, const char *what)
{
    return err_set(e, ERR_INPUT, "%s, layer %s: %s", j->a->name, j->n->net->layer[layer].name,
                   what);
}

/* Last layer that is done inside layer i: its map is what is stored. */
static int stored_by(const struct job *j, int i)
{
    int last = i;
    for (int k = i; k < j->n->nlayers; k++)
        if (j->p->work[k].exec == i)
            last = k;
    return last;
}

static uint64_t offset_of(const struct job *j, int layer)
{
    for (int k = 0; k < j->nmaps; k++)
        if (j->map[k].layer == layer)
            return j->map[k].offset;
    return 0;
}

static bool is_logits(const struct job *j, int i)
{
    return kernel_of(j->n->net, i) == KERNEL_FULLY_CONNECTED;
}

/* Can the array do what the description promises: one engine, whole bytes, banks that serve a run a
 * cycle. */
static bool check_accelerator(struct job *j, struct err *e)
{
    const struct accelerator *a = j->a;
    const struct npu_engine *g = &a->engine[0];
    const struct npu_memory *f = j->features, *w = j->weights;
    const char *why = NULL;
    if (!a->lockstep)
        why = "its timing is not lockstep";
    else if (a->nengines != 1 || a->nblock || a->dram >= 0)
        why = "the RTL has one engine, no block pipeline and no DRAM";
    else if (g->pixels != 1 || g->in_flight != 1 || g->depthwise != DW_TAPS)
        why = "the RTL has one pixel, one position in flight and depthwise by taps";
    else if (a->vector_lanes != g->columns)
        why = "the RTL has one vector lane for each column";
    else if (g->rows < 4 || g->columns < 4 || g->rows > 255 || g->columns > 255)
        why = "the RTL has 4 to 255 rows and columns";
    else if (j->n->abits != 8 || (j->n->wbits != 4 && j->n->wbits != 8) || a->affine_bits != 64)
        why = "the RTL has 8-bit activations, 4-bit or 8-bit weights and 64 bits of constants for "
              "a channel";
    else if (f->word_bits < 16 || f->word_bits & (f->word_bits - 1) || f->banks & (f->banks - 1) ||
             f->banks < 2)
        why = "its feature memory: expected words of 16, 32, 64, ... bits in 2, 4, 8, ... banks";
    else if (w->banks & (w->banks - 1) || w->banks < 2)
        why = "its weight memory: expected 2, 4, 8, ... banks";
    else if (lockstep_run_words(f, g->rows > g->columns ? g->rows : g->columns) > f->banks)
        why = "its feature memory does not read a row of the array in a cycle";
    else if (g->rows * g->columns * j->n->wbits > w->banks * w->word_bits)
        why = "its weight memory does not read a tile in a cycle";
    if (why)
        return err_set(e, ERR_INPUT, "%s has no RTL: %s", a->name, why);
    j->g = g;
    return true;
}

/* The shape that the design must have for this network; refuses layers that the RTL does not
 * know. */
static bool check_layers(struct job *j, struct err *e)
{
    const struct network *net = j->n->net;
    uint64_t kernel = 0, lanes = 0;
    lockstep_design(j->p, &j->shape);
    if (net->detector || net->tflite)
        return err_set(e, ERR_INPUT, "%s: the RTL runs classifiers of this project's quantiser",
                       net->name);
    for (int i = 0; i < net->nlayers; i++) {
        const struct layer *l = &net->layer[i];
        const struct qlayer *k = &j->q->layer[i];
        const struct work *w = &j->p->work[i];
        if (!w->runs)
            continue;
        j->layers++;
        if (op_class(l->op)->second != OP_SECOND_NONE && l->op != OP_ADD)
            return refuse(j, i, e, "the RTL has no such layer");
        if (l->op != OP_CONV2D && l->op != OP_DEPTHWISE_CONV2D && l->op != OP_POINTWISE_CONV2D &&
            l->op != OP_FULLY_CONNECTED && l->op != OP_MAX_POOL && l->op != OP_GLOBAL_AVG_POOL &&
            l->op != OP_ADD)
            return refuse(j, i, e, "the RTL has no such layer");
        if (k->bias || k->lut)
            return refuse(
                j, i, e,
                "a bias before the activation or a table behind it, which the RTL does not have");
        if (w->reading == READ_WINDOW) {
            if (l->kernel_x != l->kernel || l->stride_x != l->stride || l->pad_x != l->pad ||
                l->pad >= l->kernel || l->stride > l->kernel)
                return refuse(j, i, e,
                              "a window that is not square, or a stride or padding larger than it");
            if (kernel && kernel != positive(l->kernel))
                return refuse(j, i, e, "a second size of window");
            kernel = positive(l->kernel);
            if (w->dw && l->out_c != l->in_c)
                return refuse(j, i, e, "more output than input channels in a depthwise layer");
            if (!w->dw && (w->in_c > j->g->columns || (lanes && lanes != w->in_c)))
                return refuse(
                    j, i, e,
                    "a convolution of more channels than columns, or a second number of channels");
            if (!w->dw)
                lanes = w->in_c;
        }
    }
    if (j->layers > 255 || j->shape.ring > 15)
        return err_set(e, ERR_INPUT, "%s: more than 255 layers or 15 rows of lines", net->name);
    return true;
}

static bool put_line(struct job *j, int layer, const uint64_t *value, struct err *e)
{
    uint8_t bits[128] = {0};
    unsigned at = 0;
    for (int f = 0; f < RTL_FIELDS; f++) {
        uint64_t mask = ((uint64_t)1 << fields[f].bits) - 1;
        bool negative = value[f] >> 63; /* two's complement in the field's width */
        if (negative ? (~value[f] & ~(mask >> 1)) != 0 : (value[f] & ~mask) != 0)
            return err_set(e, ERR_INPUT,
                           "%s, layer %s: %lld does not fit the program's field %s of %u bits",
                           j->a->name, j->n->net->layer[layer].name, (long long)value[f],
                           fields[f].name, fields[f].bits);
        for (unsigned b = 0; b < fields[f].bits; b++, at++)
            bits[at / 8] |= (uint8_t)((value[f] >> b & 1) << at % 8);
    }
    for (unsigned b = (at + 7) / 8; b-- > 0;)
        buf_printf(&j->program, "%02x", bits[b]);
    buf_str(&j->program, "\n");
    return true;
}

/* Appends a tile to the weights, in words; `bits` holds them from the first. */
static void put_tile(struct job *j, const uint8_t *bits, uint64_t words)
{
    uint64_t word = j->weights->word_bits;
    for (uint64_t w = 0; w < words; w++) {
        for (uint64_t digit = ceil_div(word, 4); digit-- > 0;) {
            unsigned v = 0;
            for (unsigned b = 0; b < 4 && digit * 4 + b < word; b++) {
                uint64_t at = w * word + digit * 4 + b;
                v |= (unsigned)(bits[at / 8] >> at % 8 & 1) << b;
            }
            buf_printf(&j->weight, "%x", v);
        }
        buf_str(&j->weight, "\n");
    }
    j->weight_at += words;
}

static bool put_weights(struct job *j, int i, struct err *e)
{
    const struct layer *l = &j->n->net->layer[i];
    const struct work *w = &j->p->work[i];
    const int8_t *weights = j->q->layer[i].weights;
    uint64_t R = j->g->rows, C = j->g->columns, wb = j->n->wbits,
             room = j->weights->banks * j->weights->word_bits;
    bool window = w->reading == READ_WINDOW;
    uint8_t *bits = malloc(room / 8 + 1);
    if (!bits)
        return err_nomem(e);
    for (uint64_t c = 0; c < positive(l->out_c); c += C) {
        uint64_t n = positive(l->out_c) - c < C ? positive(l->out_c) - c : C;
        for (uint64_t k = 0; k < w->reduction; k += R) {
            uint64_t r = w->reduction - k < R ? w->reduction - k : R;
            memset(bits, 0, room / 8 + 1);
            for (uint64_t y = 0; y < r; y++)
                for (uint64_t x = 0; x < n; x++) {
                    unsigned v = (unsigned)weights[(c + x) * w->reduction + k + y];
                    v = wb == 4 ? v >> 4 & 15 : v & 255;
                    uint64_t at = (window ? y * C + x : x * R + y) * wb;
                    for (unsigned b = 0; b < wb; b++)
                        bits[(at + b) / 8] |= (uint8_t)((v >> b & 1) << (at + b) % 8);
                }
            put_tile(j, bits, lockstep_tile_words(j->n, w, r, n));
        }
    }
    free(bits);
    return true;
}

/* Multiplier and offset of each channel, a line for each pass; an average has the same for all. */
static void put_affine(struct job *j, int i)
{
    const struct layer *l = &j->n->net->layer[i];
    const struct qlayer *k = &j->q->layer[i];
    uint64_t C = j->g->columns, channels = l->op == OP_GLOBAL_AVG_POOL ? C : positive(l->out_c);
    for (uint64_t c = 0; c < channels; c += C) {
        for (uint64_t x = C; x-- > 0;) {
            uint64_t at = l->op == OP_GLOBAL_AVG_POOL ? 0 : c + x;
            bool there = c + x < channels;
            buf_printf(&j->affine, "%08x%08x", there ? (unsigned)k->off[at] : 0,
                       there ? (unsigned)k->mult[at] : 0);
        }
        buf_str(&j->affine, "\n");
        j->affine_at++;
    }
}

/* The addresses of a layer that walks: its taps, positions, rows and passes. */
static void walk_fields(const struct job *j, int i, uint64_t *v)
{
    const struct layer *l = &j->n->net->layer[i];
    const struct work *w = &j->p->work[i];
    uint64_t C = j->g->columns, in_c = positive(l->in_c), row = positive(l->in_w) * in_c;
    if (w->reading == READ_DIRECT) {
        v[RTL_out_w] = w->positions, v[RTL_out_h] = 1;
        v[RTL_taps_x] = ceil_div(w->reduction, j->g->rows), v[RTL_taps_y] = 1;
        v[RTL_tap_step] = j->g->rows;
        v[RTL_pos_step] = w->reduction;
        return;
    }
    uint64_t kx = 1, ky = 1, stride = 1, pad = 0;
    if (l->op == OP_MAX_POOL)
        kx = ky = positive(l->kernel), stride = positive(l->stride), pad = positive(l->pad);
    else if (l->op == OP_GLOBAL_AVG_POOL)
        kx = positive(l->in_w), ky = positive(l->in_h);
    v[RTL_taps_x] = kx, v[RTL_taps_y] = ky;
    v[RTL_stride] = stride, v[RTL_pad] = pad;
    v[RTL_in_start] -= pad * row + pad * in_c;
    v[RTL_tap_step] = in_c;
    v[RTL_tap_row_step] = row - (kx - 1) * in_c;
    v[RTL_pos_step] = stride * in_c;
    v[RTL_row_step] = stride * row;
    v[RTL_pass_step] = C;
}

static void window_fields(const struct job *j, int i, uint64_t *v)
{
    const struct layer *l = &j->n->net->layer[i];
    const struct work *w = &j->p->work[i];
    uint64_t ring = j->shape.ring, first = positive(l->kernel - l->pad);
    v[RTL_window] = 1;
    v[RTL_depthwise] = w->dw;
    v[RTL_taps_x] = ceil_div(w->reduction, j->g->rows), v[RTL_taps_y] = 1;
    v[RTL_stride] = positive(l->stride), v[RTL_pad] = positive(l->pad);
    v[RTL_first_columns] = first;
    v[RTL_prime_rows] = first < positive(l->in_h) ? first : positive(l->in_h);
    v[RTL_pass_rows] = lockstep_rows(l) % ring;
    v[RTL_pad_rows] = (ring - positive(l->pad) % ring) % ring;
    v[RTL_tap_step] = positive(l->in_c);
    v[RTL_pass_step] = w->dw ? j->g->columns : 0;
}

static bool put_layer(struct job *j, int i, struct err *e)
{
    const struct network *net = j->n->net;
    const struct layer *l = &net->layer[i];
    const struct work *w = &j->p->work[i];
    const struct qlayer *k = &j->q->layer[i];
    int last = stored_by(j, i), add = -1;
    bool vector = w->engine < 0, pool = false;
    uint64_t R = j->g->rows, C = j->g->columns, out_c = positive(l->out_c), v[RTL_FIELDS] = {0};
    uint64_t passes = ceil_div(out_c, C), n_last = out_c - (passes - 1) * C,
             k_last = w->reduction - (ceil_div(w->reduction, R) - 1) * R;
    for (int m = i; m <= last; m++) {
        add = net->layer[m].op == OP_ADD ? m : add;
        pool |= m > i && net->layer[m].op == OP_MAX_POOL;
    }
    v[RTL_passes] = passes, v[RTL_n_last] = n_last;
    v[RTL_out_w] = positive(l->out_w), v[RTL_out_h] = positive(l->out_h);
    v[RTL_in_w] = positive(l->in_w), v[RTL_in_h] = positive(l->in_h);
    v[RTL_in_start] = offset_of(j, l->in[0]);
    v[RTL_vector] = vector;
    v[RTL_pool] = pool;
    v[RTL_raw] = l->op == OP_MAX_POOL || l->op == OP_ADD;
    v[RTL_largest] = l->op == OP_MAX_POOL;
    v[RTL_result] = is_logits(j, i);
    v[RTL_relu] = (uint64_t)(k->relu != 0);
    v[RTL_k_last] = vector ? R : k_last;
    v[RTL_affine_base] = j->affine_at;
    v[RTL_affine_step] = !vector;
    v[RTL_zero_point] = v[RTL_raw] ? 0 : (uint64_t)k->in[0].zero_point & 255;
    v[RTL_shift] = (uint64_t)k->shift;
    v[RTL_least] = (uint64_t)k->act_min & 255, v[RTL_most] = (uint64_t)k->act_max & 255;
    v[RTL_out_base] = offset_of(j, last), v[RTL_out_step] = out_c;
    if (w->reading == READ_WINDOW)
        window_fields(j, i, v);
    else
        walk_fields(j, i, v);
    v[RTL_in_start] &= (1u << 20) - 1;
    if (add >= 0) {
        const struct qlayer *s = &j->q->layer[add];
        int first = net->layer[add].in[0],
            own = add == i || (first >= 0 && j->p->work[first].exec == i) ? 0 : 1;
        v[RTL_add] = 1;
        v[RTL_short_base] = offset_of(j, net->layer[add].in[1 - own]);
        v[RTL_own_multiplier] = (uint64_t)s->part[own].mult & 65535;
        v[RTL_other_multiplier] = (uint64_t)s->part[1 - own].mult & 65535;
        v[RTL_add_offset] = (uint64_t)s->part[0].off & UINT32_MAX;
        v[RTL_add_shift] = (uint64_t)s->part[0].shift;
    }
    if (w->weighted) {
        uint64_t full = w->reduction < R ? w->reduction : R, n = passes > 1 ? C : n_last;
        v[RTL_weight_base] = j->weight_at;
        v[RTL_tile_words] = lockstep_tile_words(j->n, w, full, n);
        v[RTL_last_tile_words] = lockstep_tile_words(j->n, w, k_last, n);
        v[RTL_narrow_tile_words] = lockstep_tile_words(j->n, w, full, n_last);
        v[RTL_narrow_last_tile_words] = lockstep_tile_words(j->n, w, k_last, n_last);
        if (!put_weights(j, i, e))
            return false;
    }
    if (!v[RTL_raw])
        put_affine(j, i);
    return put_line(j, i, v, e);
}

static void put_number(struct buf *b, uint64_t v)
{
    buf_printf(b, "%08llx\n", (unsigned long long)(v & UINT32_MAX));
}

/* What the testbench compares with after each layer: where its map lies, how long it is, cycles by
 * cause, words by port. */
static void put_counts(struct job *j, int i)
{
    const struct npu_layer *l = &j->n->layer[i];
    const struct npu_traffic *x = l->traffic;
    int last = stored_by(j, i);
    bool logits = is_logits(j, i);
    put_number(&j->counts, logits ? 0 : offset_of(j, last));
    put_number(&j->counts, logits ? 0 : j->n->net->layer[last].out_bytes);
    put_number(&j->counts, l->compute);
    put_number(&j->counts, l->fill);
    put_number(&j->counts, l->store);
    put_number(&j->counts, l->stall);
    put_number(&j->counts, x[OPD_INPUT].reads + x[OPD_SHORTCUT].reads);
    put_number(&j->counts, x[OPD_OUTPUT].writes);
    put_number(&j->counts, x[OPD_WEIGHT].reads);
    put_number(&j->counts, x[OPD_AFFINE].reads);
    put_number(&j->counts, x[OPD_LINE].reads);
    put_number(&j->counts, x[OPD_LINE].writes);
}

static bool expect(struct job *j, const int8_t *image, struct buf *sizes, struct err *e)
{
    const struct network *net = j->n->net;
    int8_t **map = calloc((size_t)net->nlayers, sizeof *map);
    int32_t *logits = calloc((size_t)net->classes + 1, sizeof *logits);
    bool ok = map && logits ? reference_infer(j->q, image, logits, map, e) : err_nomem(e);
    uint64_t bytes = 0, values = 0;
    for (int i = 0; ok && i < net->nlayers; i++) {
        int last = stored_by(j, i);
        if (!j->p->work[i].runs)
            continue;
        put_counts(j, i);
        if (is_logits(j, i))
            continue;
        for (uint64_t b = 0; b < net->layer[last].out_bytes; b++, bytes++)
            buf_printf(&j->expected, "%02x\n", (unsigned)(uint8_t)map[last][b]);
    }
    bool last_is_logits = is_logits(j, net->nlayers - 1);
    for (int c = 0; ok && last_is_logits && c < net->classes; c++, values++)
        put_number(&j->logits, (uint64_t)(uint32_t)logits[c]);
    put_number(sizes, j->layers);
    put_number(sizes, j->affine_at);
    put_number(sizes, j->weight_at);
    put_number(sizes, ceil_div(positive(net->in_h) * positive(net->in_w) * positive(net->in_c), 4));
    put_number(sizes, bytes);
    put_number(sizes, values);
    for (int i = 0; map && i < net->nlayers; i++)
        free(map[i]);
    free(map);
    free(logits);
    return ok;
}

static void put_parameters(const struct job *j, struct buf *b)
{
    const struct npu_memory *f = j->features, *w = j->weights;
    const struct rtl_design *s = &j->shape;
    uint64_t line_bits = 0;
    for (int i = 0; i < RTL_FIELDS; i++)
        line_bits += fields[i].bits;
    uint64_t f_depth = lockstep_block_words(f), w_depth = lockstep_block_words(w);
    const struct {
        const char *name;
        uint64_t value;
    } list[] = {
        {"ROWS", j->g->rows},
        {"COLUMNS", j->g->columns},
        {"WEIGHT", j->n->wbits},
        {"ACC", j->a->acc_bits},
        {"KERNEL", s->kernel},
        {"IMAGE_LANES", s->image_lanes},
        {"RING", s->ring},
        {"LOG_RING", log2_of(s->ring)},
        {"IMAGE_INDEX", log2_of(s->image_depth)},
        {"IMAGE_DEPTH", s->image_depth},
        {"MAP_INDEX", log2_of(s->map_depth)},
        {"MAP_DEPTH", s->map_depth},
        {"POOL_INDEX", log2_of(s->pool_depth)},
        {"POOL_DEPTH", s->pool_depth},
        {"ADDRESS", 20},
        {"FEATURE_WORD", f->word_bits},
        {"FEATURE_LOG_BYTES", log2_of(f->word_bits / 8)},
        {"FEATURE_BANKS", f->banks},
        {"FEATURE_LOG_BANKS", log2_of(f->banks)},
        {"FEATURE_BLOCKS", lockstep_blocks(f)},
        {"FEATURE_DEPTH", f_depth},
        {"FEATURE_INDEX", log2_of(f_depth)},
        {"WEIGHT_WORD", w->word_bits},
        {"WEIGHT_BANKS", w->banks},
        {"WEIGHT_LOG_BANKS", log2_of(w->banks)},
        {"WEIGHT_BLOCKS", lockstep_blocks(w)},
        {"WEIGHT_DEPTH", w_depth},
        {"WEIGHT_INDEX", log2_of(w_depth)},
        {"AFFINE_DEPTH", s->affine_depth},
        {"AFFINE_INDEX", log2_of(s->affine_depth)},
        {"LAYER", log2_of(s->program_depth)},
        {"PROGRAM_DEPTH", s->program_depth},
        {"PROGRAM", line_bits},
    };
    buf_printf(b, "// Parameters of the design: %s for %s. Written by etinysim.\n", j->a->name,
               j->n->net->name);
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        buf_printf(b, "    parameter %s = %llu,\n", list[i].name,
                   (unsigned long long)list[i].value);
    buf_str(b, "    parameter PROGRAM_CONTENT = \"\",\n    parameter AFFINE_CONTENT = \"\",\n"
               "    parameter WEIGHT_CONTENT = \"\",\n    parameter WEIGHT_FILLED = 0\n");
}

static void put_fields(struct buf *b)
{
    unsigned at = 0;
    buf_str(b, "// Bits of the fields of a line of the program. Written by etinysim.\n`ifndef "
               "PROGRAM_FIELDS\n`define PROGRAM_FIELDS\n");
    for (int f = 0; f < RTL_FIELDS; at += fields[f].bits, f++)
        buf_printf(b, "`define %s %u:%u\n", fields[f].name, at + fields[f].bits - 1, at);
    buf_str(b, "`endif\n");
}

static bool save(const char *dir, const char *name, struct buf *b, struct err *e)
{
    char path[4096];
    if ((size_t)snprintf(path, sizeof path, "%s/%s", dir, name) >= sizeof path)
        return err_set(e, ERR_INPUT, "%s: the path is too long", dir);
    if (b->failed)
        return err_nomem(e);
    return buf_write_file(b, path, e);
}

/* The weights block by block, as the board's configuration holds them: weights_ + a letter for
 * the bank + one for the block. More than 26 of either have no such files and cannot be
 * configured. */
static bool put_blocks(const struct job *j, const char *dir, struct err *e)
{
    uint64_t banks = j->weights->banks, blocks = lockstep_blocks(j->weights),
             depth = lockstep_block_words(j->weights),
             line = ceil_div(j->weights->word_bits, 4) + 1;
    bool ok = true;
    for (uint64_t b = 0; ok && banks <= 26 && blocks <= 26 && b < banks * blocks; b++) {
        struct buf block = {0};
        char name[] = "weights_aa.hex";
        name[8] = (char)('a' + b / blocks);
        name[9] = (char)('a' + b % blocks);
        for (uint64_t i = 0; i < depth; i++) {
            uint64_t word = (b % blocks * depth + i) * banks + b / blocks;
            if (word < j->weight_at)
                buf_add(&block, buf_text(&j->weight) + word * line, (size_t)line);
            else
                buf_str(&block, "0\n");
        }
        ok = save(dir, name, &block, e);
        buf_free(&block);
    }
    return ok;
}

/* What the board's top and its testbench must know of the network. */
static bool put_board(const struct job *j, const char *dir, struct err *e)
{
    const struct network *net = j->n->net;
    uint64_t classes = positive(net->classes),
             bytes = positive(net->in_h) * positive(net->in_w) * positive(net->in_c),
             index = log2_of(ceil_div(classes, j->g->columns));
    index = index < 6 ? 6 : index;
    struct buf parameters = {0}, values = {0};
    buf_printf(&parameters,
               "    .LAYERS(%llu), .CLASSES(%llu), .IMAGE_BYTES(%llu), .RESULT_PASSES(%llu), "
               ".RESULT_INDEX(%llu)\n",
               (unsigned long long)j->layers, (unsigned long long)classes,
               (unsigned long long)bytes, 1ull << index, (unsigned long long)index);
    buf_printf(&values, "    CLASSES = %llu, IMAGE_BYTES = %llu\n", (unsigned long long)classes,
               (unsigned long long)bytes);
    bool ok = save(dir, "board_parameters.vh", &parameters, e) &&
              save(dir, "board_values.vh", &values, e) && put_blocks(j, dir, e);
    buf_free(&parameters);
    buf_free(&values);
    return ok;
}

static bool copy(const char *dir, const char *name, struct err *e)
{
    char from[4096], relative[128];
    struct buf text = {0};
    snprintf(relative, sizeof relative, "costmodel/rtl/%s", name);
    bool ok = data_path(from, sizeof from, relative)
                  ? buf_read_file(&text, from, 1 << 20, e)
                  : err_set(e, ERR_ENV, "%s is not among the data files", relative);
    ok = ok && save(dir, name, &text, e);
    buf_free(&text);
    return ok;
}

static bool write_all(struct job *j, const int8_t *image, const char *dir, struct err *e)
{
    const struct network *net = j->n->net;
    struct buf parameters = {0}, names = {0}, sizes = {0};
    uint64_t bytes = positive(net->in_h) * positive(net->in_w) * positive(net->in_c);
    bool ok = true;
    for (int i = 0; ok && i < net->nlayers; i++)
        if (j->p->work[i].runs)
            ok = put_layer(j, i, e);
    for (uint64_t i = 0; i < bytes; i += 4) {
        uint32_t word = 0;
        for (uint64_t b = 0; b < 4 && i + b < bytes; b++)
            word |= (uint32_t)(uint8_t)image[i + b] << 8 * b;
        put_number(&j->image, word);
    }
    if (ok && j->affine_at > j->shape.affine_depth)
        ok = err_set(e, ERR_CHECK, "%s: %llu lines of constants, the design has %llu", net->name,
                     (unsigned long long)j->affine_at, (unsigned long long)j->shape.affine_depth);
    ok = ok && expect(j, image, &sizes, e);
    put_parameters(j, &parameters);
    put_fields(&names);
    if (ok && mkdir(dir, 0777) && errno != EEXIST)
        ok = err_set(e, ERR_ENV, "%s: %s", dir, strerror(errno));
    ok = ok && save(dir, "tinynpu_parameters.vh", &parameters, e) &&
         save(dir, "program_fields.vh", &names, e) && save(dir, "program.hex", &j->program, e) &&
         save(dir, "affine.hex", &j->affine, e) && save(dir, "weights.hex", &j->weight, e) &&
         save(dir, "image.hex", &j->image, e) && save(dir, "expected.hex", &j->expected, e) &&
         save(dir, "logits.hex", &j->logits, e) && save(dir, "counts.hex", &j->counts, e) &&
         save(dir, "sizes.hex", &sizes, e) && put_board(j, dir, e);
    for (size_t i = 0; ok && i < sizeof copied / sizeof *copied; i++)
        ok = copy(dir, copied[i], e);
    buf_free(&parameters);
    buf_free(&names);
    buf_free(&sizes);
    return ok;
}

bool rtl_write(const struct npu *n, const struct qmodel *q, const int8_t *image, const char *dir,
               struct err *e)
{
    const struct accelerator *a = n->accel;
    struct job *j = calloc(1, sizeof *j);
    if (!j)
        return err_nomem(e);
    *j = (struct job){.n = n,
                      .p = (const struct npu_private *)n,
                      .q = q,
                      .a = a,
                      .features = &a->memory[a->home[ROLE_FEATURES]],
                      .weights = &a->memory[a->home[ROLE_WEIGHTS]]};
    uint64_t top;
    bool ok = n->resources.fits ? true
                                : err_set(e, ERR_CHECK, "%s does not fit %s: %s", n->net->name,
                                          a->name, n->resources.what);
    ok = ok && ((uint64_t)q->wbits == n->wbits ||
                err_set(e, ERR_INPUT, "weights of %d bits, expected %llu", q->wbits,
                        (unsigned long long)n->wbits));
    ok = ok && check_accelerator(j, e) && check_layers(j, e);
    ok = ok && ((j->map = calloc((size_t)n->nlayers + 1, sizeof *j->map)) || err_nomem(e));
    if (ok) {
        j->nmaps = npu_memory_map(n, j->map, &top);
        ok = write_all(j, image, dir, e);
    }
    struct buf *all[] = {&j->program,  &j->affine, &j->weight, &j->image,
                         &j->expected, &j->logits, &j->counts};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        buf_free(all[i]);
    free(j->map);
    free(j);
    return ok;
}
