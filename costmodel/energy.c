#include "costmodel/energy.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/data.h"
#include "base/desc.h"

static bool sourced(const struct desc_node *n, struct energy *t, enum energy_source part,
                    struct err *e)
{
    const char *text;
    bool assumed;
    if (!desc_map_source(n, &text, &assumed, e))
        return false;
    snprintf(t->source[part], sizeof t->source[part], "%.159s", text);
    return true;
}

/* One number with its provenance: {KEY: number, source: ...}. */
static bool number(const struct desc_node *map, const char *group, const char *key, double *out,
                   struct energy *t, enum energy_source part, struct err *e)
{
    const struct desc_node *n = desc_map_need(map, group, e);
    return n && desc_map_real(n, key, 0, 1e9, out, e) && sourced(n, t, part, e) &&
           desc_map_done(n, e);
}

static bool load_operations(const struct desc_node *n, struct energy *t, struct err *e)
{
    const struct desc_node *mul = desc_map_need(n, "multiply", e),
                           *add = desc_map_need(n, "add", e);
    double bits, pj, leak = 0;
    if (!mul || !add)
        return false;
    if (!desc_map_real(mul, "bits", 1, 64, &bits, e) || !desc_map_real(mul, "pj", 0, 1e6, &pj, e) ||
        !desc_opt_real(mul, "leak_w", 0, 1, &leak, e) || !sourced(mul, t, PART_MULTIPLY, e) ||
        !desc_map_done(mul, e))
        return false;
    t->mul_pj_bit2 = pj / (bits * bits);
    t->gate_leak_w_bit2 = leak / (bits * bits);
    if (!desc_map_real(add, "bits", 1, 64, &bits, e) || !desc_map_real(add, "pj", 0, 1e6, &pj, e) ||
        !sourced(add, t, PART_ADD, e) || !desc_map_done(add, e))
        return false;
    t->add_pj_bit = pj / bits;
    return number(n, "register", "pj_per_bit", &t->reg_pj_bit, t, PART_REGISTER, e) &&
           desc_map_done(n, e);
}

static bool load_fpga(const struct desc_node *n, struct energy *t, struct err *e)
{
    const struct desc_node *bram = desc_map_need(n, "bram36", e);
    if (!bram || !desc_map_real(bram, "read_pj", 0, 1e6, &t->bram_read_pj, e) ||
        !desc_map_real(bram, "write_pj", 0, 1e6, &t->bram_write_pj, e) ||
        !sourced(bram, t, PART_BRAM, e) || !desc_map_done(bram, e))
        return false;
    if (!number(n, "dsp", "pj_per_cycle", &t->dsp_pj, t, PART_DSP, e) ||
        !number(n, "lutram", "pj_per_bit", &t->lutram_pj_bit, t, PART_LUTRAM, e) ||
        !number(n, "lut", "pj_per_cycle", &t->lut_pj, t, PART_LUT, e))
        return false;
    t->has_fpga = true;
    return desc_map_done(n, e);
}

static bool load_rows(const struct desc_node *n, struct energy *t, struct err *e)
{
    const struct desc_node *rows = desc_map_need(n, "rows", e);
    if (!rows || !desc_map_real(n, "size_exponent", 0, 2, &t->size_exponent, e) ||
        !desc_map_real(n, "width_exponent", 0, 2, &t->width_exponent, e) ||
        !sourced(n, t, PART_RAM, e))
        return false;
    if (desc_list_len(rows) < 1 || desc_list_len(rows) > MAX_MEMORY_ROWS)
        return desc_err(rows, e, "expected a list of 1 to %d rows", MAX_MEMORY_ROWS);
    for (size_t i = 0; i < desc_list_len(rows); i++) {
        const struct desc_node *m = desc_list_at(rows, i);
        struct memory_row *r = &t->row[i];
        double leak_mw = 0;
        if (!desc_map_real(m, "bytes", 1, 1e12, &r->bytes, e) ||
            !desc_map_real(m, "bits", 1, 4096, &r->bits, e) ||
            !desc_map_real(m, "read_pj", 0, 1e6, &r->read_pj, e) ||
            !desc_map_real(m, "write_pj", 0, 1e6, &r->write_pj, e) ||
            !desc_opt_real(m, "leak_mw", 0, 1e6, &leak_mw, e) || !desc_map_done(m, e))
            return false;
        if (r->read_pj <= 0 || r->write_pj <= 0)
            return desc_err(m, e, "an access of 0 pJ, expected more");
        if (i && (r->bits < r[-1].bits || (r->bits <= r[-1].bits && r->bytes <= r[-1].bytes)))
            return desc_err(m, e, "rows must be sorted by bits, then by bytes");
        r->leak_w = leak_mw * 1e-3;
    }
    t->nrows = (int)desc_list_len(rows);
    return desc_map_done(n, e);
}

static bool load(const struct desc_node *root, struct energy *t, struct err *e)
{
    const struct desc_node *ops = desc_map_get(root, "operations"),
                           *fpga = desc_map_get(root, "fpga"), *mem = desc_map_get(root, "memory"),
                           *dram = desc_map_get(root, "dram");
    if (!desc_map_real(root, "node_nm", 7, 130, &t->node_nm, e) ||
        !desc_map_real(root, "voltage", 0.4, 2, &t->voltage, e))
        return false;
    if (!ops && !fpga)
        return desc_err(root, e, "neither 'operations' nor 'fpga', expected one of them");
    if ((ops && !load_operations(ops, t, e)) || (fpga && !load_fpga(fpga, t, e)) ||
        (mem && !load_rows(mem, t, e)))
        return false;
    if (dram && (!desc_map_real(dram, "pj_per_bit", 0, 1e4, &t->dram_pj_bit, e) ||
                 !desc_map_real(dram, "standby_w", 0, 100, &t->dram_standby_w, e) ||
                 !sourced(dram, t, PART_DRAM, e) || !desc_map_done(dram, e)))
        return false;
    t->has_dram = dram != NULL;
    return desc_map_done(root, e);
}

bool energy_load(const char *name, struct energy *out, struct err *e)
{
    char path[4096];
    memset(out, 0, sizeof *out);
    if (!data_find(path, sizeof path, "energy table", "costmodel/energy", name, e))
        return false;
    struct desc *d = desc_load(path, e);
    bool ok = d && load(desc_root(d), out, e);
    desc_free(d);
    struct buf text = {0};
    ok = ok && buf_read_file(&text, path, 1 << 20, e);
    if (ok)
        data_sha256(text.data, text.len, out->sha256);
    buf_free(&text);
    data_stem(out->name, sizeof out->name, path);
    return ok;
}

/* Stillmaker-Baas polynomials of costmodel/scaling.yaml, sorted by node. */
struct polynomial {
    double node, a, b, c;
};

static double at(const struct polynomial *p, double v)
{
    return p->a * v * v + p->b * v + p->c;
}

static bool load_scaling(struct polynomial *p, int max, int *n, struct err *e)
{
    char path[4096];
    const char *text;
    bool assumed;
    if (!data_need(path, sizeof path, "costmodel/scaling.yaml", e))
        return false;
    struct desc *d = desc_load(path, e);
    const struct desc_node *root = d ? desc_root(d) : NULL,
                           *rows = root ? desc_map_need(root, "rows", e) : NULL;
    bool ok = rows && desc_map_source(root, &text, &assumed, e) && desc_map_done(root, e);
    *n = 0;
    for (size_t i = 0; ok && i < desc_list_len(rows) && *n < max; i++) {
        const struct desc_node *m = desc_list_at(rows, i);
        struct polynomial *q = &p[(*n)++];
        ok = desc_map_real(m, "node_nm", 1, 1000, &q->node, e) &&
             desc_map_real(m, "a", -100, 100, &q->a, e) &&
             desc_map_real(m, "b", -100, 100, &q->b, e) &&
             desc_map_real(m, "c", -100, 100, &q->c, e) && desc_map_done(m, e);
        if (ok && *n > 1 && q->node <= q[-1].node)
            ok = desc_err(m, e, "rows must be sorted by node");
    }
    desc_free(d);
    return ok;
}

static bool level(const struct polynomial *p, int n, double node, double v, double *out,
                  struct err *e)
{
    for (int i = 0; i + 1 < n; i++)
        if (node >= p[i].node && node <= p[i + 1].node) {
            double f = (node - p[i].node) / (p[i + 1].node - p[i].node);
            *out = at(&p[i], v) * (1 - f) + at(&p[i + 1], v) * f;
            return *out > 0 || err_set(e, ERR_INPUT,
                                       "no energy for %g nm at %g V: the fit ends there", node, v);
        }
    return err_set(e, ERR_INPUT, "node %g nm is outside the scaling table", node);
}

bool energy_factor(double node_nm, double voltage, const struct energy *t, double *factor,
                   struct err *e)
{
    struct polynomial p[32];
    int n = 0;
    double here, there;
    *factor = 1;
    if (fabs(node_nm - t->node_nm) < 1e-9 && fabs(voltage - t->voltage) < 1e-9)
        return true;
    if (!load_scaling(p, 32, &n, e) || !level(p, n, node_nm, voltage, &here, e) ||
        !level(p, n, t->node_nm, t->voltage, &there, e))
        return false;
    *factor = here / there;
    return true;
}

/* y at x on the line through two points in log-log space. */
static double power_law(double x, double x0, double y0, double x1, double y1)
{
    return y0 > 0 && y1 > 0 ? y0 * pow(x / x0, log(y1 / y0) / log(x1 / x0))
                            : y0 + (y1 - y0) * (x - x0) / (x1 - x0);
}

static void between(struct memory_row *out, double x, double x0, const struct memory_row *r0,
                    double x1, const struct memory_row *r1)
{
    out->read_pj = power_law(x, x0, r0->read_pj, x1, r1->read_pj);
    out->write_pj = power_law(x, x0, r0->write_pj, x1, r1->write_pj);
    out->leak_w = power_law(x, x0, r0->leak_w, x1, r1->leak_w);
}

/* Rows [from, to) have one width; the row for `bytes` among them. Leakage goes with the size. */
static struct memory_row at_size(const struct energy *t, int from, int to, double bytes)
{
    const struct memory_row *r = &t->row[from];
    struct memory_row out = *r;
    int n = to - from, i = 0;
    while (i + 1 < n && r[i + 1].bytes <= bytes)
        i++;
    if (bytes < r[0].bytes || i + 1 == n) { /* outside */
        double f = pow(bytes / r[i].bytes, t->size_exponent);
        out.read_pj = r[i].read_pj * f;
        out.write_pj = r[i].write_pj * f;
        out.leak_w = r[i].leak_w * bytes / r[i].bytes;
    } else {
        between(&out, bytes, r[i].bytes, &r[i], r[i + 1].bytes, &r[i + 1]);
    }
    return out;
}

bool energy_ram(const struct energy *t, double bytes, double bits, struct memory_row *out)
{
    struct memory_row below = {0}, above = {0};
    double wbelow = 0, wabove = 0;
    for (int i = 0, j; i < t->nrows; i = j) {
        for (j = i + 1; j < t->nrows && t->row[j].bits <= t->row[i].bits; j++)
            ;
        if (t->row[i].bits <= bits) {
            below = at_size(t, i, j, bytes);
            wbelow = t->row[i].bits;
        } else if (wabove <= 0) {
            above = at_size(t, i, j, bytes);
            wabove = t->row[i].bits;
        }
    }
    if (wbelow > 0 && wabove > 0) {
        between(out, bits, wbelow, &below, wabove, &above);
    } else if (wbelow > 0 || wabove > 0) {
        const struct memory_row *r = wbelow > 0 ? &below : &above;
        double f = pow(bits / (wbelow > 0 ? wbelow : wabove), t->width_exponent);
        *out = (struct memory_row){
            .read_pj = r->read_pj * f, .write_pj = r->write_pj * f, .leak_w = r->leak_w};
    } else {
        return false;
    }
    out->bytes = bytes;
    out->bits = bits;
    return true;
}
