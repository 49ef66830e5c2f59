#include "costmodel/accelerator.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/data.h"
#include "base/desc.h"

static const char *const role_names[ROLE_COUNT + 1] = {"features", "weights", "affine", "psum",
                                                       "lines",    "program", NULL};
static const char *const kind_names[] = {"fpga", "asic", NULL};
static const char *const memory_kinds[] = {"bram36", "lutram", "sram", "registers", "dram", NULL};
static const char *const depthwise_names[] = {"taps", "naive", NULL};
static const char *const timing_names[] = {"levelled", "lockstep", NULL};
static const char *const link_names[] = {"none", "spi", "sdio", "parallel", NULL};

/* Caps that keep every product of the model below 2^64 (docs/npu.md, "Ranges"). */
enum { MAX_DIM = 4096, MAX_BITS = 64 };

static bool read_op(const struct desc_node *n, enum op *out, struct err *e)
{
    const char *names[OP_COUNT + 1] = {NULL};
    int op;
    for (int i = 0; i < OP_COUNT; i++)
        names[i] = op_name((enum op)i);
    if (!desc_enum(n, names, &op, e))
        return false;
    *out = (enum op)op;
    return true;
}

/* Ends a group: takes its provenance, refuses keys nobody asked for. */
static bool group_done(struct accelerator *a, const struct desc_node *n, const char *what,
                       struct err *e)
{
    const char *text;
    bool assumed;
    if (!desc_map_source(n, &text, &assumed, e) || !desc_map_done(n, e))
        return false;
    if (a->nnotes == MAX_NOTES)
        return desc_err(n, e, "more than %d groups", MAX_NOTES);
    struct note *t = &a->note[a->nnotes++];
    snprintf(t->what, sizeof t->what, "%s", what);
    snprintf(t->source, sizeof t->source, "%s", text);
    t->assumed = assumed;
    return true;
}

static bool copy_name(const struct desc_node *n, const char *key, char *out, size_t size,
                      struct err *e)
{
    const char *s;
    if (!desc_map_str(n, key, &s, e))
        return false;
    if (strlen(s) >= size)
        return desc_err(desc_map_get(n, key), e, "'%s' is longer than %zu characters", s, size - 1);
    snprintf(out, size, "%s", s);
    return true;
}

static bool load_technology(struct accelerator *a, const struct desc_node *n, const char *table,
                            const char **own, struct err *e)
{
    int kind;
    if (!desc_map_enum(n, "kind", kind_names, &kind, e) ||
        !desc_map_real(n, "node_nm", 7, 130, &a->node_nm, e) ||
        !desc_map_real(n, "voltage", 0.4, 2, &a->voltage, e) ||
        !desc_map_str(n, "energy", own, e) || !group_done(a, n, "technology", e))
        return false;
    a->fpga = kind == 0;
    if (!energy_load(table ? table : *own, &a->energy, e))
        return false;
    return true;
}

static bool load_engine(struct accelerator *a, const struct desc_node *n, struct err *e)
{
    if (a->nengines == MAX_ENGINES)
        return desc_err(n, e, "more than %d engines", MAX_ENGINES);
    struct npu_engine *g = &a->engine[a->nengines];
    int dw = DW_TAPS;
    const struct desc_node *serves, *flight;
    *g = (struct npu_engine){.pixels = 1, .in_flight = 1};
    if (!copy_name(n, "name", g->name, sizeof g->name, e) ||
        !desc_map_u64(n, "rows", 1, MAX_DIM, &g->rows, e) ||
        !desc_map_u64(n, "columns", 1, MAX_DIM, &g->columns, e) ||
        !desc_opt_u64(n, "pixels", 1, MAX_DIM, &g->pixels, e) ||
        !desc_map_u64(n, "latency", 0, 10000, &g->latency, e) ||
        !desc_opt_enum(n, "depthwise", depthwise_names, &dw, e) ||
        !(serves = desc_map_need(n, "serves", e)) ||
        !(flight = desc_map_need(n, "positions_in_flight", e)))
        return false;
    g->depthwise = (enum depthwise_map)dw;
    const char *word = "";
    if (desc_is_scalar(flight) && desc_str(flight, &word, NULL) && !strcmp(word, "all"))
        g->in_flight = UINT64_MAX;
    else if (!desc_u64(flight, 1, 1u << 20, &g->in_flight, e))
        return false;
    if (!desc_list_len(serves))
        return desc_err(serves, e, "expected a list of operations");
    for (size_t i = 0; i < desc_list_len(serves); i++) {
        enum op op;
        if (!read_op(desc_list_at(serves, i), &op, e))
            return false;
        if (!op_weighted(op))
            return desc_err(desc_list_at(serves, i), e, "%s runs on the vector unit", op_name(op));
        g->serves |= 1u << op;
    }
    a->nengines++;
    char what[40];
    snprintf(what, sizeof what, "engine %s", g->name);
    return group_done(a, n, what, e);
}

uint64_t accelerator_bram36_words(uint64_t word_bits)
{
    return (uint64_t)512 << ((word_bits <= 36) + (word_bits <= 18) + (word_bits <= 9));
}

static bool load_memory(struct accelerator *a, const struct desc_node *n, struct err *e)
{
    if (a->nmemories == MAX_MEMORIES)
        return desc_err(n, e, "more than %d memories", MAX_MEMORIES);
    struct npu_memory *m = &a->memory[a->nmemories];
    int kind, index = a->nmemories++;
    const struct desc_node *holds, *ports;
    *m = (struct npu_memory){.banks = 1};
    if (!copy_name(n, "name", m->name, sizeof m->name, e) ||
        !desc_map_enum(n, "kind", memory_kinds, &kind, e) ||
        !(holds = desc_map_need(n, "holds", e)))
        return false;
    for (int i = 0; i < index; i++)
        if (!strcmp(a->memory[i].name, m->name))
            return desc_err(n, e, "a second memory named '%s'", m->name);
    m->kind = (enum npu_memory_kind)kind;
    for (size_t i = 0; i < desc_list_len(holds); i++) {
        int role;
        if (!desc_enum(desc_list_at(holds, i), role_names, &role, e))
            return false;
        m->holds |= 1u << role;
        if (m->kind == MEM_DRAM)
            continue;
        if (a->home[role] >= 0)
            return desc_err(desc_list_at(holds, i), e, "%s has a home already, %s",
                            role_names[role], a->memory[a->home[role]].name);
        a->home[role] = index;
    }
    if (!m->holds)
        return desc_err(holds, e, "expected a list of roles");
    char what[40];
    snprintf(what, sizeof what, "memory %s", m->name);
    if (m->kind == MEM_DRAM) {
        if (a->dram >= 0)
            return desc_err(n, e, "a second DRAM");
        a->dram = index;
        m->word_bits = 64;
        return desc_map_real(n, "bytes_per_second", 1, 1e13, &m->bytes_per_second, e) &&
               group_done(a, n, what, e);
    }
    bool bram = m->kind == MEM_BRAM36;
    if (!desc_map_u64(n, "word_bits", 1, bram ? 72 : 4096, &m->word_bits, e) ||
        !desc_map_u64(n, "banks", 1, MAX_DIM, &m->banks, e) ||
        !(ports = desc_map_need(n, "ports", e)))
        return false;
    if (bram) {
        if (!desc_map_u64(n, "blocks", 1, 100000, &m->blocks, e))
            return false;
        m->bytes = m->blocks * accelerator_bram36_words(m->word_bits) * m->word_bits / 8;
        if (m->blocks % m->banks)
            return desc_err(n, e, "%llu blocks do not make %llu equal banks",
                            (unsigned long long)m->blocks, (unsigned long long)m->banks);
    } else if (!desc_map_u64(n, "bytes", 1, (uint64_t)1 << 40, &m->bytes, e)) {
        return false;
    }
    if (desc_map_get(ports, "shared")) {
        if (!desc_map_u64(ports, "shared", 1, 8, &m->shared_ports, e))
            return false;
    } else if (!desc_map_u64(ports, "read", 1, 8, &m->read_ports, e) ||
               !desc_map_u64(ports, "write", 1, 8, &m->write_ports, e)) {
        return false;
    }
    return desc_map_done(ports, e) && group_done(a, n, what, e);
}

static bool load_link(struct accelerator *a, const struct desc_node *n, struct err *e)
{
    struct link *l = &a->link;
    int kind;
    if (!desc_map_enum(n, "kind", link_names, &kind, e))
        return false;
    l->kind = (enum link_kind)kind;
    if (l->kind != LINK_NONE && (!desc_map_u64(n, "width", 1, 64, &l->width, e) ||
                                 !desc_map_real(n, "clock_hz", 1, 1e10, &l->clock_hz, e) ||
                                 !desc_map_real(n, "efficiency", 0.01, 1, &l->efficiency, e) ||
                                 !desc_map_real(n, "pin_pf", 0, 1000, &l->pin_pf, e) ||
                                 !desc_map_real(n, "volts", 0.5, 5, &l->volts, e) ||
                                 !desc_opt_bool(n, "overlap", &l->overlap, e)))
        return false;
    return group_done(a, n, "link", e);
}

static bool load_fusion(struct accelerator *a, const struct desc_node *n, struct err *e)
{
    const struct desc_node *block = desc_map_get(n, "block");
    if (!desc_opt_bool(n, "stem_pool", &a->fuse_stem_pool, e) ||
        !desc_opt_bool(n, "add", &a->fuse_add, e))
        return false;
    if (block && (desc_list_len(block) < 2 || desc_list_len(block) > MAX_FUSED))
        return desc_err(block, e, "expected 2 to %d operations", MAX_FUSED);
    for (size_t i = 0; block && i < desc_list_len(block); i++)
        if (!read_op(desc_list_at(block, i), &a->block[a->nblock++], e))
            return false;
    return group_done(a, n, "fusion", e);
}

static bool load_packings(struct accelerator *a, const struct desc_node *list, struct err *e)
{
    if (desc_list_len(list) < 1 || desc_list_len(list) > MAX_PACKINGS)
        return desc_err(list, e, "expected a list of 1 to %d packings", MAX_PACKINGS);
    for (size_t i = 0; i < desc_list_len(list); i++) {
        const struct desc_node *n = desc_list_at(list, i);
        if (!desc_map_u64(n, "weights", 1, MAX_BITS, &a->packing[i].wbits, e) ||
            !desc_map_u64(n, "activations", 1, MAX_BITS, &a->packing[i].abits, e) ||
            !desc_map_u64(n, "products", 1, 16, &a->packing[i].products, e) ||
            !group_done(a, n, "multipliers per DSP", e))
            return false;
        a->npackings++;
    }
    return true;
}

static bool load_lut_estimate(struct accelerator *a, const struct desc_node *n, struct err *e)
{
    return n && desc_map_real(n, "base", 0, 1e7, &a->lut_base, e) &&
           desc_map_real(n, "per_multiplier", 0, 1e5, &a->lut_per_multiplier, e) &&
           desc_map_real(n, "per_column", 0, 1e5, &a->lut_per_column, e) &&
           group_done(a, n, "LUT estimate", e);
}

static bool load_resources(struct accelerator *a, const struct desc_node *n, struct err *e)
{
    const struct desc_node *device = desc_map_need(n, "device", e), *used = desc_map_get(n, "used"),
                           *packings = desc_map_need(n, "dsp_packing", e);
    if (!device || !packings)
        return false;
    if (!desc_map_u64(device, "dsp", 1, 1u << 20, &a->limit_dsp, e) ||
        !desc_map_u64(device, "bram36", 1, 1u << 20, &a->limit_bram36, e) ||
        !desc_map_u64(device, "lut", 1, 1u << 24, &a->limit_lut, e) ||
        !desc_opt_u64(device, "ff", 1, 1u << 24, &a->limit_ff, e) ||
        !group_done(a, device, "device", e))
        return false;
    if (used && (!desc_opt_u64(used, "dsp", 0, 1u << 20, &a->used_dsp, e) ||
                 !desc_opt_u64(used, "lut", 0, 1u << 24, &a->used_lut, e) ||
                 !desc_opt_real(used, "bram36", 0, 1 << 20, &a->used_bram36, e) ||
                 !group_done(a, used, "resources used", e)))
        return false;
    /* What is RTL was synthesised; the others estimate. */
    if (!(a->lockstep ? synthesis_load(&a->synthesis, e)
                      : load_lut_estimate(a, desc_map_need(n, "lut_estimate", e), e)))
        return false;
    return load_packings(a, packings, e) && desc_map_done(n, e);
}

static bool load_calibration(struct accelerator *a, const struct desc_node *n, struct err *e)
{
    struct fit_target *c = &a->fit_target;
    if (desc_map_get(n, "from"))
        return copy_name(n, "from", c->from, sizeof c->from, e) &&
               group_done(a, n, "calibration", e);
    c->fitted = true;
    if (!copy_name(n, "network", c->network, sizeof c->network, e) ||
        !desc_map_u64(n, "weights", 1, MAX_BITS, &c->wbits, e) ||
        !desc_map_u64(n, "activations", 1, MAX_BITS, &c->abits, e) ||
        !desc_map_real(n, "watts", 1e-9, 1e6, &c->watts, e) || !group_done(a, n, "calibration", e))
        return false;
    snprintf(c->source, sizeof c->source, "%.159s", a->note[a->nnotes - 1].source);
    return true;
}

static bool load_published(struct accelerator *a, const struct desc_node *n, struct err *e)
{
    const struct desc_node *system = desc_map_get(n, "system");
    if (system && (!copy_name(system, "board", a->system_board, sizeof a->system_board, e) ||
                   !desc_map_real(system, "watts", 1e-9, 1e6, &a->system_w, e) ||
                   !desc_map_real(system, "frames_per_second", 1e-6, 1e6, &a->system_fps, e) ||
                   !group_done(a, system, "published system", e)))
        return false;
    return copy_name(n, "network", a->published_network, sizeof a->published_network, e) &&
           desc_opt_real(n, "seconds", 0, 1e6, &a->published_s, e) &&
           desc_opt_real(n, "watts", 0, 1e6, &a->published_w, e) &&
           desc_opt_real(n, "onchip_kib", 0, 1e9, &a->published_onchip_kib, e) &&
           group_done(a, n, "published", e);
}

static bool load_list(struct accelerator *a, const struct desc_node *root, const char *key,
                      bool (*one)(struct accelerator *, const struct desc_node *, struct err *),
                      struct err *e)
{
    const struct desc_node *list = desc_map_need(root, key, e);
    if (!list)
        return false;
    if (!desc_list_len(list))
        return desc_err(list, e, "expected a list of %s", key);
    for (size_t i = 0; i < desc_list_len(list); i++)
        if (!one(a, desc_list_at(list, i), e))
            return false;
    return true;
}

static bool load(struct accelerator *a, const struct desc_node *root, const char *table,
                 struct err *e)
{
    const struct desc_node *tech, *clock, *stat, *operands, *vector, *fusion, *link, *resources,
        *calibration, *published;
    const char *own;
    int timing = 0;
    if (!copy_name(root, "title", a->title, sizeof a->title, e) ||
        !(tech = desc_map_need(root, "technology", e)) || !load_technology(a, tech, table, &own, e))
        return false;
    if (!(clock = desc_map_need(root, "clock", e)) ||
        !desc_map_real(clock, "hz", 1, 1e11, &a->clock_hz, e) ||
        !desc_opt_real(clock, "generator_w", 0, 1000, &a->clock_w, e) ||
        !group_done(a, clock, "clock", e))
        return false;
    if (!(stat = desc_map_need(root, "static", e)) ||
        !desc_map_real(stat, "watts", 0, 1000, &a->static_w, e) ||
        !desc_opt_real(stat, "host_watts", 0, 1000, &a->host_w, e) ||
        !group_done(a, stat, "static power", e))
        return false;
    if (!(operands = desc_map_need(root, "operands", e)) ||
        !desc_map_u64(operands, "weights", 1, MAX_BITS, &a->wbits, e) ||
        !desc_map_u64(operands, "activations", 1, MAX_BITS, &a->abits, e) ||
        !desc_map_u64(operands, "accumulator", 1, MAX_BITS, &a->acc_bits, e) ||
        !desc_map_u64(operands, "affine", 1, 2 * MAX_BITS, &a->affine_bits, e) ||
        !desc_map_u64(operands, "program_bytes_per_layer", 0, 1u << 20, &a->program_bytes, e) ||
        !group_done(a, operands, "operands", e))
        return false;
    if (!load_list(a, root, "engines", load_engine, e) ||
        !desc_opt_enum(root, "timing", timing_names, &timing, e))
        return false;
    a->lockstep = timing;
    if (!(vector = desc_map_need(root, "vector", e)) ||
        !desc_map_u64(vector, "lanes", 1, MAX_DIM, &a->vector_lanes, e) ||
        !group_done(a, vector, "vector unit", e))
        return false;
    if (!(fusion = desc_map_need(root, "fusion", e)) || !load_fusion(a, fusion, e) ||
        !load_list(a, root, "memories", load_memory, e))
        return false;
    if (!(link = desc_map_need(root, "link", e)) || !load_link(a, link, e))
        return false;
    if ((resources = desc_map_get(root, "resources")) && !load_resources(a, resources, e))
        return false;
    if ((calibration = desc_map_get(root, "calibration")) && !load_calibration(a, calibration, e))
        return false;
    if ((published = desc_map_get(root, "published")) && !load_published(a, published, e))
        return false;
    if (a->fpga && !resources)
        return desc_err(root, e, "missing key 'resources', which an fpga needs");
    if (a->home[ROLE_FEATURES] < 0 || a->home[ROLE_WEIGHTS] < 0)
        return desc_err(desc_map_get(root, "memories"), e, "no memory on chip holds %s",
                        role_names[a->home[ROLE_FEATURES] < 0 ? ROLE_FEATURES : ROLE_WEIGHTS]);
    for (int i = 0; i < a->nengines; i++)
        if (a->engine[i].in_flight > 1 && a->home[ROLE_PSUM] < 0)
            return desc_err(desc_map_get(root, "memories"), e,
                            "engine %s keeps partial sums, but no memory holds psum",
                            a->engine[i].name);
    if (a->nblock && a->home[ROLE_LINES] < 0)
        return desc_err(desc_map_get(root, "memories"), e,
                        "a fused block needs a memory that holds lines");
    return desc_map_done(root, e);
}

bool accelerator_cost(struct accelerator *a, struct err *e)
{
    const struct energy *t = &a->energy;
    double f;
    if (!energy_factor(a->node_nm, a->voltage, t, &f, e))
        return false;
    a->scale = f;
    for (int i = 0; i < a->nmemories; i++) {
        struct npu_memory *m = &a->memory[i];
        double bits = (double)m->word_bits;
        struct memory_row r = {0};
        m->standby_w = 0;
        switch (m->kind) {
        case MEM_DRAM:
            if (!t->has_dram)
                return err_set(e, ERR_INPUT, "energy table %s has no 'dram', which %s needs",
                               t->name, a->name);
            m->read_pj = m->write_pj = bits * t->dram_pj_bit;
            m->standby_w = t->dram_standby_w;
            continue;
        case MEM_REGISTERS:
            r.read_pj = r.write_pj = bits * (t->has_fpga ? t->lutram_pj_bit : t->reg_pj_bit);
            break;
        case MEM_BRAM36:
        case MEM_LUTRAM:
            if (t->has_fpga) {
                bool bram = m->kind == MEM_BRAM36;
                r.read_pj = bram ? t->bram_read_pj : bits * t->lutram_pj_bit;
                r.write_pj = bram ? t->bram_write_pj : bits * t->lutram_pj_bit;
                break;
            }
            /* fall through */
        case MEM_SRAM:
            if (!energy_ram(t, (double)m->bytes / (double)m->banks, bits, &r))
                return err_set(e, ERR_INPUT,
                               "energy table %s has no 'memory' rows, which %s needs for %s",
                               t->name, a->name, m->name);
            m->standby_w = r.leak_w * (double)m->banks * f;
            break;
        }
        m->read_pj = r.read_pj * f;
        m->write_pj = r.write_pj * f;
    }
    return true;
}

bool accelerator_backed(const struct accelerator *a, enum role r)
{
    return a->dram >= 0 && a->memory[a->dram].holds >> r & 1;
}

uint64_t accelerator_products(const struct accelerator *a, uint64_t wbits, uint64_t abits)
{
    uint64_t best = 0;
    for (int i = 0; i < a->npackings; i++)
        if (wbits <= a->packing[i].wbits && abits <= a->packing[i].abits &&
            a->packing[i].products > best)
            best = a->packing[i].products;
    return best;
}

static struct accelerator *build(struct desc *d, const char *name, const char *text, size_t len,
                                 const char *energy, struct err *e)
{
    struct accelerator *a = d ? calloc(1, sizeof *a) : NULL;
    if (!a) {
        if (d)
            err_nomem(e);
        return NULL;
    }
    data_stem(a->name, sizeof a->name, name);
    a->dram = -1;
    for (int i = 0; i < ROLE_COUNT; i++)
        a->home[i] = -1;
    desc_collect_missing(d);
    if (!desc_complete(d, load(a, desc_root(d), energy, e), e) || !accelerator_cost(a, e)) {
        free(a);
        return NULL;
    }
    /* Identifies the files that the numbers come from. */
    struct buf both = {0};
    buf_add(&both, text, len);
    buf_str(&both, a->energy.sha256);
    buf_str(&both, a->synthesis.sha256);
    if (both.failed) {
        err_nomem(e);
        buf_free(&both);
        free(a);
        return NULL;
    }
    data_sha256(both.data, both.len, a->sha256);
    buf_free(&both);
    a->lut_pj = a->energy.lut_pj * a->scale;
    snprintf(a->lut_source, sizeof a->lut_source, "%s", a->energy.source[PART_LUT]);
    return a;
}

struct accelerator *accelerator_parse(const char *name, const char *text, size_t len,
                                      const char *energy, struct err *e)
{
    struct desc *d = desc_parse(name, text, len, e);
    struct accelerator *a = build(d, name, text, len, energy, e);
    desc_free(d);
    return a;
}

struct accelerator *accelerator_load(const char *name, const char *energy, struct err *e)
{
    char path[4096];
    struct buf text = {0};
    if (!data_find(path, sizeof path, "accelerator", "costmodel/accelerators", name, e))
        return NULL;
    struct accelerator *a = buf_read_file(&text, path, 1 << 20, e)
                                ? accelerator_parse(path, buf_text(&text), text.len, energy, e)
                                : NULL;
    buf_free(&text);
    return a;
}
