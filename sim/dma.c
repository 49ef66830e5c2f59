/* DMA controllers with streams (STM32F4, F7, H7) or channels (L4+, BDMA of H7). Memory to memory an item takes 4 cycles, to a
 * USART a frame of its line, from a USART when a byte was received. A peripheral without a model is served at once, as memory
 * is, but not in circles: its interrupts would never end. Which stream serves a USART follows the request that it selects. */
#include "sim/device.h"

#include <stdio.h>
#include <string.h>

enum { DMA_WORD_CYCLES = 4 /* assumed: a read and a write on the bus matrix, two cycles each, per item */ };

static bool streams(const struct stream *s)
{
    return s->d->kind == KIND_DMA_STREAMS;
}

static unsigned stream_index(const struct stream *s)
{
    return (unsigned)(s - s->d->stream);
}

static bool on(const struct stream *s)
{
    return s->ctrl & 1 && s->count;
}

static bool circular(const struct stream *s)
{
    return streams(s) ? s->ctrl & (1 << 8 | 1 << 18) : s->ctrl & 1 << 5; /* CIRC or double buffer */
}

enum flow { TO_MEMORY, FROM_MEMORY, MEMORY_ONLY };

static enum flow flow(const struct stream *s)
{
    if (streams(s))
        return (s->ctrl >> 6 & 3) == 1 ? FROM_MEMORY : (s->ctrl >> 6 & 3) == 2 ? MEMORY_ONLY : TO_MEMORY;
    return s->ctrl & 1 << 14 ? MEMORY_ONLY : s->ctrl & 1 << 4 ? FROM_MEMORY : TO_MEMORY;
}

/* ---- flags ---- */

/* Where the flags of a stream are in the pair of status registers. */
static unsigned flag_bit(const struct stream *s)
{
    static const uint8_t at[4] = {0, 6, 16, 22};
    unsigned i = stream_index(s);
    return streams(s) ? 32 * (i / 4) + at[i % 4] : 4 * i;
}

enum { HALF = 1, COMPLETE = 2, ERROR = 4 };

static void set_flags(struct stream *s, int which)
{
    uint64_t f;
    if (streams(s))
        f = (which & HALF ? 1u << 4 : 0) | (which & COMPLETE ? 1u << 5 : 0) | (which & ERROR ? 1u << 3 : 0);
    else
        f = 1 | (which & HALF ? 1u << 2 : 0) | (which & COMPLETE ? 1u << 1 : 0) | (which & ERROR ? 1u << 3 : 0);
    s->d->flags |= f << flag_bit(s);
}

static void set_line(struct stream *s)
{
    uint64_t f = s->d->flags >> flag_bit(s);
    bool high;
    if (streams(s)) /* TCIF, HTIF, TEIF and their enables */
        high = (f & 1 << 5 && s->ctrl & 1 << 4) || (f & 1 << 4 && s->ctrl & 1 << 3) || (f & 1 << 3 && s->ctrl & 1 << 2);
    else
        high = f & s->ctrl & 0xe;
    nvic_line(s->d->m->guest->nvic, s->irq, high);
}

/* ---- items ---- */

static bool peripheral(uint32_t a)
{
    return a >= 0x40000000 && a < 0x60000000;
}

static uint8_t *memory(struct machine *m, uint32_t addr, uint32_t n, bool write)
{
    int r = board_region(m->board, addr, n);
    return r >= 0 && !(write && m->board->region[r].kind == REGION_FLASH) ? machine_host(m, addr, n) : NULL;
}

static bool copy_item(struct machine *m, uint32_t from, uint32_t from_width, uint32_t to, uint32_t width)
{
    uint8_t *in = memory(m, from, from_width, false);
    uint32_t v = 0;
    if (in)
        memcpy(&v, in, from_width);
    else if (peripheral(from))
        v = periph_read(m, from, from_width);
    else
        return false;
    if (from_width < 4)
        v &= (1u << 8 * from_width) - 1;
    if (memory(m, to, width, true)) {
        observe_written(m, to, width);
        return uc_mem_write(m->uc, to, &v, width) == UC_ERR_OK;
    }
    if (!peripheral(to))
        return false;
    periph_write(m, to, width, v);
    return true;
}

/* Moves the next item of the round; at its end begins the next round or stops. */
static void move_item(struct stream *s)
{
    uint32_t done = s->total - s->count, psize = s->ctrl >> (streams(s) ? 11 : 8) & 3, msize = s->ctrl >> (streams(s) ? 13 : 10) & 3;
    uint32_t pw = psize < 2 ? 1u << psize : 4, mw = streams(s) ? pw : msize < 2 ? 1u << msize : 4; /* streams pack: the bytes are the same */
    bool pinc = s->ctrl & 1 << (streams(s) ? 9 : 6), minc = s->ctrl & 1 << (streams(s) ? 10 : 7);
    uint32_t p = s->periph + (pinc ? done * pw : 0), mem = s->memory[streams(s) ? s->ctrl >> 19 & 1 : 0] + (minc ? done * mw : 0);
    bool ok = flow(s) == FROM_MEMORY || (!streams(s) && s->ctrl & 1 << 4) ? copy_item(s->d->m, mem, mw, p, pw) : copy_item(s->d->m, p, pw, mem, mw);
    if (!ok) {
        set_flags(s, ERROR);
        s->ctrl &= ~1u;
        set_line(s);
        return;
    }
    s->count--;
    set_flags(s, (s->count == s->total / 2 ? HALF : 0) | (s->count == 0 ? COMPLETE : 0));
    if (s->count == 0 && circular(s)) {
        s->count = s->total;
        s->ctrl ^= streams(s) && s->ctrl & 1 << 18 ? 1u << 19 : 0; /* CT: the other buffer */
    } else if (s->count == 0 && streams(s)) {
        s->ctrl &= ~1u;
    }
    set_line(s);
}

/* Brings a paced stream up to date, and asks to be called when it next has something to tell. */
static void settle(struct stream *s, uint64_t now)
{
    struct machine *m = s->d->m;
    if (!s->each)
        return;
    while (on(s) && now >= s->since + s->each) {
        s->since += s->each;
        move_item(s);
    }
    uint64_t left = s->count, half = s->total / 2;
    if (left > half && s->ctrl & 1 << (streams(s) ? 3 : 2))
        left -= half;
    if (!on(s))
        s->each = 0;
    events_set(&m->guest->q, s->event, on(s) ? s->since + left * s->each : NEVER);
}

void dma_fire(void *self, uint64_t at)
{
    settle(self, at);
}

/* ---- requests ---- */

static uint32_t selected(const struct stream *s)
{
    return s->d->mux ? periph_word(s->d->m, s->d->mux + 4 * stream_index(s)) & 0x7f : streams(s) ? s->ctrl >> 25 & 7 : 0;
}

static bool routed(const struct stream *s, const struct device *usart, bool tx)
{
    uint8_t dma = (uint8_t)(s->d->name[strlen(s->d->name) - 1] - '0');
    for (int i = 0; i < (tx ? usart->ntx : usart->nrx); i++) {
        const struct route *r = tx ? &usart->tx[i] : &usart->rx[i];
        if (r->request == selected(s) && (s->d->mux ? r->dma == 0 : r->dma == dma && r->stream == stream_index(s)))
            return true;
    }
    return false;
}

/* The USART whose data register a stream reads or writes. */
static struct device *partner(const struct stream *s)
{
    return flow(s) == MEMORY_ONLY ? NULL : uart_at(s->d->m->guest->devices, s->periph, flow(s) == FROM_MEMORY);
}

static void tell(struct stream *s, const char *why, const char *other)
{
    if (!s->told)
        machine_warn(s->d->m, "%s %s %u serves nothing: %s%s", s->d->name, streams(s) ? "stream" : "channel",
                     stream_index(s) + !streams(s), why, other);
    s->told = true;
}

/* A stream that is enabled begins to run, or waits for requests. */
static void begin(struct stream *s)
{
    struct machine *m = s->d->m;
    struct device *usart = partner(s);
    uint64_t each = DMA_WORD_CYCLES;
    if (!on(s) || s->each)
        return;
    if (usart && !routed(s, usart, flow(s) == FROM_MEMORY)) {
        tell(s, "the request it selects is not that of ", usart->name);
        return;
    }
    if (usart && flow(s) == TO_MEMORY) {
        uart_drain(usart);
        return;
    }
    if (usart && !uart_sends(usart))
        return;
    if (usart)
        each = uart_frame(usart);
    else if (flow(s) != MEMORY_ONLY && circular(s)) {
        tell(s, "its peripheral is not modelled", "");
        return;
    }
    if (each == NEVER)
        return;
    s->each = each;
    s->since = machine_now(m);
    settle(s, s->since);
    m->check_at = 0;
}

void dma_resume(struct devices *v)
{
    for (int i = 0; i < v->n; i++)
        for (int k = 0; is_dma(&v->d[i]) && k < v->d[i].nstreams; k++) {
            struct stream *s = &v->d[i].stream[k];
            if (on(s) && flow(s) == FROM_MEMORY)
                begin(s);
        }
}

bool dma_request(struct device *usart)
{
    struct devices *v = usart->m->guest->devices;
    for (int i = 0; i < v->n; i++)
        for (int k = 0; is_dma(&v->d[i]) && k < v->d[i].nstreams; k++) {
            struct stream *s = &v->d[i].stream[k];
            if (on(s) && flow(s) == TO_MEMORY && partner(s) == usart && routed(s, usart, false)) {
                move_item(s);
                return true;
            }
        }
    return false;
}

/* ---- registers ---- */

static uint32_t *stream_register(struct device *d, uint32_t off, struct stream **at)
{
    bool is_streams = d->kind == KIND_DMA_STREAMS;
    uint32_t first = is_streams ? 0x10 : 0x08, step = is_streams ? 0x18 : 0x14;
    if (off < first || (off - first) / step >= (uint32_t)d->nstreams)
        return NULL;
    struct stream *s = &d->stream[(off - first) / step];
    *at = s;
    switch ((off - first) % step) {
    case 0x00: return &s->ctrl;
    case 0x04: return &s->count;
    case 0x08: return &s->periph;
    case 0x0c: return &s->memory[0];
    case 0x10: return is_streams ? &s->memory[1] : NULL;
    }
    return NULL;
}

bool dma_read(struct device *d, uint32_t off, uint32_t *v)
{
    struct stream *s;
    uint64_t now = machine_now(d->m);
    for (int i = 0; i < d->nstreams; i++)
        settle(&d->stream[i], now);
    uint32_t *r = stream_register(d, off, &s);
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

static void write_ctrl(struct stream *s, uint32_t v)
{
    bool was = s->ctrl & 1;
    s->ctrl = v;
    if (!was && v & 1) {
        if (streams(s) && !s->count)
            s->count = s->total; /* the last value programmed */
        s->total = s->count;
        begin(s);
    } else if (was && !(v & 1)) {
        s->each = 0;
        events_set(&s->d->m->guest->q, s->event, NEVER);
        if (streams(s) && s->count)
            set_flags(s, COMPLETE); /* a stream that software stops says so */
    }
    settle(s, machine_now(s->d->m));
    set_line(s);
}

bool dma_write(struct device *d, uint32_t off, uint32_t v)
{
    struct stream *s;
    uint64_t now = machine_now(d->m);
    for (int i = 0; i < d->nstreams; i++)
        settle(&d->stream[i], now);
    uint32_t *r = stream_register(d, off, &s);
    if (r && r == &s->ctrl) {
        write_ctrl(s, v);
        return true;
    }
    if (r) {
        if (r != &s->count)
            *r = v;
        else if (!(s->ctrl & 1) || !s->count) /* read-only while it runs */
            s->count = s->total = v & 0xffff;
        return true;
    }
    if (d->kind == KIND_DMA_STREAMS && (off == 0x08 || off == 0x0c)) {
        d->flags &= ~((uint64_t)v << (off == 0x0c ? 32 : 0));
    } else if (d->kind == KIND_DMA_CHANNELS && off == 0x04) {
        for (int i = 0; i < d->nstreams; i++) { /* GIF clears all four, and is clear without the others */
            if (v >> 4 * i & 1 || !(d->flags >> 4 * i & 0xe & ~(v >> 4 * i)))
                v |= 0xfu << 4 * i;
        }
        d->flags &= ~(uint64_t)v;
    } else {
        return false;
    }
    for (int i = 0; i < d->nstreams; i++)
        set_line(&d->stream[i]);
    return true;
}
