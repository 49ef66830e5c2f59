/* Does the network fit, what does it take: memories, DSPs, LUTs. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "costmodel/lockstep.h"
#include "costmodel/npu.h"
#include "costmodel/schedule.h"

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Bytes of line buffer that layer i needs: k - 1 rows of the channels a pass works on; inside a
 * pipeline rows of the whole map between two stages, as they advance row by row. */
static uint64_t line_bytes(const struct npu_private *p, const struct work *w)
{
    uint64_t bits = w->in_w * p->pub.abits, columns = p->pub.accel->engine[w->engine].columns;
    if (w->input_streams)
        return ceil_div((w->kernel > 1 ? w->kernel : 1) * bits * w->in_c, 8);
    if (w->reading != READ_WINDOW || w->kernel < 2)
        return 0;
    return ceil_div((w->kernel - 1) * bits * (w->dw ? least(columns, w->columns) : w->in_c), 8);
}

static uint64_t psum_bytes(const struct npu_private *p, const struct work *w)
{
    const struct npu_engine *g = &p->pub.accel->engine[w->engine];
    if (g->in_flight < 2 || w->reduction <= g->rows)
        return 0;
    uint64_t positions =
        g->in_flight > w->positions / g->pixels ? w->positions : g->in_flight * g->pixels;
    return ceil_div(positions * least(g->columns, w->columns) * p->pub.accel->acc_bits, 8);
}

/* With DRAM the maps stream: what must be there at once is a window of rows and a tile of weights,
 * twice. */
static uint64_t tile_bytes(const struct npu_private *p, const struct work *w, bool weights)
{
    const struct accelerator *a = p->pub.accel;
    if (weights) {
        uint64_t rows = w->engine < 0 ? 0 : least(a->engine[w->engine].rows, w->reduction),
                 columns = w->engine < 0 ? 0 : least(a->engine[w->engine].columns, w->columns);
        return w->weighted ? 2 * ceil_div(rows * columns * p->pub.wbits, 8) : 0;
    }
    uint64_t row = w->in_w * (w->reading == READ_OPERAND ? 1 : w->in_c) * p->pub.abits;
    return w->input_streams ? 0
                            : 4 * ceil_div((w->reading == READ_WINDOW ? w->kernel : 1) * row, 8);
}

/* What `role` needs while layer i runs (`peak`) or adds for good (`sum`). */
static void need(const struct npu_private *p, int i, enum role role, uint64_t *peak, uint64_t *sum)
{
    const struct accelerator *a = p->pub.accel;
    const struct work *w = &p->work[i];
    *peak = *sum = 0;
    bool backed = accelerator_backed(a, role);
    /* in lockstep a fused layer is part of its host's line */
    if (role == ROLE_PROGRAM && (w->runs || !a->lockstep))
        *(backed ? peak : sum) = a->program_bytes;
    if (!w->runs)
        return;
    if (role == ROLE_WEIGHTS) {
        if (backed)
            *peak = tile_bytes(p, w, true);
        else
            *sum = !a->lockstep || !w->weighted
                       ? ceil_div(w->weights * p->pub.wbits, 8)
                       : ceil_div(lockstep_weight_words(&p->pub, w) *
                                      a->memory[a->home[ROLE_WEIGHTS]].word_bits,
                                  8);
    } else if (role == ROLE_AFFINE) {
        *(backed ? peak : sum) = (a->lockstep ? w->requantises : w->affine)
                                     ? ceil_div(w->columns * w->groups * a->affine_bits, 8)
                                     : 0;
    } else if (role == ROLE_LINES && a->lockstep) {
        *peak = lockstep_line_bytes(p);
    } else if (role == ROLE_LINES && w->engine >= 0) {
        *peak = line_bytes(p, w);
        if (w->input_streams) /* buffers of one pipeline exist side by side */
            for (int j = w->group; j < i; j++)
                *peak += p->work[j].runs ? line_bytes(p, &p->work[j]) : 0;
    } else if (role == ROLE_PSUM && w->engine >= 0) {
        *peak = psum_bytes(p, w);
    } else if (role == ROLE_FEATURES && backed) {
        *peak = tile_bytes(p, w, false);
    }
}

/* Bytes the memory must have, and the layer that first asks for more than it has (-1: none). */
static uint64_t memory_need(const struct npu_private *p, int m, int *culprit)
{
    const struct accelerator *a = p->pub.accel;
    const struct npu_memory *mem = &a->memory[m];
    uint64_t kept = 0, most = 0;
    bool maps = !accelerator_backed(a, ROLE_FEATURES) && a->home[ROLE_FEATURES] == m;
    *culprit = -1;
    for (int i = 0; i < p->pub.nlayers; i++) {
        uint64_t now = maps ? p->map_top : 0;
        for (int r = 0; r < ROLE_COUNT; r++)
            if (a->home[r] == m) {
                uint64_t peak, sum;
                need(p, i, (enum role)r, &peak, &sum);
                kept += sum;
                now += peak;
            }
        most = larger(most, kept + now);
        if (*culprit < 0 && kept + now > mem->bytes)
            *culprit =
                maps && kept <= mem->bytes && p->map_top > mem->bytes - kept ? p->map_layer : i;
    }
    return most;
}

__attribute__((format(printf, 2, 3))) static void misfit(struct npu_resources *f, const char *fmt,
                                                         ...)
{
    va_list ap;
    size_t used = strlen(f->what);
    va_start(ap, fmt);
    if (used)
        used += (size_t)snprintf(f->what + used, sizeof f->what - used, "; ");
    if (used < sizeof f->what)
        vsnprintf(f->what + used, sizeof f->what - used, fmt, ap);
    va_end(ap);
    f->fits = false;
}

/* The RTL: counted by yosys for designs that were synthesised, by forms fitted to them for the
 * others. Its memories are built as large as they are declared. */
static void synthesised(const struct npu_private *p, struct npu_resources *f)
{
    struct rtl_design d;
    struct rtl_cells c;
    lockstep_design(p, &d);
    synthesis_cells(&p->pub.accel->synthesis, &d, &c);
    f->dsp = c.dsp, f->lut = c.lut, f->ff = c.ff, f->bram36 = c.bram36;
    f->counted = c.synthesised ? COUNT_SYNTHESISED : COUNT_FITTED;
    f->levels = c.levels, f->lut_levels = c.lut_levels, f->cells_ps = c.cells_ps;
    uint64_t tile = d.rows * d.columns * d.weight, width = d.weight_banks * d.weight_word;
    if (tile > width)
        misfit(f, "a tile of weights has %llu bits, the memory reads %llu in a cycle",
               (unsigned long long)tile, (unsigned long long)width);
    uint64_t side = larger(d.rows, d.columns);
    const struct npu_memory *features = &p->pub.accel->memory[p->pub.accel->home[ROLE_FEATURES]];
    if (lockstep_run_words(features, side) > features->banks)
        misfit(f, "%llu values lie in more words than the %llu banks of %s",
               (unsigned long long)side, (unsigned long long)features->banks, features->name);
}

/* Assumed coefficients; multipliers that find no DSP go to LUTs by FINN's size of a multiplier. */
static void estimate(const struct npu_private *p, struct npu_resources *f, uint64_t dsp,
                     uint64_t multipliers, uint64_t columns, uint64_t lutram)
{
    const struct accelerator *a = p->pub.accel;
    f->dsp = dsp + columns;
    f->lut = (uint64_t)(a->lut_base + a->lut_per_multiplier * (double)multipliers +
                        a->lut_per_column * (double)columns) +
             ceil_div(lutram * 8, 64);
    if (f->dsp > a->limit_dsp) {
        uint64_t bits = p->pub.wbits + p->pub.abits,
                 left =
                     (f->dsp - a->limit_dsp) * accelerator_products(a, p->pub.wbits, p->pub.abits);
        f->lut += left * bits * (2 * ceil_div(bits, 6) - 1);
        f->dsp = a->limit_dsp;
    }
}

void resources_evaluate(struct npu_private *p)
{
    const struct accelerator *a = p->pub.accel;
    struct npu_resources *f = &p->pub.resources;
    uint64_t multipliers = 0, columns = 0, lutram = 0;
    *f = (struct npu_resources){
        .fits = true, .feature_peak = p->map_peak, .feature_layer = p->map_layer};
    for (int m = 0; m < a->nmemories; m++) {
        const struct npu_memory *mem = &a->memory[m];
        int culprit;
        if (mem->kind == MEM_DRAM)
            continue;
        uint64_t bytes = memory_need(p, m, &culprit), blocks = 0;
        if (mem->kind == MEM_BRAM36) {
            /* A buffer for what DRAM holds is built as large as it is declared. */
            bool buffer = a->dram >= 0 && mem->holds & a->memory[a->dram].holds;
            uint64_t size = buffer ? larger(mem->bytes, bytes) : bytes;
            blocks = mem->banks *
                     ceil_div(ceil_div(size, mem->banks),
                              accelerator_bram36_words(mem->word_bits) * mem->word_bits / 8);
            f->bram36 += blocks;
        }
        f->memory[m].need = bytes;
        f->memory[m].blocks = blocks;
        if (mem->kind == MEM_SRAM)
            f->onchip_bytes += bytes;
        if (mem->kind == MEM_LUTRAM)
            lutram += mem->bytes;
        if (bytes > mem->bytes)
            misfit(f, "%s needs %llu bytes at layer %s, %llu bytes more than the %llu there are",
                   mem->name, (unsigned long long)bytes,
                   p->pub.net->layer[culprit < 0 ? 0 : culprit].name,
                   (unsigned long long)(bytes - mem->bytes), (unsigned long long)mem->bytes);
        else if (mem->kind == MEM_BRAM36 && blocks > mem->blocks)
            misfit(f, "%s needs %llu BRAM36 in %llu banks, there are %llu", mem->name,
                   (unsigned long long)blocks, (unsigned long long)mem->banks,
                   (unsigned long long)mem->blocks);
    }
    f->onchip_bytes += f->bram36 * 4608;
    for (int i = 0; i < a->nengines; i++) {
        multipliers += a->engine[i].rows * a->engine[i].columns * a->engine[i].pixels;
        columns += a->engine[i].columns * a->engine[i].pixels;
    }
    uint64_t products = accelerator_products(a, p->pub.wbits, p->pub.abits);
    if (!a->fpga || !products)
        return;
    if (a->lockstep)
        synthesised(p, f);
    else
        estimate(p, f, ceil_div(multipliers, products), multipliers, columns, lutram);
    if (f->dsp > a->limit_dsp)
        misfit(f, "%llu DSP needed, the device has %llu", (unsigned long long)f->dsp,
               (unsigned long long)a->limit_dsp);
    if (f->lut > a->limit_lut)
        misfit(f, "%s%llu LUTs needed, the device has %llu",
               f->counted == COUNT_SYNTHESISED ? "" : "about ", (unsigned long long)f->lut,
               (unsigned long long)a->limit_lut);
    if (a->limit_ff && f->ff > a->limit_ff)
        misfit(f, "%llu flip-flops needed, the device has %llu", (unsigned long long)f->ff,
               (unsigned long long)a->limit_ff);
    if (f->bram36 > a->limit_bram36)
        misfit(f, "%llu BRAM36 needed, the device has %llu", (unsigned long long)f->bram36,
               (unsigned long long)a->limit_bram36);
}
