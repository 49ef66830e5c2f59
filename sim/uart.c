/* USARTs, UARTs and LPUARTs. The transmitter is always empty: what it is given appears on the console at once. The receiver
 * of one port gets the bytes of --uart-in, back to back at the line's rate from when it is enabled; the sender waits while
 * it is off. Behind the last byte the line is idle. Two layouts: SR, DR (STM32F4), and ISR, ICR, RDR, TDR (all others). */
#include "sim/device.h"
#include "sim/devices.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { ORE = 1 << 3, IDLE = 1 << 4, RXNE = 1 << 5, TCIE_TXEIE = 0xc0, RXNEIE = 1 << 5, IDLEIE = 1 << 4, RE = 1 << 2, FIFOEN = 1 << 29 };
enum { EIE = 1, DMAR = 1 << 6, DMAT = 1 << 7, OVRDIS = 1 << 12, TXFTIE = 1 << 23, RXFTIE = 1 << 28 };
enum { TXFE = 1 << 23, RXFF = 1 << 24, RXFT = 1 << 26, TXFT = 1 << 27 };
enum { MAX_INPUT = 16 << 20 };

static bool old(const struct device *d)
{
    return d->kind == KIND_USART;
}

static uint32_t offset(const struct device *d, uint32_t f4, uint32_t f7)
{
    return old(d) ? f4 : f7;
}

static bool receiving(const struct device *d)
{
    return (d->ctrl & (old(d) ? 1u << 13 : 1u)) && (d->ctrl & RE);
}

static bool has_fifo(const struct device *d)
{
    return !old(d) && d->ctrl & FIFOEN;
}

/* Of the core to the clock that the port counts its bits with, as a fraction. */
static void kernel_clock(const struct device *d, uint64_t *core, uint64_t *hz)
{
    const struct devices *v = d->m->guest->devices;
    enum usart_clock c = CLOCK_PCLK;
    if (v->clock_reg && d->select_width) {
        uint32_t i = periph_word(d->m, v->clock_reg) >> d->select & ((1u << d->select_width) - 1);
        c = i < (uint32_t)v->nclocks ? v->clock[i] : CLOCK_OTHER;
    }
    *core = d->m->core_clock;
    switch (c) {
    case CLOCK_HSI: *hz = d->m->board->hsi_hz; return;
    case CLOCK_LSE: *hz = 32768; return;
    case CLOCK_CSI: *hz = 4000000; return;
    case CLOCK_SYSCLK: *core = *hz = 1; return; /* the AHB is assumed undivided */
    default: *core = device_apb(d); *hz = 1; return; /* further PLLs are reckoned as the APB clock */
    }
}

uint64_t uart_frame(const struct device *d)
{
    static const uint16_t prescaler[16] = {1, 2, 4, 6, 8, 10, 12, 16, 32, 64, 128, 256, 256, 256, 256, 256};
    static const uint8_t half_stops[4] = {2, 1, 4, 3};
    uint32_t brr = periph_word(d->m, d->base + offset(d, 0x08, 0x0c)), cr2 = periph_word(d->m, d->base + offset(d, 0x10, 0x04));
    bool over8 = d->kind != KIND_LPUART && d->ctrl & 1 << 15;
    uint64_t core, hz, bits = old(d) || !(d->ctrl & 1 << 28) ? (d->ctrl & 1 << 12 ? 9 : 8) : 7;
    uint64_t clocks = over8 ? (brr >> 4) * 8 + (brr & 7) : brr; /* of one bit */
    if (!old(d))
        clocks *= prescaler[periph_word(d->m, d->base + 0x2c) & 15];
    if (clocks == 0)
        return NEVER;
    kernel_clock(d, &core, &hz);
    uint64_t half_bits = 2 * (1 + bits) + half_stops[cr2 >> 12 & 3], n = half_bits * clocks * core / hz / 2;
    if (d->kind == KIND_LPUART)
        n /= 256;
    return n ? n : 1;
}

static void set_line(struct device *d)
{
    bool some = d->nfifo > 0, lost = d->status & ORE;
    bool high = d->ctrl & TCIE_TXEIE || (d->ctrl & RXNEIE && (some || lost)) || (d->ctrl & IDLEIE && d->status & IDLE) || (d->enable & EIE && lost);
    if (has_fifo(d)) {
        static const uint8_t threshold[8] = {2, 4, 8, 12, 14, 16, 16, 16};
        high = high || d->enable & TXFTIE || (d->enable & RXFTIE && d->nfifo >= threshold[d->enable >> 25 & 7]);
    }
    device_line(d, high);
}

static void arm(struct devices *v, uint64_t now)
{
    struct device *d = v->input.port;
    uint64_t frame = d && receiving(d) && !v->input.over ? uart_frame(d) : NEVER;
    events_set(&v->m->guest->q, v->input.event, frame == NEVER ? NEVER : now + frame);
    v->m->check_at = 0;
}

static uint8_t take(struct device *d)
{
    uint8_t byte = d->fifo[0];
    if (d->nfifo)
        memmove(d->fifo, d->fifo + 1, --d->nfifo);
    return byte; /* an empty register keeps the last byte */
}

void uart_drain(struct device *d)
{
    while (d->nfifo && d->enable & DMAR && dma_request(d))
        ;
    set_line(d);
}

static void input_fire(void *self, uint64_t at)
{
    struct devices *v = self;
    struct device *d = v->input.port;
    if (v->input.starting || v->input.over) {
        v->input.starting = false;
        arm(v, at);
        return;
    }
    if (v->input.at == v->input.bytes.len) {
        v->input.over = true;
        d->status |= v->input.at ? IDLE : 0;
        set_line(d);
        return;
    }
    uint8_t byte = (uint8_t)v->input.bytes.data[v->input.at++];
    if (d->nfifo < (has_fifo(d) ? RX_FIFO : 1u))
        d->fifo[d->nfifo++] = byte;
    else if (!old(d) && d->enable & OVRDIS)
        d->fifo[d->nfifo - 1] = byte;
    else
        d->status |= ORE; /* the byte is lost */
    uart_drain(d);
    arm(v, at);
}

bool uart_open(struct devices *v, const char *in, struct err *e)
{
    v->input.event = -1;
    if (!in)
        return true;
    const char *eq = strchr(in, '=');
    size_t n = eq ? (size_t)(eq - in) : 0;
    bool known = false;
    char names[160] = "";
    for (int i = 0; i < v->n; i++) {
        const struct device *d = &v->d[i];
        if (!is_usart(d))
            continue;
        known |= n == strlen(d->name) && !strncasecmp(in, d->name, n);
        snprintf(names + strlen(names), sizeof names - strlen(names), ", %s", d->name);
    }
    known |= n == 3 && !strncasecmp(in, "rtt", 3);
    if (!names[0] && !(eq && known))
        return err_set(e, ERR_INPUT, "--uart-in: the USARTs of %s are not known", v->m->board->name);
    if (eq && !known && !memchr(in, '/', n))
        return err_set(e, ERR_INPUT, "--uart-in %s: expected PORT=FILE, PORT one of rtt%s", in, names);
    if (known) {
        snprintf(v->input.to, sizeof v->input.to, "%.*s", (int)n, in);
        in = eq + 1;
    }
    v->input.event = events_add(&v->m->guest->q, input_fire, v);
    return buf_read_file(&v->input.bytes, strcmp(in, "-") ? in : "/dev/stdin", MAX_INPUT, e);
}

bool devices_rtt_byte(struct machine *m, uint8_t *byte)
{
    struct devices *v = m->guest->devices;
    if (strcasecmp(v->input.to, "rtt") || v->input.at == v->input.bytes.len)
        return false;
    *byte = (uint8_t)v->input.bytes.data[v->input.at++];
    return true;
}

struct device *uart_at(struct devices *v, uint32_t addr, bool tx)
{
    for (int i = 0; i < v->n; i++)
        if (is_usart(&v->d[i]) && addr - v->d[i].base == offset(&v->d[i], 0x04, tx ? 0x28 : 0x24))
            return &v->d[i];
    return NULL;
}

bool uart_sends(const struct device *d)
{
    return d->enable & DMAT;
}

bool uart_read(struct device *d, uint32_t off, uint32_t *v)
{
    if (off == offset(d, 0x00, 0x1c)) {
        *v = d->m->board->usart_ready | d->status | (d->nfifo ? RXNE : 0);
        if (has_fifo(d))
            *v |= TXFE | TXFT | (d->nfifo == RX_FIFO ? RXFF : 0);
        d->shown = d->status;
    } else if (off == offset(d, 0x04, 0x24)) {
        *v = take(d);
        if (old(d)) { /* a read of SR, then of DR, clears what SR showed */
            d->status &= ~d->shown;
            d->shown = 0;
        }
        set_line(d);
    } else {
        return false;
    }
    return true;
}

/* Control registers are kept as storage too. */
bool uart_write(struct device *d, uint32_t off, uint32_t v)
{
    struct devices *all = d->m->guest->devices;
    bool was = receiving(d), control = true;
    if (off == offset(d, 0x04, 0x28)) {
        periph_say(d->m, &(char){(char)v}, 1);
        return true;
    }
    if (off == offset(d, 0x0c, 0x00))
        d->ctrl = v;
    else if (off == offset(d, 0x14, 0x08))
        d->enable = v;
    else
        control = off == offset(d, 0x08, 0x0c);
    if (old(d) ? off == 0x00 && !(v & RXNE) : off == 0x18 && v & 1 << 3)
        d->nfifo = 0; /* SR.RXNE written 0; RQR.RXFRQ */
    if (!old(d) && off == 0x20)
        d->status &= ~v; /* ICR */
    if (control && all->input.event >= 0) {
        if (!all->input.port && receiving(d) && (!all->input.to[0] || !strcasecmp(all->input.to, d->name)))
            all->input.port = d;
        if (all->input.port == d && (was != receiving(d) || all->m->guest->q.e[all->input.event].at == NEVER)) {
            all->input.starting = true; /* when this write is done */
            events_set(&d->m->guest->q, all->input.event, machine_now(d->m));
            d->m->check_at = 0;
        }
    }
    dma_resume(all);
    uart_drain(d);
    return false;
}
