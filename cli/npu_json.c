#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/npu_out.h"

static void num(cJSON *o, const char *key, uint64_t v)
{
    cJSON_AddNumberToObject(o, key, (double)v);
}

static void real(cJSON *o, const char *key, double v)
{
    cJSON_AddNumberToObject(o, key, v);
}

static void energies(cJSON *o, const struct npu *n, const double *pj)
{
    cJSON *parts = cJSON_AddObjectToObject(o, "energy_parts_uj");
    for (int i = 0; i < E_MEMORY + n->accel->nmemories; i++)
        real(parts, npu_energy_part(n, i), pj[i] * 1e-6);
}

static cJSON *layer(const struct npu *n, int i)
{
    const struct npu_layer *l = &n->layer[i];
    const struct layer *of = &n->net->layer[i];
    cJSON *o = cJSON_CreateObject();
    uint64_t reads = 0, writes = 0;
    double pj = 0;
    for (int k = 0; k < ENERGY_PARTS; k++)
        pj += l->pj[k];
    for (int k = 0; k < OPD_COUNT; k++)
        reads += l->access[k].reads, writes += l->access[k].writes;
    cJSON_AddStringToObject(o, "name", of->name);
    cJSON_AddStringToObject(o, "op", op_name(of->op));
    num(o, "macs", of->macs);
    num(o, "cycles", l->cycles);
    if (of->macs)
        real(o, "cycles_per_mac", (double)l->cycles / (double)of->macs);
    num(o, "reads", reads);
    num(o, "writes", writes);
    real(o, "energy_uj", pj * 1e-6);
    if (of->macs)
        real(o, "pj_per_mac", pj / (double)of->macs);
    cJSON_AddStringToObject(o, "engine", l->engine >= 0               ? n->accel->engine[l->engine].name
                                         : l->engine == ENGINE_VECTOR ? "vector"
                                                                      : "fused");
    cJSON_AddStringToObject(o, "pipeline", n->net->layer[l->group].name);
    num(o, "compute", l->compute);
    num(o, "fill", l->fill);
    num(o, "store", l->store);
    num(o, "stall", l->stall);
    num(o, "link", l->link);
    num(o, "busy", l->busy);
    real(o, "utilisation", l->utilisation);
    cJSON_AddStringToObject(o, "roof", npu_roof(n, l->roof));
    cJSON *accesses = cJSON_AddArrayToObject(o, "accesses");
    for (int k = 0; k < OPD_COUNT; k++) {
        const struct access *a = &l->access[k];
        if (a->memory < 0 || !(a->reads | a->writes))
            continue;
        cJSON *x = cJSON_CreateObject();
        cJSON_AddStringToObject(x, "memory", n->accel->memory[a->memory].name);
        cJSON_AddStringToObject(x, "operand", npu_operand_names[k]);
        num(x, "word_bits", n->accel->memory[a->memory].word_bits);
        num(x, "reads", a->reads);
        num(x, "writes", a->writes);
        real(x, "read_bytes", (double)a->read_bits / 8);
        real(x, "write_bytes", (double)a->write_bits / 8);
        cJSON_AddItemToArray(accesses, x);
    }
    energies(o, n, l->pj);
    return o;
}

static void calibration(cJSON *o, const struct npu *n, const struct calibrated *f)
{
    cJSON *c = cJSON_AddObjectToObject(o, "calibration");
    cJSON_AddBoolToObject(c, "fitted", f->done);
    cJSON_AddStringToObject(c, "constant", "lut_pj");
    real(c, "table", f->table_pj);
    real(c, "value", n->lut_pj);
    if (!f->done)
        return;
    real(c, "fitted_value", f->fitted_pj);
    cJSON_AddStringToObject(c, "accelerator", f->where);
    cJSON_AddStringToObject(c, "network", f->network);
    cJSON_AddStringToObject(c, "source", f->source);
    real(c, "point_watts", f->target_w);
    real(c, "watts_before", f->before_w);
}

static void published(cJSON *o, const struct npu *n)
{
    const struct accelerator *a = n->accel;
    if (!a->published_network[0])
        return;
    cJSON *p = cJSON_AddObjectToObject(o, "published");
    cJSON_AddStringToObject(p, "network", a->published_network);
    real(p, "seconds", a->published_s);
    real(p, "watts", a->published_w);
    real(p, "onchip_kib", a->published_onchip_kib);
}

static void designs(cJSON *o, const struct npu_show *s)
{
    cJSON *list = cJSON_AddArrayToObject(o, "designs");
    for (int i = 0; i < s->ndesigns; i++) {
        const struct design *d = &s->design[i];
        cJSON *x = cJSON_CreateObject();
        num(x, "rows", d->rows);
        num(x, "columns", d->columns);
        real(x, "clock_hz", d->clock_hz);
        real(x, "seconds", d->seconds);
        real(x, "energy_uj", d->energy_uj);
        real(x, "watts", d->watts);
        num(x, "dsp", d->dsp);
        num(x, "lut", d->lut);
        num(x, "bram36", d->bram36);
        cJSON_AddBoolToObject(x, "fits", d->fits);
        cJSON_AddBoolToObject(x, "front", d->front);
        cJSON_AddItemToArray(list, x);
    }
}

static void tornado(cJSON *o, const struct npu_show *s)
{
    cJSON *list = cJSON_AddArrayToObject(o, "sensitivity");
    for (int i = 0; i < s->nswings; i++) {
        const struct swing *w = &s->swing[i];
        cJSON *x = cJSON_CreateObject();
        cJSON_AddStringToObject(x, "parameter", w->path);
        real(x, "value", w->value);
        real(x, "factor", s->factor);
        real(x, "low_seconds", w->low_s);
        real(x, "high_seconds", w->high_s);
        real(x, "low_energy_uj", w->low_uj);
        real(x, "high_energy_uj", w->high_uj);
        cJSON_AddItemToArray(list, x);
    }
}

static void system_json(cJSON *o, const struct npu_show *s)
{
    static const char *const bands[BAND] = {"low", "nominal", "high"};
    const struct system_result *r = s->system;
    cJSON *y = cJSON_AddObjectToObject(o, "system");
    cJSON_AddStringToObject(y, "board", s->mcu->name);
    real(y, "fps", 1 / r->period_s);
    real(y, "shortest_period_s", r->shortest_period_s);
    cJSON_AddBoolToObject(y, "holds", r->holds);
    cJSON_AddBoolToObject(y, "overlaps", r->overlaps);
    real(y, "before_s", r->before_s);
    real(y, "link_in_s", r->link_in_s);
    real(y, "npu_s", r->npu_s);
    real(y, "link_out_s", r->link_out_s);
    real(y, "after_s", r->after_s);
    if (s->npu->accel->system_w > 0) {
        cJSON *p = cJSON_AddObjectToObject(y, "published");
        cJSON_AddStringToObject(p, "board", s->npu->accel->system_board);
        cJSON_AddStringToObject(p, "network", s->npu->accel->published_network);
        real(p, "fps", s->npu->accel->system_fps);
        real(p, "total_mw", s->npu->accel->system_w * 1e3);
    }
    real(y, "mcu_duty", r->mcu_duty);
    real(y, "npu_duty", r->npu_duty);
    for (int b = 0; b < BAND; b++) {
        cJSON *x = cJSON_AddObjectToObject(y, bands[b]);
        for (int k = 0; k < S_PARTS; k++)
            real(x, system_parts[k], r->mw[b][k]);
        real(x, "total_mw", r->total_mw[b]);
        real(x, "frame_mj", r->frame_mj[b]);
        if (r->battery_h[b] > 0)
            real(x, "battery_h", r->battery_h[b]);
    }
}

static cJSON *maps(const struct npu *n, struct err *e)
{
    struct npu_map *m = calloc((size_t)n->nlayers + 1, sizeof *m);
    uint64_t top;
    if (!m) {
        err_nomem(e);
        return NULL;
    }
    cJSON *list = cJSON_CreateArray();
    int k = npu_memory_map(n, m, &top);
    for (int i = 0; i < k; i++) {
        cJSON *x = cJSON_CreateObject();
        cJSON_AddStringToObject(x, "map", m[i].layer < 0 ? "input" : n->net->layer[m[i].layer].name);
        cJSON_AddStringToObject(x, "first", n->net->layer[m[i].first].name);
        cJSON_AddStringToObject(x, "last", n->net->layer[m[i].last].name);
        num(x, "offset", m[i].offset);
        num(x, "bytes", m[i].bytes);
        cJSON_AddItemToArray(list, x);
    }
    free(m);
    return list;
}

bool npu_print_json(const struct npu_show *s, struct err *e)
{
    const struct npu *n = s->npu;
    const struct accelerator *a = n->accel;
    cJSON *o = cJSON_CreateObject(), *memory_map = maps(n, e);
    if (!memory_map) {
        cJSON_Delete(o);
        return false;
    }
    int assumed = 0;
    for (int i = 0; i < a->nnotes; i++)
        assumed += a->note[i].assumed;
    cJSON_AddStringToObject(o, "accelerator", a->name);
    cJSON_AddStringToObject(o, "network", n->net->name);
    real(o, "width", n->net->width);
    num(o, "input", (uint64_t)n->net->in_h);
    char shape[24];
    snprintf(shape, sizeof shape, "%dx%dx%d", n->net->in_h, n->net->in_w, n->net->in_c);
    cJSON_AddStringToObject(o, "shape", shape);
    num(o, "wbits", n->wbits);
    num(o, "abits", n->abits);
    real(o, "clock_hz", a->clock_hz);
    num(o, "cycles", n->cycles);
    real(o, "seconds", n->seconds);
    real(o, "watts", n->watts);
    real(o, "energy_uj", n->energy_uj);
    num(o, "macs", n->macs);
    real(o, "pj_per_mac", n->macs ? n->energy_uj * 1e6 / (double)n->macs : 0);
    cJSON_AddBoolToObject(o, "fits", n->fit.fits);
    cJSON_AddStringToObject(o, "misfit", n->fit.what);
    num(o, "bram36", n->fit.bram36);
    num(o, "dsp", n->fit.dsp);
    num(o, "lut", n->fit.lut);
    num(o, "onchip_bytes", n->fit.onchip_bytes);
    num(o, "feature_bytes", n->fit.feature_peak);
    cJSON_AddStringToObject(o, "energy_table", a->energy.name);
    num(o, "groups_of_numbers", (uint64_t)a->nnotes);
    num(o, "groups_assumed", (uint64_t)assumed);
    energies(o, n, n->pj);
    cJSON *roofs = cJSON_AddObjectToObject(o, "bound_cycles");
    for (int r = ROOF_LINK; r < a->nmemories; r++)
        if (npu_bound_by(n, r))
            num(roofs, npu_roof(n, r), npu_bound_by(n, r));
    calibration(o, n, s->fit);
    if (s->overlay)
        cJSON_AddStringToObject(o, "overlay", s->overlay);
    published(o, n);
    cJSON *layers = cJSON_AddArrayToObject(o, "layers");
    for (int i = 0; i < n->nlayers; i++)
        cJSON_AddItemToArray(layers, layer(n, i));
    cJSON_AddItemToObject(o, "memory_map", memory_map);
    if (s->swing)
        tornado(o, s);
    if (s->design)
        designs(o, s);
    if (s->system)
        system_json(o, s);
    char *text = cJSON_Print(o);
    cJSON_Delete(o);
    if (!text)
        return err_nomem(e);
    puts(text);
    free(text);
    return true;
}
