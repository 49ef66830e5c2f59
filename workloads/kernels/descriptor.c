#include "workloads/kernels/descriptor.h"

#include <inttypes.h>
#include <string.h>

/* On the host, where the constants are never narrow. */
static struct nn_output output(const struct qlayer *q)
{
    return (struct nn_output){.mult = q->mult,
                              .off = q->off,
                              .bias = q->bias,
                              .lut = q->lut,
                              .shifts = q->shifts,
                              .shift = (int8_t)q->shift,
                              .relu = (int8_t)q->relu,
                              .act_min = (int8_t)q->act_min,
                              .act_max = (int8_t)q->act_max};
}

/* The output stage of a descriptor as C. */
static void print_output(struct buf *b, const char *id, const struct qlayer *q)
{
    buf_printf(b,
               "{ mult_%s, off_%s, %s%s, %s%s, %" PRId32 ", %" PRId32 ", %" PRId32 ", %" PRId32
               ", %d, %s%s }",
               id, id, q->bias ? "bias_" : "", q->bias ? id : "0", q->lut ? "lut_" : "",
               q->lut ? id : "0", q->shift, q->relu, q->act_min, q->act_max, q->narrow,
               q->shifts ? "shifts_" : "", q->shifts ? id : "0");
}

struct nn_conv kernel_conv(const struct kernel_job *j)
{
    const struct layer *l = j->layer, *o = j->pool ? j->pool : l;
    bool dense = op_class(l->op)->weights == OP_WEIGHTS_DENSE;
    struct nn_conv c = {
        .in_h = (int16_t)j->in_h,
        .in_w = (int16_t)l->in_w,
        .in_c = (int16_t)l->in_c,
        .out_h = (int16_t)j->out_h,
        .out_w = (int16_t)o->out_w,
        .out_c = (int16_t)o->out_c,
        .kernel = (int8_t)l->kernel,
        .kernel_x = (int8_t)l->kernel_x,
        .stride = (int8_t)l->stride,
        .stride_x = (int8_t)l->stride_x,
        .pad_top = (int8_t)j->pad_top,
        .pad_left = (int8_t)l->pad_x,
        .wbits = (int8_t)j->wbits,
        .groups = (int16_t)(dense ? l->groups : l->in_c),
        .block = (int16_t)j->tile,
    };
    if (j->constants) {
        c.in_zp = j->constants->in[0].zero_point;
        c.in_zero = j->constants->in_zero;
        c.weights = j->constants->weights;
        c.out = output(j->constants);
    }
    return c;
}

void kernel_print_conv(struct buf *b, const struct kernel_job *j, const char *id)
{
    struct nn_conv c = kernel_conv(j);
    buf_printf(b,
               "nn_conv p = { %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %" PRId32
               ", ",
               c.in_h, c.in_w, c.in_c, c.out_h, c.out_w, c.out_c, c.kernel, c.kernel_x, c.stride,
               c.stride_x, c.pad_top, c.pad_left, c.wbits, c.groups, c.block, c.in_zp);
    if (c.in_zero)
        buf_printf(b, "zero_%s, ", id);
    else
        buf_str(b, "0, ");
    if (c.weights) {
        buf_printf(b, "weights_%s,\n        ", id);
        print_output(b, id, j->constants);
    } else {
        buf_str(b, "0, { 0 }");
    }
    buf_printf(b, ", %s", j->rows ? j->rows : "0");
}

void kernel_rows_conv(struct buf *b, const struct kernel_job *j)
{
    (void)j;
    buf_str(b, "    struct nn_conv of = p;\n    of.in_h = at[strip].in_h;\n    of.out_h = "
               "at[strip].out_h;\n"
               "    of.pad_top = (int8_t)at[strip].pad_top;\n");
}

struct nn_pool kernel_pool(const struct kernel_job *j)
{
    const struct layer *l = j->layer;
    return (struct nn_pool){.in_h = (int16_t)l->in_h,
                            .in_w = (int16_t)l->in_w,
                            .c = (int16_t)l->in_c,
                            .in_zp = j->constants->in[0].zero_point,
                            .out = output(j->constants)};
}

void kernel_print_pool(struct buf *b, const struct kernel_job *j, const char *id)
{
    struct nn_pool p = kernel_pool(j);
    buf_printf(b, "nn_pool p = { %d, %d, %d, %" PRId32 ",\n        ", p.in_h, p.in_w, p.c, p.in_zp);
    print_output(b, id, j->constants);
}

struct nn_fc kernel_fc(const struct kernel_job *j)
{
    const struct qlayer *q = j->constants;
    struct nn_fc f = {.in_c = (int16_t)j->layer->in_c,
                      .out_c = (int16_t)j->layer->out_c,
                      .wbits = (int8_t)j->wbits};
    if (q)
        f.in_zp = q->in[0].zero_point, f.weights = q->weights, f.mult = q->mult, f.off = q->off;
    return f;
}

void kernel_print_fc(struct buf *b, const struct kernel_job *j, const char *id)
{
    struct nn_fc f = kernel_fc(j);
    buf_printf(b, "nn_fc p = { %d, %d, %d, %" PRId32 ", weights_%s, mult_%s, off_%s", f.in_c,
               f.out_c, f.wbits, f.in_zp, id, id, id);
}

struct nn_add kernel_add(const struct kernel_job *j)
{
    const struct qlayer *q = j->constants;
    return (struct nn_add){.n = (int32_t)j->layer->out_bytes,
                           .mult_a = q->part[0].mult,
                           .mult_b = q->part[1].mult,
                           .off = q->part[0].off,
                           .shift = q->part[0].shift,
                           .c = q->mult ? j->layer->out_c : 0,
                           .mult = q->mult,
                           .offs = q->off};
}

void kernel_print_add(struct buf *b, const struct kernel_job *j, const char *id)
{
    struct nn_add a = kernel_add(j);
    buf_printf(b, "nn_add p = { %" PRId32 ", %" PRId32 ", %" PRId32 ", %" PRId32 ", %" PRId32, a.n,
               a.mult_a, a.mult_b, a.off, a.shift);
    if (a.c)
        buf_printf(b, ", %" PRId32 ", mult_%s, off_%s", a.c, id, id);
    else
        buf_str(b, ", 0, 0, 0");
}

void kernel_rows_add(struct buf *b, const struct kernel_job *j)
{
    buf_printf(b, "    struct nn_add of = p;\n    of.n = at[strip].out_h * %d;\n",
               j->layer->out_w * j->layer->out_c);
}

struct nn_scale kernel_scale(const struct kernel_job *j)
{
    const struct layer *l = j->layer;
    const struct qlayer *q = j->constants;
    struct nn_scale s = {.pixels = l->out_h * l->out_w,
                         .c = (int16_t)l->in_c,
                         .groups = (int16_t)l->groups,
                         .sets = (int16_t)network_layer_factors(l)};
    if (q) {
        memcpy(s.base, q->base, sizeof s.base);
        s.in_zp = q->in[0].zero_point;
        s.mult = q->mult[0], s.off = q->off[0], s.shift = q->shift;
    }
    return s;
}

void kernel_print_scale(struct buf *b, const struct kernel_job *j, const char *id)
{
    struct nn_scale k = kernel_scale(j);
    (void)id;
    buf_printf(b,
               "nn_scale p = { %" PRId32 ", %d, %d, %d, { %d, %d, %d, %d }, %" PRId32 ", %" PRId32
               ", %" PRId32 ", %" PRId32,
               k.pixels, k.c, k.groups, k.sets, k.base[0], k.base[1], k.base[2], k.base[3], k.in_zp,
               k.mult, k.off, k.shift);
}

struct nn_concat kernel_concat(const struct kernel_job *j)
{
    const struct layer *l = j->layer;
    struct nn_concat c = {.pixels = l->out_h * l->out_w,
                          .c = {(int16_t)l->in_c, (int16_t)(l->out_c - l->in_c)}};
    for (int i = 0; i < 2; i++) {
        c.mult[i] = j->constants->part[i].mult;
        c.off[i] = j->constants->part[i].off;
        c.shift[i] = j->constants->part[i].shift;
    }
    return c;
}

void kernel_print_concat(struct buf *b, const struct kernel_job *j, const char *id)
{
    struct nn_concat k = kernel_concat(j);
    (void)id;
    buf_printf(b,
               "nn_concat p = { %" PRId32 ", { %d, %d }, { %" PRId32 ", %" PRId32 " }, { %" PRId32
               ", %" PRId32 " }, { %" PRId32 ", %" PRId32 " }",
               k.pixels, k.c[0], k.c[1], k.mult[0], k.mult[1], k.off[0], k.off[1], k.shift[0],
               k.shift[1]);
}

struct nn_channels kernel_channels(const struct kernel_job *j)
{
    const struct layer *l = j->layer;
    return (struct nn_channels){.pixels = l->out_h * l->out_w,
                                .in_c = (int16_t)l->in_c,
                                .out_c = (int16_t)l->out_c,
                                .first = (int16_t)(l->op == OP_SLICE ? l->first : l->groups)};
}

void kernel_print_channels(struct buf *b, const struct kernel_job *j, const char *id)
{
    struct nn_channels k = kernel_channels(j);
    (void)id;
    buf_printf(b, "nn_channels p = { %" PRId32 ", %d, %d, %d", k.pixels, k.in_c, k.out_c, k.first);
}

/* ---- operators of .tflite files ---- */

struct nn_table kernel_table(const struct kernel_job *j)
{
    return (struct nn_table){.n = (int32_t)j->layer->out_bytes, .lut = j->constants->lut};
}

void kernel_print_table(struct buf *b, const struct kernel_job *j, const char *id)
{
    buf_printf(b, "nn_table p = { %" PRIu64 ", lut_%s", j->layer->out_bytes, id);
}

void kernel_rows_table(struct buf *b, const struct kernel_job *j)
{
    buf_printf(b, "    struct nn_table of = p;\n    of.n = at[strip].out_h * %d;\n",
               j->layer->out_w * j->layer->out_c);
}

static void print_four(struct buf *b, const int32_t v[4])
{
    buf_printf(b, "{ %" PRId32 ", %" PRId32 ", %" PRId32 ", %" PRId32 " }, ", v[0], v[1], v[2],
               v[3]);
}

struct nn_move kernel_move(const struct kernel_job *j)
{
    const struct layer *l = j->layer;
    struct nn_move m = {.in_first = l->box.first[0],
                        .out_first = l->box.first[1],
                        .bytes = l->fill ? (int32_t)l->out_bytes : 0,
                        .fill = j->constants->out.zero_point};
    memcpy(m.n, l->box.n, sizeof m.n);
    memcpy(m.in_step, l->box.step[0], sizeof m.in_step);
    memcpy(m.out_step, l->box.step[1], sizeof m.out_step);
    return m;
}

void kernel_print_move(struct buf *b, const struct kernel_job *j, const char *id)
{
    struct nn_move m = kernel_move(j);
    (void)id;
    buf_str(b, "nn_move p = { ");
    print_four(b, m.n);
    print_four(b, m.in_step);
    print_four(b, m.out_step);
    buf_printf(b, "%" PRId32 ", %" PRId32 ", %" PRId32 ", %" PRId32, m.in_first, m.out_first,
               m.bytes, m.fill);
}

struct nn_combine kernel_combine(const struct kernel_job *j)
{
    const struct layer *l = j->layer;
    const struct qlayer *q = j->constants;
    struct nn_combine c = {.kind = l->kind,
                           .zp_a = q->in[0].zero_point,
                           .zp_b = l->operand ? q->operand.zero_point : q->in[1].zero_point,
                           .zp = q->out.zero_point,
                           .act_min = q->act_min,
                           .act_max = q->act_max,
                           .a = q->fixed[0],
                           .b = q->fixed[1],
                           .out = q->fixed[2],
                           .constant = l->operand ? q->weights : NULL};
    memcpy(c.n, l->box.n, sizeof c.n);
    memcpy(c.a_step, l->box.step[0], sizeof c.a_step);
    memcpy(c.b_step, l->box.step[1], sizeof c.b_step);
    return c;
}

void kernel_print_combine(struct buf *b, const struct kernel_job *j, const char *id)
{
    struct nn_combine c = kernel_combine(j);
    buf_str(b, "nn_combine p = { ");
    print_four(b, c.n);
    print_four(b, c.a_step);
    print_four(b, c.b_step);
    buf_printf(
        b,
        "%" PRId32 ", %" PRId32 ", %" PRId32 ", %" PRId32 ", %" PRId32 ", %" PRId32 ", { %" PRId32
        ", %" PRId32 " }, { %" PRId32 ", %" PRId32 " }, { %" PRId32 ", %" PRId32 " }, %s%s",
        c.kind, c.zp_a, c.zp_b, c.zp, c.act_min, c.act_max, c.a.mult, c.a.shift, c.b.mult,
        c.b.shift, c.out.mult, c.out.shift, c.constant ? "weights_" : "", c.constant ? id : "0");
}

/* Of a dense box, whose elements are all in its last dimension. */
void kernel_rows_combine(struct buf *b, const struct kernel_job *j)
{
    buf_printf(b, "    struct nn_combine of = p;\n    of.n[3] = at[strip].out_h * %d;\n",
               j->layer->out_w * j->layer->out_c);
}

struct nn_reduce kernel_reduce(const struct kernel_job *j)
{
    const struct layer *l = j->layer;
    struct nn_reduce r = {.kind = l->kind,
                          .in_zp = j->constants->in[0].zero_point,
                          .zp = j->constants->out.zero_point,
                          .out = j->constants->fixed[0]};
    memcpy(r.n, l->box.n, sizeof r.n);
    memcpy(r.step, l->box.step[0], sizeof r.step);
    return r;
}

void kernel_print_reduce(struct buf *b, const struct kernel_job *j, const char *id)
{
    struct nn_reduce r = kernel_reduce(j);
    (void)id;
    buf_str(b, "nn_reduce p = { ");
    print_four(b, r.n);
    print_four(b, r.step);
    buf_printf(b, "%" PRId32 ", %" PRId32 ", %" PRId32 ", { %" PRId32 ", %" PRId32 " }", r.kind,
               r.in_zp, r.zp, r.out.mult, r.out.shift);
}

struct nn_softmax kernel_softmax(const struct kernel_job *j)
{
    const struct layer *l = j->layer;
    return (struct nn_softmax){.rows = l->out_h * l->out_w,
                               .n = l->out_c,
                               .in = j->constants->fixed[0],
                               .least = j->constants->least};
}

void kernel_print_softmax(struct buf *b, const struct kernel_job *j, const char *id)
{
    struct nn_softmax s = kernel_softmax(j);
    (void)id;
    buf_printf(b,
               "nn_softmax p = { %" PRId32 ", %" PRId32 ", { %" PRId32 ", %" PRId32 " }, %" PRId32,
               s.rows, s.n, s.in.mult, s.in.shift, s.least);
}

struct nn_resize kernel_resize(const struct kernel_job *j)
{
    const struct layer *l = j->layer;
    return (struct nn_resize){.in_h = (int16_t)l->in_h,
                              .in_w = (int16_t)l->in_w,
                              .out_h = (int16_t)l->out_h,
                              .out_w = (int16_t)l->out_w,
                              .c = (int16_t)l->in_c,
                              .bilinear = l->bilinear,
                              .corners = l->corners,
                              .half = l->half};
}

void kernel_print_resize(struct buf *b, const struct kernel_job *j, const char *id)
{
    struct nn_resize r = kernel_resize(j);
    (void)id;
    buf_printf(b, "nn_resize p = { %d, %d, %d, %d, %d, %d, %d, %d", r.in_h, r.in_w, r.out_h,
               r.out_w, r.c, r.bilinear, r.corners, r.half);
}

struct nn_exact kernel_exact(const struct kernel_job *j)
{
    struct nn_conv c = kernel_conv(j);
    struct nn_exact x = {.in_h = c.in_h,
                         .in_w = c.in_w,
                         .in_c = c.in_c,
                         .out_h = c.out_h,
                         .out_w = c.out_w,
                         .out_c = c.out_c,
                         .kernel = c.kernel,
                         .kernel_x = c.kernel_x,
                         .stride = c.stride,
                         .stride_x = c.stride_x,
                         .pad_top = c.pad_top,
                         .pad_left = c.pad_left,
                         .act_min = c.out.act_min,
                         .act_max = c.out.act_max,
                         .groups = c.groups,
                         .in_zp = c.in_zp};
    if (j->constants) {
        x.weight_zp = j->constants->weight_zero;
        x.weights = c.weights;
        x.mult = c.out.mult, x.off = c.out.off, x.shifts = c.out.shifts, x.bias = c.out.bias;
    }
    return x;
}

void kernel_print_exact(struct buf *b, const struct kernel_job *j, const char *id)
{
    struct nn_exact x = kernel_exact(j);
    buf_printf(b,
               "nn_exact p = { %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %" PRId32
               ", %" PRId32 ",\n        weights_%s, mult_%s, off_%s, shifts_%s, %s%s",
               x.in_h, x.in_w, x.in_c, x.out_h, x.out_w, x.out_c, x.kernel, x.kernel_x, x.stride,
               x.stride_x, x.pad_top, x.pad_left, x.act_min, x.act_max, x.groups, x.in_zp,
               x.weight_zp, id, id, id, id, x.bias ? "bias_" : "", x.bias ? id : "0");
}

void kernel_rows_exact(struct buf *b, const struct kernel_job *j)
{
    (void)j;
    buf_str(b, "    struct nn_exact of = p;\n    of.in_h = at[strip].in_h;\n    of.out_h = "
               "at[strip].out_h;\n"
               "    of.pad_top = (int8_t)at[strip].pad_top;\n");
}

void kernel_rows_none(struct buf *b, const struct kernel_job *j)
{
    (void)b, (void)j; /* no step of a stage */
}
