/* SPI with FIFOs of 32 bits (STM32F7, L4+), as a master that sends and receives at once. A frame
 * takes (bits / rate) of the bus; frames follow each other without gaps while there is something to
 * send. DMA's items are exchanged as they end, so the transfer-complete flag of a sending stream
 * comes with the last bit, not when the last item went into the FIFO, up to four frames earlier.
 * Frames of 8 and 16 bits reach what hangs on the bus; the others only take their time. Not
 * modelled: slave mode, one-wire and receive-only modes, the CRC, NSS as an input. */
#include "sim/devices/device.h"
#include "sim/devices/dma.h"

#include <string.h>

enum { CR1 = 0x00, CR2 = 0x04, SR = 0x08, DR = 0x0c };
enum { MSTR = 1 << 2, BR = 3, SPE = 1 << 6, LSBFIRST = 1 << 7, UNMODELLED = 0xe400 }; /* CR1 */
enum {
    RXDMAEN = 1,
    TXDMAEN = 2,
    ERRIE = 1 << 5,
    RXNEIE = 1 << 6,
    TXEIE = 1 << 7,
    DS = 8,
    FRXTH = 1 << 12
};
enum { RXNE = 1, TXE = 2, OVR = 1 << 6, BSY = 1 << 7, FRLVL = 9, FTLVL = 11 };
enum { FIFO = 4 };

struct fifo {
    uint8_t byte[FIFO];
    unsigned n;
};

struct spi {
    struct device d;
    struct dma_routes rx;
    struct dma_routes tx;
    struct fifo in;
    struct fifo out;
    uint8_t shifting[2]; /* the frame that is on the wires */
    bool busy;
    bool overrun;
    bool overrun_read; /* DR was read since */
    bool warned;
};

static bool open(struct device *d, const struct desc_node *keys, struct err *e)
{
    struct spi *s = (struct spi *)d;
    return dma_read_routes(keys, "rx", &s->rx, e) && dma_read_routes(keys, "tx", &s->tx, e);
}

/* ---- registers as kept ---- */

static uint32_t cr1(const struct spi *s)
{
    return device_word(&s->d, CR1);
}

static uint32_t cr2(const struct spi *s)
{
    return device_word(&s->d, CR2);
}

static unsigned frame_bits(const struct spi *s)
{
    unsigned ds = cr2(s) >> DS & 15;
    return ds < 3 ? 8 : ds + 1;
}

static unsigned frame_bytes(const struct spi *s)
{
    return frame_bits(s) > 8 ? 2 : 1;
}

static bool runs(const struct spi *s)
{
    return (cr1(s) & (SPE | MSTR)) == (SPE | MSTR);
}

static uint64_t frame_cycles(const struct spi *s)
{
    return (uint64_t)frame_bits(s) * (2u << (cr1(s) >> BR & 7)) * device_apb_cycles(&s->d);
}

/* ---- FIFOs ---- */

static void push(struct fifo *f, uint8_t byte)
{
    if (f->n < FIFO)
        f->byte[f->n++] = byte;
}

static uint8_t pop(struct fifo *f)
{
    uint8_t byte = f->byte[0];
    if (f->n)
        memmove(f->byte, f->byte + 1, --f->n);
    return byte; /* an empty FIFO gives the last byte again */
}

static bool received(const struct spi *s)
{
    return s->in.n >= (cr2(s) & FRXTH ? 1u : 2u);
}

static void set_line(struct spi *s)
{
    uint32_t c = cr2(s);
    bool room = s->out.n <= FIFO / 2;
    device_line(&s->d, 0,
                (c & TXEIE && room) || (c & RXNEIE && received(s)) || (c & ERRIE && s->overrun));
}

/* By DMA, as far as a stream is there. */
static void drain(struct device *d)
{
    struct spi *s = (struct spi *)d;
    while (received(s) && cr2(s) & RXDMAEN && dma_request(d))
        ;
    set_line(s);
}

/* ---- the wires ---- */

static uint8_t exchange(const struct spi *s, uint8_t out, uint64_t at)
{
    const struct device_set *set = s->d.set;
    uint8_t in = 0; /* nobody drives the line */
    for (int i = 0; i < set->nslaves; i++)
        if (set->slave[i].spi == &s->d)
            in |= set->slave[i].exchange(set->slave[i].self, out, at);
    return in;
}

static uint8_t in_order(const struct spi *s, uint8_t v)
{
    uint8_t r = 0;
    for (int i = 0; cr1(s) & LSBFIRST && i < 8; i++)
        r = (uint8_t)(r << 1 | (v >> i & 1));
    return cr1(s) & LSBFIRST ? r : v;
}

/* A frame has ended on the wires. The higher byte of one of 16 bits goes first, LSBFIRST: last. */
static void complete(struct spi *s, const uint8_t *frame, uint64_t at)
{
    unsigned n = frame_bytes(s);
    bool whole = frame_bits(s) == 8 || frame_bits(s) == 16;
    uint8_t got[2] = {0, 0};
    for (unsigned i = 0; whole && i < n; i++) {
        unsigned k = cr1(s) & LSBFIRST ? i : n - 1 - i;
        got[k] = in_order(s, exchange(s, in_order(s, frame[k]), at));
    }
    if (s->in.n + n > FIFO) {
        s->overrun = true;
        s->overrun_read = false;
    }
    for (unsigned i = 0; !s->overrun && i < n; i++)
        push(&s->in, got[i]);
    drain(&s->d);
}

static void begin(struct spi *s, uint64_t at)
{
    unsigned n = frame_bytes(s);
    if (s->busy || !runs(s) || s->out.n < n)
        return;
    for (unsigned i = 0; i < n; i++)
        s->shifting[i] = pop(&s->out);
    s->busy = true;
    device_arm(&s->d, s->d.event, at + frame_cycles(s));
    set_line(s);
}

static void fire(void *self, uint64_t at)
{
    struct spi *s = self;
    if (!s->busy)
        return;
    s->busy = false;
    complete(s, s->shifting, at);
    begin(s, at);
    if (!s->busy)
        dma_resume(s->d.set);
}

/* What is still to be sent when DMA's first item has ended: its event is due, and not yet run. */
static void finish(struct spi *s, uint64_t at)
{
    while (s->busy) {
        events_set(s->d.set->port->events, s->d.event, NEVER);
        fire(s, at);
    }
}

static void send(struct spi *s, const uint8_t *bytes, unsigned n)
{
    unsigned frame = frame_bytes(s);
    if (s->d.set->item_at != NEVER) { /* its frames are over by now */
        finish(s, s->d.set->item_at);
        for (unsigned i = 0; i + frame <= n; i += frame)
            complete(s, bytes + i, s->d.set->item_at);
        return;
    }
    for (unsigned i = 0; i < n; i++)
        push(&s->out, bytes[i]);
    begin(s, device_now(&s->d));
}

/* ---- registers ---- */

static uint32_t status(struct spi *s)
{
    static const uint8_t level[FIFO + 1] = {0, 1, 2, 3, 3};
    bool dma = dma_sends(&s->d);
    unsigned out = dma ? FIFO : s->out.n;
    return (received(s) ? RXNE : 0) | (out <= FIFO / 2 ? TXE : 0) | (s->overrun ? OVR : 0) |
           (s->busy || dma || (s->out.n && runs(s)) ? BSY : 0) | (uint32_t)level[s->in.n] << FRLVL |
           (uint32_t)level[out] << FTLVL;
}

static bool read(struct device *d, uint32_t off, uint32_t *v)
{
    struct spi *s = (struct spi *)d;
    if (off == SR) {
        *v = status(s);
        if (s->overrun && s->overrun_read) /* DR, then SR */
            s->overrun = false;
        set_line(s);
    } else if (off == DR) {
        unsigned n = d->set->access_bytes == 1 ? 1 : 2;
        *v = 0;
        for (unsigned i = 0; i < n; i++)
            *v |= (uint32_t)pop(&s->in) << 8 * i;
        s->overrun_read = true;
        set_line(s);
    } else if (off == CR2) { /* reserved widths read as 8 bits, as does the reset value */
        *v = cr2(s);
        if ((*v >> DS & 15) < 3)
            *v = (*v & ~(15u << DS)) | 7 << DS;
    } else {
        return false;
    }
    return true;
}

static bool write(struct device *d, uint32_t off, unsigned size, uint32_t v)
{
    struct spi *s = (struct spi *)d;
    uint32_t word = off & ~3u;
    if (word == DR) {
        const uint8_t bytes[2] = {(uint8_t)v, (uint8_t)(v >> 8)};
        if (off == DR)
            send(s, bytes, size == 1 ? 1 : 2);
        return true;
    }
    if (word == SR)
        return true;
    device_keep(d, word, device_merge(d, off, size, v));
    if (word == CR1 && !(cr1(s) & SPE)) { /* the FIFOs are flushed */
        s->in.n = s->out.n = 0;
        s->busy = false;
        events_set(d->set->port->events, d->event, NEVER);
    }
    if (word == CR1 && cr1(s) & SPE && !s->warned && (cr1(s) & UNMODELLED || !(cr1(s) & MSTR))) {
        s->warned = true;
        device_warn(d,
                    "%s: only a master that sends and receives at once, without CRC, is modelled",
                    d->name);
    }
    begin(s, device_now(d));
    dma_resume(d->set);
    drain(d);
    return true;
}

/* ---- DMA ---- */

static uint32_t data_register(const struct device *d, bool tx)
{
    (void)d;
    (void)tx;
    return DR;
}

static const struct dma_routes *routes(const struct device *d, bool tx)
{
    const struct spi *s = (const struct spi *)d;
    return tx ? &s->tx : &s->rx;
}

static bool asks(const struct device *d)
{
    const struct spi *s = (const struct spi *)d;
    return runs(s) && cr2(s) & TXDMAEN;
}

static uint64_t item_cycles(const struct device *d, unsigned bytes)
{
    const struct spi *s = (const struct spi *)d;
    unsigned frames = bytes / frame_bytes(s);
    return frames ? frames * frame_cycles(s) : NEVER;
}

static uint64_t ready_at(const struct device *d)
{
    const struct spi *s = (const struct spi *)d;
    uint64_t end = s->busy ? d->set->port->events->e[d->event].at : device_now(d);
    return end + s->out.n / frame_bytes(s) * frame_cycles(s);
}

static const struct dma_client client = {
    .data = data_register,
    .routes = routes,
    .asks = asks,
    .item_cycles = item_cycles,
    .ready_at = ready_at,
    .drain = drain,
};

const struct device_class device_spi = {
    .name = "spi",
    .bytes = sizeof(struct spi),
    .open = open,
    .read = read,
    .write = write,
    .fire = fire,
    .client = &client,
};
