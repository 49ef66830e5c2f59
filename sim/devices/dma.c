/* DMA controllers with streams (STM32F4, F7, H7) or channels (L4+, BDMA of H7). An item takes the
 * time of its two accesses, by the buses that they go over (port_cycles); to a client it takes as
 * long as the client needs for it, and from a client it moves when one was received. A peripheral
 * without a model is served at once, as memory is, but not in circles: its interrupts would never
 * end. Which stream serves a client follows the request that it selects. */
#include "sim/devices/dma.h"

#include <stdio.h>
#include <string.h>

enum { MAX_STREAMS = 8 };

struct stream { /* or channel */
    struct dma *dma;
    uint32_t ctrl;
    uint32_t count;
    uint32_t periph;
    uint32_t memory[2];
    uint32_t total; /* items of this round */
    uint64_t since; /* while it runs by itself: when the next item began, and the cycles an item; */
    uint64_t each;  /* 0: it moves when the peripheral asks */
    int event;
    int irq;
    bool warned; /* that it serves nothing */
};

struct dma {
    struct device d;
    int nstreams;
    struct stream stream[MAX_STREAMS];
    uint64_t flags; /* 4 or 6 bits per stream as the status registers hold them */
    uint32_t mux;   /* address of its first channel's register in DMAMUX, 0 = none */
};

static void stream_fire(void *self, uint64_t at);

static bool open(struct device *d, const struct desc_node *keys, struct err *e)
{
    struct dma *c = (struct dma *)d;
    const struct desc_node *irqs = desc_map_get(keys, "irqs");
    uint64_t mux = 0, irq;
    if (!desc_opt_u64(keys, "mux", 0x40000000, 0x5fffffff, &mux, e))
        return false;
    c->mux = (uint32_t)mux;
    for (size_t i = 0; irqs && i < desc_list_len(irqs); i++) {
        struct stream *s = &c->stream[c->nstreams++];
        if (i == MAX_STREAMS || !desc_u64(desc_list_at(irqs, i), 0, MAX_IRQ, &irq, e))
            return desc_err(irqs, e, "at most %d interrupts", MAX_STREAMS);
        s->dma = c;
        s->irq = (int)irq;
        s->event = events_add(d->set->port->events, stream_fire, s);
        if (s->event < 0)
            return desc_err(irqs, e, "more events than the queue of a run holds");
    }
    return true;
}

/* It has streams, else channels. */
static bool streams(const struct stream *s)
{
    return s->dma->d.class == &device_dma_streams;
}

static unsigned stream_index(const struct stream *s)
{
    return (unsigned)(s - s->dma->stream);
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
        return (s->ctrl >> 6 & 3) == 1   ? FROM_MEMORY
               : (s->ctrl >> 6 & 3) == 2 ? MEMORY_ONLY
                                         : TO_MEMORY;
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
        f = (which & HALF ? 1u << 4 : 0) | (which & COMPLETE ? 1u << 5 : 0) |
            (which & ERROR ? 1u << 3 : 0);
    else
        f = 1 | (which & HALF ? 1u << 2 : 0) | (which & COMPLETE ? 1u << 1 : 0) |
            (which & ERROR ? 1u << 3 : 0);
    s->dma->flags |= f << flag_bit(s);
}

static void set_line(struct stream *s)
{
    const struct soc_port *p = s->dma->d.set->port;
    uint64_t f = s->dma->flags >> flag_bit(s);
    bool high;
    if (streams(s)) /* TCIF, HTIF, TEIF and their enables */
        high = (f & 1 << 5 && s->ctrl & 1 << 4) || (f & 1 << 4 && s->ctrl & 1 << 3) ||
               (f & 1 << 3 && s->ctrl & 1 << 2);
    else
        high = f & s->ctrl & 0xe;
    p->line(p->self, s->irq, high);
}

/* ---- items ---- */

static bool copy_item(const struct soc_port *p, uint32_t from, uint32_t from_width, uint32_t to,
                      uint32_t width)
{
    uint32_t v = 0;
    return p->load(p->self, from, from_width, &v) && p->store(p->self, to, width, v);
}

static unsigned periph_bytes(const struct stream *s)
{
    uint32_t psize = s->ctrl >> (streams(s) ? 11 : 8) & 3;
    return psize < 2 ? 1u << psize : 4;
}

/* Moves the next item of the round; at its end begins the next round or stops. */
static void move_item(struct stream *s)
{
    const struct soc_port *port = s->dma->d.set->port;
    uint32_t done = s->total - s->count;
    uint32_t msize = s->ctrl >> (streams(s) ? 13 : 10) & 3;
    uint32_t pw = periph_bytes(s);
    /* streams pack: the bytes are the same */
    uint32_t mw = streams(s) ? pw : msize < 2 ? 1u << msize : 4;
    bool pinc = s->ctrl & 1 << (streams(s) ? 9 : 6), minc = s->ctrl & 1 << (streams(s) ? 10 : 7);
    uint32_t p = s->periph + (pinc ? done * pw : 0);
    uint32_t mem = s->memory[streams(s) ? s->ctrl >> 19 & 1 : 0] + (minc ? done * mw : 0);
    bool from_memory = flow(s) == FROM_MEMORY || (!streams(s) && s->ctrl & 1 << 4);
    if (!(from_memory ? copy_item(port, mem, mw, p, pw) : copy_item(port, p, pw, mem, mw))) {
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

/* Core cycles of one access of a stream to `addr`, when no other master is in the way
 * (st-an4031): one clock of the AHB each for arbitration, for the address, for the bus matrix, and
 * for the transfer. On an APB the transfer takes two of its clocks and one of the AHB to get there;
 * the ports that DMA1 has to APB1 and DMA2 to APB2 do not cross the bus matrix. The app note is
 * about STM32F2, F4 and F7; the controllers of H7 and L4+ are taken alike (assumed). */
static uint64_t port_cycles(const struct stream *s, uint32_t addr)
{
    const struct device_set *set = s->dma->d.set;
    uint64_t ahb = device_clocks(&s->dma->d)->bus_ratio;
    uint32_t block = addr >> 16;
    int apb = block == 0x4000 ? 1 : block == 0x4001 || block == 0x5800 ? 2 : 0;
    if (!apb)
        return 4 * ahb;
    int number = s->dma->d.name[strlen(s->dma->d.name) - 1] - '0';
    bool direct = streams(s) && number == apb;
    return (direct ? 3 : 4) * ahb + 2 * device_bus_cycles(set, apb);
}

static uint64_t item_cycles(const struct stream *s)
{
    return port_cycles(s, s->periph) + port_cycles(s, s->memory[0]);
}

/* Brings a stream that runs by itself up to date, and asks to be called when it next has something
 * to tell. */
static void settle(struct stream *s, uint64_t now)
{
    uint64_t *item_at = &s->dma->d.set->item_at;
    if (!s->each)
        return;
    while (on(s) && (int64_t)(now - s->since - s->each) >= 0) {
        s->since += s->each;
        *item_at = s->since;
        move_item(s);
    }
    *item_at = NEVER;
    uint64_t left = s->count, half = s->total / 2;
    if (left > half && s->ctrl & 1 << (streams(s) ? 3 : 2))
        left -= half;
    if (!on(s))
        s->each = 0;
    events_set(s->dma->d.set->port->events, s->event, on(s) ? s->since + left * s->each : NEVER);
}

static void stream_fire(void *self, uint64_t at)
{
    settle(self, at);
}

static void settle_all(struct dma *c, uint64_t now)
{
    for (int i = 0; i < c->nstreams; i++)
        settle(&c->stream[i], now);
}

/* ---- requests ---- */

bool dma_read_routes(const struct desc_node *keys, const char *key, struct dma_routes *out,
                     struct err *e)
{
    const struct desc_node *list = desc_map_get(keys, key);
    for (size_t i = 0; list && i < desc_list_len(list); i++) {
        const char *text;
        unsigned dma = 0, stream = 0, request = 0;
        int end = 0;
        if (i == MAX_ROUTES || !desc_str(desc_list_at(list, i), &text, e))
            return desc_err(list, e, "expected at most %d DMA requests", MAX_ROUTES);
        if (sscanf(text, "%1u.%1u.%1u%n", &dma, &stream, &request, &end) != 3) {
            dma = stream = 0;
            if (sscanf(text, "%3u%n", &request, &end) != 1)
                end = 0;
        }
        if (!end || text[end] || request > 127)
            return desc_err(desc_list_at(list, i), e,
                            "expected a DMAMUX request up to 127, or DMA.STREAM.CHANNEL");
        out->route[out->n++] = (struct dma_route){(uint8_t)dma, (uint8_t)stream, (uint8_t)request};
    }
    return true;
}

static uint32_t selected(const struct stream *s)
{
    if (s->dma->mux)
        return registers_get(s->dma->d.set->registers, s->dma->mux + 4 * stream_index(s)) & 0x7f;
    return streams(s) ? s->ctrl >> 25 & 7 : 0;
}

static bool routed(const struct stream *s, const struct device *client, bool tx)
{
    const struct dma_routes *routes = client->class->client->routes(client, tx);
    uint8_t number = (uint8_t)(s->dma->d.name[strlen(s->dma->d.name) - 1] - '0');
    for (int i = 0; i < routes->n; i++) {
        const struct dma_route *r = &routes->route[i];
        bool here = s->dma->mux ? r->dma == 0 : r->dma == number && r->stream == stream_index(s);
        if (here && r->request == selected(s))
            return true;
    }
    return false;
}

/* The client whose data register a stream reads or writes. */
static struct device *partner(const struct stream *s)
{
    const struct device_set *set = s->dma->d.set;
    bool tx = flow(s) == FROM_MEMORY;
    if (flow(s) == MEMORY_ONLY)
        return NULL;
    for (int i = 0; i < set->n; i++) {
        struct device *d = set->device[i];
        if (d->class->client && s->periph - d->base == d->class->client->data(d, tx))
            return d;
    }
    return NULL;
}

static void tell(struct stream *s, const char *why, const char *other)
{
    if (!s->warned)
        device_warn(&s->dma->d, "%s %s %u serves nothing: %s%s", s->dma->d.name,
                    streams(s) ? "stream" : "channel", stream_index(s) + !streams(s), why, other);
    s->warned = true;
}

/* A stream that is enabled begins to run, or waits for requests. */
static void begin(struct stream *s)
{
    struct device *client = partner(s);
    const struct dma_client *c = client ? client->class->client : NULL;
    const struct soc_port *p = s->dma->d.set->port;
    uint64_t first = item_cycles(s), each = first;
    if (!on(s) || s->each)
        return;
    if (client && !routed(s, client, flow(s) == FROM_MEMORY)) {
        tell(s, "the request it selects is not that of ", client->name);
        return;
    }
    if (client && flow(s) == TO_MEMORY) {
        c->drain(client);
        return;
    }
    if (client && !c->asks(client))
        return;
    if (client) {
        each = c->item_cycles(client, periph_bytes(s));
    } else if (flow(s) != MEMORY_ONLY && circular(s)) {
        tell(s, "its peripheral is not modelled", "");
        return;
    }
    if (each == NEVER)
        return;
    /* A client takes two at once, one for the line, and one for its data register; or each as it
     * has been sent. */
    uint64_t now = p->now(p->self);
    s->each = each > first ? each : first;
    if (c && c->ready_at)
        s->since = c->ready_at(client) > now ? c->ready_at(client) : now;
    else
        s->since = client ? now + first - 2 * s->each : now;
    settle(s, now);
    p->wake(p->self);
}

static struct dma *controller(const struct device_set *set, int i)
{
    const struct device_class *c = set->device[i]->class;
    return c == &device_dma_streams || c == &device_dma_channels ? (struct dma *)set->device[i]
                                                                 : NULL;
}

void dma_resume(struct device_set *set)
{
    for (int i = 0; i < set->n; i++) {
        struct dma *c = controller(set, i);
        for (int k = 0; c && k < c->nstreams; k++)
            if (on(&c->stream[k]) && flow(&c->stream[k]) == FROM_MEMORY)
                begin(&c->stream[k]);
    }
}

void dma_settle(struct device_set *set, uint64_t now)
{
    for (int i = 0; i < set->n; i++) {
        struct dma *c = controller(set, i);
        if (c)
            settle_all(c, now);
    }
}

bool dma_sends(struct device *client)
{
    const struct device_set *set = client->set;
    bool sends = false;
    for (int i = 0; i < set->n; i++) {
        struct dma *c = controller(set, i);
        for (int k = 0; c && k < c->nstreams; k++) {
            struct stream *s = &c->stream[k];
            if (!s->each || flow(s) != FROM_MEMORY || partner(s) != client)
                continue;
            settle(s, device_now(client));
            sends |= s->each != 0;
        }
    }
    return sends;
}

bool dma_request(struct device *client)
{
    const struct device_set *set = client->set;
    for (int i = 0; i < set->n; i++) {
        struct dma *c = controller(set, i);
        for (int k = 0; c && k < c->nstreams; k++) {
            struct stream *s = &c->stream[k];
            if (on(s) && flow(s) == TO_MEMORY && partner(s) == client && routed(s, client, false)) {
                move_item(s);
                return true;
            }
        }
    }
    return false;
}

/* ---- registers ---- */

/* *at: the stream whose register it is. NULL: none. */
static uint32_t *stream_register(struct dma *c, uint32_t off, struct stream **at)
{
    bool is_streams = c->d.class == &device_dma_streams;
    uint32_t first = is_streams ? 0x10 : 0x08, step = is_streams ? 0x18 : 0x14;
    if (off < first || (off - first) / step >= (uint32_t)c->nstreams)
        return NULL;
    struct stream *s = &c->stream[(off - first) / step];
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

static bool read(struct device *d, uint32_t off, uint32_t *v)
{
    struct dma *c = (struct dma *)d;
    struct stream *s;
    settle_all(c, device_now(d));
    uint32_t *r = stream_register(c, off, &s);
    if (r)
        *v = *r;
    else if (off == 0)
        *v = (uint32_t)c->flags;
    else if (off == 4 && d->class == &device_dma_streams)
        *v = (uint32_t)(c->flags >> 32);
    else
        return false;
    return true;
}

static void write_ctrl(struct stream *s, uint32_t v)
{
    const struct soc_port *p = s->dma->d.set->port;
    bool was = s->ctrl & 1;
    s->ctrl = v;
    if (!was && v & 1) {
        if (streams(s) && !s->count)
            s->count = s->total; /* the last value programmed */
        s->total = s->count;
        begin(s);
    } else if (was && !(v & 1)) {
        s->each = 0;
        events_set(p->events, s->event, NEVER);
        if (streams(s) && s->count)
            set_flags(s, COMPLETE); /* a stream that software stops says so */
    }
    settle(s, p->now(p->self));
    set_line(s);
}

/* False: not one of the registers that clear flags. */
static bool clear_flags(struct dma *c, uint32_t off, uint32_t v)
{
    bool is_streams = c->d.class == &device_dma_streams;
    if (is_streams && (off == 0x08 || off == 0x0c)) {
        c->flags &= ~((uint64_t)v << (off == 0x0c ? 32 : 0));
    } else if (!is_streams && off == 0x04) {
        for (int i = 0; i < c->nstreams;
             i++) /* GIF clears all four, and is clear without the others */
            if (v >> 4 * i & 1 || !(c->flags >> 4 * i & 0xe & ~(v >> 4 * i)))
                v |= 0xfu << 4 * i;
        c->flags &= ~(uint64_t)v;
    } else {
        return false;
    }
    for (int i = 0; i < c->nstreams; i++)
        set_line(&c->stream[i]);
    return true;
}

static bool write(struct device *d, uint32_t off, unsigned size, uint32_t v)
{
    struct dma *c = (struct dma *)d;
    struct stream *s;
    settle_all(c, device_now(d));
    v = device_merge(d, off, size, v);
    off &= ~3u;
    uint32_t *r = stream_register(c, off, &s);
    if (!r)
        return clear_flags(c, off, v);
    if (r == &s->ctrl)
        write_ctrl(s, v);
    else if (r != &s->count)
        *r = v;
    else if (!(s->ctrl & 1) || !s->count) /* read-only while it runs */
        s->count = s->total = v & 0xffff;
    return true;
}

const struct device_class device_dma_streams = {
    .name = "dma_streams",
    .bytes = sizeof(struct dma),
    .open = open,
    .read = read,
    .write = write,
};

const struct device_class device_dma_channels = {
    .name = "dma_channels",
    .bytes = sizeof(struct dma),
    .open = open,
    .read = read,
    .write = write,
};
