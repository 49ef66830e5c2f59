/* USARTs, UARTs and LPUARTs. The transmitter always has room (TXE), so that printing takes no
 * modelled time: what it is given appears on the console at once. TC comes when the last frame has
 * left the line, on which at most as many wait as the port holds. The receiver of one port gets the
 * bytes of --uart-in, back to back at the line's rate from when it is enabled; the sender waits
 * while it is off. Behind the last byte the line is idle. Two layouts: SR, DR (STM32F4), and ISR,
 * ICR, RDR, TDR (all others). */
#include "sim/devices/usart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "sim/devices/dma.h"

enum { FIFO = 16, MAX_INPUT = 16 << 20 };

/* The registers of the two layouts. */
struct layout {
    uint32_t status;
    uint32_t rx;
    uint32_t tx;
    uint32_t cr1;
    uint32_t cr2;
    uint32_t cr3;
    uint32_t brr;
    uint32_t presc; /* 0: there is none */
    uint32_t ready; /* status bits that always read 1: the transmitter has room and is enabled */
    uint32_t enable;
};
static const struct layout sr_layout = {
    .status = 0x00,
    .rx = 0x04,
    .tx = 0x04,
    .cr1 = 0x0c,
    .cr2 = 0x10,
    .cr3 = 0x14,
    .brr = 0x08,
    .ready = 0x80, /* TXE */
    .enable = 1 << 13,
};
static const struct layout isr_layout = {
    .status = 0x1c,
    .rx = 0x24,
    .tx = 0x28,
    .cr1 = 0x00,
    .cr2 = 0x04,
    .cr3 = 0x08,
    .brr = 0x0c,
    .presc = 0x2c,
    .ready = 0x600080, /* TXE, TEACK, REACK */
    .enable = 1 << 0,
};
enum { RQR = 0x18, RXFRQ = 1 << 3, ICR = 0x20 }; /* of the second layout only */

enum {
    RE = 1 << 2,
    IDLEIE = 1 << 4,
    RXNEIE = 1 << 5,
    TCIE = 1 << 6,
    TXEIE = 1 << 7,
    FIFOEN = 1 << 29
}; /* CR1 */
enum {
    EIE = 1,
    DMAR = 1 << 6,
    DMAT = 1 << 7,
    OVRDIS = 1 << 12,
    TXFTIE = 1 << 23,
    RXFTIE = 1 << 28
}; /* CR3 */
enum {
    ORE = 1 << 3,
    IDLE = 1 << 4,
    RXNE = 1 << 5,
    TC = 1 << 6,
    TXFE = 1 << 23,
    RXFF = 1 << 24,
    RXFT = 1 << 26,
    TXFT = 1 << 27
};

struct usart {
    struct device d;
    uint32_t cr1;
    uint32_t cr3;
    uint32_t status; /* ORE, IDLE and TC */
    uint64_t sent;   /* cycle at which the last frame has left, and TC rises; NEVER: it has */
    uint32_t shown;  /* flags that the last read of SR showed */
    uint8_t fifo[FIFO];
    uint32_t nfifo;
    /* the clock it selects: lowest bit in the register of all, and how many; 0: none */
    uint32_t select;
    uint32_t select_width;
    struct dma_routes rx;
    struct dma_routes tx;
};

struct serial_input {
    struct device_set *set;
    struct buf bytes;
    size_t at;
    char to[12]; /* name of the port, "" = the first whose receiver is enabled */
    struct usart *port;
    bool starting; /* the receiver was just turned on or off */
    bool over;     /* the line is idle behind the last byte */
    int event;
};

static bool open(struct device *d, const struct desc_node *keys, struct err *e)
{
    struct usart *u = (struct usart *)d;
    uint64_t select = 32, width = 2;
    if (!desc_opt_u64(keys, "select", 0, 31, &select, e) ||
        !desc_opt_u64(keys, "select_width", 1, 3, &width, e))
        return false;
    u->status = TC;
    u->sent = NEVER;
    u->select = (uint32_t)select;
    u->select_width = select < 32 ? (uint32_t)width : 0;
    return dma_read_routes(keys, "rx", &u->rx, e) && dma_read_routes(keys, "tx", &u->tx, e);
}

static bool has_sr(const struct usart *u)
{
    return u->d.class == &device_usart;
}

static const struct layout *layout(const struct usart *u)
{
    return has_sr(u) ? &sr_layout : &isr_layout;
}

static bool receiving(const struct usart *u)
{
    return u->cr1 & layout(u)->enable && u->cr1 & RE;
}

static bool has_fifo(const struct usart *u)
{
    return !has_sr(u) && u->cr1 & FIFOEN;
}

/* ---- the line's rate ---- */

/* Core cycles of one clock that the port counts its bits with, as the fraction *core / *hz. */
static void kernel_clock(const struct usart *u, uint64_t *core, uint64_t *hz)
{
    const struct device_set *set = u->d.set;
    enum usart_clock c = CLOCK_PCLK;
    if (set->clocks.usart_register && u->select_width) {
        uint32_t all = registers_get(set->registers, set->clocks.usart_register);
        uint32_t i = all >> u->select & ((1u << u->select_width) - 1);
        c = i < (uint32_t)set->clocks.nusart ? set->clocks.usart[i] : CLOCK_OTHER;
    }
    *core = device_clocks(&u->d)->core_hz;
    *hz = 0;
    switch (c) {
    case CLOCK_HSI: *hz = set->board->hsi_hz; break;
    case CLOCK_LSE: *hz = 32768; break;
    case CLOCK_CSI: *hz = 4000000; break;
    case CLOCK_SYSCLK: /* the AHB is assumed undivided */ *core = *hz = 1; break;
    case CLOCK_PCLK:
    case CLOCK_OTHER: /* further PLLs are assumed to give the APB's clock */
        *core = device_apb_cycles(&u->d);
        *hz = 1;
        break;
    }
}

/* Core cycles of one frame: start bit, data and parity, stop bits. NEVER without a baud rate. */
static uint64_t frame_cycles(const struct usart *u)
{
    static const uint16_t prescaler[16] = {1,  2,  4,   6,   8,   10,  12,  16,
                                           32, 64, 128, 256, 256, 256, 256, 256};
    static const uint8_t half_stops[4] = {2, 1, 4, 3};
    const struct layout *l = layout(u);
    uint32_t brr = device_word(&u->d, l->brr), cr2 = device_word(&u->d, l->cr2);
    bool lpuart = u->d.class == &device_lpuart, over8 = !lpuart && u->cr1 & 1 << 15;
    uint64_t core, hz, bits = l->presc && u->cr1 & 1 << 28 ? 7 : u->cr1 & 1 << 12 ? 9 : 8;
    uint64_t clocks = over8 ? (brr >> 4) * 8 + (brr & 7) : brr; /* of one bit */
    if (l->presc)
        clocks *= prescaler[device_word(&u->d, l->presc) & 15];
    if (clocks == 0)
        return NEVER;
    kernel_clock(u, &core, &hz);
    uint64_t half_bits = 2 * (1 + bits) + half_stops[cr2 >> 12 & 3],
             n = half_bits * clocks * core / hz / 2;
    if (lpuart)
        n /= 256;
    return n ? n : 1;
}

/* ---- interrupts ---- */

static void set_line(struct usart *u)
{
    bool some = u->nfifo > 0, lost = u->status & ORE;
    bool high = u->cr1 & TXEIE || (u->cr1 & TCIE && u->status & TC) ||
                (u->cr1 & RXNEIE && (some || lost)) || (u->cr1 & IDLEIE && u->status & IDLE) ||
                (u->cr3 & EIE && lost);
    if (has_fifo(u)) {
        static const uint8_t threshold[8] = {2, 4, 8, 12, 14, 16, 16, 16};
        high =
            high || u->cr3 & TXFTIE || (u->cr3 & RXFTIE && u->nfifo >= threshold[u->cr3 >> 25 & 7]);
    }
    device_line(&u->d, 0, high);
}

/* ---- sending ---- */

static void sent(void *self, uint64_t at)
{
    struct usart *u = self;
    dma_settle(u->d.set, at);
    if (u->sent != NEVER && u->sent > at)
        return; /* a stream has given it more */
    u->sent = NEVER;
    u->status |= TC;
    set_line(u);
}

static void send(struct usart *u, uint32_t v)
{
    const struct device_set *set = u->d.set;
    uint64_t now = device_now(&u->d), frame = frame_cycles(u), room = has_fifo(u) ? FIFO : 1;
    set->port->console(set->port->self, &(char){(char)v}, 1);
    if (frame == NEVER || frame > NEVER / 64 || set->port->timeless) {
        u->status |= TC; /* without a baud rate, or time */
        return;
    }
    /* A frame is on the line, and as many wait as there is room for, this one among them. */
    uint64_t begins = u->sent != NEVER && u->sent > now ? u->sent : now;
    if (begins > now + room * frame)
        begins = now + room * frame;
    u->sent = begins + frame;
    u->status &= ~(uint32_t)TC;
    device_arm(&u->d, u->d.event, u->sent);
}

/* ---- receiving ---- */

/* The next byte arrives a frame from `now`, if a receiver waits for it. */
static void arm(struct serial_input *in, uint64_t now)
{
    const struct soc_port *p = in->set->port;
    struct usart *u = in->port;
    uint64_t frame = u && receiving(u) && !in->over ? frame_cycles(u) : NEVER;
    events_set(p->events, in->event, frame == NEVER ? NEVER : now + frame);
    p->wake(p->self);
}

static uint8_t take(struct usart *u)
{
    uint8_t byte = u->fifo[0];
    if (u->nfifo)
        memmove(u->fifo, u->fifo + 1, --u->nfifo);
    return byte; /* an empty register keeps the last byte */
}

/* By DMA, as far as a stream is there. */
static void drain(struct device *d)
{
    struct usart *u = (struct usart *)d;
    while (u->nfifo && u->cr3 & DMAR && dma_request(d))
        ;
    set_line(u);
}

static void input_fire(void *self, uint64_t at)
{
    struct serial_input *in = self;
    struct usart *u = in->port;
    if (in->starting || in->over) {
        in->starting = false;
        arm(in, at);
        return;
    }
    if (in->at == in->bytes.len) {
        in->over = true;
        u->status |= in->at ? IDLE : 0;
        set_line(u);
        return;
    }
    uint8_t byte = (uint8_t)in->bytes.data[in->at++];
    if (u->nfifo < (has_fifo(u) ? FIFO : 1u))
        u->fifo[u->nfifo++] = byte;
    else if (!has_sr(u) && u->cr3 & OVRDIS)
        u->fifo[u->nfifo - 1] = byte;
    else
        u->status |= ORE; /* the byte is lost */
    drain(&u->d);
    arm(in, at);
}

/* ---- registers ---- */

static bool read(struct device *d, uint32_t off, uint32_t *v)
{
    struct usart *u = (struct usart *)d;
    const struct layout *l = layout(u);
    if (off == l->status) {
        *v = l->ready | u->status | (u->nfifo ? RXNE : 0);
        if (has_fifo(u))
            *v |= TXFE | TXFT | (u->nfifo == FIFO ? RXFF : 0);
        u->shown = u->status & ~(uint32_t)TC;
    } else if (off == l->rx) {
        *v = take(u);
        if (has_sr(u)) { /* a read of SR, then of DR, clears what SR showed */
            u->status &= ~u->shown;
            u->shown = 0;
        }
        set_line(u);
    } else {
        return false;
    }
    return true;
}

/* A write to a control register or BRR may start or stop what the host sends. */
static void notice_receiver(struct usart *u, bool was)
{
    struct serial_input *in = u->d.set->serial;
    const struct soc_port *p = u->d.set->port;
    if (!in || in->event < 0)
        return;
    if (!in->port && receiving(u) && (!in->to[0] || !strcasecmp(in->to, u->d.name)))
        in->port = u;
    if (in->port == u && (was != receiving(u) || p->events->e[in->event].at == NEVER)) {
        in->starting = true; /* when this write is done */
        device_arm(&u->d, in->event, device_now(&u->d));
    }
}

static bool write(struct device *d, uint32_t off, unsigned size, uint32_t v)
{
    struct usart *u = (struct usart *)d;
    const struct layout *l = layout(u);
    bool was = receiving(u);
    v = device_merge(d, off, size, v);
    off &= ~3u;
    if (off == l->tx) {
        send(u, v);
        set_line(u);
        return true;
    }
    if (off == l->cr1)
        u->cr1 = v;
    if (off == l->cr3)
        u->cr3 = v;
    if (has_sr(u) && off == l->status)
        u->status &= v | ~(uint32_t)TC;
    if (has_sr(u) ? off == l->status && !(v & RXNE) : off == RQR && v & RXFRQ)
        u->nfifo = 0;
    if (!has_sr(u) && off == ICR)
        u->status &= ~v;
    if (off == l->cr1 || off == l->cr3 || off == l->brr)
        notice_receiver(u, was);
    dma_resume(d->set);
    drain(d);
    return false; /* control registers are kept as storage too */
}

/* ---- DMA ---- */

static uint32_t data_register(const struct device *d, bool tx)
{
    const struct layout *l = layout((const struct usart *)d);
    return tx ? l->tx : l->rx;
}

static const struct dma_routes *routes(const struct device *d, bool tx)
{
    const struct usart *u = (const struct usart *)d;
    return tx ? &u->tx : &u->rx;
}

static bool asks(const struct device *d)
{
    return ((const struct usart *)d)->cr3 & DMAT;
}

static uint64_t item_cycles(const struct device *d, unsigned bytes)
{
    (void)bytes;
    return frame_cycles((const struct usart *)d);
}

static const struct dma_client client = {
    .data = data_register,
    .routes = routes,
    .asks = asks,
    .item_cycles = item_cycles,
    .drain = drain,
};

/* ---- what the host sends ---- */

static bool is_usart(const struct device *d)
{
    return d->class->client == &client;
}

/* Which port `in` names, if any; *file is what stands behind it. */
static bool read_port(struct serial_input *s, const char *in, const char **file, struct err *e)
{
    const struct device_set *set = s->set;
    const char *eq = strchr(in, '=');
    size_t n = eq ? (size_t)(eq - in) : 0;
    bool known = n == 3 && !strncasecmp(in, "rtt", 3);
    struct buf names = {0};
    *file = in;
    for (int i = 0; i < set->n; i++) {
        const struct device *d = set->device[i];
        if (!is_usart(d))
            continue;
        known |= n == strlen(d->name) && !strncasecmp(in, d->name, n);
        buf_printf(&names, ", %s", d->name);
    }
    bool ok = true;
    if (!names.len && !(eq && known))
        ok = err_set(e, ERR_INPUT, "--uart-in: the USARTs of %s are not known", set->board->name);
    else if (eq && !known && !memchr(in, '/', n))
        ok = err_set(e, ERR_INPUT, "--uart-in %s: expected PORT=FILE, PORT one of rtt%s", in,
                     buf_text(&names));
    if (ok && known) {
        snprintf(s->to, sizeof s->to, "%.*s", (int)n, in);
        *file = eq + 1;
    }
    buf_free(&names);
    return ok;
}

bool serial_open(struct device_set *set, const char *in, struct err *e)
{
    struct serial_input *s = calloc(1, sizeof *s);
    const char *file;
    if (!s)
        return err_nomem(e);
    set->serial = s;
    s->set = set;
    s->event = -1;
    if (!read_port(s, in, &file, e))
        return false;
    s->event = events_add(set->port->events, input_fire, s);
    return buf_read_file(&s->bytes, strcmp(file, "-") ? file : "/dev/stdin", MAX_INPUT, e);
}

void serial_close(struct device_set *set)
{
    if (set->serial)
        buf_free(&set->serial->bytes);
    free(set->serial);
    set->serial = NULL;
}

void serial_reset(struct device_set *set)
{
    if (set->serial)
        set->serial->port = NULL;
}

bool serial_rtt_byte(struct device_set *set, uint8_t *byte)
{
    struct serial_input *s = set->serial;
    if (!s || strcasecmp(s->to, "rtt") || s->at == s->bytes.len)
        return false;
    *byte = (uint8_t)s->bytes.data[s->at++];
    return true;
}

#define USART_CLASS(kind)                       \
    const struct device_class device_##kind = { \
        .name = #kind,                          \
        .bytes = sizeof(struct usart),          \
        .open = open,                           \
        .read = read,                           \
        .write = write,                         \
        .fire = sent,                           \
        .client = &client,                      \
    }
USART_CLASS(usart);
USART_CLASS(usart2);
USART_CLASS(lpuart);
