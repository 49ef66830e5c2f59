#include "workloads/emit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/data.h"
#include "workloads/detector.h"
#include "workloads/firmware/nn_scratch.h"
#include "workloads/toolchain.h"
#include "workloads/work.h"

enum { STACK = 2048 };

/* Room kept for .data and .bss beside scratch: the counters of every layer, a detector's finds and table, and the rest. */
static uint32_t data_reserve(const struct network *n)
{
    uint32_t found = n->detector ? (uint32_t)(n->detector->most * (int)sizeof(struct nn_detection)) + 256 * 4 : 0;
    return nn_round_up(512 + 12 * ((uint32_t)n->nlayers + 1) + found, 16);
}


struct emission {
    const struct qmodel *q;
    const struct network *n;
    const struct target *t;
    const struct build_options *o;
    const struct plan *p;
    struct buf source, tables_s, weights, tables, json, link;
    size_t shared_weights, shared_table; /* with given steps: bytes that all layers' weights, and tables, share */
    struct expected want;
    int nlayers; /* emitted functions */
    struct {
        char id[64], name[64]; /* unique identifier; name without what C, JSON or CSV would trip over */
    } *step;
    char network[64], board[32];
    char dir[4096];
};

static bool is_qemu(const struct target *t)
{
    return !strncmp(t->board, "mps2", 4);
}

static uint32_t stack_bytes(const struct build_options *o)
{
    return o->stack ? nn_round_up(o->stack, 8) : STACK;
}

/* Copies a name from a description, with `_` for every character that is neither a letter, a digit nor in `also`. */
static void plain(char *out, size_t size, const char *name, const char *also)
{
    size_t i = 0;
    for (; name[i] && i + 1 < size; i++) {
        char c = name[i];
        bool keep = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || strchr(also, c);
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
static void label(struct buf *s, const char *prefix, const char *id, const char *section, const char *file, size_t from, size_t to)
{
    buf_printf(s, "\t.section %s,\"a\"\n\t.balign 4\n\t.global %s_%s\n\t.type %s_%s,%%object\n%s_%s:\n\t.incbin \"%s\", %zu, %zu\n"
                  "\t.size %s_%s, %zu\n",
               section, prefix, id, prefix, id, prefix, id, file, from, to - from, prefix, id, to - from);
}

/* With given steps a label is another name of bytes that all layers share: what they hold decides no cycle. */
static void label_shared(struct emission *m, const char *prefix, const char *id, const char *section, size_t n, size_t *most)
{
    buf_printf(&m->tables_s, "\t.global %s_%s\n\t.set %s_%s, shared_%s\n", prefix, id, prefix, id, section);
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

static void add_table(struct emission *m, const char *prefix, const char *id, const int32_t *v, size_t n)
{
    size_t from = m->tables.len;
    if (m->o->steps) {
        label_shared(m, prefix, id, "table", n * 4, &m->shared_table);
        return;
    }
    buf_add(&m->tables, v, n * 4); /* the target and every host we build on are little-endian */
    label(&m->tables_s, prefix, id, ".tables", "tables.bin", from, m->tables.len);
}

static void add_output(struct emission *m, const char *id, const struct qlayer *ql, size_t channels)
{
    add_table(m, "mult", id, ql->mult, channels);
    add_table(m, "off", id, ql->off, channels);
    if (ql->bias)
        add_table(m, "bias", id, ql->bias, channels);
}

static void print_output(struct buf *b, const char *id, const struct qlayer *ql)
{
    buf_printf(b, "{ mult_%s, off_%s, %s%s, %" PRId32 ", %" PRId32 ", %" PRId32 ", %" PRId32 " }", id, id,
               ql->bias ? "bias_" : "", ql->bias ? id : "0", ql->shift, ql->relu, ql->act_min, ql->act_max);
}

static void declare(struct buf *b, const char *id, const struct qlayer *ql, bool weights)
{
    if (weights)
        buf_printf(b, "extern const int8_t weights_%s[];\n", id);
    buf_printf(b, "extern const int32_t mult_%s[], off_%s[]", id, id);
    if (ql->bias)
        buf_printf(b, ", bias_%s[]", id);
    buf_str(b, ";\n");
}

static void emit_step(struct emission *m, int s)
{
    const struct step *st = &m->p->step[s];
    const struct layer *l = &m->n->layer[st->layer], *o = st->pool >= 0 ? &m->n->layer[st->pool] : l;
    const struct qlayer *ql = &m->q->layer[st->layer];
    int wbits = m->o->steps ? m->o->step_wbits[s] : m->q->wbits;
    struct buf *b = &m->source;
    const char *id = m->step[s].id, *name = m->step[s].name;
    char scratch[64];
    size_t weight_bytes = 0;
    if (ql->weights)
        weight_bytes = add_weights(m, id, ql, wbits);
    if (l->op == OP_ADD)
        ;
    else if (l->op == OP_GLOBAL_AVG_POOL)
        add_output(m, id, ql, 1);
    else
        add_output(m, id, ql, (size_t)l->out_c);
    if (!st->scratch)
        snprintf(scratch, sizeof scratch, "0");
    else
        snprintf(scratch, sizeof scratch, st->fast ? "fast_scratch" : "arena + %" PRIu32, st->scratch_at);

    buf_printf(b, "\n/* %s %s%s: %dx%dx%d -> %dx%dx%d, %" PRIu64 " MACs, %zu weight bytes */\n", name, op_name(l->op),
               st->pool >= 0 ? " and max pool" : "", l->in_h, l->in_w, l->in_c, o->out_h, o->out_w, o->out_c, l->macs,
               weight_bytes);
    if (l->op != OP_ADD)
        declare(b, id, ql, ql->weights != NULL);
    buf_printf(b, "__attribute__((noinline)) static void layer_%s(void)\n{\n", id);
    switch (l->op) {
    case OP_CONV2D:
    case OP_DEPTHWISE_CONV2D:
    case OP_POINTWISE_CONV2D:
        buf_printf(b, "    static const struct nn_conv p = { %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %" PRId32 ", weights_%s,\n        ",
                   l->in_h, l->in_w, l->in_c, o->out_h, o->out_w, o->out_c, l->stride, l->pad, l->pad, wbits, st->block,
                   ql->in[0].zero_point, id);
        print_output(b, id, ql);
        buf_printf(b, " };\n    nn_%s_s8(&p, arena + %" PRIu32 ", arena + %" PRIu32 ", %s);\n",
                   l->op == OP_CONV2D ? (st->pool >= 0 ? "stem" : "conv3x3") : l->op == OP_DEPTHWISE_CONV2D ? "depthwise3x3" : "pointwise",
                   st->in_at[0], st->out_at, scratch);
        break;
    case OP_ADD:
        buf_printf(b, "    static const struct nn_add p = { %d, %" PRId32 ", %" PRId32 ", %" PRId32 ", %" PRId32 " };\n",
                   l->out_h * l->out_w * l->out_c, ql->add_mult_a, ql->add_mult_b, ql->add_off, ql->add_shift);
        buf_printf(b, "    nn_add_s8(&p, arena + %" PRIu32 ", arena + %" PRIu32 ", arena + %" PRIu32 ");\n", st->in_at[0],
                   st->in_at[1], st->out_at);
        break;
    case OP_GLOBAL_AVG_POOL:
        buf_printf(b, "    static const struct nn_pool p = { %d, %d, %d, %" PRId32 ",\n        ", l->in_h, l->in_w, l->in_c,
                   ql->in[0].zero_point);
        print_output(b, id, ql);
        buf_printf(b, " };\n    nn_global_avg_pool_s8(&p, arena + %" PRIu32 ", arena + %" PRIu32 ");\n", st->in_at[0], st->out_at);
        break;
    case OP_FULLY_CONNECTED:
        buf_printf(b, "    static const struct nn_fc p = { %d, %d, %d, %" PRId32 ", weights_%s, mult_%s, off_%s };\n", l->in_c, l->out_c,
                   wbits, ql->in[0].zero_point, id, id, id);
        buf_printf(b, "    nn_fully_connected_s8(&p, arena + %" PRIu32 ", (int32_t *)(void *)(arena + %" PRIu32 "), %s);\n",
                   st->in_at[0], st->out_at, scratch);
        break;
    default:
        break;
    }
    buf_str(b, "}\n");
    buf_printf(&m->json, "%s{\"function\":\"layer_%s\",\"name\":\"%s\",\"op\":\"%s\",\"macs\":%" PRIu64 ",\"params\":%" PRIu64
                         ",\"weight_bytes\":%zu,\"in\":[%" PRIu32 "%s%" PRIu32 "],\"out\":%" PRIu32 ",\"bytes\":%" PRIu32
                         ",\"scratch_bytes\":%" PRIu32 "}",
               m->nlayers++ ? ",\n " : "", id, name, op_name(l->op), l->macs, l->params, weight_bytes, st->in_at[0],
               st->in[1] == LAYER_NONE ? "" : ",", st->in[1] == LAYER_NONE ? 0 : st->in_at[1], st->out_at, st->bytes, st->scratch);
}

static bool wanted(const struct emission *m, int s)
{
    return !m->o->only || m->o->only[s];
}

/* Which bytes of the arena hold what from which layer to which, for drawing. */
static void lifetimes(struct emission *m)
{
    const struct plan *p = m->p;
    int input_last = 0;
    for (int s = 0; s < p->nsteps; s++)
        if (p->step[s].in[0] == LAYER_INPUT || p->step[s].in[1] == LAYER_INPUT)
            input_last = s;
    buf_printf(&m->json, "{\"name\":\"input\",\"offset\":%" PRIu32 ",\"bytes\":%" PRIu32 ",\"first\":0,\"last\":%d}", p->input_at,
               p->input_bytes, input_last);
    for (int s = 0; s < p->nsteps; s++) {
        const struct step *st = &p->step[s];
        const char *name = m->step[s].name;
        buf_printf(&m->json, ",\n {\"name\":\"%s\",\"offset\":%" PRIu32 ",\"bytes\":%" PRIu32 ",\"first\":%d,\"last\":%d}", name,
                   st->out_at, st->bytes, s, st->last_use < p->nsteps ? st->last_use : p->nsteps - 1);
        if (st->scratch && !st->fast)
            buf_printf(&m->json, ",\n {\"name\":\"%s scratch\",\"offset\":%" PRIu32 ",\"bytes\":%" PRIu32 ",\"first\":%d,\"last\":%d}",
                       name, st->scratch_at, st->scratch, s, s);
    }
}

/* Multiplications to expect of each layer, for the report `work`. */
static void expected_work(struct emission *m)
{
    bool first = true;
    for (int s = 0; m->o->fast_kernels && s < m->p->nsteps; s++) {
        const struct step *st = &m->p->step[s];
        struct buf why = {0};
        if (!wanted(m, s))
            continue;
        uint64_t count = step_multiplies(m->n, st, &why);
        buf_printf(&m->json, "%s{\"name\":\"%s\",\"multiplies\":%" PRIu64 ",\"why\":\"%s\"}", first ? "" : ",\n ",
                   m->step[s].name, count, buf_text(&why));
        m->json.failed |= why.failed;
        buf_free(&why);
        first = false;
    }
}

/* The maps whose bytes the firmware sums up: the logits, or every head's scores and boxes. */
static void emit_outputs(struct emission *m)
{
    const struct detector *d = m->n->detector;
    struct buf *b = &m->source;
    buf_str(b, "\nstatic const struct fw_output outputs[] = {\n");
    for (int i = 0; i < (d ? 2 * d->nheads : 1); i++) {
        int layer = !d ? m->p->step[m->p->nsteps - 1].layer : i % 2 ? d->head[i / 2].box : d->head[i / 2].score;
        const struct step *s = &m->p->step[plan_step_of(m->p, layer)];
        buf_printf(b, "    { arena + %" PRIu32 ", %" PRIu32 " },\n", s->out_at, s->bytes);
    }
    buf_str(b, "};\n");
}

static void emit_main(struct emission *m)
{
    struct buf *b = &m->source;
    const struct detector *d = m->n->detector;
    char logits[64] = "0";
    if (!d)
        snprintf(logits, sizeof logits, "(const int32_t *)(const void *)(arena + %" PRIu32 ")", m->p->step[m->p->nsteps - 1].out_at);
    emit_outputs(m);
    buf_str(b, "\nstatic const struct fw_layer layers[FW_LAYERS] = {\n");
    for (int s = 0; s < m->p->nsteps; s++) {
        if (!wanted(m, s))
            continue;
        buf_printf(b, "    { \"%s\", layer_%s },\n", m->step[s].name, m->step[s].id);
    }
    if (d && !m->o->only)
        buf_str(b, "    { \"detect\", layer_detect },\n");
    buf_printf(b,
               "};\n\nconst struct fw_network fw_network = {\n"
               "    \"%s\", \"%s\", \"%s\", \"" ETINYSIM_VERSION "\", \"%s\", \"%s\", \"%s\",\n"
               "    %d, %d, %d, %d, %d, %d, FW_LAYERS, layers, arena + %" PRIu32 ", %d, outputs,\n"
               "    %s, %s,\n};\n",
               m->board, m->t->core, m->network, m->p->kind == PLAN_INPLACE ? "inplace" : "pingpong",
               m->o->fast_kernels ? "fast" : "reference", quantiser_names[m->q->quantiser], m->n->in_h, m->n->in_w, m->n->in_c,
               m->n->classes, m->q->wbits, m->o->repeat, m->p->input_at, d ? 2 * d->nheads : 1, logits, d ? "found, &nfound" : "0, 0");
}

static bool emit_all(struct emission *m, struct err *e)
{
    const struct plan *p = m->p;
    buf_printf(&m->source, "/* %s, %dx%d, for %s. */\n#include \"fw.h\"\n#include \"nn.h\"\n\n"
                           "extern int8_t arena[%" PRIu32 "];\n",
               m->network, m->n->in_h, m->n->in_w, m->board, p->arena_bytes);
    if (p->fast_bytes)
        buf_printf(&m->source, "extern int8_t fast_scratch[%" PRIu32 "];\n", p->fast_bytes);
    const struct step *last = &p->step[p->nsteps - 1];
    buf_printf(&m->json,
               "{\"format\":1,\"tool_version\":\"" ETINYSIM_VERSION "\",\"network\":\"%s\",\"width\":%g,\"input\":%d,\"board\":\"%s\","
               "\"wbits\":%d,\"quantiser\":\"%s\",\"kernels\":\"%s\",\"plan\":\"%s\",\"trained\":%s,\"inputs_sha256\":\"%s\",\n"
               "\"macs\":%" PRIu64 ",\"params\":%" PRIu64 ",\"lower_bound\":%" PRIu32 ",\"repeat\":%d,\"top1\":%d,\n"
               "\"arena\":{\"symbol\":\"arena\",\"bytes\":%" PRIu32 "},\"fast_scratch\":%" PRIu32 ",\"image\":{\"at\":%" PRIu32
               ",\"bytes\":%" PRIu32 "},\n"
               "\"logits\":{\"symbol\":\"nn_logits\",\"count\":%d,\"scale\":%.9g,\"crc32\":\"%08" PRIx32 "\"},\n\"layers\":[",
               m->network, m->n->width, m->n->in_h, m->board, m->q->wbits, quantiser_names[m->q->quantiser],
               m->o->fast_kernels ? "fast" : "reference", p->kind == PLAN_INPLACE ? "inplace" : "pingpong",
               m->q->trained ? "true" : "false", m->q->inputs_sha256, m->n->macs, m->n->params, p->lower_bound, m->o->repeat,
               m->want.top1, p->arena_bytes, p->fast_bytes, p->input_at, p->input_bytes, m->n->classes, m->q->logit_scale,
               m->want.crc32);
    for (int s = 0; s < p->nsteps; s++)
        if (wanted(m, s))
            emit_step(m, s);
    if (m->n->detector)
        detector_emit(&m->source, m->q, p);
    if (m->n->detector && !m->o->only) {
        buf_printf(&m->json, "%s{\"function\":\"layer_detect\",\"name\":\"detect\",\"op\":\"detect\",\"macs\":0,\"params\":0,"
                             "\"weight_bytes\":0}",
                   m->nlayers ? ",\n " : "");
        m->nlayers++;
    }
    buf_str(&m->json, "],\n\"lifetimes\":[");
    lifetimes(m);
    buf_str(&m->json, "],\n\"work\":[");
    expected_work(m);
    buf_str(&m->json, "]}\n");
    emit_main(m);

    if (m->o->steps)
        buf_printf(&m->tables_s, "\t.section .tables,\"a\"\n\t.balign 4\nshared_table:\n\t.space %zu, 0x11\n"
                                 "\t.section .weights,\"a\"\n\t.balign 4\nshared_weights:\n\t.space %zu, 0x35\n",
                   m->shared_table, m->shared_weights);
    uint32_t after = p->input_at + p->input_bytes;
    buf_printf(&m->tables_s,
               "\t.file \"tables.S\"\n\t.section .arena_lo,\"aw\",%%nobits\n\t.balign 16\n\t.global arena\n\t.type arena,%%object\narena:\n\t.space %" PRIu32
               "\n\t.size arena, %" PRIu32 "\n\t.section .input,\"aw\"\n\t.global nn_input\nnn_input:\n\t.incbin \"input.bin\"\n"
               "\t.section .arena_hi,\"aw\",%%nobits\n\t.space %" PRIu32 "\n\t.global nn_logits\n\t.set nn_logits, arena + %" PRIu32 "\n",
               p->input_at, p->arena_bytes, p->arena_bytes - after, last->out_at);
    if (p->fast_bytes)
        buf_printf(&m->tables_s, "\t.section .fast_scratch,\"aw\",%%nobits\n\t.balign 16\n\t.global fast_scratch\n"
                                 "\t.type fast_scratch,%%object\nfast_scratch:\n\t.space %" PRIu32 "\n\t.size fast_scratch, %" PRIu32 "\n",
                   p->fast_bytes, p->fast_bytes);
    buf_str(&m->tables_s, "\t.section .etinysim,\"\",%progbits\n\t.incbin \"etinysim.json\"\n");

    const struct target *t = m->t;
    const char *near = t->fast.size ? "FAST" : "RAM";
    buf_printf(&m->link, "ENTRY(Reset_Handler)\nMEMORY\n{\n    FLASH : ORIGIN = 0x%08" PRIx32 ", LENGTH = 64M\n"
                         "    RAM : ORIGIN = 0x%08" PRIx32 ", LENGTH = 64M\n",
               t->flash.base, t->ram.base);
    if (t->fast.size)
        buf_printf(&m->link, "    FAST : ORIGIN = 0x%08" PRIx32 ", LENGTH = 64M\n", t->fast.base);
    buf_printf(&m->link,
               "}\nPHDRS { flash PT_LOAD FLAGS(5); data PT_LOAD FLAGS(6); input PT_LOAD FLAGS(6); }\nSECTIONS\n{\n"
               "    .vectors : { KEEP(*(.vectors)) } > FLASH :flash\n"
               "    .note.gnu.build-id : { __build_id = .; KEEP(*(.note.gnu.build-id)) __build_id_end = .; } > FLASH :flash\n"
               "    .text : { *(.text .text.*) } > FLASH :flash\n"
               "    .rodata : { *(.rodata .rodata.*) *(.ARM.exidx*) } > FLASH :flash\n"
               "    .tables : { *(.tables) } > FLASH :flash\n"
               "    .weights : { *(.weights) } > FLASH :flash\n"
               "    .stack (NOLOAD) : ALIGN(8) { _sstack = .; . += %" PRIu32 "; _estack = .; __stack_top = .; } > %s :NONE\n"
               "    .data : ALIGN(8) { _sdata = .; __data_start = .; *(.data .data.*) . = ALIGN(4); _edata = .; __data_end = .; }"
               " > %s AT > FLASH :data\n"
               "    __data_load = LOADADDR(.data);\n"
               "    .bss (NOLOAD) : ALIGN(8) { _sbss = .; __bss_start = .; *(.bss .bss.* COMMON) . = ALIGN(8); _ebss = .;"
               " __bss_end = .; } > %s :NONE\n"
               "    .fast_scratch (NOLOAD) : ALIGN(16) { *(.fast_scratch) } > %s :NONE\n"
               "    .arena_lo (NOLOAD) : ALIGN(16) { KEEP(*(.arena_lo)) } > RAM :NONE\n"
               "    .input : AT(ADDR(.input)) { KEEP(*(.input)) } > RAM :input\n"
               "    .arena_hi (NOLOAD) : { KEEP(*(.arena_hi)) } > RAM :NONE\n"
               "    .etinysim 0 : { KEEP(*(.etinysim)) } :NONE\n}\n",
               stack_bytes(m->o), near, near, near, near);
    if (m->nlayers == 0)
        return err_set(e, ERR_INPUT, "%s: no layer is left to build", m->n->name);
    bool failed = m->source.failed || m->tables_s.failed || m->weights.failed || m->tables.failed || m->json.failed || m->link.failed;
    return failed ? err_nomem(e) : true;
}

/* Size of a section of a little-endian ELF32 file, 0 when there is none. The linker wrote it: no distrust beyond bounds. */
static uint32_t section_size(const struct buf *elf, const char *name)
{
    const uint8_t *d = (const uint8_t *)elf->data;
    uint32_t shoff;
    uint16_t shentsize, shnum, shstrndx;
    if (elf->len < 52)
        return 0;
    memcpy(&shoff, d + 32, 4);
    memcpy(&shentsize, d + 46, 2);
    memcpy(&shnum, d + 48, 2);
    memcpy(&shstrndx, d + 50, 2);
    if (shentsize < 40 || shstrndx >= shnum || (uint64_t)shoff + (uint64_t)shnum * shentsize > elf->len)
        return 0;
    uint32_t strtab, strsize;
    memcpy(&strtab, d + shoff + (uint32_t)shstrndx * shentsize + 16, 4);
    memcpy(&strsize, d + shoff + (uint32_t)shstrndx * shentsize + 20, 4);
    if ((uint64_t)strtab + strsize > elf->len)
        return 0;
    for (uint32_t i = 0; i < shnum; i++) {
        const uint8_t *h = d + shoff + i * shentsize;
        uint32_t at, size;
        memcpy(&at, h, 4);
        memcpy(&size, h + 20, 4);
        if (at < strsize && strnlen((const char *)d + strtab + at, strsize - at) < strsize - at &&
            !strcmp((const char *)d + strtab + at, name))
            return size;
    }
    return 0;
}

static const struct step *heaviest(const struct plan *p, const struct network *n)
{
    const struct step *best = &p->step[0];
    for (int s = 1; s < p->nsteps; s++)
        if (n->layer[p->step[s].layer].weights > n->layer[best->layer].weights)
            best = &p->step[s];
    return best;
}

/* The verdict, with sizes in *r: `data` bytes of .data and .bss. */
static bool check_fit(const struct network *n, const struct plan *p, const struct target *t, const struct build_options *o,
                      struct build_report *r, struct err *e)
{
    uint32_t near = r->stack_bytes + r->data_bytes + r->fast_bytes;
    uint64_t ram = (uint64_t)r->arena_bytes + (t->fast.size ? 0 : near);
    r->sram_bytes = r->arena_bytes + near;
    if (r->flash_bytes > t->flash.size) {
        const struct layer *l = &n->layer[heaviest(p, n)->layer];
        return err_set(e, ERR_CHECK,
                       "%s does not fit %s: flash is short by %" PRIu32 " bytes (%" PRIu32 " of %" PRIu32
                       "); its largest layer is %s with %" PRIu64 " weights",
                       n->name, t->board, r->flash_bytes - t->flash.size, r->flash_bytes, t->flash.size, l->name, l->weights);
    }
    if (ram > t->ram.size)
        return err_set(e, ERR_CHECK,
                       "%s at %dx%d does not fit %s: SRAM is short by %" PRIu64 " bytes (%" PRIu64 " of %" PRIu32
                       ", %s plan); the fullest layer is %s",
                       n->name, n->in_h, n->in_w, t->board, ram - t->ram.size, ram, t->ram.size,
                       o->plan == PLAN_INPLACE ? "inplace" : "pingpong", r->peak_layer);
    if (t->fast.size && near > t->fast.size)
        return err_set(e, ERR_CHECK, "%s does not fit %s: tightly coupled memory is short by %" PRIu32 " bytes", n->name, t->board,
                       near - t->fast.size);
    return true;
}

struct plan *firmware_plan(const struct network *n, const struct target *t, const struct build_options *o, struct build_report *r,
                           struct err *e)
{
    uint32_t near = stack_bytes(o) + data_reserve(n);
    struct plan *p = plan_make(n, o->plan, o->fast_kernels, !strcmp(t->core, "cortex-m7"),
                               t->fast.size > near ? t->fast.size - near : 0, e);
    if (!p)
        return NULL;
    r->arena_bytes = p->arena_bytes;
    r->fast_bytes = p->fast_bytes;
    r->stack_bytes = stack_bytes(o);
    r->lower_bound = p->lower_bound;
    r->map_bytes = p->map_bytes;
    r->input_at = p->input_at;
    snprintf(r->peak_layer, sizeof r->peak_layer, "%s", n->layer[p->step[p->peak_step].layer].name);
    return p;
}

static bool compile(struct emission *m, struct err *e)
{
    const struct target *t = m->t;
    bool m7 = !strcmp(t->core, "cortex-m7");
    char folder[4096], map[2][4200], board[64], layers[32], mcpu[32], fpu[32];
    if (!data_path(folder, sizeof folder, "workloads/firmware"))
        return err_set(e, ERR_ENV, "workloads/firmware: not found among the installed data");
    const char *family = is_qemu(t) ? "mps2" : !strncmp(t->board, "stm32f4", 7) ? "f4" : !strncmp(t->board, "stm32f7", 7) ? "f7"
                       : !strncmp(t->board, "stm32h7", 7) ? "h7" : !strncmp(t->board, "stm32l4", 7) ? "l4" : NULL;
    if (!family)
        return err_set(e, ERR_INPUT, "board %s: no start-up code, see docs/firmware.md for what there is", t->board);
    static const char *const fast[] = {"nn_pointwise.c", "nn_product.S", "nn_depthwise.c", "nn_depthwise_rows.S",
                                       "nn_stem.c", "nn_stem_tiles.S", "nn_simple.c", "nn_detect.c"};
    static const char *const plain[] = {"nn_reference.c", "nn_detect.c"};
    char path[16][4200];
    const char *argv[64];
    int a = 0, np = 0;
    snprintf(map[0], sizeof map[0], "-fdebug-prefix-map=%s=firmware", folder);
    snprintf(map[1], sizeof map[1], "-fdebug-prefix-map=%s=.", m->dir);
    snprintf(board, sizeof board, "-DBOARD_%s", is_qemu(t) ? "mps2" : t->board);
    snprintf(layers, sizeof layers, "-DFW_LAYERS=%d", m->nlayers);
    snprintf(mcpu, sizeof mcpu, "-mcpu=%s", t->core);
    snprintf(fpu, sizeof fpu, "-mfpu=%s", !m7 ? "fpv4-sp-d16" : t->double_fpu ? "fpv5-d16" : "fpv5-sp-d16");
    const char *const common[] = {"arm-none-eabi-gcc", mcpu, "-mthumb", "-mfloat-abi=hard", fpu, m->o->opt ? m->o->opt : "-O2",
                                  "-std=gnu11", "-g1", "-Wall", "-Wextra", "-ffunction-sections", "-fdata-sections",
                                  "-fno-optimize-sibling-calls", "-fno-strict-aliasing", "-ffp-contract=off", m7 ? "-DCORE_M7" : "-DCORE_M4", map[0], map[1], board, layers};
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        argv[a++] = common[i];
    snprintf(path[np], sizeof path[np], "-I%s", folder);
    argv[a++] = path[np++];
    snprintf(path[np], sizeof path[np], "%s/startup.c", folder);
    argv[a++] = path[np++];
    snprintf(path[np], sizeof path[np], "%s/main.c", folder);
    argv[a++] = path[np++];
    snprintf(path[np], sizeof path[np], "%s/board_%s.c", folder, family);
    argv[a++] = path[np++];
    const char *const *kernels = m->o->fast_kernels ? fast : plain;
    for (int i = 0; i < (m->o->fast_kernels ? 8 : 2); i++) {
        snprintf(path[np], sizeof path[np], "%s/%s", folder, kernels[i]);
        argv[a++] = path[np++];
    }
    static const char *const rest[] = {"network.c", "tables.S", "-nostartfiles", "-Wl,-T,link.ld", "-Wl,--gc-sections",
                                       "-Wl,--build-id=sha1", "-Wl,-z,max-page-size=4", "-o", "firmware.elf", NULL};
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        argv[a++] = rest[i];
    return workdir_write(m->dir, "network.c", m->source.data, m->source.len, e) &&
           workdir_write(m->dir, "tables.S", m->tables_s.data, m->tables_s.len, e) &&
           workdir_write(m->dir, "weights.bin", buf_text(&m->weights), m->weights.len, e) &&
           workdir_write(m->dir, "tables.bin", buf_text(&m->tables), m->tables.len, e) &&
           workdir_write(m->dir, "input.bin", m->o->image, m->p->input_bytes, e) &&
           workdir_write(m->dir, "etinysim.json", m->json.data, m->json.len, e) &&
           workdir_write(m->dir, "link.ld", m->link.data, m->link.len, e) && toolchain_run(argv, m->dir, e);
}

bool firmware_build(const struct qmodel *q, const struct target *t, const struct build_options *o, const char *output,
                    struct build_report *r, struct err *e)
{
    struct emission m = {.q = q, .n = q->net, .t = t, .o = o};
    struct buf elf = {0};
    char path[4200];
    *r = (struct build_report){0};
    struct plan *own = o->steps ? NULL : firmware_plan(m.n, t, o, r, e);
    m.p = o->steps ? o->steps : own;
    if (o->steps)
        r->arena_bytes = o->steps->arena_bytes, r->fast_bytes = o->steps->fast_bytes, r->stack_bytes = stack_bytes(o);
    bool ok = m.p && check_fit(m.n, m.p, t, o, r, e) && make_names(&m, e) &&
              (o->only || o->steps || expected_results(q, o->image, &m.want, e)) && emit_all(&m, e) &&
              workdir_make(m.dir, e);
    if (ok) {
        ok = compile(&m, e);
        snprintf(path, sizeof path, "%s/firmware.elf", m.dir);
        ok = ok && buf_read_file(&elf, path, 64u << 20, e);
        workdir_remove(m.dir);
    }
    if (ok) {
        r->trained = q->trained;
        r->logits_crc32 = m.want.crc32;
        r->top1 = m.want.top1;
        r->detections = m.want.ndetections;
        memcpy(r->detection, m.want.detection, sizeof r->detection);
        r->data_bytes = section_size(&elf, ".data") + section_size(&elf, ".bss");
        r->code_bytes = section_size(&elf, ".vectors") + section_size(&elf, ".note.gnu.build-id") + section_size(&elf, ".text") +
                        section_size(&elf, ".rodata");
        r->weight_bytes = section_size(&elf, ".weights");
        r->table_bytes = section_size(&elf, ".tables");
        r->flash_bytes = r->code_bytes + r->weight_bytes + r->table_bytes + section_size(&elf, ".data");
        ok = check_fit(m.n, m.p, t, o, r, e) && buf_write_file(&elf, output, e);
    }
    plan_free(own);
    free(m.step);
    struct buf *const all[] = {&m.source, &m.tables_s, &m.weights, &m.tables, &m.json, &m.link, &elf};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        buf_free(all[i]);
    return ok;
}

bool firmware_fits(const struct network *n, int wbits, const struct target *t, const struct build_options *o, uint32_t code,
                   struct build_report *r, struct err *e)
{
    *r = (struct build_report){0};
    struct plan *p = firmware_plan(n, t, o, r, e);
    if (!p)
        return false;
    uint64_t weights = 0, tables = 0;
    for (int s = 0; s < p->nsteps; s++) {
        const struct layer *l = &n->layer[p->step[s].layer];
        weights += nn_round_up((uint32_t)(wbits == 4 ? (l->weights + 1) / 2 : l->weights), 4);
        tables += l->op == OP_ADD ? 0 : l->op == OP_GLOBAL_AVG_POOL ? 8 : 8 * (uint64_t)l->out_c + (l->bias && !l->bn && l->act != ACT_NONE ? 4 * (uint64_t)l->out_c : 0);
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
