/* The model's result as tallies, costs and peaks: time and energy of the views equal those of
 * struct npu. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/data.h"
#include "base/json.h"
#include "costmodel/npu.h"

#define DOC "npu-model"

static const char *note(const struct accelerator *a, const char *what)
{
    for (int i = 0; i < a->nnotes; i++)
        if (!strcmp(a->note[i].what, what))
            return a->note[i].source;
    return DOC;
}

static void costs(const struct npu *n, struct rows *r)
{
    const struct accelerator *a = n->accel;
    const struct energy *t = &a->energy;
    struct npu_energies x;
    npu_energies(n, &x);
    static const char *const kinds[] = {"compute", "fill", "store", "stall", "link"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        rows_cost(r, "npu", kinds[i], 1, 0, DOC);
    const char *mac = t->source[a->fpga && t->has_fpga ? PART_DSP : PART_MULTIPLY];
    rows_cost(r, "static", "cycle", 0, x.static_cycle, note(a, "static power"));
    rows_cost(r, "clock", "cycle", 0, x.clock_cycle, note(a, "clock"));
    if (x.register_cycle > 0)
        rows_cost(r, "registers", "cycle", 0, x.register_cycle, t->source[PART_REGISTER]);
    if (x.logic_cycle > 0)
        rows_cost(r, "logic", "cycle", 0, x.logic_cycle, a->lut_source);
    rows_cost(r, "mac", "mac", 0, x.mac, mac);
    rows_cost(r, "mac", "affine", 0, x.affine, mac);
    rows_cost(r, "mac", "vector", 0, x.vector,
              x.vector > 0 ? t->source[PART_ADD] : "assumed: part of the logic per LUT and cycle");
    if (a->link.kind != LINK_NONE)
        rows_cost(r, "link", "bit", 0, x.link_bit, note(a, "link"));
}

static const char *memory_source(const struct accelerator *a, const struct npu_memory *m)
{
    const struct energy *t = &a->energy;
    if (m->kind == MEM_DRAM)
        return t->source[PART_DRAM];
    if (m->kind == MEM_REGISTERS)
        return t->source[t->has_fpga ? PART_LUTRAM : PART_REGISTER];
    if (t->has_fpga && m->kind != MEM_SRAM)
        return t->source[m->kind == MEM_BRAM36 ? PART_BRAM : PART_LUTRAM];
    return t->source[PART_RAM];
}

/* Two names in one: rows of one memory are told apart by operand. */
static void component(char *out, size_t size, const struct npu_memory *m, int operand)
{
    snprintf(out, size, "%s.%s", m->name, npu_operand_names[operand]);
}

static void layer_tallies(const struct npu *n, int i, int scope, struct rows *r)
{
    const struct accelerator *a = n->accel;
    const struct npu_layer *l = &n->layer[i];
    struct npu_energies x;
    npu_energies(n, &x);
    rows_tally(r, scope, "npu", "compute", l->compute);
    rows_tally(r, scope, "npu", "fill", l->fill);
    rows_tally(r, scope, "npu", "store", l->store);
    rows_tally(r, scope, "npu", "stall", l->stall);
    rows_tally(r, scope, "npu", "link", l->link);
    rows_tally(r, scope, "static", "cycle", l->cycles);
    rows_tally(r, scope, "clock", "cycle", l->cycles);
    if (x.register_cycle > 0)
        rows_tally(r, scope, "registers", "cycle", l->cycles - l->link);
    if (x.logic_cycle > 0)
        rows_tally(r, scope, "logic", "cycle", l->cycles - l->link);
    rows_tally(r, scope, "mac", "mac", l->macs);
    rows_tally(r, scope, "mac", "affine", l->affine);
    rows_tally(r, scope, "mac", "vector", l->vector);
    rows_tally(r, scope, "link", "bit", l->link_bits);
    for (int o = 0; o < OPD_COUNT; o++) {
        const struct npu_traffic *ac = &l->traffic[o];
        if (ac->memory < 0 || !(ac->reads | ac->writes))
            continue;
        const struct npu_memory *m = &a->memory[ac->memory];
        char name[48], act[24];
        component(name, sizeof name, m, o);
        const struct {
            const char *verb;
            uint64_t count;
            double pj;
        } side[] = {{"read", ac->reads, m->read_pj}, {"write", ac->writes, m->write_pj}};
        for (int k = 0; k < 2; k++) {
            if (!side[k].count)
                continue;
            snprintf(act, sizeof act, "%s%llu", side[k].verb, (unsigned long long)m->word_bits);
            rows_tally(r, scope, name, act, side[k].count);
            rows_cost(r, name, act, 0, side[k].pj, memory_source(a, m));
        }
    }
}

/* Both roofs: products a cycle of all engines, and bytes a cycle over every port of every memory,
 * because a layer's traffic is counted over all of them. */
static void roofs(const struct accelerator *a, uint64_t *macs, double *bytes)
{
    *macs = 0;
    *bytes = 0;
    for (int i = 0; i < a->nengines; i++)
        *macs += a->engine[i].rows * a->engine[i].columns * a->engine[i].pixels;
    for (int i = 0; i < a->nmemories; i++) {
        const struct npu_memory *m = &a->memory[i];
        *bytes += (double)(m->banks *
                           (m->shared_ports ? m->shared_ports : m->read_ports + m->write_ports) *
                           m->word_bits) /
                  8;
    }
}

static void config(const struct npu *n, struct buf *out)
{
    const struct accelerator *a = n->accel;
    uint64_t macs_per_cycle;
    double bytes_per_cycle;
    roofs(a, &macs_per_cycle, &bytes_per_cycle);
    cJSON *o = json_root();
    json_uint(o, "wbits", n->wbits);
    json_uint(o, "abits", n->abits);
    json_number(o, "width", "%g", n->net->width);
    json_int(o, "input", n->net->in_h);
    json_text(o, "energy_table", a->energy.name);
    json_number(o, "lut_pj", "%.9g", n->lut_pj);
    json_bool(o, "fitted_here",
              a->fit_target.fitted && strstr(a->lut_source, "calibrated:") == a->lut_source);
    json_uint(o, "macs_per_cycle", macs_per_cycle);
    json_number(o, "bytes_per_cycle", "%g", bytes_per_cycle);
    json_bool(o, "fits", n->resources.fits);
    if (!n->resources.fits)
        json_text(o, "unfit", n->resources.what);
    json_uint(o, "dsp", n->resources.dsp);
    json_uint(o, "lut", n->resources.lut);
    json_uint(o, "bram36", n->resources.bram36);
    cJSON *graph = json_array(o, "graph"); /* the layers that each layer reads, -1 for the image */
    for (int i = 0; i < n->nlayers; i++) {
        const struct layer *l = &n->net->layer[i];
        cJSON *in = json_array(graph, NULL);
        for (int k = 0; k < 2; k++)
            if (l->in[k] != LAYER_NONE)
                json_int(in, NULL, l->in[k] < 0 ? -1 : l->in[k]);
    }
    json_print(o, JSON_COMPACT, out);
}

bool npu_rows(const struct npu *n, struct rows *r, struct err *e)
{
    const struct accelerator *a = n->accel;
    struct run_meta *m = &r->run;
    snprintf(m->kind, sizeof m->kind, "npu");
    snprintf(m->platform, sizeof m->platform, "%s", a->name);
    snprintf(m->network, sizeof m->network, "%.63s", n->net->name);
    snprintf(m->tool_version, sizeof m->tool_version, "%s", ETINYSIM_VERSION);
    snprintf(m->inputs_sha256, sizeof m->inputs_sha256, "%s", a->sha256);
    m->clock_hz = (uint64_t)llround(a->clock_hz);
    m->width = n->net->width;
    snprintf(m->shape, sizeof m->shape, "%dx%dx%d", n->net->in_h, n->net->in_w, n->net->in_c);
    m->wbits = (uint32_t)n->wbits;
    m->abits = (uint32_t)n->abits;
    struct buf json = {0};
    config(n, &json);
    if (json.failed) {
        buf_free(&json);
        return err_nomem(e);
    }
    m->config_json = json.data;
    int root = rows_scope(r, -1, n->net->name, "", 0, 0);
    for (int i = 0; i < n->nlayers && root >= 0; i++) {
        const struct layer *l = &n->net->layer[i];
        int scope = rows_scope(r, root, l->name, op_name(l->op), l->macs, l->params);
        if (scope >= 0)
            layer_tallies(n, i, scope, r);
    }
    costs(n, r);
    rows_peak(r, -1, "onchip", n->resources.onchip_bytes);
    if (n->resources.bram36)
        rows_peak(r, -1, "bram36", n->resources.bram36 * 4608);
    rows_peak(r, root < 0 ? -1 : root + 1 + n->resources.feature_layer, "feature_maps",
              n->resources.feature_peak);
    for (int i = 0; i < a->nmemories; i++)
        if (n->resources.memory[i].need)
            rows_peak(r, -1, a->memory[i].name, n->resources.memory[i].need);
    return !r->failed || err_nomem(e);
}
