#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/npu_out.h"

static void num(cJSON *o, const char *key, uint64_t v)
{
    json_uint(o, key, v);
}

static void real(cJSON *o, const char *key, double v)
{
    json_real(o, key, v);
}

static void energies(cJSON *o, const struct npu *n, const double *pj)
{
    cJSON *parts = json_object(o, "energy_parts_uj");
    for (int i = 0; i < E_MEMORY + n->accel->nmemories; i++)
        real(parts, npu_energy_part(n, i), pj[i] * 1e-6);
}

static void layer(cJSON *list, const struct npu *n, int i)
{
    const struct npu_layer *l = &n->layer[i];
    const struct layer *of = &n->net->layer[i];
    cJSON *o = json_object(list, NULL);
    uint64_t reads = 0, writes = 0;
    double pj = 0;
    for (int k = 0; k < ENERGY_PARTS; k++)
        pj += l->pj[k];
    for (int k = 0; k < OPD_COUNT; k++)
        reads += l->traffic[k].reads, writes += l->traffic[k].writes;
    json_text(o, "name", of->name);
    json_text(o, "op", op_name(of->op));
    num(o, "macs", of->macs);
    num(o, "cycles", l->cycles);
    if (of->macs)
        real(o, "cycles_per_mac", (double)l->cycles / (double)of->macs);
    num(o, "reads", reads);
    num(o, "writes", writes);
    real(o, "energy_uj", pj * 1e-6);
    if (of->macs)
        real(o, "pj_per_mac", pj / (double)of->macs);
    json_text(o, "engine",
              l->engine >= 0               ? n->accel->engine[l->engine].name
              : l->engine == ENGINE_VECTOR ? "vector"
                                           : "fused");
    json_text(o, "pipeline", n->net->layer[l->group].name);
    num(o, "compute", l->compute);
    num(o, "fill", l->fill);
    num(o, "store", l->store);
    num(o, "stall", l->stall);
    num(o, "link", l->link);
    num(o, "busy", l->busy);
    real(o, "utilisation", l->utilisation);
    json_text(o, "roof", npu_roof(n, l->roof));
    cJSON *accesses = json_array(o, "accesses");
    for (int k = 0; k < OPD_COUNT; k++) {
        const struct npu_traffic *a = &l->traffic[k];
        if (a->memory < 0 || !(a->reads | a->writes))
            continue;
        cJSON *x = json_object(accesses, NULL);
        json_text(x, "memory", n->accel->memory[a->memory].name);
        json_text(x, "operand", npu_operand_names[k]);
        num(x, "word_bits", n->accel->memory[a->memory].word_bits);
        num(x, "reads", a->reads);
        num(x, "writes", a->writes);
        real(x, "read_bytes", (double)a->read_bits / 8);
        real(x, "write_bytes", (double)a->write_bits / 8);
    }
    energies(o, n, l->pj);
}

static void calibration(cJSON *o, const struct npu *n, const struct accelerator_fit *f)
{
    cJSON *c = json_object(o, "calibration");
    json_bool(c, "fitted", f->done);
    json_text(c, "constant", "lut_pj");
    real(c, "table", f->table_pj);
    real(c, "value", n->lut_pj);
    if (!f->done)
        return;
    real(c, "fitted_value", f->fitted_pj);
    json_text(c, "accelerator", f->where);
    json_text(c, "network", f->network);
    json_text(c, "source", f->source);
    real(c, "point_watts", f->target_w);
    real(c, "watts_before", f->before_w);
}

static void published(cJSON *o, const struct npu *n)
{
    const struct accelerator *a = n->accel;
    if (!a->published_network[0])
        return;
    cJSON *p = json_object(o, "published");
    json_text(p, "network", a->published_network);
    real(p, "seconds", a->published_s);
    real(p, "watts", a->published_w);
    real(p, "onchip_kib", a->published_onchip_kib);
}

static void designs(cJSON *o, const struct npu_show *s)
{
    cJSON *list = json_array(o, "designs");
    for (int i = 0; i < s->ndesigns; i++) {
        const struct design *d = &s->design[i];
        cJSON *x = json_object(list, NULL);
        num(x, "rows", d->rows);
        num(x, "columns", d->columns);
        real(x, "clock_hz", d->clock_hz);
        real(x, "seconds", d->seconds);
        real(x, "energy_uj", d->energy_uj);
        real(x, "watts", d->watts);
        num(x, "dsp", d->dsp);
        num(x, "lut", d->lut);
        num(x, "ff", d->ff);
        json_text(x, "counts", npu_counted[d->counted]);
        num(x, "bram36", d->bram36);
        json_bool(x, "fits", d->fits);
        json_bool(x, "front", d->front);
    }
}

static void tornado(cJSON *o, const struct npu_show *s)
{
    cJSON *list = json_array(o, "sensitivity");
    for (int i = 0; i < s->nswings; i++) {
        const struct swing *w = &s->swing[i];
        cJSON *x = json_object(list, NULL);
        json_text(x, "parameter", w->path);
        real(x, "value", w->value);
        real(x, "factor", s->factor);
        real(x, "low_seconds", w->low_s);
        real(x, "high_seconds", w->high_s);
        real(x, "low_energy_uj", w->low_uj);
        real(x, "high_energy_uj", w->high_uj);
    }
}

static void system_json(cJSON *o, const struct npu_show *s)
{
    static const char *const bands[BAND_COUNT] = {"low", "nominal", "high"};
    const struct system_result *r = s->system;
    cJSON *y = json_object(o, "system");
    json_text(y, "board", s->mcu->name);
    real(y, "fps", 1 / r->period_s);
    real(y, "shortest_period_s", r->shortest_period_s);
    json_bool(y, "holds", r->holds);
    json_bool(y, "overlaps", r->overlaps);
    real(y, "before_s", r->before_s);
    real(y, "link_in_s", r->link_in_s);
    real(y, "npu_s", r->npu_s);
    real(y, "link_out_s", r->link_out_s);
    real(y, "after_s", r->after_s);
    if (s->npu->accel->system_w > 0) {
        cJSON *p = json_object(y, "published");
        json_text(p, "board", s->npu->accel->system_board);
        json_text(p, "network", s->npu->accel->published_network);
        real(p, "fps", s->npu->accel->system_fps);
        real(p, "total_mw", s->npu->accel->system_w * 1e3);
    }
    real(y, "mcu_duty", r->mcu_duty);
    real(y, "npu_duty", r->npu_duty);
    for (int b = 0; b < BAND_COUNT; b++) {
        cJSON *x = json_object(y, bands[b]);
        for (int k = 0; k < S_PARTS; k++)
            real(x, system_parts[k], r->mw[b][k]);
        real(x, "total_mw", r->total_mw[b]);
        real(x, "frame_mj", r->frame_mj[b]);
        if (r->battery_h[b] > 0)
            real(x, "battery_h", r->battery_h[b]);
    }
}

static bool maps(cJSON *o, const struct npu *n, struct err *e)
{
    struct npu_map *m = calloc((size_t)n->nlayers + 1, sizeof *m);
    uint64_t top;
    if (!m)
        return err_nomem(e);
    cJSON *list = json_array(o, "memory_map");
    int k = npu_memory_map(n, m, &top);
    for (int i = 0; i < k; i++) {
        cJSON *x = json_object(list, NULL);
        json_text(x, "map", m[i].layer < 0 ? "input" : n->net->layer[m[i].layer].name);
        json_text(x, "first", n->net->layer[m[i].first].name);
        json_text(x, "last", n->net->layer[m[i].last].name);
        num(x, "offset", m[i].offset);
        num(x, "bytes", m[i].bytes);
    }
    free(m);
    return true;
}

bool npu_print_json(const struct npu_show *s, struct err *e)
{
    const struct npu *n = s->npu;
    const struct accelerator *a = n->accel;
    cJSON *o = json_root();
    int assumed = 0;
    for (int i = 0; i < a->nnotes; i++)
        assumed += a->note[i].assumed;
    json_text(o, "accelerator", a->name);
    json_text(o, "network", n->net->name);
    real(o, "width", n->net->width);
    num(o, "input", (uint64_t)n->net->in_h);
    char shape[24];
    snprintf(shape, sizeof shape, "%dx%dx%d", n->net->in_h, n->net->in_w, n->net->in_c);
    json_text(o, "shape", shape);
    num(o, "wbits", n->wbits);
    num(o, "abits", n->abits);
    real(o, "clock_hz", a->clock_hz);
    num(o, "cycles", n->cycles);
    real(o, "seconds", n->seconds);
    real(o, "watts", n->watts);
    real(o, "energy_uj", n->energy_uj);
    num(o, "macs", n->macs);
    real(o, "pj_per_mac", n->macs ? n->energy_uj * 1e6 / (double)n->macs : 0);
    json_bool(o, "fits", n->resources.fits);
    json_text(o, "misfit", n->resources.what);
    num(o, "bram36", n->resources.bram36);
    num(o, "dsp", n->resources.dsp);
    num(o, "lut", n->resources.lut);
    num(o, "ff", n->resources.ff);
    json_text(o, "counts", npu_counted[n->resources.counted]);
    num(o, "levels", n->resources.levels);
    num(o, "cells_ps", n->resources.cells_ps);
    num(o, "onchip_bytes", n->resources.onchip_bytes);
    num(o, "feature_bytes", n->resources.feature_peak);
    json_text(o, "energy_table", a->energy.name);
    num(o, "groups_of_numbers", (uint64_t)a->nnotes);
    num(o, "groups_assumed", (uint64_t)assumed);
    energies(o, n, n->pj);
    cJSON *roofs = json_object(o, "bound_cycles");
    for (int r = ROOF_LINK; r < a->nmemories; r++)
        if (npu_bound_by(n, r))
            num(roofs, npu_roof(n, r), npu_bound_by(n, r));
    calibration(o, n, s->fit);
    if (s->overlay)
        json_text(o, "overlay", s->overlay);
    published(o, n);
    cJSON *layers = json_array(o, "layers");
    for (int i = 0; i < n->nlayers; i++)
        layer(layers, n, i);
    if (!maps(o, n, e)) {
        cJSON_Delete(o);
        return false;
    }
    if (s->swing)
        tornado(o, s);
    if (s->design)
        designs(o, s);
    if (s->system)
        system_json(o, s);
    cli_json(o, JSON_INDENTED, e);
    return !e->code;
}

bool npu_published_json(const struct published *p, struct err *e)
{
    cJSON *o = json_root(), *list = json_array(o, "points");
    for (int i = 0; i < p->n; i++) {
        const struct published_point *x = &p->point[i];
        cJSON *c = json_object(list, NULL);
        json_text(c, "set", x->set);
        json_text(c, "point", x->what);
        json_text(c, "unit", x->unit);
        real(c, "predicted", x->predicted);
        real(c, "published", x->published);
        real(c, "error", x->predicted / x->published - 1);
        json_text(c, "why", x->why);
        json_text(c, "source", x->source);
    }
    cli_json(o, JSON_INDENTED, e);
    return !e->code;
}
