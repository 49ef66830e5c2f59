#include "study/account.h"

#include <string.h>

#include "base/json.h"
#include "isa/isa.h"
#include "sim/attached/attached.h"
#include "sim/boards/board.h"

const char *const account_parts[ACCOUNT_PARTS] = {
    "mcu run", "mcu sleep", "wires", "npu static", "npu clock", "npu active", "regulator"};

/* What all three are doing, and the powers that go with it. */
struct state {
    bool sleeps;
    bool selected;
    bool powered;
    bool clocked;
    int layer; /* -1: none */
};

struct powers { /* W */
    const struct npu *npu;
    double hz;
    double run[BAND_COUNT];
    double sleep;
    double wires; /* while selected */
    double npu_static;
    double npu_clock;
    double npu_registers; /* their clock tree, while it computes */
};

/* A clock line that toggles and a data line of random bits, each a pin on each side's wire. */
static double bit_pj(const struct accelerator *a)
{
    return a->link.pin_pf * a->link.volts * a->link.volts * (1 + 0.25);
}

static double link_watts(const struct accelerator *a, double bytes, double seconds)
{
    return seconds > 0 ? 8 * bytes * bit_pj(a) * 1e-12 / seconds : 0;
}

/* The layers of a pipeline are computed side by side: their energy is spread over their time. */
static double layer_watts(const struct npu *n, int layer)
{
    double pj = 0, cycles = 0;
    for (int i = 0; i < n->nlayers; i++) {
        const struct npu_layer *l = &n->layer[i];
        if (l->group != n->layer[layer].group)
            continue;
        cycles += (double)(l->cycles - l->link);
        for (int k = E_LOGIC; k < ENERGY_PARTS; k++)
            pj += k == E_IO ? 0 : l->pj[k];
    }
    return cycles > 0 ? pj * n->accel->clock_hz / cycles * 1e-12 : 0;
}

/* While it computes that layer, beyond what it always takes. */
static double compute_watts(const struct powers *p, int layer)
{
    return p->npu_registers + layer_watts(p->npu, layer);
}

static void apply(struct state *s, const struct attached_change *c)
{
    switch (c->track) {
    case ATTACHED_CORE: s->sleeps = c->state[0] == 's'; break;
    case ATTACHED_WIRES: s->selected = c->state[0] == 's'; break;
    case ATTACHED_DEVICE:
        s->powered = strcmp(c->state, "off") != 0;
        s->clocked = s->powered && strcmp(c->state, "asleep") != 0;
        s->layer = c->layer;
        break;
    }
}

/* Seconds that the wires were selected, in the whole run. */
static double selected_seconds(const struct attached_change *c, size_t n, double hz)
{
    double sum = 0;
    uint64_t since = 0;
    bool on = false;
    for (size_t i = 0; i < n; i++) {
        if (c[i].track != ATTACHED_WIRES || c[i].device != 0)
            continue;
        if (on)
            sum += (double)(c[i].at - since) / hz;
        on = c[i].state[0] == 's';
        since = c[i].at;
    }
    return sum;
}

static bool read_powers(const struct machine *m, const struct npu *npu, struct powers *p,
                        struct err *e)
{
    const struct board_energy *g = machine_energy(m);
    const struct attached_change *c;
    size_t n = attached_changes(machine_attached(m), &c);
    struct machine_totals t;
    struct npu_energies x;
    machine_summary(m, &t);
    if (!npu || !attached_name(machine_attached(m), 0) || !t.clock_hz)
        return err_set(e, ERR_INPUT, "no TinyNPU is attached whose energy could be told");
    if (!g || !g->present)
        return err_set(e, ERR_INPUT, "%s: its description has no energies", t.board);
    npu_energies(npu, &x);
    *p = (struct powers){.npu = npu, .hz = (double)t.clock_hz, .sleep = g->sleep_w};
    for (int b = 0; b < BAND_COUNT; b++)
        p->run[b] = g->pj_per_cycle[b] * p->hz * 1e-12;
    p->wires = link_watts(npu->accel, (double)attached_bytes(machine_attached(m), 0),
                          selected_seconds(c, n, p->hz));
    p->npu_static = x.static_cycle * npu->accel->clock_hz * 1e-12;
    p->npu_clock = x.clock_cycle * npu->accel->clock_hz * 1e-12;
    p->npu_registers = x.register_cycle * npu->accel->clock_hz * 1e-12;
    return true;
}

/* Adds the energy of `seconds` in a state, in J. */
static void add(const struct powers *p, const struct state *s, double seconds,
                double j[BAND_COUNT][ACCOUNT_PARTS])
{
    for (int b = 0; b < BAND_COUNT; b++) {
        bool sleeps = s->sleeps && b != BAND_HIGH;
        j[b][sleeps ? ACCOUNT_MCU_SLEEP : ACCOUNT_MCU_RUN] +=
            seconds * (sleeps ? p->sleep : p->run[b]);
        j[b][ACCOUNT_WIRES] += s->selected ? seconds * p->wires : 0;
        j[b][ACCOUNT_NPU_STATIC] += s->powered ? seconds * p->npu_static : 0;
        j[b][ACCOUNT_NPU_CLOCK] += s->clocked ? seconds * p->npu_clock : 0;
        j[b][ACCOUNT_NPU_ACTIVE] += s->layer >= 0 ? seconds * compute_watts(p, s->layer) : 0;
    }
}

static bool begins(const struct attached_change *c, const struct state *before)
{
    return c->track == ATTACHED_DEVICE && c->device == 0 && c->layer >= 0 && before->layer < 0;
}

static uint64_t awake(const struct machine *m, const char *const *names, uint64_t *times)
{
    struct machine_scope s;
    uint64_t sum = 0;
    for (size_t i = 0; machine_scope(m, i, &s); i++)
        for (int k = 0; names[k]; k++)
            if (!strcmp(s.name, names[k])) {
                sum += s.cycles - s.stall[STALL_SLEEP];
                *times = s.entered;
            }
    return sum;
}

/* The closed forms for the same work: an SPI of one data line at 60 MHz, the cycles of preparing
 * and reporting as they were simulated. */
static void analyse(const struct machine *m, const struct npu *npu, const struct powers *p,
                    struct account *a)
{
    static const char *const before[] = {"camera", "prepare", NULL}, *const after[] = {"report",
                                                                                       NULL};
    const struct board_energy *g = machine_energy(m);
    struct npu like = *npu;
    uint64_t frames = 0;
    struct mcu mcu = {.clock_hz = p->hz, .sleep_w = p->sleep};
    memcpy(mcu.pj_per_cycle, g->pj_per_cycle, sizeof mcu.pj_per_cycle);
    mcu.cycles_after = awake(m, after, &frames);
    mcu.cycles_before = awake(m, before, &frames);
    if (frames) {
        mcu.cycles_before /= frames;
        mcu.cycles_after /= frames;
    }
    uint64_t compute = npu->cycles - npu->link_in - npu->link_out;
    like.link_in = (uint64_t)((double)npu->image_bits / 60e6 * npu->accel->clock_hz);
    like.link_out = (uint64_t)((double)npu->result_bits / 15e6 * npu->accel->clock_hz);
    like.cycles = compute + like.link_in + like.link_out;
    like.energy_uj -= like.pj[E_IO] * 1e-6;
    like.pj[E_IO] = (double)(npu->image_bits + npu->result_bits) * bit_pj(npu->accel);
    like.energy_uj += like.pj[E_IO] * 1e-6;
    system_evaluate(&like, &mcu, a->fps, 0, &a->analytic);
}

bool account_make(const struct machine *m, const struct npu *npu, double efficiency,
                  struct account *a, struct err *e)
{
    const struct attached_change *c;
    struct powers p;
    struct state s = {.powered = true, .clocked = true, .layer = -1};
    double j[BAND_COUNT][ACCOUNT_PARTS] = {{0}};
    if (!read_powers(m, npu, &p, e))
        return false;
    size_t n = attached_changes(machine_attached(m), &c), first = n, last = n;
    *a = (struct account){.core_hz = p.hz};
    for (size_t i = 0; i < n; i++) {
        if (begins(&c[i], &s)) {
            first = first == n ? i : first;
            last = i;
        }
        apply(&s, &c[i]);
    }
    s = (struct state){.powered = true, .clocked = true, .layer = -1};
    for (size_t i = 0; i < last && last < n; i++) {
        if (i > first) {
            double seconds = (double)(c[i].at - c[i - 1].at) / p.hz;
            add(&p, &s, seconds, j);
            a->seconds += seconds;
            a->sleep_s += s.sleeps ? seconds : 0;
            a->wires_s += s.selected ? seconds : 0;
            a->compute_s += s.layer >= 0 ? seconds : 0;
        }
        a->frames += i >= first && begins(&c[i], &s);
        apply(&s, &c[i]);
    }
    if (!a->frames)
        return err_set(e, ERR_CHECK, "fewer than two computations began: no power of a frame");
    a->run_s = a->seconds - a->sleep_s;
    a->fps = a->frames / a->seconds;
    for (int b = 0; b < BAND_COUNT; b++) {
        double sum = 0;
        for (int k = 0; k < ACCOUNT_REGULATOR; k++)
            sum += j[b][k];
        j[b][ACCOUNT_REGULATOR] = sum * (1 / efficiency - 1);
        for (int k = 0; k < ACCOUNT_PARTS; k++) {
            a->mw[b][k] = j[b][k] / a->seconds * 1e3;
            a->total_mw[b] += a->mw[b][k];
        }
        a->frame_uj[b] = a->total_mw[b] / a->fps * 1e3;
    }
    analyse(m, npu, &p, a);
    return true;
}

/* ---- over time ---- */

bool account_power(const struct machine *m, const struct npu *npu, struct buf *out, struct err *e)
{
    const struct attached_change *c;
    struct powers p;
    struct state s = {.powered = true, .clocked = true, .layer = -1};
    if (!read_powers(m, npu, &p, e))
        return false;
    size_t n = attached_changes(machine_attached(m), &c);
    buf_str(out, "seconds\tmcu_mw\twires_mw\tnpu_mw\ttotal_mw\n");
    for (size_t i = 0; i < n; i++) {
        apply(&s, &c[i]);
        if (i + 1 < n && c[i + 1].at == c[i].at)
            continue; /* what holds for no time */
        double mcu = s.sleeps ? p.sleep : p.run[BAND_NOMINAL], wires = s.selected ? p.wires : 0,
               dev = (s.powered ? p.npu_static : 0) + (s.clocked ? p.npu_clock : 0) +
                     (s.layer >= 0 ? compute_watts(&p, s.layer) : 0);
        buf_printf(out, "%.9f\t%.4f\t%.4f\t%.4f\t%.4f\n", (double)c[i].at / p.hz, mcu * 1e3,
                   wires * 1e3, dev * 1e3, (mcu + wires + dev) * 1e3);
    }
    return !out->failed || err_nomem(e);
}

static void span(cJSON *list, const char *name, int track, uint64_t from, uint64_t to, double hz)
{
    if (to <= from)
        return;
    cJSON *o = json_object(list, NULL);
    json_text(o, "name", name);
    json_text(o, "ph", "X");
    json_int(o, "pid", 1);
    json_int(o, "tid", track);
    json_number(o, "ts", "%.3f", (double)from / hz * 1e6);
    json_number(o, "dur", "%.3f", (double)(to - from) / hz * 1e6);
}

bool account_timeline(const struct machine *m, const struct npu *npu, struct buf *out,
                      struct err *e)
{
    static const char *const tracks[] = {"accelerator", "wires", "core"};
    const struct attached_change *c;
    struct attached_change now[3] = {{0}};
    struct powers p;
    if (!read_powers(m, npu, &p, e))
        return false;
    size_t n = attached_changes(machine_attached(m), &c);
    cJSON *o = json_root(), *list = json_array(o, "traceEvents");
    for (int k = 0; k < 3; k++) {
        cJSON *name = json_object(list, NULL);
        json_text(name, "name", "thread_name");
        json_text(name, "ph", "M");
        json_int(name, "pid", 1);
        json_int(name, "tid", k);
        json_text(json_object(name, "args"), "name", tracks[k]);
    }
    for (size_t i = 0; i < n; i++) {
        struct attached_change *was = &now[c[i].track];
        if (was->state)
            span(list, was->layer >= 0 ? npu->net->layer[was->layer].name : was->state,
                 (int)c[i].track, was->at, c[i].at, p.hz);
        *was = c[i];
    }
    json_print(o, JSON_COMPACT, out);
    buf_str(out, "\n");
    return !out->failed || err_nomem(e);
}
