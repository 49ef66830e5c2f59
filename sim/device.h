/* Inside of sim/devices.c and the files it is split into: the shapes of peripherals with behaviour. */
#ifndef SIM_DEVICE_H
#define SIM_DEVICE_H

#include "base/buf.h"
#include "sim/core.h"
#include "sim/events.h"
#include "sim/guest.h"

enum kind {
    KIND_NONE, KIND_STORAGE, KIND_USART, KIND_USART2, KIND_LPUART, KIND_TIMER, KIND_RNG, KIND_CRC, KIND_CRC2, KIND_DMA_STREAMS, KIND_DMA_CHANNELS,
    KIND_GPIO, KIND_HSEM, KIND_IWDG, KIND_WWDG,
};

enum { MAX_DEVICES = 128, MAX_STREAMS = 8, MAX_STUBS = 256, MAX_VALUES = 64, MAX_LISTED = 64, MAX_SEEN = 4096, MAX_ROUTES = 4, MAX_CLOCKS = 8, RX_FIFO = 16, FACTORY_BYTES = 4096,
       MAX_CHANNELS = 4 };

struct device;

struct stream { /* or channel of a DMA controller */
    struct device *d;
    uint32_t ctrl, count, periph, memory[2];
    uint32_t total;     /* items of this round */
    uint64_t since, each; /* paced: cycles an item, and when the next one began; each 0: moves when the peripheral asks */
    int event, irq;
    bool told;          /* that it serves nothing */
};

struct route { /* a DMA request: of DMAMUX `request`, or channel `request` of one stream */
    uint8_t dma, stream, request;
};

enum usart_clock { CLOCK_PCLK, CLOCK_SYSCLK, CLOCK_HSI, CLOCK_LSE, CLOCK_CSI, CLOCK_OTHER };

struct device {
    char name[12];
    uint32_t base, size;
    enum kind kind;
    int irq, second_irq, bus, event; /* interrupts: -1 = none; the second is for a timer's compare flags */
    uint8_t high;                     /* which of the two it holds high */
    struct machine *m;
    uint32_t ctrl, enable, status, psc, reload, pol; /* by kind: CR1, DIER or CR3, SR, PSC, ARR; CRC: value in status, init in reload */
    uint64_t start, settled; /* timers: cycle at which the counter was 0, modulo 2^64; ticks since, for which flags are set */
    uint32_t held, mask, compare[MAX_CHANNELS], told; /* counter while stopped, highest count, what was told to be missing */
    int channels;
    struct stream stream[MAX_STREAMS];
    int nstreams;
    uint64_t flags;                                  /* DMA: 4 or 6 bits per stream as the status registers hold them */
    uint32_t mux;                                    /* DMA: address of its first channel's register in DMAMUX, 0 = none */
    uint64_t seed;
    /* USART: what was received, the flags that a status read showed, routes of its requests, bit of its clock selection */
    uint8_t fifo[RX_FIFO];
    uint32_t nfifo, shown, select, select_width;
    struct route rx[MAX_ROUTES], tx[MAX_ROUTES];
    int nrx, ntx;
};

struct stub {
    uint32_t address, sticky, value[MAX_VALUES];
    unsigned width;
    int nvalues, at;
    bool keep, written;
};

struct devices {
    struct machine *m;
    int n, nstubs, nlisted;
    struct device d[MAX_DEVICES];
    struct device *fresh;    /* [n], as the table left them */
    struct stub stub[MAX_STUBS];
    uint32_t timer_reg, apb_bit[2];
    uint32_t clock_reg;      /* where USARTs select their clock, 0 = they have the APB's */
    enum usart_clock clock[MAX_CLOCKS];
    int nclocks;
    uint32_t seen[MAX_SEEN]; /* registers that were listed already */
    int nseen;
    uint8_t *factory;        /* FACTORY_BYTES that the guest reads, NULL = none */
    struct { /* bytes from the host, docs/guests.md */
        struct buf bytes;
        size_t at;
        char to[12];         /* name of the port, "" = the first whose receiver is enabled */
        struct device *port;
        bool starting, over; /* the receiver was just turned on or off; the line is idle behind the last byte */
        int event;
    } input;
};

static inline bool is_usart(const struct device *d)
{
    return d->kind == KIND_USART || d->kind == KIND_USART2 || d->kind == KIND_LPUART;
}

static inline bool is_dma(const struct device *d)
{
    return d->kind == KIND_DMA_STREAMS || d->kind == KIND_DMA_CHANNELS;
}

/* devices.c */
void device_line(struct device *d, bool high);                 /* the level of its interrupt, which others may share */
void device_second_line(struct device *d, bool high);
uint64_t device_apb(const struct device *d);                   /* core cycles of one clock of its bus */
uint32_t device_merge(const struct device *d, uint32_t addr, unsigned size, uint32_t v); /* a narrow write, as a word */
/* timer.c */
void timer_fire(void *self, uint64_t at);
uint32_t timer_read(struct device *d, uint32_t off);
void timer_write(struct device *d, uint32_t off, uint32_t v);
/* passive.c */
bool passive_read(struct device *d, uint32_t off, uint32_t *v);
bool passive_write(struct device *d, uint32_t off, unsigned size, uint32_t v);
/* watchdog.c */
void watchdog_fire(void *self, uint64_t at);
bool watchdog_read(struct device *d, uint32_t off, uint32_t *v);
bool watchdog_write(struct device *d, uint32_t off, uint32_t v);
/* uart.c */
bool uart_open(struct devices *v, const char *in, struct err *e); /* [PORT=]FILE of --uart-in */
bool uart_read(struct device *d, uint32_t off, uint32_t *v);
bool uart_write(struct device *d, uint32_t off, uint32_t v);
struct device *uart_at(struct devices *v, uint32_t addr, bool tx); /* whose data register that is */
bool uart_sends(const struct device *d);                          /* it asks for bytes to send by DMA */
uint64_t uart_frame(const struct device *d);                      /* core cycles of one frame on the line; NEVER without a baud rate */
void uart_drain(struct device *d);                                /* by DMA, as far as a stream is there */
/* dma.c */
void dma_fire(void *self, uint64_t at);
bool dma_read(struct device *d, uint32_t off, uint32_t *v);
bool dma_write(struct device *d, uint32_t off, uint32_t v);
bool dma_request(struct device *usart); /* one received byte; false: no stream takes it */
void dma_resume(struct devices *v);     /* a USART changed its requests */

#endif
