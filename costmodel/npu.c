#include "costmodel/npu.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "costmodel/lockstep.h"
#include "costmodel/schedule.h"

const char *const npu_operand_names[OPD_COUNT] = {
    [OPD_INPUT] = "input",
    [OPD_SHORTCUT] = "shortcut",
    [OPD_WEIGHT] = "weight",
    [OPD_AFFINE] = "affine",
    [OPD_PSUM] = "psum",
    [OPD_LINE] = "line",
    [OPD_OUTPUT] = "output",
    [OPD_DRAM_INPUT] = "dram_input",
    [OPD_DRAM_WEIGHT] = "dram_weight",
    [OPD_DRAM_OUTPUT] = "dram_output",
    [OPD_MAP_BUFFER] = "map_buffer",
    [OPD_WEIGHT_BUFFER] = "weight_buffer",
};

/* The loop nest of one layer on its engine: tiles of rows x columns, pixels at once. */
struct nest {
    uint64_t rows, columns, pixels, in_flight, latency;
    uint64_t k_tiles, k_last; /* tiles of the reduction, and the size of the last */
    uint64_t n_tiles, n_last; /* tiles of output channels */
    uint64_t shots, blocks;   /* positions / pixels; shots / in_flight */
};

static void nest_make(struct nest *s, const struct accelerator *a, const struct work *w)
{
    if (w->engine < 0) {
        *s = (struct nest){.rows = 1,
                           .columns = a->vector_lanes,
                           .pixels = 1,
                           .in_flight = 1,
                           .latency = a->engine[0].latency};
    } else {
        const struct npu_engine *g = &a->engine[w->engine];
        bool naive = w->dw && g->depthwise == DW_NAIVE;
        s->rows = naive ? 1 : g->rows;
        s->columns = naive && g->rows < g->columns ? g->rows : g->columns;
        s->pixels = g->pixels;
        s->in_flight = g->in_flight;
        s->latency = g->latency;
    }
    s->k_tiles = ceil_div(w->reduction, s->rows);
    s->k_last = w->reduction - (s->k_tiles - 1) * s->rows;
    s->n_tiles = ceil_div(w->columns, s->columns);
    s->n_last = w->columns - (s->n_tiles - 1) * s->columns;
    s->shots = ceil_div(w->positions, s->pixels);
    s->blocks = s->in_flight >= s->shots ? 1 : ceil_div(s->shots, s->in_flight);
}

/* Words per cycle of a memory. */
static uint64_t read_rate(const struct npu_memory *m)
{
    return m->banks * (m->shared_ports ? m->shared_ports : m->read_ports);
}

static uint64_t write_rate(const struct npu_memory *m)
{
    return m->banks * (m->shared_ports ? m->shared_ports : m->write_ports);
}

/* A time in cycles, rounded up; a description can ask for absurd ones, which must not leave the
 * range. */
static uint64_t whole_cycles(double cycles)
{
    return cycles < 0x1p53 ? (uint64_t)ceil(cycles) : (uint64_t)1 << 53;
}

struct context {
    const struct npu *n;
    const struct accelerator *a;
    const struct work *w;
    struct nest s;
    struct npu_layer *out;
    struct {
        uint64_t reads, writes;
    } demand[MAX_MEMORIES]; /* of the pass at hand */
    uint64_t times;         /* passes like it */
};

static void touch(struct context *c, enum operand o, int memory, uint64_t reads, uint64_t read_bits,
                  uint64_t writes, uint64_t write_bits)
{
    struct npu_traffic *x = &c->out->traffic[o];
    x->memory = memory;
    if (memory < 0)
        return;
    x->reads += reads * c->times;
    x->writes += writes * c->times;
    x->read_bits += read_bits * c->times;
    x->write_bits += write_bits * c->times;
    c->demand[memory].reads += reads;
    c->demand[memory].writes += writes;
}

/* Words to move `count` elements of `bits` in memory `m`; 0 without a memory. */
static uint64_t words(const struct context *c, int memory, uint64_t count, uint64_t bits)
{
    return memory < 0 ? 0 : ceil_div(count * bits, c->a->memory[memory].word_bits);
}

static void read_input(struct context *c, uint64_t n)
{
    const struct work *w = c->w;
    const struct nest *s = &c->s;
    uint64_t ab = c->n->abits;
    int features = c->a->home[ROLE_FEATURES], lines = c->a->home[ROLE_LINES],
        from = w->input_streams ? lines : features;
    if (w->reading == READ_DIRECT) {
        uint64_t per =
            (s->k_tiles - 1) * words(c, from, s->rows, ab) + words(c, from, s->k_last, ab);
        touch(c, OPD_INPUT, from, w->positions * per, w->positions * w->reduction * ab, 0, 0);
        return;
    }
    uint64_t channels = w->reading == READ_WINDOW && !w->dw ? w->in_c : n;
    if (w->reading == READ_WINDOW && w->kernel > 1 && lines >= 0) {
        uint64_t l = w->in_px * words(c, lines, channels, ab), bits = w->in_px * channels * ab;
        touch(c, OPD_INPUT, from, w->in_px * words(c, from, channels, ab), bits, 0, 0);
        touch(c, OPD_LINE, lines, (w->kernel - 1) * l, (w->kernel - 1) * bits, l, bits);
        return;
    }
    touch(c, OPD_INPUT, from, w->taps_inside * words(c, from, channels, ab),
          w->taps_inside * channels * ab, 0, 0);
}

/* One pass over n output channels, `times` times alike; adds to *steps and *cycles. */
static void pass(struct context *c, uint64_t n, uint64_t times, uint64_t *steps, uint64_t *cycles,
                 uint64_t worst[])
{
    const struct accelerator *a = c->a;
    const struct work *w = c->w;
    const struct nest *s = &c->s;
    uint64_t ab = c->n->abits, wb = c->n->wbits;
    int features = a->home[ROLE_FEATURES], lines = a->home[ROLE_LINES];
    for (int m = 0; m < a->nmemories; m++)
        c->demand[m].reads = c->demand[m].writes = 0;
    c->times = times;

    read_input(c, n);
    if (w->shortcut) {
        int from = w->shortcut_streams ? lines : features;
        touch(c, OPD_SHORTCUT, from, w->shortcut * words(c, from, n, ab), w->shortcut * n * ab, 0,
              0);
    }
    if (w->weighted) {
        int from = a->home[ROLE_WEIGHTS];
        uint64_t tile =
            (s->k_tiles - 1) * words(c, from, s->rows * n, wb) + words(c, from, s->k_last * n, wb);
        touch(c, OPD_WEIGHT, from, s->blocks * tile, s->blocks * w->reduction * n * wb, 0, 0);
    }
    if (w->affine) {
        int from = a->home[ROLE_AFFINE];
        touch(c, OPD_AFFINE, from, words(c, from, n, a->affine_bits), n * a->affine_bits, 0, 0);
    }
    if (s->in_flight > 1 && s->k_tiles > 1) {
        int in = a->home[ROLE_PSUM];
        uint64_t again = w->positions * (s->k_tiles - 1), x = again * words(c, in, n, a->acc_bits),
                 bits = again * n * a->acc_bits;
        touch(c, OPD_PSUM, in, x, bits, x, bits);
    }
    int to = w->output_streams ? lines : features;
    touch(c, OPD_OUTPUT, to, 0, 0, w->out_px * words(c, to, n, ab), w->out_px * n * ab);

    uint64_t own = s->k_tiles * s->shots, longest = own;
    for (int m = 0; m < a->nmemories; m++) {
        const struct npu_memory *mem = &a->memory[m];
        uint64_t r = c->demand[m].reads, x = c->demand[m].writes, t;
        if (!(r | x))
            continue;
        if (mem->shared_ports) {
            t = ceil_div(r + x, mem->banks * mem->shared_ports);
        } else {
            uint64_t tr = ceil_div(r, mem->banks * mem->read_ports),
                     tx = ceil_div(x, mem->banks * mem->write_ports);
            t = tr > tx ? tr : tx;
        }
        worst[m] += t * times;
        longest = t > longest ? t : longest;
    }
    *steps += own * times;
    *cycles += longest * times;
}

/* DRAM words of 64 bits. The smaller of two orders when neither operand fits its buffer: weights
 * stay and the map streams once per buffer of weights, or the other way round. On-chip buffers are
 * double: half is usable, and the feature buffer is shared by input and output. */
static uint64_t dram(struct context *c)
{
    const struct accelerator *a = c->a;
    const struct work *w = c->w;
    int d = a->dram, f = a->home[ROLE_FEATURES], wm = a->home[ROLE_WEIGHTS];
    bool maps = accelerator_backed(a, ROLE_FEATURES), weights = accelerator_backed(a, ROLE_WEIGHTS),
         affine = w->affine && accelerator_backed(a, ROLE_AFFINE);
    uint64_t ab = c->n->abits, in = maps && !w->input_streams ? w->in_elements * ab : 0;
    uint64_t extra = maps && !w->shortcut_streams ? w->shortcut * w->columns * ab : 0;
    uint64_t out = maps && !w->output_streams ? w->out_px * w->columns * w->groups * ab : 0;
    uint64_t weight = (weights ? w->weights * c->n->wbits : 0) +
                      (affine ? w->columns * w->groups * a->affine_bits : 0);
    uint64_t half_f = a->memory[f].bytes * 8 / 4, half_w = a->memory[wm].bytes * 8 / 2;
    uint64_t in_parts = ceil_div(in, half_f ? half_f : 1),
             w_parts = ceil_div(weight, half_w ? half_w : 1);
    uint64_t in_times = 1, w_times = 1;
    if (in_parts > 1 && w_parts > 1) {
        if (in * w_parts + weight <= in + weight * in_parts)
            in_times = w_parts;
        else
            w_times = in_parts;
    }
    c->times = 1;
    uint64_t wb = a->memory[d].word_bits, rin = in * in_times + extra, rw = weight * w_times;
    touch(c, OPD_DRAM_INPUT, d, ceil_div(rin, wb), rin, 0, 0);
    touch(c, OPD_DRAM_WEIGHT, d, ceil_div(rw, wb), rw, 0, 0);
    touch(c, OPD_DRAM_OUTPUT, d, 0, 0, ceil_div(out, wb), out);
    /* What comes from or goes to DRAM also passes a buffer on chip. */
    touch(c, OPD_MAP_BUFFER, f, words(c, f, out, 1), out, words(c, f, rin, 1), rin);
    touch(c, OPD_WEIGHT_BUFFER, wm, 0, 0, words(c, wm, rw, 1), rw);
    double bits_per_cycle = a->memory[d].bytes_per_second * 8 / a->clock_hz;
    return whole_cycles((double)(rin + rw + out) / bits_per_cycle);
}

/* Cycles and accesses of a layer whose demand is levelled out inside a pass. */
static struct context levelled(const struct npu *n, const struct work *w, struct npu_layer *out)
{
    const struct accelerator *a = n->accel;
    struct context c = {.n = n, .a = a, .w = w, .out = out};
    uint64_t steps = 0, cycles = 0, worst[MAX_MEMORIES] = {0};
    for (int o = 0; o < OPD_COUNT; o++)
        out->traffic[o] = (struct npu_traffic){.memory = -1};
    nest_make(&c.s, a, w);
    const struct nest *s = &c.s;
    if (s->n_last == s->columns) {
        pass(&c, s->columns, s->n_tiles * w->groups, &steps, &cycles, worst);
    } else {
        if (s->n_tiles > 1)
            pass(&c, s->columns, (s->n_tiles - 1) * w->groups, &steps, &cycles, worst);
        pass(&c, s->n_last, w->groups, &steps, &cycles, worst);
    }
    out->compute = steps;
    out->stall = cycles - steps;
    out->roof = ROOF_COMPUTE;
    for (int m = 0; m < a->nmemories; m++)
        if (worst[m] > steps && (out->roof < 0 || worst[m] > worst[out->roof]))
            out->roof = m;

    int from = w->input_streams ? a->home[ROLE_LINES] : a->home[ROLE_FEATURES],
        weights = a->home[ROLE_WEIGHTS],
        to = w->output_streams ? a->home[ROLE_LINES] : a->home[ROLE_FEATURES];
    uint64_t first = s->n_tiles > 1 ? s->columns : s->n_last, channels = w->dw ? first : w->in_c;
    out->fill = s->latency;
    if (w->prime_px && w->kernel > 1 && a->home[ROLE_LINES] >= 0)
        out->fill += ceil_div(w->prime_px * words(&c, from, channels, n->abits),
                              read_rate(&a->memory[from]));
    if (w->weighted)
        out->fill +=
            ceil_div(words(&c, weights, (s->k_tiles > 1 ? s->rows : s->k_last) * first, n->wbits),
                     read_rate(&a->memory[weights]));
    out->store = ceil_div(words(&c, to, s->n_last, n->abits), write_rate(&a->memory[to]));
    return c;
}

/* Cycles and accesses of a layer on its own. Returns its DRAM cycles. */
static uint64_t alone(const struct npu *n, const struct work *w, struct npu_layer *out)
{
    const struct accelerator *a = n->accel;
    struct context c = {.n = n, .a = a, .w = w, .out = out};
    nest_make(&c.s, a, w);
    if (a->lockstep)
        lockstep_layer(n, w, out);
    else
        c = levelled(n, w, out);
    const struct nest *s = &c.s;
    out->macs = w->macs;
    out->affine = w->affine ? w->positions * w->columns * w->groups : 0;
    out->vector = (w->engine < 0 ? w->positions * w->reduction * w->columns : 0) +
                  (w->engine >= 0 ? w->shortcut * w->columns * w->groups : 0);
    out->engine = w->engine;
    out->busy = out->compute + out->stall + out->fill + out->store;
    uint64_t slots = s->rows * s->columns * s->pixels;
    if (w->engine >= 0)
        slots =
            a->engine[w->engine].rows * a->engine[w->engine].columns * a->engine[w->engine].pixels;
    out->utilisation = w->macs ? (double)w->macs / ((double)out->busy * (double)slots) : 0;
    return a->dram >= 0 ? dram(&c) : 0;
}

/* Layers of one pipeline run side by side: the slowest sets the pace, each adds its fill, the last
 * its store. */
static void pipeline(struct npu_private *p, int first, int last, uint64_t dram_cycles)
{
    struct npu_layer *l = p->pub.layer;
    int slowest = first;
    for (int i = first; i <= last; i++)
        if (p->work[i].runs && l[i].compute + l[i].stall > l[slowest].compute + l[slowest].stall)
            slowest = i;
    uint64_t pace = l[slowest].compute + l[slowest].stall;
    if (dram_cycles > pace) {
        l[slowest].stall += dram_cycles - pace;
        l[slowest].roof = p->pub.accel->dram;
    }
    for (int i = first; i <= last; i++) {
        if (!p->work[i].runs)
            continue;
        if (i != slowest)
            l[i].compute = l[i].stall = 0, l[i].roof = ROOF_HIDDEN;
        if (i != last)
            l[i].store = 0;
        if (first == last)
            l[i].busy = l[i].compute + l[i].stall + l[i].fill + l[i].store;
    }
}

static uint64_t link_cycles(const struct accelerator *a, uint64_t bits)
{
    const struct link *k = &a->link;
    if (k->kind == LINK_NONE)
        return 0;
    return whole_cycles((double)bits / ((double)k->width * k->efficiency) / k->clock_hz *
                        a->clock_hz);
}

void npu_energies(const struct npu *n, struct npu_energies *x)
{
    const struct accelerator *a = n->accel;
    const struct energy *t = &a->energy;
    double wb = (double)n->wbits, ab = (double)n->abits, acc = (double)a->acc_bits,
           per_cycle = 1e12 / a->clock_hz;
    double standby = 0;
    uint64_t slots = 0;
    *x = (struct npu_energies){0};
    for (int i = 0; i < a->nengines; i++)
        slots += a->engine[i].rows * a->engine[i].columns * a->engine[i].pixels;
    if (a->fpga && t->has_fpga) {
        uint64_t products = accelerator_products(a, n->wbits, n->abits);
        x->mac = t->dsp_pj * a->scale / (double)(products ? products : 1);
        x->affine = t->dsp_pj * a->scale;
        x->logic_cycle = n->lut_pj * (double)(a->used_lut ? a->used_lut : n->resources.lut);
    } else {
        x->mac = (t->mul_pj_bit2 * wb * ab + t->add_pj_bit * acc) * a->scale;
        x->affine =
            (t->mul_pj_bit2 * ab * (double)a->affine_bits / 2 + t->add_pj_bit * acc) * a->scale;
        x->vector = t->add_pj_bit * acc * a->scale;
        x->register_cycle = (double)slots * (wb + ab + acc) * t->reg_pj_bit * a->scale;
        standby += (double)slots * wb * ab * t->gate_leak_w_bit2 * a->scale;
    }
    for (int m = 0; m < a->nmemories; m++)
        standby += a->memory[m].standby_w;
    x->static_cycle = (a->static_w + a->host_w + standby) * per_cycle;
    x->clock_cycle = a->clock_w * per_cycle;
    if (a->link.kind != LINK_NONE) {
        /* Per payload bit: C V^2 / 4 on a data line (a random bit toggles half the time, and a
         * transition costs half of C V^2), and C V^2 per clock cycle, which carries `width` bits,
         * less the inefficiency. */
        double cv2 = a->link.pin_pf * a->link.volts * a->link.volts;
        x->link_bit = (cv2 / 4 + cv2 / (double)a->link.width) / a->link.efficiency;
    }
}

static void energy_of(const struct npu *n, const struct npu_energies *x, struct npu_layer *l)
{
    const struct accelerator *a = n->accel;
    double all = (double)l->cycles, active = (double)(l->cycles - l->link);
    for (int i = 0; i < ENERGY_PARTS; i++)
        l->pj[i] = 0;
    l->pj[E_STATIC] = all * x->static_cycle;
    l->pj[E_CLOCK] = all * x->clock_cycle + active * x->register_cycle;
    l->pj[E_LOGIC] = active * x->logic_cycle;
    l->pj[E_MAC] =
        (double)l->macs * x->mac + (double)l->affine * x->affine + (double)l->vector * x->vector;
    l->pj[E_IO] = (double)l->link_bits * x->link_bit;
    for (int o = 0; o < OPD_COUNT; o++)
        if (l->traffic[o].memory >= 0) {
            const struct npu_memory *m = &a->memory[l->traffic[o].memory];
            l->pj[E_MEMORY + l->traffic[o].memory] += (double)l->traffic[o].reads * m->read_pj +
                                                      (double)l->traffic[o].writes * m->write_pj;
        }
}

bool npu_evaluate(struct npu *n, struct err *e)
{
    struct npu_private *p = (struct npu_private *)n;
    const struct accelerator *a = n->accel;
    struct npu_energies x;
    int last = -1;
    for (int i = 0; i < n->nlayers; i++)
        if (p->work[i].runs)
            last = i;
    if (last < 0)
        return err_set(e, ERR_INPUT, "%s has no layers", n->net->name);
    n->lut_pj = a->lut_pj;
    resources_evaluate(p);
    npu_energies(n, &x);
    n->link_in = link_cycles(a, n->image_bits);
    n->link_out = link_cycles(a, n->result_bits);
    n->cycles = n->macs = 0;
    memset(n->pj, 0, sizeof n->pj);
    for (int i = 0; i < n->nlayers; i++) {
        struct npu_layer *l = &n->layer[i];
        if (!p->work[i].runs) {
            memset(l, 0, sizeof *l);
            l->engine = ENGINE_FUSED;
            l->roof = ROOF_HIDDEN;
            l->group = p->work[i].exec;
            for (int o = 0; o < OPD_COUNT; o++)
                l->traffic[o].memory = -1;
            continue;
        }
        l->group = p->work[i].group;
        l->link = (i == 0 ? n->link_in : 0) + (i == last ? n->link_out : 0);
        uint64_t d = alone(n, &p->work[i], l);
        p->dram_cycles = p->work[i].group == i ? d : p->dram_cycles + d;
        if (p->work[i].group_end == i)
            pipeline(p, p->work[i].group, i, p->dram_cycles);
    }
    for (int i = 0; i < n->nlayers; i++) {
        struct npu_layer *l = &n->layer[i];
        l->cycles = l->compute + l->fill + l->store + l->stall + l->link;
        if (2 * l->link > l->cycles)
            l->roof = ROOF_LINK;
        n->cycles += l->cycles;
        n->macs += l->macs;
        l->link_bits = a->link.kind == LINK_NONE
                           ? 0
                           : (i == 0 ? n->image_bits : 0) + (i == last ? n->result_bits : 0);
        energy_of(n, &x, l);
        for (int k = 0; k < ENERGY_PARTS; k++)
            n->pj[k] += l->pj[k];
    }
    double pj = 0;
    for (int k = 0; k < ENERGY_PARTS; k++)
        pj += n->pj[k];
    n->seconds = (double)n->cycles / a->clock_hz;
    n->energy_uj = pj * 1e-6;
    n->watts = n->energy_uj * 1e-6 / n->seconds;
    return true;
}

/* Where the RTL's tallies count on it, a map begins with a word. */
static uint64_t map_align(const struct accelerator *a)
{
    return a->lockstep ? ceil_div(a->memory[a->home[ROLE_FEATURES]].word_bits, 8) : 1;
}

struct npu *npu_open(const struct accelerator *a, const struct network *net, uint64_t wbits,
                     uint64_t abits, struct err *e)
{
    uint64_t wb = wbits ? wbits : a->wbits, ab = abits ? abits : a->abits;
    if (net->nlayers < 1) {
        err_set(e, ERR_INPUT, "%s has no layers", net->name);
        return NULL;
    }
    if (wb > 64 || ab > 64) {
        err_set(e, ERR_INPUT, "operands of %llu and %llu bits, expected at most 64",
                (unsigned long long)wb, (unsigned long long)ab);
        return NULL;
    }
    if (a->fpga && a->energy.has_fpga && !accelerator_products(a, wb, ab)) {
        err_set(e, ERR_INPUT, "%s: no multiplier for %llu-bit weights and %llu-bit activations",
                a->name, (unsigned long long)wb, (unsigned long long)ab);
        return NULL;
    }
    struct npu_private *p = calloc(1, sizeof *p);
    struct npu_layer *layer = calloc((size_t)net->nlayers, sizeof *layer);
    struct npu_map *map = calloc((size_t)net->nlayers + 1, sizeof *map);
    if (!p || !layer || !map) {
        err_nomem(e);
        goto fail;
    }
    p->pub = (struct npu){
        .accel = a, .net = net, .wbits = wb, .abits = ab, .nlayers = net->nlayers, .layer = layer};
    if (!(p->work = schedule_make(a, net, ab, e)))
        goto fail;
    schedule_maps(net, p->work, map, ab, map_align(a), &p->map_top, &p->map_peak, &p->map_layer);
    free(map);
    map = NULL;
    p->pub.image_bits = (uint64_t)net->in_h * (uint64_t)net->in_w * (uint64_t)net->in_c * ab;
    for (int i = 0; i < net->nlayers; i++)
        if (p->work[i].result)
            p->pub.result_bits += (uint64_t)net->layer[i].out_h * (uint64_t)net->layer[i].out_w *
                                  (uint64_t)net->layer[i].out_c * ab;
    if (!npu_evaluate(&p->pub, e))
        goto fail;
    return &p->pub;
fail:
    free(map);
    free(layer);
    if (p)
        free(p->work);
    free(p);
    return NULL;
}

void npu_close(struct npu *n)
{
    if (!n)
        return;
    struct npu_private *p = (struct npu_private *)n;
    free(p->work);
    free(n->layer);
    free(p);
}

int npu_memory_map(const struct npu *n, struct npu_map *out, uint64_t *top)
{
    const struct npu_private *p = (const struct npu_private *)n;
    uint64_t peak;
    int at;
    return schedule_maps(n->net, p->work, out, n->abits, map_align(n->accel), top, &peak, &at);
}
