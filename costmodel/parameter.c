/* Numbers of an accelerator by path, for sweeps, sensitivity and --set. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "costmodel/accelerator.h"

struct parameter {
    const char *name;
    size_t offset;
    bool real;
    double min, max;
};

#define REAL(type, name, field, min, max)           \
    {                                               \
        name, offsetof(type, field), true, min, max \
    }
#define WHOLE(type, name, field, min, max)           \
    {                                                \
        name, offsetof(type, field), false, min, max \
    }

static const struct parameter of_accelerator[] = {
    REAL(struct accelerator, "clock_hz", clock_hz, 1, 1e11),
    REAL(struct accelerator, "clock_w", clock_w, 0, 1000),
    REAL(struct accelerator, "node_nm", node_nm, 7, 130),
    REAL(struct accelerator, "voltage", voltage, 0.4, 2),
    REAL(struct accelerator, "static_w", static_w, 0, 1000),
    REAL(struct accelerator, "host_w", host_w, 0, 1000),
    REAL(struct accelerator, "lut_pj", lut_pj, 0, 1e6),
    REAL(struct accelerator, "lut_base", lut_base, 0, 1e7),
    REAL(struct accelerator, "lut_per_multiplier", lut_per_multiplier, 0, 1e5),
    REAL(struct accelerator, "lut_per_column", lut_per_column, 0, 1e5),
    WHOLE(struct accelerator, "vector_lanes", vector_lanes, 1, 4096),
    WHOLE(struct accelerator, "accumulator_bits", acc_bits, 1, 64),
    WHOLE(struct accelerator, "affine_bits", affine_bits, 1, 128),
    WHOLE(struct accelerator, "link.width", link.width, 1, 64),
    REAL(struct accelerator, "link.clock_hz", link.clock_hz, 1, 1e10),
    REAL(struct accelerator, "link.efficiency", link.efficiency, 0.01, 1),
    REAL(struct accelerator, "link.pin_pf", link.pin_pf, 0, 1000),
    REAL(struct accelerator, "link.volts", link.volts, 0.5, 5),
    REAL(struct accelerator, "energy.dsp_pj", energy.dsp_pj, 0, 1e6),
    REAL(struct accelerator, "energy.bram_read_pj", energy.bram_read_pj, 0, 1e6),
    REAL(struct accelerator, "energy.bram_write_pj", energy.bram_write_pj, 0, 1e6),
    REAL(struct accelerator, "energy.lutram_pj_bit", energy.lutram_pj_bit, 0, 1e6),
    REAL(struct accelerator, "energy.mul_pj_bit2", energy.mul_pj_bit2, 0, 1e6),
    REAL(struct accelerator, "energy.add_pj_bit", energy.add_pj_bit, 0, 1e6),
    REAL(struct accelerator, "energy.reg_pj_bit", energy.reg_pj_bit, 0, 1e6),
    REAL(struct accelerator, "energy.dram_pj_bit", energy.dram_pj_bit, 0, 1e6),
    REAL(struct accelerator, "energy.dram_standby_w", energy.dram_standby_w, 0, 1000),
    {NULL, 0, false, 0, 0},
};

static const struct parameter of_engine[] = {
    WHOLE(struct npu_engine, "rows", rows, 1, 4096),
    WHOLE(struct npu_engine, "columns", columns, 1, 4096),
    WHOLE(struct npu_engine, "pixels", pixels, 1, 4096),
    WHOLE(struct npu_engine, "positions_in_flight", in_flight, 1, 1 << 20),
    WHOLE(struct npu_engine, "latency", latency, 0, 10000),
    {NULL, 0, false, 0, 0},
};

static const struct parameter of_memory[] = {
    WHOLE(struct npu_memory, "bytes", bytes, 1, 1e12),
    WHOLE(struct npu_memory, "blocks", blocks, 1, 100000),
    WHOLE(struct npu_memory, "word_bits", word_bits, 1, 4096),
    WHOLE(struct npu_memory, "banks", banks, 1, 4096),
    REAL(struct npu_memory, "bytes_per_second", bytes_per_second, 1, 1e13),
    {NULL, 0, false, 0, 0},
};

static double get(const void *base, const struct parameter *p)
{
    const char *at = (const char *)base + p->offset;
    double d;
    uint64_t u;
    if (p->real) {
        memcpy(&d, at, sizeof d);
        return d;
    }
    memcpy(&u, at, sizeof u);
    return (double)u;
}

void accelerator_parameters(struct accelerator *a,
                            void (*each)(void *with, const char *path, double value), void *with)
{
    char path[96];
    for (const struct parameter *p = of_accelerator; p->name; p++)
        each(with, p->name, get(a, p));
    for (int i = 0; i < a->nengines; i++)
        for (const struct parameter *p = of_engine; p->name; p++) {
            snprintf(path, sizeof path, "engine.%s.%s", a->engine[i].name, p->name);
            each(with, path, get(&a->engine[i], p));
        }
    for (int i = 0; i < a->nmemories; i++)
        for (const struct parameter *p = of_memory; p->name; p++) {
            snprintf(path, sizeof path, "memory.%s.%s", a->memory[i].name, p->name);
            each(with, path, get(&a->memory[i], p));
        }
}

static void list(void *with, const char *path, double value)
{
    (void)value;
    struct buf *b = with;
    buf_printf(b, "%s%s", b->len ? ", " : "", path);
}

/* "engine.NAME.rows" with kind "engine" -> the index of NAME, and *rest = "rows". */
static bool part(const char *path, const char *kind, const char *name, const char **rest)
{
    size_t k = strlen(kind), n = strlen(name);
    if (strncmp(path, kind, k) || path[k] != '.' || strncmp(path + k + 1, name, n) ||
        path[k + 1 + n] != '.')
        return false;
    *rest = path + k + 2 + n;
    return true;
}

static const struct parameter *find(struct accelerator *a, const char *path, void **base,
                                    struct npu_memory **m)
{
    const struct parameter *table = of_accelerator;
    const char *name = path;
    *base = a;
    *m = NULL;
    for (int i = 0; i < a->nengines; i++)
        if (part(path, "engine", a->engine[i].name, &name))
            table = of_engine, *base = &a->engine[i], i = a->nengines;
    for (int i = 0; i < a->nmemories; i++)
        if (part(path, "memory", a->memory[i].name, &name))
            table = of_memory, *base = *m = &a->memory[i], i = a->nmemories;
    while (table->name && strcmp(table->name, name))
        table++;
    return table->name ? table : NULL;
}

bool accelerator_set(struct accelerator *a, const char *path, const char *value, struct err *e)
{
    void *base;
    struct npu_memory *m;
    const struct parameter *p = find(a, path, &base, &m);
    if (!p) {
        struct buf known = {0};
        accelerator_parameters(a, list, &known);
        err_set(e, ERR_INPUT, "%s has no parameter '%s', known: %s", a->name, path,
                buf_text(&known));
        buf_free(&known);
        return false;
    }
    char *end;
    double v = strtod(value, &end);
    if (*end || end == value || !isfinite(v) || (!p->real && v != floor(v)))
        return err_set(e, ERR_INPUT, "%s: '%s' is not a %snumber", path, value,
                       p->real ? "" : "whole ");
    if (v < p->min || v > p->max)
        return err_set(e, ERR_INPUT, "%s: %g is out of range, expected %g to %g", path, v, p->min,
                       p->max);
    struct accelerator before = *a;
    uint64_t w = (uint64_t)(p->real ? 0 : v);
    if (p->real)
        memcpy((char *)base + p->offset, &v, sizeof v);
    else
        memcpy((char *)base + p->offset, &w, sizeof w);
    bool ok = true;
    if (m && m->kind == MEM_BRAM36) {
        if (!strcmp(p->name, "bytes"))
            ok = err_set(e, ERR_INPUT, "%s: follows from blocks and word_bits", path);
        else if (m->word_bits > 72 || m->blocks % m->banks)
            ok = err_set(e, ERR_INPUT, "%s: %g makes no equal banks of at most 72 bits", path, v);
        m->bytes = m->blocks * accelerator_bram36_words(m->word_bits) * m->word_bits / 8;
    }
    if (m && m->bytes < m->banks && m->kind != MEM_DRAM)
        ok = err_set(e, ERR_INPUT, "%s: fewer bytes than banks", path);
    for (int i = 0; i < a->nengines; i++)
        if (a->engine[i].in_flight > 1 && a->home[ROLE_PSUM] < 0)
            ok = err_set(e, ERR_INPUT, "%s: no memory of %s holds psum", path, a->name);
    if (!ok || !accelerator_cost(a, e)) {
        *a = before;
        return false;
    }
    /* The constant per LUT moves with the technology as the rest of the table does. */
    if (before.scale > 0 && a->scale != before.scale)
        a->lut_pj *= a->scale / before.scale;
    return true;
}
