#include "workloads/emit/emit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/data.h"
#include "base/json.h"
#include "workloads/emit/compile.h"
#include "workloads/emit/detector.h"
#include "workloads/firmware/nn_scratch.h"
#include "workloads/graph/tflite_integers.h"
#include "workloads/plan/strips.h"
#include "workloads/emit/toolchain.h"
#include "workloads/plan/work.h"

enum { STACK = 2048 };

/* Room kept for .data and .bss beside scratch: the counters of every layer, a detector's finds and
 * table, and the rest. */
static uint32_t data_reserve(const struct network *n)
{
    uint32_t found =
        n->detector ? (uint32_t)(n->detector->most * (int)sizeof(struct nn_detection)) + 256 * 4
                    : 0;
    return nn_round_up(512 + 12 * ((uint32_t)n->nlayers + 1) + found, 16);
}

struct emission {
    const struct qmodel *q;
    const struct network *n;
    const struct target *t;
    const struct build_options *o;
    const struct plan *p;
    struct buf source, rows_s, tables_s, weights, tables, json, link;
    cJSON *layers; /* of the note that becomes `json` */
    /* with given steps: bytes that all layers' weights, and tables, share */
    size_t shared_weights, shared_table;
    struct expected want;
    int nlayers; /* emitted functions */
    struct {
        /* unique identifier; name without what C, JSON or CSV would trip over */
        char id[64], name[64];
    } * step;
    char network[64], board[32];
    char dir[4096];
};

static uint32_t stack_bytes(const struct build_options *o)
{
    return o->stack ? nn_round_up(o->stack, 8) : STACK;
}

/* Copies a name from a description, with `_` for every character that is neither a letter, a digit
 * nor in `also`. */
static void plain(char *out, size_t size, const char *name, const char *also)
{
    size_t i = 0;
    for (; name[i] && i + 1 < size; i++) {
        char c = name[i];
        bool keep = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                    strchr(also, c);
        out[i] = keep ? c : '_';
    }
    out[i] = 0;
}

static bool make_names(struct emission *m, struct err *e)
{
    const struct plan *p = m->p;
    plain(m->network, sizeof m->network, m->n->name, "_.-+ ");
    plain(m->board, sizeof m->board, m->t->board, "_.-+ ");
    m->step = calloc((size_t)p->nsteps + 1, sizeof *m->step);
    if (!m->step)
        return err_nomem(e);
    for (int s = 0; s < p->nsteps; s++) {
        const char *name = m->n->layer[p->step[s].layer].name;
        plain(m->step[s].name, sizeof m->step[s].name, name, "_.-+ ");
        plain(m->step[s].id, sizeof m->step[s].id - 12, name, "_"); /* "LB1.1.dw1" -> "LB1_1_dw1" */
        bool taken = m->n->detector && !strcmp(m->step[s].id, "detect");
        for (int t = 0; t < s; t++)
            taken |= !strcmp(m->step[t].id, m->step[s].id);
        size_t len = strlen(m->step[s].id);
        if (taken)
            snprintf(m->step[s].id + len, sizeof m->step[s].id - len, "__%d", s);
    }
    return true;
}

static void pad_to(struct buf *b, size_t unit)
{
    static const char zeros[16];
    if (b->len % unit)
        buf_add(b, zeros, unit - b->len % unit);
}

/* Labels bytes [from, to) of a blob in the assembler file. */
static void label(struct buf *s, const char *prefix, const char *id, const char *section,
                  const char *file, size_t from, size_t to)
{
    buf_printf(s,
               "\t.section %s,\"a\"\n\t.balign 4\n\t.global %s_%s\n\t.type "
               "%s_%s,%%object\n%s_%s:\n\t.incbin \"%s\", %zu, %zu\n"
               "\t.size %s_%s, %zu\n",
               section, prefix, id, prefix, id, prefix, id, file, from, to - from, prefix, id,
               to - from);
}

/* With given steps a label is another name of bytes that all layers share: what they hold decides
 * no cycle. */
static void label_shared(struct emission *m, const char *prefix, const char *id,
                         const char *section, size_t n, size_t *most)
{
    buf_printf(&m->tables_s, "\t.global %s_%s\n\t.set %s_%s, shared_%s\n", prefix, id, prefix, id,
               section);
    if (n > *most)
        *most = n;
}

/* Weights as the kernels read them; two 4-bit values in a byte, the first in the low nibble. */
static size_t add_weights(struct emission *m, const char *id, const struct qlayer *ql, int wbits)
{
    size_t from = m->weights.len;
    if (m->o->steps) {
        size_t n = wbits == 8 ? ql->nweights : (ql->nweights + 1) / 2;
        label_shared(m, "weights", id, "weights", n, &m->shared_weights);
        return n;
    }
    if (wbits == 8) {
        buf_add(&m->weights, ql->weights, ql->nweights);
    } else {
        for (size_t i = 0; i < ql->nweights; i += 2) {
            int hi = i + 1 < ql->nweights ? ql->weights[i + 1] : 0;
            char byte = (char)((ql->weights[i] >> 4 & 15) | (hi >> 4 & 15) << 4);
            buf_add(&m->weights, &byte, 1);
        }
    }
    size_t to = m->weights.len;
    label(&m->tables_s, "weights", id, ".weights", "weights.bin", from, to);
    pad_to(&m->weights, 4);
    return to - from;
}

static void add_bytes(struct emission *m, const char *prefix, const char *id, const void *v,
                      size_t bytes)
{
    size_t from = m->tables.len;
    if (m->o->steps) {
        label_shared(m, prefix, id, "table", bytes, &m->shared_table);
        return;
    }
    buf_add(&m->tables, v, bytes); /* the target and every host we build on are little-endian */
    label(&m->tables_s, prefix, id, ".tables", "tables.bin", from, m->tables.len);
}

/* n multiples of `unit` as int16. */
static void add_halves(struct emission *m, const char *prefix, const char *id, const int32_t *v,
                       int32_t unit, size_t n)
{
    int16_t *half = calloc(n, sizeof *half);
    for (size_t i = 0; half && !m->o->steps && i < n; i++)
        half[i] = (int16_t)(v[i] / unit);
    m->tables.failed |= !half;
    if (half)
        add_bytes(m, prefix, id, half, n * sizeof *half);
    free(half);
}

static void add_output(struct emission *m, const char *id, const struct qlayer *ql, size_t channels)
{
    if (ql->mult && ql->narrow) {
        add_halves(m, "mult", id, ql->mult, 65536, channels);
        add_halves(m, "off", id, ql->off, 1, channels);
    } else if (ql->mult) {
        add_bytes(m, "mult", id, ql->mult, 4 * channels);
        add_bytes(m, "off", id, ql->off, 4 * channels);
    }
    if (ql->bias)
        add_bytes(m, "bias", id, ql->bias, 4 * channels);
    if (ql->shifts)
        add_bytes(m, "shifts", id, ql->shifts, 4 * channels);
    if (ql->lut)
        add_bytes(m, "lut", id, ql->lut, 256);
}

static void declare(struct buf *b, const char *id, const struct qlayer *ql, bool weights)
{
    if (weights)
        buf_printf(b, "extern const int8_t weights_%s[];\n", id);
    if (ql->in_zero)
        buf_printf(b, "extern const int8_t zero_%s[];\n", id);
    if (ql->mult) {
        buf_printf(b, "extern const int32_t mult_%s[], off_%s[]", id, id);
        if (ql->bias)
            buf_printf(b, ", bias_%s[]", id);
        if (ql->shifts)
            buf_printf(b, ", shifts_%s[]", id);
        buf_str(b, ";\n");
    }
    if (ql->lut)
        buf_printf(b, "extern const int8_t lut_%s[];\n", id);
}

/* Within the stage: the table of the step's strips, and a descriptor `of` with a strip's rows. */
static void print_strips(struct emission *m, int s, const struct kernel_job *j)
{
    struct buf *b = &m->source;
    buf_str(b, "    static const struct fw_strip at[] = {\n");
    for (int i = 0; i < m->p->stage.strips; i++) {
        struct plan_call c;
        strips_call(m->n, m->p, s, i, &c);
        buf_printf(b, "        { %d, %d, %d, { %" PRIu32 ", %" PRIu32 " }, %" PRIu32 " },\n",
                   c.in_h, c.out_h, c.pad_top, c.in_at[0], c.in_at[1], c.out_at);
    }
    buf_str(b, "    };\n");
    kernel_class(m->p->step[s].kernel)->print_rows(b, j);
}

/* The call of the kernel; what it takes beside the descriptor, input and output. */
static void print_call(struct emission *m, int s, const struct kernel_job *j)
{
    const struct plan_step *st = &m->p->step[s];
    const struct kernel_class *c = kernel_class(st->kernel);
    struct buf *b = &m->source;
    bool strips = s < m->p->stage.steps;
    if (strips)
        print_strips(m, s, j);
    else
        buf_str(b, "    (void)strip;\n");
    buf_printf(b, "    %s(%s, ", c->function, strips ? "&of" : "&p");
    for (int k = 0; k < c->inputs; k++)
        if (strips)
            buf_printf(b, "arena + at[strip].in[%d], ", k);
        else
            buf_printf(b, "arena + %" PRIu32 ", ", st->in_at[k]);
    if (strips)
        buf_str(b, "arena + at[strip].out");
    else if (c->output == KERNEL_OUTPUT_LOGITS)
        buf_printf(b, "(int32_t *)(void *)(arena + %" PRIu32 ")", st->out_at);
    else
        buf_printf(b, "arena + %" PRIu32, st->out_at);
    if (c->takes_scratch && !st->scratch)
        buf_str(b, ", 0");
    else if (c->takes_scratch && st->fast)
        buf_str(b, ", fast_scratch");
    else if (c->takes_scratch)
        buf_printf(b, ", arena + %" PRIu32, st->scratch_at);
    buf_str(b, ");\n");
}

/* Names the function for rows of a depthwise 3x3 layer and defines it where no layer before did:
 * code with the layer's stride, output stage and shift. */
static void define_rows(struct emission *m, int stride, const struct qlayer *q, char name[64])
{
    bool exact = q->shifts != NULL, bias = exact || q->bias;
    int relu = exact ? 2 : q->relu != 0, shift = exact ? 0 : q->shift;
    char line[128];
    if (exact)
        snprintf(name, 64, "nn_depthwise_rows_s%d_exact", stride);
    else
        snprintf(name, 64, "nn_depthwise_rows_s%d%s%s_%d", stride, bias ? "_bias" : "",
                 relu ? "_relu" : "", shift);
    snprintf(line, sizeof line, "    rows %s, %d, %d, %d, %d\n", name, stride == 1, bias, relu,
             shift);
    if (!strstr(buf_text(&m->rows_s), line))
        buf_str(&m->rows_s, line);
    buf_printf(&m->source, "void %s(void);\n", name);
}

static void emit_step(struct emission *m, int s)
{
    const struct plan_step *st = &m->p->step[s];
    const struct layer *l = &m->n->layer[st->layer], *o = plan_output(m->n, st);
    const struct qlayer *ql = &m->q->layer[st->layer];
    const struct kernel_class *c = kernel_class(st->kernel);
    struct kernel_job job = plan_job(m->n, st, ql);
    job.wbits = m->o->steps ? m->o->step_wbits[s] : m->q->wbits;
    struct buf *b = &m->source;
    const char *id = m->step[s].id, *name = m->step[s].name;
    size_t weight_bytes = 0;
    bool weights =
        c->tables == KERNEL_TABLES_CHANNEL || (c->tables == KERNEL_TABLES_OPERAND && ql->weights);
    if (weights)
        weight_bytes = add_weights(m, id, ql, job.wbits);
    if (c->tables != KERNEL_TABLES_NONE)
        add_output(m, id, ql, c->tables == KERNEL_TABLES_LAYER ? 1 : (size_t)l->out_c);
    if (ql->in_zero)
        add_bytes(m, "zero", id, ql->in_zero, (size_t)l->in_c);

    buf_printf(b, "\n/* %s %s%s: %dx%dx%d -> %dx%dx%d, %" PRIu64 " MACs, %zu weight bytes */\n",
               name, op_name(l->op), st->pool >= 0 ? " and max pool" : "", l->in_h, l->in_w,
               l->in_c, o->out_h, o->out_w, o->out_c, l->macs, weight_bytes);
    if (c->tables != KERNEL_TABLES_NONE)
        declare(b, id, ql, weights);
    char rows[64];
    if (st->kernel == KERNEL_DEPTHWISE3X3 && m->o->fast_kernels) {
        define_rows(m, l->stride, ql, rows);
        job.rows = rows;
    }
    buf_printf(b, "__attribute__((noinline)) static void layer_%s(int32_t strip)\n{\n", id);
    buf_str(b, "    static const struct ");
    c->print(b, &job, id);
    buf_str(b, " };\n");
    print_call(m, s, &job);
    buf_str(b, "}\n");
    char function[160];
    snprintf(function, sizeof function, "layer_%s", id);
    m->nlayers++;
    cJSON *layer = json_object(m->layers, NULL);
    json_text(layer, "function", function);
    json_text(layer, "name", name);
    json_text(layer, "op", op_name(l->op));
    json_uint(layer, "macs", l->macs);
    json_uint(layer, "params", l->params);
    json_uint(layer, "weight_bytes", weight_bytes);
    cJSON *in = json_array(layer, "in");
    json_uint(in, NULL, st->in_at[0]);
    if (st->in[1] != LAYER_NONE && c->inputs > 1)
        json_uint(in, NULL, st->in_at[1]);
    json_uint(layer, "out", st->out_at);
    json_uint(layer, "bytes", st->bytes);
    json_uint(layer, "scratch_bytes", st->scratch);
    json_int(layer, "strips", strips_calls(m->p, s));
    json_uint(layer, "macs_again", strips_macs_again(m->n, m->p, s));
}

static void lifetime(cJSON *list, const char *name, uint32_t offset, uint32_t bytes, int first,
                     int last)
{
    cJSON *o = json_object(list, NULL);
    json_text(o, "name", name);
    json_uint(o, "offset", offset);
    json_uint(o, "bytes", bytes);
    json_int(o, "first", first);
    json_int(o, "last", last);
}

/* Which bytes of the arena hold what from which layer to which, for drawing; in a stage, of any
 * strip. */
static void lifetimes(struct emission *m, cJSON *list)
{
    const struct plan *p = m->p;
    int last = p->stage.steps - 1, input_last = last < 0 ? 0 : last;
    for (int s = last + 1; s < p->nsteps; s++)
        if (p->step[s].in[0] == LAYER_INPUT || p->step[s].in[1] == LAYER_INPUT)
            input_last = s;
    lifetime(list, "input", p->input_at, p->input_bytes, 0, input_last);
    for (int s = 0; s < p->nsteps; s++) {
        const struct plan_step *st = &p->step[s];
        const char *name = m->step[s].name;
        char scratch[160];
        snprintf(scratch, sizeof scratch, "%s scratch", name);
        lifetime(list, name, st->out_at, st->bytes, s == last ? 0 : s,
                 st->last_use < p->nsteps ? st->last_use : p->nsteps - 1);
        if (st->scratch && !st->fast)
            lifetime(list, scratch, st->scratch_at, st->scratch, s, s);
    }
}

/* Multiplications to expect of each layer, for the report `work`. */
static void expected_work(struct emission *m, cJSON *list)
{
    for (int s = 0; m->o->fast_kernels && s < m->p->nsteps; s++) {
        struct buf why = {0};
        uint64_t count = 0;
        if (!plan_multiplies(m->n, m->p, s, &m->q->layer[m->p->step[s].layer], &why, &count))
            m->json.failed = true;
        cJSON *o = json_object(list, NULL);
        json_text(o, "name", m->step[s].name);
        json_uint(o, "multiplies", count);
        json_uint(o, "macs_again", strips_macs_again(m->n, m->p, s));
        json_text(o, "why", buf_text(&why));
        m->json.failed |= why.failed;
        buf_free(&why);
    }
}

static int outputs_of(const struct network *n)
{
    return n->detector ? 2 * n->detector->nheads : n->tflite ? n->tflite->noutputs : 1;
}

/* The maps whose bytes the firmware sums up: the logits, a .tflite file's outputs, or every head's
 * scores and boxes. */
static void emit_outputs(struct emission *m)
{
    const struct detector *d = m->n->detector;
    struct buf *b = &m->source;
    buf_str(b, "\nstatic const struct fw_output outputs[] = {\n");
    for (int i = 0; i < outputs_of(m->n); i++) {
        int layer = d              ? i % 2 ? d->head[i / 2].box : d->head[i / 2].score
                    : m->n->tflite ? m->n->tflite->output[i].layer
                                   : network_result(m->n);
        const struct plan_step *s = &m->p->step[plan_step_of(m->p, layer)];
        buf_printf(b, "    { arena + %" PRIu32 ", %" PRIu32 " },\n", s->out_at, s->bytes);
    }
    buf_str(b, "};\n");
}

static void emit_main(struct emission *m)
{
    struct buf *b = &m->source;
    const struct detector *d = m->n->detector;
    const struct plan_step *last = &m->p->step[plan_step_of(m->p, network_result(m->n))];
    char logits[96] = "0, 0, 0";
    if (!d && kernel_class(last->kernel)->output == KERNEL_OUTPUT_LOGITS)
        snprintf(logits, sizeof logits,
                 "(const int32_t *)(const void *)(arena + %" PRIu32 "), 0, 0", last->out_at);
    else if (!d)
        snprintf(logits, sizeof logits, "0, arena + %" PRIu32 ", %" PRId32, last->out_at,
                 m->q->layer[last->layer].out.zero_point);
    emit_outputs(m);
    buf_str(b, "\nstatic const struct fw_layer layers[FW_LAYERS] = {\n");
    int stage = 0;
    for (int s = 0; s < m->p->nsteps; s++) {
        stage += s < m->p->stage.steps;
        buf_printf(b, "    { \"%s\", layer_%s },\n", m->step[s].name, m->step[s].id);
    }
    if (d)
        buf_str(b, "    { \"detect\", layer_detect },\n");
    buf_printf(
        b,
        "};\n\nconst struct fw_network fw_network = {\n"
        "    \"%s\", \"%s\", \"%s\", \"" ETINYSIM_VERSION "\", \"%s\", \"%s\", \"%s\",\n"
        "    %d, %d, %d, %d, %d, %d, FW_LAYERS, %d, %d, layers, arena + %" PRIu32 ", %d, outputs,\n"
        "    %s, %s,\n};\n",
        m->board, m->t->core, m->network, m->p->kind == PLAN_INPLACE ? "inplace" : "pingpong",
        m->o->fast_kernels ? "fast" : "reference", qmodel_quantiser_names[m->q->quantiser],
        m->n->in_h, m->n->in_w, m->n->in_c, m->n->classes, m->q->wbits, m->o->repeat, stage,
        m->p->stage.strips, m->p->input_at, outputs_of(m->n), logits,
        d ? "found, &nfound" : "0, 0");
}

/* The head of the note in the ELF: what was built, from what, and what to expect of it. */
static cJSON *note_head(const struct emission *m)
{
    const struct plan *p = m->p;
    char shape[40], crc[9];
    snprintf(shape, sizeof shape, "%dx%dx%d", m->n->in_h, m->n->in_w, m->n->in_c);
    snprintf(crc, sizeof crc, "%08" PRIx32, m->want.crc32);
    cJSON *o = json_root();
    json_int(o, "format", 1);
    json_text(o, "tool_version", ETINYSIM_VERSION);
    json_text(o, "network", m->network);
    json_number(o, "width", "%g", m->n->width);
    json_int(o, "input", m->n->in_h);
    json_text(o, "shape", shape);
    json_text(o, "board", m->board);
    json_int(o, "wbits", m->q->wbits);
    json_int(o, "abits", 8);
    json_text(o, "quantiser", qmodel_quantiser_names[m->q->quantiser]);
    json_text(o, "kernels", m->o->fast_kernels ? "fast" : "reference");
    json_text(o, "plan", p->kind == PLAN_INPLACE ? "inplace" : "pingpong");
    json_int(o, "stage_layers", p->stage.steps);
    json_int(o, "patches", p->stage.strips);
    json_bool(o, "trained", m->q->trained);
    json_text(o, "inputs_sha256", m->q->inputs_sha256);
    json_uint(o, "macs", m->n->macs);
    json_uint(o, "params", m->n->params);
    json_uint(o, "lower_bound", p->lower_bound);
    json_int(o, "repeat", m->o->repeat);
    json_int(o, "top1", m->want.top1);
    cJSON *arena = json_object(o, "arena");
    json_text(arena, "symbol", "arena");
    json_uint(arena, "bytes", p->arena_bytes);
    json_uint(o, "fast_scratch", p->fast_bytes);
    cJSON *image = json_object(o, "image");
    json_uint(image, "at", p->input_at);
    json_uint(image, "bytes", p->input_bytes);
    cJSON *logits = json_object(o, "logits");
    json_text(logits, "symbol", "nn_logits");
    json_int(logits, "count", m->n->classes);
    json_number(logits, "scale", "%.9g", m->q->logit_scale);
    json_text(logits, "crc32", crc);
    return o;
}

static bool emit_all(struct emission *m, struct err *e)
{
    const struct plan *p = m->p;
    buf_printf(&m->source,
               "/* %s, %dx%d, for %s. */\n#include \"fw.h\"\n#include \"nn.h\"\n\n"
               "extern int8_t arena[%" PRIu32 "];\n",
               m->network, m->n->in_h, m->n->in_w, m->board, p->arena_bytes);
    if (p->fast_bytes)
        buf_printf(&m->source, "extern int8_t fast_scratch[%" PRIu32 "];\n", p->fast_bytes);
    const struct plan_step *last = &p->step[plan_step_of(p, network_result(m->n))];
    cJSON *note = note_head(m);
    m->layers = json_array(note, "layers");
    for (int s = 0; s < p->nsteps; s++)
        emit_step(m, s);
    if (m->n->detector)
        detector_emit(&m->source, m->q, p);
    if (m->n->detector) {
        cJSON *o = json_object(m->layers, NULL);
        json_text(o, "function", "layer_detect");
        json_text(o, "name", "detect");
        json_text(o, "op", "detect");
        json_uint(o, "macs", 0);
        json_uint(o, "params", 0);
        json_uint(o, "weight_bytes", 0);
        m->nlayers++;
    }
    lifetimes(m, json_array(note, "lifetimes"));
    expected_work(m, json_array(note, "work"));
    json_print(note, JSON_COMPACT, &m->json);
    buf_str(&m->json, "\n");
    emit_main(m);

    if (m->o->steps)
        buf_printf(&m->tables_s,
                   "\t.section .tables,\"a\"\n\t.balign 4\nshared_table:\n\t.space %zu, 0x11\n"
                   "\t.section .weights,\"a\"\n\t.balign 4\nshared_weights:\n\t.space %zu, 0x35\n",
                   m->shared_table, m->shared_weights);
    uint32_t after = p->input_at + p->input_bytes;
    buf_printf(
        &m->tables_s,
        "\t.file \"tables.S\"\n\t.section .arena_lo,\"aw\",%%nobits\n\t.balign 16\n\t.global "
        "arena\n\t.type arena,%%object\narena:\n\t.space %" PRIu32 "\n\t.size arena, %" PRIu32
        "\n\t.section .input,\"aw\"\n\t.global nn_input\nnn_input:\n\t.incbin \"input.bin\"\n"
        "\t.section .arena_hi,\"aw\",%%nobits\n\t.space %" PRIu32
        "\n\t.global nn_logits\n\t.set nn_logits, arena + %" PRIu32 "\n",
        p->input_at, p->arena_bytes, p->arena_bytes - after, last->out_at);
    if (p->fast_bytes)
        buf_printf(
            &m->tables_s,
            "\t.section .fast_scratch,\"aw\",%%nobits\n\t.balign 16\n\t.global fast_scratch\n"
            "\t.type fast_scratch,%%object\nfast_scratch:\n\t.space %" PRIu32
            "\n\t.size fast_scratch, %" PRIu32 "\n",
            p->fast_bytes, p->fast_bytes);
    buf_str(&m->tables_s, "\t.section .etinysim,\"\",%progbits\n\t.incbin \"etinysim.json\"\n");
    if (m->rows_s.len)
        buf_printf(&m->tables_s, "#include \"nn_depthwise_rows.S\"\n%s", buf_text(&m->rows_s));

    const struct target *t = m->t;
    const char *near = t->fast.size ? "FAST" : "RAM", *arena = p->arena_fast ? "FAST" : "RAM";
    buf_printf(&m->link,
               "ENTRY(Reset_Handler)\nMEMORY\n{\n    FLASH : ORIGIN = 0x%08" PRIx32
               ", LENGTH = 64M\n"
               "    RAM : ORIGIN = 0x%08" PRIx32 ", LENGTH = 64M\n",
               t->flash.base, t->ram.base);
    if (t->fast.size)
        buf_printf(&m->link, "    FAST : ORIGIN = 0x%08" PRIx32 ", LENGTH = 64M\n", t->fast.base);
    buf_printf(&m->link,
               "}\nPHDRS { flash PT_LOAD FLAGS(5); data PT_LOAD FLAGS(6); input PT_LOAD FLAGS(6); "
               "}\nSECTIONS\n{\n"
               "    .vectors : { KEEP(*(.vectors)) } > FLASH :flash\n"
               "    .note.gnu.build-id : { __build_id = .; KEEP(*(.note.gnu.build-id)) "
               "__build_id_end = .; } > FLASH :flash\n"
               "    .text : { *(.text .text.*) } > FLASH :flash\n"
               "    .rodata : { *(.rodata .rodata.*) *(.ARM.exidx*) } > FLASH :flash\n"
               "    .tables : { *(.tables) } > FLASH :flash\n"
               "    .weights : { *(.weights) } > FLASH :flash\n"
               "    .stack (NOLOAD) : ALIGN(8) { _sstack = .; . += %" PRIu32
               "; _estack = .; __stack_top = .; } > %s :NONE\n"
               "    .data : ALIGN(8) { _sdata = .; __data_start = .; *(.data .data.*) . = "
               "ALIGN(4); _edata = .; __data_end = .; }"
               " > %s AT > FLASH :data\n"
               "    __data_load = LOADADDR(.data);\n"
               "    .bss (NOLOAD) : ALIGN(8) { _sbss = .; __bss_start = .; *(.bss .bss.* COMMON) . "
               "= ALIGN(8); _ebss = .;"
               " __bss_end = .; } > %s :NONE\n"
               "    .fast_scratch (NOLOAD) : ALIGN(16) { *(.fast_scratch) } > %s :NONE\n"
               "    .arena_lo (NOLOAD) : ALIGN(16) { KEEP(*(.arena_lo)) } > %s :NONE\n"
               "    .input : AT(ADDR(.input)) { KEEP(*(.input)) } > %s :input\n"
               "    .arena_hi (NOLOAD) : { KEEP(*(.arena_hi)) } > %s :NONE\n"
               "    .etinysim 0 : { KEEP(*(.etinysim)) } :NONE\n}\n",
               stack_bytes(m->o), near, near, near, near, arena, arena, arena);
    if (m->nlayers == 0)
        return err_set(e, ERR_INPUT, "%s: no layer is left to build", m->n->name);
    bool failed = m->source.failed || m->rows_s.failed || m->tables_s.failed || m->weights.failed ||
                  m->tables.failed || m->json.failed || m->link.failed;
    return failed ? err_nomem(e) : true;
}

static const struct plan_step *heaviest(const struct plan *p, const struct network *n)
{
    const struct plan_step *best = &p->step[0];
    for (int s = 1; s < p->nsteps; s++)
        if (n->layer[p->step[s].layer].weights > n->layer[best->layer].weights)
            best = &p->step[s];
    return best;
}

/* The verdict, with sizes in *r: `data` bytes of .data and .bss. */
static bool check_fit(const struct network *n, const struct plan *p, const struct target *t,
                      const struct build_options *o, struct build_result *r, struct err *e)
{
    uint32_t near = r->stack_bytes + r->data_bytes + r->fast_bytes;
    uint64_t ram = (uint64_t)r->arena_bytes + (t->fast.size ? 0 : near);
    r->sram_bytes = r->arena_bytes + near;
    if (p->arena_fast) {
        near += r->arena_bytes;
        ram = 0;
    }
    if (r->flash_bytes > t->flash.size) {
        const struct layer *l = &n->layer[heaviest(p, n)->layer];
        return err_set(e, ERR_CHECK,
                       "%s does not fit %s: flash is short by %" PRIu32 " bytes (%" PRIu32
                       " of %" PRIu32 "); its largest layer is %s with %" PRIu64 " weights",
                       n->name, t->board, r->flash_bytes - t->flash.size, r->flash_bytes,
                       t->flash.size, l->name, l->weights);
    }
    if (ram > t->ram.size)
        return err_set(e, ERR_CHECK,
                       "%s at %dx%d does not fit %s: SRAM is short by %" PRIu64 " bytes (%" PRIu64
                       " of %" PRIu32 ", %s plan); the fullest layer is %s",
                       n->name, n->in_h, n->in_w, t->board, ram - t->ram.size, ram, t->ram.size,
                       o->plan == PLAN_INPLACE ? "inplace" : "pingpong", r->peak_layer);
    if (t->fast.size && near > t->fast.size)
        return err_set(e, ERR_CHECK,
                       "%s does not fit %s: tightly coupled memory is short by %" PRIu32 " bytes",
                       n->name, t->board, near - t->fast.size);
    return true;
}

struct plan *firmware_plan(const struct network *n, const struct target *t,
                           const struct build_options *o, struct build_result *r, struct err *e)
{
    uint32_t near = stack_bytes(o) + data_reserve(n);
    const struct plan_options how = {.kind = o->plan,
                                     .fast_kernels = o->fast_kernels,
                                     .dual_issue = t->dual_issue,
                                     .fast_room = t->fast.size > near ? t->fast.size - near : 0,
                                     .patches = o->patches};
    struct plan *p = plan_make(n, &how, e);
    if (!p)
        return NULL;
    r->arena_bytes = p->arena_bytes;
    r->fast_bytes = p->fast_bytes;
    r->stack_bytes = stack_bytes(o);
    r->lower_bound = p->lower_bound;
    r->map_bytes = p->map_bytes;
    r->input_at = p->input_at;
    r->stage_layers = p->stage.steps;
    r->macs = n->macs;
    r->macs_again = 0;
    r->patches = p->stage.strips;
    for (int s = 0; s < p->stage.steps; s++)
        r->macs_again += strips_macs_again(n, p, s);
    if (p->stage.steps)
        snprintf(r->stage_end, sizeof r->stage_end, "%s",
                 n->layer[p->step[p->stage.steps - 1].layer].name);
    snprintf(r->peak_layer, sizeof r->peak_layer, "%s", n->layer[p->step[p->peak_step].layer].name);
    return p;
}

static bool write_parts(const struct emission *m, struct err *e)
{
    return toolchain_workdir_write(m->dir, "network.c", m->source.data, m->source.len, e) &&
           toolchain_workdir_write(m->dir, "tables.S", m->tables_s.data, m->tables_s.len, e) &&
           toolchain_workdir_write(m->dir, "weights.bin", buf_text(&m->weights), m->weights.len,
                                   e) &&
           toolchain_workdir_write(m->dir, "tables.bin", buf_text(&m->tables), m->tables.len, e) &&
           toolchain_workdir_write(m->dir, "input.bin", m->o->image, m->p->input_bytes, e) &&
           toolchain_workdir_write(m->dir, "etinysim.json", m->json.data, m->json.len, e) &&
           toolchain_workdir_write(m->dir, "link.ld", m->link.data, m->link.len, e);
}

bool firmware_build(const struct qmodel *q, const struct target *t, const struct build_options *o,
                    const char *output, struct build_result *r, struct err *e)
{
    struct emission m = {.q = q, .n = q->net, .t = t, .o = o};
    struct buf elf = {0};
    char path[4200];
    *r = (struct build_result){0};
    struct plan *own = o->steps ? NULL : firmware_plan(m.n, t, o, r, e);
    m.p = o->steps ? o->steps : own;
    if (o->steps)
        r->arena_bytes = o->steps->arena_bytes, r->fast_bytes = o->steps->fast_bytes,
        r->stack_bytes = stack_bytes(o);
    bool ok = m.p && check_fit(m.n, m.p, t, o, r, e) && make_names(&m, e) &&
              (o->steps || detector_expected(q, o->image, &m.want, e)) && emit_all(&m, e) &&
              toolchain_workdir_make(m.dir, e);
    if (ok) {
        ok = write_parts(&m, e) && firmware_compile(t, o, m.p, m.nlayers, m.dir, e);
        snprintf(path, sizeof path, "%s/firmware.elf", m.dir);
        ok = ok && buf_read_file(&elf, path, 64u << 20, e);
        toolchain_workdir_remove(m.dir);
    }
    if (ok) {
        r->trained = q->trained;
        r->logits_crc32 = m.want.crc32;
        r->top1 = m.want.top1;
        r->detections = m.want.ndetections;
        memcpy(r->detection, m.want.detection, sizeof r->detection);
        r->data_bytes = compile_section_size(&elf, ".data") + compile_section_size(&elf, ".bss");
        r->arena_at = compile_section_address(&elf, ".arena_lo");
        r->code_bytes = compile_section_size(&elf, ".vectors") +
                        compile_section_size(&elf, ".note.gnu.build-id") +
                        compile_section_size(&elf, ".text") + compile_section_size(&elf, ".rodata");
        r->weight_bytes = compile_section_size(&elf, ".weights");
        r->table_bytes = compile_section_size(&elf, ".tables");
        r->flash_bytes =
            r->code_bytes + r->weight_bytes + r->table_bytes + compile_section_size(&elf, ".data");
        ok = check_fit(m.n, m.p, t, o, r, e) && buf_write_file(&elf, output, e);
    }
    plan_free(own);
    free(m.step);
    struct buf *const all[] = {&m.source, &m.rows_s, &m.tables_s, &m.weights,
                               &m.tables, &m.json,   &m.link,     &elf};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        buf_free(all[i]);
    return ok;
}

/* Bytes of a step's tables, as add_output will put them; `channels`: with constants as calibration
 * images give them. */
static uint64_t step_tables(const struct plan_step *st, const struct layer *l, int wbits,
                            bool channels)
{
    const struct kernel_class *c = kernel_class(st->kernel);
    bool each = op_class(l->op)->weights == OP_WEIGHTS_EACH,
         early = l->bn && l->bn_after_act && l->act != ACT_NONE,
         narrow = channels && c->output != KERNEL_OUTPUT_LOGITS,
         bias = early && (l->bias || (channels && wbits == 8 && l->op == OP_POINTWISE_CONV2D));
    uint64_t entries = (uint64_t)l->out_c;
    switch (c->tables) {
    case KERNEL_TABLES_NONE: return 0;
    case KERNEL_TABLES_SOME: return channels ? 8 * entries : 0;
    case KERNEL_TABLES_LAYER: return 8;
    case KERNEL_TABLES_CHANNEL: break;
    case KERNEL_TABLES_LOOKUP: return 256;
    case KERNEL_TABLES_OPERAND: return l->operand;
    }
    return ((narrow ? 4 : 8) + (bias ? 4 : 0)) * entries + (l->act > ACT_RELU6 ? 256 : 0) +
           (channels && each ? nn_round_up((uint32_t)l->in_c, 4) : 0);
}

bool firmware_fits(const struct network *n, int wbits, const struct target *t,
                   const struct build_options *o, uint32_t code, struct build_result *r,
                   struct err *e)
{
    *r = (struct build_result){0};
    struct plan *p = firmware_plan(n, t, o, r, e);
    if (!p)
        return false;
    uint64_t weights = 0, tables = 0;
    for (int s = 0; s < p->nsteps; s++) {
        const struct layer *l = &n->layer[p->step[s].layer];
        weights += nn_round_up((uint32_t)(wbits == 4 ? (l->weights + 1) / 2 : l->weights), 4);
        tables += step_tables(&p->step[s], l, wbits, o->channels);
    }
    r->weight_bytes = (uint32_t)weights;
    r->table_bytes = (uint32_t)tables;
    r->code_bytes = code;
    r->data_bytes = data_reserve(n);
    r->flash_bytes = (uint32_t)(weights + tables) + code;
    bool ok = check_fit(n, p, t, o, r, e);
    plan_free(p);
    return ok;
}
