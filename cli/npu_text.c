#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/npu_out.h"

const char *npu_roof(const struct npu *n, int roof)
{
    static const char *const names[] = {
        [-ROOF_COMPUTE] = "array", [-ROOF_LINK] = "link", [-ROOF_HIDDEN] = "hidden"};
    return roof < 0 ? names[-roof] : n->accel->memory[roof].name;
}

uint64_t npu_bound_by(const struct npu *n, int roof)
{
    uint64_t cycles = 0;
    for (int i = 0; i < n->nlayers; i++)
        cycles += n->layer[i].roof == roof ? n->layer[i].cycles : 0;
    return cycles;
}

const char *npu_energy_part(const struct npu *n, int part)
{
    static const char *const names[E_MEMORY] = {"static", "clock", "logic", "mac", "io"};
    return part < E_MEMORY ? names[part] : n->accel->memory[part - E_MEMORY].name;
}

static double sum(const double *pj)
{
    double s = 0;
    for (int i = 0; i < ENERGY_PARTS; i++)
        s += pj[i];
    return s;
}

static void layers(const struct npu *n)
{
    uint64_t compute = 0, fill = 0, store = 0, stall = 0, link = 0;
    printf("%-16s %-17s %-10s %10s %9s %6s %6s %9s %9s %9s %5s %8s %8s %s\n", "layer", "op",
           "engine", "macs", "compute", "fill", "store", "stall", "link", "cycles", "util", "uJ",
           "pJ/MAC", "roof");
    for (int i = 0; i < n->nlayers; i++) {
        const struct npu_layer *l = &n->layer[i];
        const struct layer *of = &n->net->layer[i];
        double pj = sum(l->pj);
        if (l->engine == ENGINE_FUSED) {
            printf("%-16s %-17s in %s\n", of->name, op_name(of->op), n->net->layer[l->group].name);
            continue;
        }
        char per[24] = "";
        if (l->macs)
            snprintf(per, sizeof per, "%.1f", pj / (double)l->macs);
        printf("%-16s %-17s %-10s %10" PRIu64 " %9" PRIu64 " %6" PRIu64 " %6" PRIu64 " %9" PRIu64
               " %9" PRIu64 " %9" PRIu64 " %4.0f%% %8.2f %8s %s\n",
               of->name, op_name(of->op),
               l->engine < 0 ? "vector" : n->accel->engine[l->engine].name, l->macs, l->compute,
               l->fill, l->store, l->stall, l->link, l->cycles, 100 * l->utilisation, pj * 1e-6,
               per, npu_roof(n, l->roof));
        compute += l->compute, fill += l->fill, store += l->store, stall += l->stall,
            link += l->link;
    }
    double slots = 0;
    for (int i = 0; i < n->accel->nengines; i++)
        slots += (double)(n->accel->engine[i].rows * n->accel->engine[i].columns *
                          n->accel->engine[i].pixels);
    printf("%-16s %-17s %-10s %10" PRIu64 " %9" PRIu64 " %6" PRIu64 " %6" PRIu64 " %9" PRIu64
           " %9" PRIu64 " %9" PRIu64 " %4.0f%% %8.1f %8.1f\n\n",
           "total", "", "", n->macs, compute, fill, store, stall, link, n->cycles,
           100 * (double)n->macs / ((double)n->cycles * slots), n->energy_uj,
           n->macs ? n->energy_uj * 1e6 / (double)n->macs : 0);
}

static void accesses(const struct npu *n)
{
    printf("%-12s %-14s %6s %14s %14s %14s %14s\n", "memory", "operand", "word", "reads",
           "read bytes", "writes", "write bytes");
    for (int m = 0; m < n->accel->nmemories; m++)
        for (int o = 0; o < OPD_COUNT; o++) {
            uint64_t r = 0, w = 0, rb = 0, wb = 0;
            for (int i = 0; i < n->nlayers; i++) {
                const struct npu_traffic *a = &n->layer[i].traffic[o];
                if (a->memory == m)
                    r += a->reads, w += a->writes, rb += a->read_bits, wb += a->write_bits;
            }
            if (r | w)
                printf("%-12s %-14s %6" PRIu64 " %14" PRIu64 " %14" PRIu64 " %14" PRIu64
                       " %14" PRIu64 "\n",
                       n->accel->memory[m].name, npu_operand_names[o],
                       n->accel->memory[m].word_bits, r, rb / 8, w, wb / 8);
        }
    putchar('\n');
}

const char *const npu_counted[] = {[COUNT_ESTIMATED] = "estimated",
                                   [COUNT_FITTED] = "fitted",
                                   [COUNT_SYNTHESISED] = "synthesised"};

/* DSPs, LUTs, flip-flops, where they come from, and the slowest path. */
static void chip(const struct npu *n)
{
    const struct npu_resources *f = &n->resources;
    const struct accelerator *a = n->accel;
    printf("\n%s: %" PRIu64 " of %" PRIu64 " DSP, %" PRIu64 " of %" PRIu64 " LUT",
           f->counted == COUNT_SYNTHESISED ? "synthesised by yosys"
           : f->counted == COUNT_FITTED    ? "by forms fitted to synthesised designs"
                                           : "estimated by assumed coefficients",
           f->dsp, a->limit_dsp, f->lut, a->limit_lut);
    if (f->ff)
        printf(", %" PRIu64 "%s", f->ff, a->limit_ff ? "" : " FF");
    if (f->ff && a->limit_ff)
        printf(" of %" PRIu64 " FF", a->limit_ff);
    if (f->cells_ps) {
        double period = 1e12 / a->clock_hz, nets = period - (double)f->cells_ps;
        printf("\nslowest path: %" PRIu64 " levels, %.2f ns in cells; of the clock's %.2f ns "
               "%.2f are left for %" PRIu64 " nets",
               f->levels, (double)f->cells_ps * 1e-3, period * 1e-3, nets * 1e-3,
               f->lut_levels + 1);
    }
}

static void memories(const struct npu *n)
{
    static const char *const kinds[] = {"bram36", "lutram", "sram", "registers", "dram"};
    printf("%-12s %-9s %12s %12s %7s %7s %9s %9s\n", "memory", "kind", "needs bytes", "has bytes",
           "BRAM36", "banks", "pJ/read", "pJ/write");
    for (int m = 0; m < n->accel->nmemories; m++) {
        const struct npu_memory *mem = &n->accel->memory[m];
        printf("%-12s %-9s %12" PRIu64 " %12" PRIu64 " %7" PRIu64 " %7" PRIu64 " %9.2f %9.2f\n",
               mem->name, kinds[mem->kind], n->resources.memory[m].need, mem->bytes,
               n->resources.memory[m].blocks, mem->banks, mem->read_pj, mem->write_pj);
    }
    printf("live feature maps %" PRIu64 " bytes = %.1f KiB at %s; on chip %.1f KiB",
           n->resources.feature_peak, (double)n->resources.feature_peak / 1024,
           n->net->layer[n->resources.feature_layer].name,
           (double)n->resources.onchip_bytes / 1024);
    if (n->accel->fpga)
        printf(" = %" PRIu64 " BRAM36", n->resources.bram36);
    if (n->accel->fpga)
        chip(n);
    printf("\nfits: %s%s\n\n", n->resources.fits ? "yes" : "no, ", n->resources.what);
}

static bool memory_map(const struct npu *n, struct err *e)
{
    struct npu_map *m = calloc((size_t)n->nlayers + 1, sizeof *m);
    uint64_t top;
    if (!m)
        return err_nomem(e);
    int k = npu_memory_map(n, m, &top);
    printf("%-16s %10s %10s  %s\n", "map", "offset", "bytes", "lives");
    for (int i = 0; i < k; i++)
        printf("%-16s %10" PRIu64 " %10" PRIu64 "  %s .. %s\n",
               m[i].layer < 0 ? "input" : n->net->layer[m[i].layer].name, m[i].offset, m[i].bytes,
               n->net->layer[m[i].first].name, n->net->layer[m[i].last].name);
    printf("highest byte %" PRIu64 "\n\n", top);
    free(m);
    return true;
}

static void energy(const struct npu *n)
{
    printf("energy of a frame, table %s scaled by %.3g to %g nm and %g V\n", n->accel->energy.name,
           n->accel->scale, n->accel->node_nm, n->accel->voltage);
    for (int i = 0; i < E_MEMORY + n->accel->nmemories; i++)
        if (n->pj[i] > 0)
            printf("  %-12s %12.2f uJ %5.1f%% %9.2f mW %8.2f pJ/MAC\n", npu_energy_part(n, i),
                   n->pj[i] * 1e-6, 100 * n->pj[i] / (n->energy_uj * 1e6),
                   n->pj[i] * 1e-9 / n->seconds, n->macs ? n->pj[i] / (double)n->macs : 0);
    printf("  %-12s %12.2f uJ\n\n", "total", n->energy_uj);
}

static void calibration(const struct npu *n, const struct accelerator_fit *f)
{
    if (!f->done) {
        printf("no constant is fitted\n");
        return;
    }
    printf("one constant is fitted: energy per LUT and cycle %.4f pJ, where the table has %.4f, so "
           "that %s takes the published\n"
           "%.3g W with %s (%s); without it the model gives %.3f W there. Its share here is %.1f%% "
           "of the energy.\n",
           f->fitted_pj, f->table_pj, f->where, f->target_w, f->network, f->source, f->before_w,
           100 * n->pj[E_LOGIC] / (n->energy_uj * 1e6));
    if (fabs(f->here_pj - f->fitted_pj) > 1e-9)
        printf("Scaled to this node and voltage it is %.4f pJ.\n", f->here_pj);
}

static double error(double model, double point)
{
    return 100 * (model / point - 1);
}

static void published(const struct npu_show *s)
{
    const struct npu *n = s->npu;
    const struct accelerator_fit *f = s->fit;
    const struct accelerator *a = n->accel;
    if (a->published_s <= 0 && a->published_w <= 0)
        return;
    bool same_point = f->done && a->fit_target.fitted;
    if (!s->own_size || strcmp(n->net->name, a->published_network) || n->wbits != a->wbits ||
        n->abits != a->abits) {
        printf("published is a point with %s at %" PRIu64 "/%" PRIu64
               " bit, so nothing to compare here\n",
               a->published_network, a->wbits, a->abits);
        return;
    }
    printf("published, with %s:", a->published_network);
    if (a->published_s > 0)
        printf(" %.4g ms (model %+.1f%%)", a->published_s * 1e3, error(n->seconds, a->published_s));
    if (a->published_w > 0)
        printf(", %.3g W (model %+.1f%%%s)", a->published_w, error(n->watts, a->published_w),
               same_point ? ", fitted" : ", predicted");
    if (a->published_onchip_kib > 0)
        printf(", %.0f KiB on chip (model %+.1f%%)", a->published_onchip_kib,
               error((double)n->resources.onchip_bytes / 1024, a->published_onchip_kib));
    printf("\n");
}

static void tornado(const struct npu_show *s)
{
    const struct npu *n = s->npu;
    printf("\none at a time, divided and multiplied by %g (fitted constants held):\n%-34s %12s "
           "%10s %10s %10s %10s\n",
           s->factor, "parameter", "value", "uJ low", "uJ high", "ms low", "ms high");
    for (int i = 0; i < s->nswings; i++) {
        const struct swing *w = &s->swing[i];
        printf("%-34s %12.6g %+9.2f%% %+9.2f%% %+9.2f%% %+9.2f%%\n", w->path, w->value,
               error(w->low_uj, n->energy_uj), error(w->high_uj, n->energy_uj),
               error(w->low_s, n->seconds), error(w->high_s, n->seconds));
    }
}

static void designs(const struct npu_show *s)
{
    int fit = 0;
    for (int i = 0; i < s->ndesigns; i++)
        fit += s->design[i].fits;
    printf("\n%d designs of the first engine, %d fit; none of those listed is beaten in time, "
           "energy, DSPs and LUTs:\n"
           "%6s %8s %10s %10s %10s %8s %6s %8s %8s %s\n",
           s->ndesigns, fit, "rows", "columns", "MHz", "ms", "uJ", "W", "DSP", "LUT", "FF",
           "counts");
    for (int i = 0; i < s->ndesigns; i++) {
        const struct design *d = &s->design[i];
        if (d->front)
            printf("%6" PRIu64 " %8" PRIu64 " %10.1f %10.3f %10.1f %8.3f %6" PRIu64 " %8" PRIu64
                   " %8" PRIu64 " %s\n",
                   d->rows, d->columns, d->clock_hz * 1e-6, d->seconds * 1e3, d->energy_uj,
                   d->watts, d->dsp, d->lut, d->ff, npu_counted[d->counted]);
    }
}

/* What was published for this accelerator beside this board, and what of it the MCU leaves. */
static void budget(const struct npu_show *s)
{
    const struct accelerator *a = s->npu->accel;
    const struct system_result *r = s->system;
    if (strcmp(a->system_board, s->mcu->name) || fabs(a->system_fps * r->period_s - 1) > 1e-6)
        return;
    double all = a->system_w * 1e3, low = s->mcu->pj_per_cycle[BAND_LOW] * s->mcu->clock_hz * 1e-9,
           high = s->mcu->pj_per_cycle[BAND_HIGH] * s->mcu->clock_hz * 1e-9;
    printf("  published: %.0f mW at %g frames/s = %.2f mJ a frame, with %s. An MCU that never "
           "sleeps takes %.0f to %.0f mW of it and\n"
           "  leaves %.0f to %.0f mW = %.2f to %.2f mJ a frame. The model's band is %.0f to %.0f "
           "mW, so %.0f to %.0f mW remain\n"
           "  unexplained: what was measured, and with which supply, is not published.\n",
           all, a->system_fps, all / a->system_fps, a->published_network, low, high, all - high,
           all - low, (all - high) / a->system_fps, (all - low) / a->system_fps,
           r->total_mw[BAND_LOW], r->total_mw[BAND_HIGH], all - r->total_mw[BAND_HIGH],
           all - r->total_mw[BAND_LOW]);
}

static void system_text(const struct npu_show *s)
{
    const struct system_result *r = s->system;
    printf("\n%s beside %s (%s), one frame:\n", s->npu->accel->name, s->mcu->name, s->mcu_source);
    printf("  prepare %.3f ms, image in %.3f ms, compute %.3f ms, result out %.3f ms, finish %.3f "
           "ms; %s\n",
           r->before_s * 1e3, r->link_in_s * 1e3, r->npu_s * 1e3, r->link_out_s * 1e3,
           r->after_s * 1e3,
           r->overlaps ? "the next image comes in while a frame is computed"
                       : "one after the other");
    printf("  shortest period %.3f ms = %.2f frames/s; asked for %.2f: %s\n",
           r->shortest_period_s * 1e3, 1 / r->shortest_period_s, 1 / r->period_s,
           r->holds ? "holds" : "does not hold");
    printf("  duty: MCU %.1f%%, link %.1f%%, accelerator %.1f%%\n", 100 * r->mcu_duty,
           100 * r->link_duty, 100 * r->npu_duty);
    printf("  %-14s %10s %10s %10s  mean mW at %.2f frames/s\n", "", "low", "nominal", "high",
           1 / r->period_s);
    for (int k = 0; k < S_PARTS; k++)
        printf("  %-14s %10.2f %10.2f %10.2f\n", system_parts[k], r->mw[BAND_LOW][k],
               r->mw[BAND_NOMINAL][k], r->mw[BAND_HIGH][k]);
    printf("  %-14s %10.2f %10.2f %10.2f\n", "total", r->total_mw[BAND_LOW],
           r->total_mw[BAND_NOMINAL], r->total_mw[BAND_HIGH]);
    printf("  %-14s %10.3f %10.3f %10.3f  mJ a frame\n", "", r->frame_mj[BAND_LOW],
           r->frame_mj[BAND_NOMINAL], r->frame_mj[BAND_HIGH]);
    if (s->battery_mwh > 0)
        printf("  %-14s %10.1f %10.1f %10.1f  hours on %g mWh\n", "", r->battery_h[BAND_LOW],
               r->battery_h[BAND_NOMINAL], r->battery_h[BAND_HIGH], s->battery_mwh);
    printf("  low: the MCU sleeps while the link runs; nominal: it runs then; high: it never "
           "sleeps and the accelerator's clock\n"
           "  never stops. Regulators, camera and display are left out.\n");
    budget(s);
}

bool npu_print_text(const struct npu_show *s, struct err *e)
{
    const struct npu *n = s->npu;
    const struct accelerator *a = n->accel;
    int assumed = 0;
    for (int i = 0; i < a->nnotes; i++)
        assumed += a->note[i].assumed;
    printf("%s on %s (%s), %" PRIu64 "-bit weights, %" PRIu64 "-bit activations, %.4g MHz\n\n",
           n->net->name, a->name, a->title, n->wbits, n->abits, a->clock_hz * 1e-6);
    layers(n);
    if (s->accesses)
        accesses(n);
    memories(n);
    if (s->map && !memory_map(n, e))
        return false;
    energy(n);
    printf("%" PRIu64 " cycles = %.3f ms = %.2f frames/s, %.3f W, %.3f mJ a frame, %.1f pJ/MAC; "
           "(frames/s)/(mJ a frame) = %.4g\n",
           n->cycles, n->seconds * 1e3, 1 / n->seconds, n->watts, n->energy_uj * 1e-3,
           n->macs ? n->energy_uj * 1e6 / (double)n->macs : 0,
           1 / n->seconds / (n->energy_uj * 1e-3));
    printf("cycles in layers that are bound by:");
    for (int r = ROOF_LINK; r < a->nmemories; r++)
        if (npu_bound_by(n, r))
            printf(" %s %.1f%%", npu_roof(n, r),
                   100 * (double)npu_bound_by(n, r) / (double)n->cycles);
    putchar('\n');
    calibration(n, s->fit);
    if (s->overlay)
        printf("scaled by an overlay, %s\n", s->overlay);
    published(s);
    printf("analytic model: no cycle here was measured. %d of %d groups of the description's "
           "numbers are assumed\n"
           "(etinysim accelerator show %s).\n",
           assumed, a->nnotes, a->name);
    if (s->swing)
        tornado(s);
    if (s->design)
        designs(s);
    if (s->system)
        system_text(s);
    return true;
}

void npu_published_text(const struct published *p)
{
    printf("%-16s %-28s %-4s %10s %10s %7s  %s\n", "set", "point", "unit", "predicted", "published",
           "error", "why");
    for (int i = 0; i < p->n; i++) {
        const struct published_point *x = &p->point[i];
        printf("%-16s %-28s %-4s %10.4g %10.4g %+6.1f%%  %s\n", x->set, x->what, x->unit,
               x->predicted, x->published, error(x->predicted, x->published), x->why);
    }
}
