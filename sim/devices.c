#include "sim/devices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/data.h"
#include "base/desc.h"
#include "sim/guest.h"

enum kind { KIND_NONE, KIND_STORAGE, KIND_USART, KIND_USART2, KIND_TIMER, KIND_RNG, KIND_CRC, KIND_CRC2, KIND_DMA_STREAMS, KIND_DMA_CHANNELS };
static const char *const kinds[] = {"none", "storage", "usart", "usart2", "timer", "rng", "crc", "crc2", "dma_streams", "dma_channels", NULL};

enum { MAX_DEVICES = 128, MAX_STREAMS = 8, MAX_STUBS = 256, MAX_VALUES = 64, MAX_LISTED = 64, MAX_SEEN = 4096,
       DMA_WORD_CYCLES = 4 /* assumed: a read and a write on the bus matrix, two cycles each, per item */ };

struct stream {
    struct device *d;
    uint32_t ctrl, count, periph, memory;
    int event, irq;
};

struct device {
    char name[12];
    uint32_t base, size;
    enum kind kind;
    int irq, bus, event;
    struct machine *m;
    uint32_t ctrl, enable, status, psc, reload, pol; /* by kind: CR1, DIER, SR, PSC, ARR; CRC: value in status, init in reload */
    uint64_t start;                                  /* timers: cycle at which the counter was 0 */
    uint32_t held;                                   /* timers: counter while stopped */
    struct stream stream[MAX_STREAMS];
    int nstreams;
    uint64_t flags;                                  /* DMA: 4 or 6 bits per stream as the status registers hold them */
    uint64_t seed;
};

struct stub {
    uint32_t address, sticky, value[MAX_VALUES];
    unsigned width;
    int nvalues, at;
    bool keep, written;
};

struct devices {
    int n, nstubs, nlisted;
    struct device d[MAX_DEVICES];
    struct stub stub[MAX_STUBS];
    uint32_t timer_reg, apb_bit[2];
    uint32_t seen[MAX_SEEN]; /* registers that were listed already */
    int nseen;
    struct desc *doc;
};

/* ---- tables ---- */

static bool read_device(struct devices *v, struct machine *m, const struct node *n, struct err *e)
{
    struct device *d = &v->d[v->n];
    const char *name;
    uint64_t base, size = 0x400, irq = UINT64_MAX, bus = 1, line;
    int kind;
    if (v->n == MAX_DEVICES)
        return node_err(n, e, "more than %d peripherals", MAX_DEVICES);
    if (!map_str(n, "name", &name, e) || !map_u64(n, "base", 0x40000000, 0x5fffffff, &base, e) || !map_enum(n, "kind", kinds, &kind, e) ||
        !opt_u64(n, "size", 4, 0x100000, &size, e) || !opt_u64(n, "irq", 0, MAX_IRQS - 1, &irq, e) || !opt_u64(n, "bus", 1, 2, &bus, e))
        return false;
    const struct node *irqs = map_get(n, "irqs");
    for (size_t i = 0; irqs && i < list_len(irqs); i++) {
        if (i == MAX_STREAMS || !node_u64(list_at(irqs, i), 0, MAX_IRQS - 1, &line, e))
            return node_err(irqs, e, "at most %d interrupts", MAX_STREAMS);
        d->stream[d->nstreams++] = (struct stream){.d = d, .irq = (int)line};
    }
    snprintf(d->name, sizeof d->name, "%s", name);
    d->base = (uint32_t)base;
    d->size = (uint32_t)size;
    d->kind = (enum kind)kind;
    d->irq = irq == UINT64_MAX ? -1 : (int)irq;
    d->bus = (int)bus;
    d->m = m;
    d->reload = UINT32_MAX;
    d->pol = 0x04c11db7;
    d->seed = 0x9e3779b97f4a7c15u;
    if (d->kind == KIND_CRC || d->kind == KIND_CRC2)
        d->status = UINT32_MAX;
    v->n++;
    return map_done(n, e);
}

/* True when the file was for this board. */
static bool read_table(struct devices *v, struct machine *m, const char *path, bool *mine, struct err *e)
{
    struct desc *doc = desc_load(path, e);
    const struct node *boards, *list, *timers, *root = doc ? desc_root(doc) : NULL;
    const char *source;
    bool assumed, ok = root && (boards = map_need(root, "boards", e)) != NULL;
    uint64_t b1 = 0, b2 = 0, reg = 0;
    *mine = false;
    for (size_t i = 0; ok && i < list_len(boards); i++) {
        const char *name;
        ok = node_str(list_at(boards, i), &name, e);
        *mine |= ok && !strcmp(name, m->board->name);
    }
    if (!ok || !*mine) {
        desc_free(doc);
        return ok;
    }
    ok = map_source(root, &source, &assumed, e) && (timers = map_need(root, "timers", e)) != NULL && map_u64(timers, "register", 0x40000000, 0x5fffffff, &reg, e) &&
         map_u64(timers, "apb1_bit", 0, 31, &b1, e) && map_u64(timers, "apb2_bit", 0, 31, &b2, e) && map_done(timers, e) &&
         (list = map_need(root, "list", e)) != NULL;
    if (ok) {
        v->timer_reg = (uint32_t)reg;
        v->apb_bit[0] = (uint32_t)b1;
        v->apb_bit[1] = (uint32_t)b2;
    }
    for (size_t i = 0; ok && i < list_len(list); i++)
        ok = read_device(v, m, list_at(list, i), e);
    ok = ok && map_done(root, e);
    desc_free(doc);
    return ok;
}

static bool read_stub(struct devices *v, const struct node *n, struct err *e)
{
    struct stub *s = &v->stub[v->nstubs];
    uint64_t address, width = 32, sticky = 0, value;
    const struct node *values;
    const char *name = "";
    if (v->nstubs == MAX_STUBS)
        return node_err(n, e, "more than %d stubs", MAX_STUBS);
    if (!map_u64(n, "address", 0x40000000, 0xe00fffff, &address, e) || !opt_u64(n, "width", 8, 32, &width, e) ||
        !opt_u64(n, "sticky", 0, UINT32_MAX, &sticky, e) || !opt_str(n, "name", &name, e) || !opt_bool(n, "keep", &s->keep, e))
        return false;
    if (width != 8 && width != 16 && width != 32)
        return node_err(n, e, "width %u, expected 8, 16 or 32", (unsigned)width);
    if (address % (width / 8) || (address >= 0x60000000 && address < 0xe0000000))
        return node_err(n, e, "address 0x%08x is no %u-bit register of a peripheral", (unsigned)address, (unsigned)width);
    values = map_get(n, "values");
    for (size_t i = 0; values && i < list_len(values); i++) {
        if (i == MAX_VALUES)
            return node_err(values, e, "more than %d values", MAX_VALUES);
        if (!node_u64(list_at(values, i), 0, UINT32_MAX, &value, e))
            return false;
        s->value[s->nvalues++] = (uint32_t)value;
    }
    s->address = (uint32_t)address;
    s->width = (unsigned)width / 8;
    s->sticky = (uint32_t)sticky;
    v->nstubs++;
    return map_done(n, e);
}

static bool read_stubs(struct devices *v, const char *path, struct err *e)
{
    struct desc *doc = desc_load(path, e);
    const struct node *list = doc ? map_need(desc_root(doc), "stubs", e) : NULL;
    bool ok = list != NULL;
    for (size_t i = 0; ok && i < list_len(list); i++)
        ok = read_stub(v, list_at(list, i), e);
    ok = ok && map_done(desc_root(doc), e);
    desc_free(doc);
    return ok;
}

static void timer_fire(void *self, uint64_t at);
static void dma_fire(void *self, uint64_t at);

bool devices_open(struct machine *m, struct err *e)
{
    struct devices *v = calloc(1, sizeof *v);
    if (!v)
        return err_nomem(e);
    m->guest->devices = v;
    char **files = data_list("sim/devices");
    bool mine = false, ok = true;
    for (int i = 0; ok && files && files[i] && !mine; i++) {
        char name[300], path[600];
        snprintf(name, sizeof name, "sim/devices/%.200s.yaml", files[i]);
        ok = !data_path(path, sizeof path, name) || read_table(v, m, path, &mine, e);
    }
    free(files);
    if (ok && m->opt.stub)
        ok = read_stubs(v, m->opt.stub, e);
    for (int i = 0; ok && i < v->n; i++) {
        struct device *d = &v->d[i];
        d->event = d->kind == KIND_TIMER ? events_add(&m->guest->q, timer_fire, d) : -1;
        for (int s = 0; s < d->nstreams; s++)
            d->stream[s].event = events_add(&m->guest->q, dma_fire, &d->stream[s]);
    }
    return ok;
}

void devices_close(struct machine *m)
{
    free(m->guest->devices);
    m->guest->devices = NULL;
}

/* ---- behaviour ---- */

static void raise_line(struct device *d, bool high)
{
    if (d->irq >= 0)
        nvic_line(d->m->guest->nvic, d->irq, high);
}

/* Core cycles of one timer clock: the APB clock, doubled when the APB is divided. */
static uint64_t timer_cycles(const struct device *d)
{
    const struct devices *v = d->m->guest->devices;
    uint32_t ppre = v->timer_reg ? periph_word(d->m, v->timer_reg) >> v->apb_bit[d->bus - 1] & 7 : 0;
    uint64_t divider = ppre < 4 ? 1 : 1u << (ppre - 3);
    return (divider > 1 ? divider / 2 : 1) * (d->m->axi_ratio ? d->m->axi_ratio : 1);
}

static uint64_t timer_tick(const struct device *d)
{
    return timer_cycles(d) * (d->psc + 1ull);
}

static uint32_t timer_count(const struct device *d, uint64_t now)
{
    if (!(d->ctrl & 1))
        return d->held;
    uint64_t n = now > d->start ? (now - d->start) / timer_tick(d) : 0;
    return (uint32_t)(n % (d->reload + 1ull));
}

/* Wraps that nobody wanted an event for. */
static void timer_settle(struct device *d, uint64_t now)
{
    uint64_t period = (d->reload + 1ull) * timer_tick(d), n = (d->ctrl & 1) && d->reload && now > d->start ? (now - d->start) / period : 0;
    if (n == 0)
        return;
    d->status |= 1;
    d->start += n * period;
    if (d->ctrl & 8) {
        d->ctrl &= ~1u;
        d->held = 0;
    }
}

static void timer_arm(struct device *d, uint32_t count, uint64_t now)
{
    bool on = (d->ctrl & 1) && d->reload && (d->enable & 1);
    d->held = count;
    d->start = now - (uint64_t)count * timer_tick(d);
    uint64_t left = count <= d->reload ? d->reload + 1ull - count : 1;
    /* Without its interrupt nothing needs an event: timer_settle works out the flag. */
    events_set(&d->m->guest->q, d->event, on ? now + left * timer_tick(d) : NEVER);
    d->m->check_at = 0;
}

static void timer_fire(void *self, uint64_t at)
{
    struct device *d = self;
    d->status |= 1;
    if (d->ctrl & 8) { /* one pulse */
        d->ctrl &= ~1u;
        d->held = 0;
    } else {
        d->start = at;
        events_set(&d->m->guest->q, d->event, at + (d->reload + 1ull) * timer_tick(d));
    }
    raise_line(d, d->status & d->enable & 1);
}

static uint32_t timer_read(struct device *d, uint32_t off)
{
    uint64_t now = machine_now(d->m);
    timer_settle(d, now);
    switch (off) {
    case 0x00: return d->ctrl;
    case 0x0c: return d->enable;
    case 0x10: return d->status;
    case 0x24: return timer_count(d, now);
    case 0x28: return d->psc;
    case 0x2c: return d->reload;
    }
    return periph_word(d->m, d->base + off);
}

static void timer_write(struct device *d, uint32_t off, uint32_t v)
{
    uint64_t now = machine_now(d->m);
    timer_settle(d, now);
    uint32_t count = timer_count(d, now);
    switch (off) {
    case 0x00:
        d->ctrl = v;
        timer_arm(d, count, now);
        return;
    case 0x0c:
        d->enable = v;
        timer_arm(d, count, now);
        break;
    case 0x10: d->status &= v; break;
    case 0x14:
        if (v & 1) {
            d->status |= d->ctrl & 4 ? 0 : 1;
            timer_arm(d, 0, now);
        }
        break;
    case 0x24: timer_arm(d, v, now); break;
    case 0x28: /* prescaler and reload are taken at once, not at the next update */
        d->psc = v & 0xffff;
        timer_arm(d, count, now);
        break;
    case 0x2c:
        d->reload = v;
        timer_arm(d, count > v ? 0 : count, now);
        break;
    }
    raise_line(d, d->status & d->enable & 1);
}

/* The transmitter is always empty, as for a polling driver; its interrupt is a level that follows the enable bits. */
static bool usart_write(struct device *d, uint32_t off, uint32_t v)
{
    if (off == (d->kind == KIND_USART ? 0x0cu : 0x00u)) {
        d->ctrl = v;
        raise_line(d, v & 0xc0); /* TXEIE, TCIE: TXE and TC are set */
    }
    return false; /* the register itself and the console are the machine's */
}

static uint32_t rng_next(struct device *d)
{
    d->seed ^= d->seed << 13;
    d->seed ^= d->seed >> 7;
    d->seed ^= d->seed << 17;
    return (uint32_t)(d->seed >> 32);
}

static uint32_t reverse(uint32_t v, unsigned bits)
{
    uint32_t r = 0;
    for (unsigned i = 0; i < bits; i++)
        r |= (v >> i & 1) << (bits - 1 - i);
    return r;
}

/* The CRC unit with a 32-bit polynomial. ctrl bits 6:5 reverse the input by byte, halfword or word, bit 7 the output. */
static void crc_feed(struct device *d, uint32_t v, unsigned size)
{
    unsigned bits = d->kind == KIND_CRC ? 32 : 8 * size, how = d->ctrl >> 5 & 3, chunk = how == 1 ? 8 : how == 2 ? 16 : 32;
    if (how && chunk > bits)
        chunk = bits;
    for (unsigned at = 0; how && at < bits; at += chunk) {
        uint32_t mask = chunk == 32 ? UINT32_MAX : ((1u << chunk) - 1) << at;
        v = (v & ~mask) | (reverse(v >> at, chunk) << at & mask);
    }
    uint32_t c = d->status ^ v << (32 - bits);
    for (unsigned i = 0; i < bits; i++)
        c = c & 0x80000000u ? c << 1 ^ d->pol : c << 1;
    d->status = c;
}

/* DMA: the whole transfer happens at its end. */

static uint8_t *guest_bytes(struct machine *m, uint32_t addr, uint32_t n, bool write)
{
    int r = board_region(m->board, addr, n);
    return r >= 0 && !(write && m->board->region[r].kind == REGION_FLASH) ? machine_host(m, addr, n) : NULL;
}

static bool dma_item(struct machine *m, uint32_t from, uint32_t to, uint32_t n)
{
    uint8_t *in = guest_bytes(m, from, n, false), *out = guest_bytes(m, to, n, true);
    uint32_t v = 0;
    if (in)
        memcpy(&v, in, n);
    else if (from >= 0x40000000 && from < 0x60000000)
        uc_mem_read(m->uc, from, &v, n);
    else
        return false;
    observe_written(m, to, n);
    if (out)
        return uc_mem_write(m->uc, to, &v, n) == UC_ERR_OK;
    return to >= 0x40000000 && to < 0x60000000 && uc_mem_write(m->uc, to, &v, n) == UC_ERR_OK;
}

struct transfer {
    uint32_t from, to, from_step, to_step, width;
};

static struct transfer transfer_of(const struct stream *s)
{
    struct transfer t;
    if (s->d->kind == KIND_DMA_STREAMS) {
        uint32_t dir = s->ctrl >> 6 & 3, p = s->ctrl & 1 << 9 ? 1u << (s->ctrl >> 11 & 3) : 0, mem = s->ctrl & 1 << 10 ? 1u << (s->ctrl >> 13 & 3) : 0;
        t = (struct transfer){s->periph, s->memory, p, mem, 1u << (s->ctrl >> 11 & 3)};
        if (dir == 1)
            t = (struct transfer){s->memory, s->periph, mem, p, 1u << (s->ctrl >> 11 & 3)};
    } else {
        uint32_t p = s->ctrl & 1 << 6 ? 1u << (s->ctrl >> 8 & 3) : 0, mem = s->ctrl & 1 << 7 ? 1u << (s->ctrl >> 10 & 3) : 0;
        t = (struct transfer){s->periph, s->memory, p, mem, 1u << (s->ctrl >> 8 & 3)};
        if (s->ctrl & 1 << 4)
            t = (struct transfer){s->memory, s->periph, mem, p, 1u << (s->ctrl >> 8 & 3)};
    }
    if (t.width > 4)
        t.width = 4;
    return t;
}

static int stream_index(const struct stream *s)
{
    return (int)(s - s->d->stream);
}

/* Where the flags of a stream are in the pair of status registers. */
static unsigned flag_bit(const struct stream *s)
{
    static const uint8_t at[4] = {0, 6, 16, 22};
    unsigned i = (unsigned)stream_index(s);
    return s->d->kind == KIND_DMA_STREAMS ? 32 * (i / 4) + at[i % 4] : 4 * i;
}

static void dma_line(struct stream *s)
{
    bool streams = s->d->kind == KIND_DMA_STREAMS;
    uint64_t f = s->d->flags >> flag_bit(s);
    bool complete = f & (streams ? 1 << 5 : 1 << 1), error = f & (streams ? 1 << 3 : 1 << 3);
    nvic_line(s->d->m->guest->nvic, s->irq, (complete && s->ctrl & (streams ? 1 << 4 : 1 << 1)) || (error && s->ctrl & (streams ? 1 << 2 : 1 << 3)));
}

static void dma_fire(void *self, uint64_t at)
{
    struct stream *s = self;
    struct transfer t = transfer_of(s);
    bool streams = s->d->kind == KIND_DMA_STREAMS, ok = true;
    (void)at;
    while (ok && s->count) {
        ok = dma_item(s->d->m, t.from, t.to, t.width);
        t.from += t.from_step;
        t.to += t.to_step;
        s->count--;
    }
    uint64_t done = streams ? (ok ? 0x30 : 0x08) : (ok ? 0x7 : 0x9);
    s->d->flags |= done << flag_bit(s);
    if (streams)
        s->ctrl &= ~1u;
    dma_line(s);
}

static void dma_start(struct stream *s)
{
    struct machine *m = s->d->m;
    const struct transfer t = transfer_of(s);
    uint64_t each = DMA_WORD_CYCLES;
    for (int i = 0; i < m->board->nusarts; i++) /* paced by the line: ten bits of BRR clocks */
        if (t.to - m->board->usart[i].base < 0x400) {
            uint32_t brr = periph_word(m, m->board->usart[i].base + (m->board->usart_status ? 0x0c : 0x08));
            each = 10ull * (brr ? brr : 1);
        }
    events_set(&m->guest->q, s->event, machine_now(m) + each * (s->count ? s->count : 1));
    m->check_at = 0;
}

static uint32_t *stream_register(struct device *d, uint32_t off, struct stream **at, bool *is_ctrl)
{
    bool streams = d->kind == KIND_DMA_STREAMS;
    uint32_t first = streams ? 0x10 : 0x08, step = streams ? 0x18 : 0x14;
    if (off < first || (off - first) / step >= (uint32_t)d->nstreams)
        return NULL;
    struct stream *s = &d->stream[(off - first) / step];
    *at = s;
    *is_ctrl = (off - first) % step == 0;
    switch ((off - first) % step) {
    case 0x0: return &s->ctrl;
    case 0x4: return &s->count;
    case 0x8: return &s->periph;
    case 0xc: return &s->memory;
    }
    return NULL;
}

static bool dma_read(struct device *d, uint32_t off, uint32_t *v)
{
    struct stream *s;
    bool ctrl;
    uint32_t *r = stream_register(d, off, &s, &ctrl);
    if (r)
        *v = *r;
    else if (off == 0)
        *v = (uint32_t)d->flags;
    else if (off == 4 && d->kind == KIND_DMA_STREAMS)
        *v = (uint32_t)(d->flags >> 32);
    else
        return false;
    return true;
}

static bool dma_write(struct device *d, uint32_t off, uint32_t v)
{
    struct stream *s;
    bool ctrl, streams = d->kind == KIND_DMA_STREAMS;
    uint32_t *r = stream_register(d, off, &s, &ctrl);
    if (r) {
        bool was = s->ctrl & 1;
        *r = r == &s->count ? v & 0xffff : v;
        if (ctrl && !was && (v & 1))
            dma_start(s);
        else if (ctrl && was && !(v & 1))
            events_set(&d->m->guest->q, s->event, NEVER);
        return true;
    }
    if (streams && (off == 0x08 || off == 0x0c)) {
        d->flags &= ~((uint64_t)v << (off == 0x0c ? 32 : 0));
    } else if (!streams && off == 0x04) {
        for (int i = 0; i < d->nstreams; i++) /* GIF clears all four */
            if (v >> 4 * i & 1)
                v |= 0xfu << 4 * i;
        d->flags &= ~(uint64_t)v;
    } else {
        return false;
    }
    for (int i = 0; i < d->nstreams; i++)
        dma_line(&d->stream[i]);
    return true;
}

/* ---- accesses ---- */

static struct device *device_at(struct devices *v, uint32_t addr)
{
    for (int i = 0; i < v->n; i++)
        if (addr - v->d[i].base < v->d[i].size)
            return &v->d[i];
    return NULL;
}

static struct stub *stub_at(struct devices *v, uint32_t addr, unsigned size)
{
    for (int i = 0; i < v->nstubs; i++)
        if (addr < v->stub[i].address + v->stub[i].width && v->stub[i].address < addr + size)
            return &v->stub[i];
    return NULL;
}

static bool known_register(const struct machine *m, uint32_t word)
{
    for (int i = 0; i < m->board->nregisters; i++)
        if (m->board->reg[i].address == word)
            return true;
    return false;
}

/* Lists the first access to each register that nothing models. */
static void unmodelled(struct machine *m, const struct device *d, uint32_t addr, bool write)
{
    struct devices *v = m->guest->devices;
    uint32_t word = addr & ~3u;
    if (known_register(m, word))
        return;
    for (int i = 0; i < v->nseen; i++)
        if (v->seen[i] == word)
            return;
    if (v->nseen == MAX_SEEN)
        return;
    v->seen[v->nseen++] = word;
    const struct block *b = m->cur->block;
    uint32_t pc = b && m->insn_now < b->n ? b->run->insn[m->insn_now].addr : m->cur->addr;
    const struct symbol *s = elf_function(m->image, pc);
    char what[120];
    snprintf(what, sizeof what, "%s of %s register 0x%08x, which is not modelled", write ? "write" : "read",
             d ? d->name : "an unknown peripheral's", addr);
    if (m->opt.strict && !m->guest->strict_hit) {
        m->guest->strict_hit = true;
        m->guest->strict_pc = pc;
        snprintf(m->guest->strict_what, sizeof m->guest->strict_what, "%s", what);
        m->check_at = 0; /* the run ends behind this block */
    }
    if (v->nlisted++ < MAX_LISTED)
        machine_warn(m, "%s, at 0x%08x %.60s", what, pc, s ? s->name : "?");
}

bool devices_read(struct machine *m, uint32_t addr, unsigned size, uint32_t *v)
{
    struct devices *all = m->guest->devices;
    struct stub *s = stub_at(all, addr, size);
    if (s) {
        uint32_t value = s->written && s->keep ? s->value[0] : s->nvalues ? s->value[s->at < s->nvalues ? s->at : s->nvalues - 1] : 0;
        if (s->at < s->nvalues)
            s->at++;
        value |= s->sticky;
        *v = addr >= s->address ? value >> 8 * (addr - s->address) : value << 8 * (s->address - addr);
        return true;
    }
    if (addr >= 0x60000000)
        return false;
    struct device *d = device_at(all, addr);
    if (!d || d->kind == KIND_NONE) {
        unmodelled(m, d, addr, false);
        return false;
    }
    uint32_t off = (addr - d->base) & ~3u, word = 0;
    switch (d->kind) {
    case KIND_TIMER: word = timer_read(d, off); break;
    case KIND_RNG:
        word = off == 4 ? (d->ctrl & 4) >> 2 : off == 8 ? rng_next(d) : d->ctrl;
        break;
    case KIND_CRC:
    case KIND_CRC2:
        word = off == 0 ? (d->ctrl & 0x80 ? reverse(d->status, 32) : d->status) : off == 8 ? d->ctrl : off == 0x10 ? d->reload : off == 0x14 ? d->pol
                                                                                                         : periph_word(m, d->base + off);
        break;
    case KIND_DMA_STREAMS:
    case KIND_DMA_CHANNELS:
        if (!dma_read(d, off, &word))
            return false;
        break;
    default: return false;
    }
    *v = word >> 8 * (addr & 3);
    return true;
}

bool devices_write(struct machine *m, uint32_t addr, unsigned size, uint32_t v)
{
    struct devices *all = m->guest->devices;
    struct stub *s = stub_at(all, addr, size);
    if (s) {
        if (s->keep && addr == s->address) {
            s->value[0] = v;
            s->written = true;
        }
        return true;
    }
    if (addr >= 0x60000000)
        return false;
    struct device *d = device_at(all, addr);
    if (!d || d->kind == KIND_NONE) {
        unmodelled(m, d, addr, true);
        return false;
    }
    uint32_t off = addr - d->base;
    switch (d->kind) {
    case KIND_USART:
    case KIND_USART2: return usart_write(d, off, v);
    case KIND_TIMER: timer_write(d, off, v); return false; /* kept as storage too, for the registers without a rule */
    case KIND_RNG:
        if (off == 0)
            d->ctrl = v;
        return true;
    case KIND_CRC:
    case KIND_CRC2:
        if (off == 0)
            crc_feed(d, v, size);
        else if (off == 8) {
            d->ctrl = d->kind == KIND_CRC ? 0 : v & 0xf8;
            if (v & 1)
                d->status = d->reload;
        } else if (off == 0x10 && d->kind == KIND_CRC2)
            d->reload = d->status = v;
        else if (off == 0x14 && d->kind == KIND_CRC2)
            d->pol = v;
        else
            return false;
        return true;
    case KIND_DMA_STREAMS:
    case KIND_DMA_CHANNELS: return dma_write(d, off & ~3u, v);
    default: return false;
    }
}
