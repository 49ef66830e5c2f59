/* Inside of sim/devices/: what a kind of peripheral is. A kind is one file with a struct that
 * begins with a struct device and one struct device_class, named in classes.def. */
#ifndef SIM_DEVICES_DEVICE_H
#define SIM_DEVICES_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/desc.h"
#include "base/err.h"
#include "sim/devices/port.h"
#include "sim/devices/registers.h"

enum { MAX_DEVICES = 128, MAX_USART_CLOCKS = 8 };
enum { NO_IRQ = -1, MAX_IRQ = 239 /* ARMv7-M has 240 lines at most */ };

struct device_set;
struct serial_input;

/* What hangs on the board's pins. A pin is 16 times the port (A: 0) and its number. */
enum { MAX_PORTS = 16, PORT_PINS = 16, MAX_WATCHES = 8, MAX_SLAVES = 4 };
struct pin_watch {
    int pin;
    bool level; /* as last told */
    void (*changed)(void *self, bool level, uint64_t at);
    void *self;
};
struct spi_slave {
    const struct device *spi;
    /* A byte goes out as another one comes in, its last bit at `at`. */
    uint8_t (*exchange)(void *self, uint8_t out, uint64_t at);
    void *self;
};

struct device {
    const struct device_class *class;
    struct device_set *set;
    char name[12];
    uint32_t base;
    uint32_t size;
    int bus;      /* 1 or 2: which APB clocks it */
    int irq[2];   /* interrupts or NO_IRQ; the second is that of a timer's compare flags */
    uint8_t high; /* bit i: it holds irq[i] high */
    bool backup;  /* a system reset leaves it alone */
    int event;    /* of `fire` in the event queue, -1 = none */
};

enum usart_clock { CLOCK_PCLK, CLOCK_SYSCLK, CLOCK_HSI, CLOCK_LSE, CLOCK_CSI, CLOCK_OTHER };

/* The devices of a board, and what they share. */
struct device_set {
    const struct board *board;
    const struct soc_port *port;
    struct registers *registers;
    int n;
    struct device *device[MAX_DEVICES];
    struct {
        uint32_t apb_register; /* the prescalers of the APBs: its address, 0 = there are none */
        uint32_t apb_bit[2];
        uint32_t usart_register; /* where USARTs select their clock, 0 = they have the APB's */
        int nusart;
        enum usart_clock usart[MAX_USART_CLOCKS]; /* by the value selected */
    } clocks;
    struct serial_input *serial; /* what the host sends, NULL: nothing */
    struct {
        uint16_t driven[MAX_PORTS]; /* bit n: somebody outside drives pin n... */
        uint16_t level[MAX_PORTS];  /* ...to this */
        int nwatches;
        struct pin_watch watch[MAX_WATCHES];
    } pins;
    int nslaves;
    struct spi_slave slave[MAX_SLAVES];
    unsigned access_bytes; /* of the read that is being answered */
    /* When the item ended that DMA is moving to a client, NEVER: none. Later accesses find out that
     * it has, so `now` may be behind it. */
    uint64_t item_at;
};

struct dma_client;

/* Offsets are relative to the device's base. A function that is NULL: nothing beyond plain
 * storage. */
struct device_class {
    const char *name;
    size_t bytes;    /* of its struct */
    bool resets;     /* it fires to reset the microcontroller */
    bool unmodelled; /* the first access to each of its registers is listed */
    /* Reads the keys of its own and sets the values after a reset; a system reset brings the struct
     * back to these. */
    bool (*open)(struct device *d, const struct desc_node *keys, struct err *e);
    /* A whole word. False: what the register file keeps is what the guest reads. */
    bool (*read)(struct device *d, uint32_t off, uint32_t *v);
    /* 1, 2 or 4 bytes at `off`, here the address of a byte. False: the register file keeps them,
     * too. */
    bool (*write)(struct device *d, uint32_t off, unsigned size, uint32_t v);
    /* Its event, armed by device_arm, is due. */
    void (*fire)(void *self, uint64_t at);
    const struct dma_client *client; /* NULL: it requests no DMA */
};

#define DEVICE(name) extern const struct device_class device_##name;
#include "sim/devices/classes.def"
#undef DEVICE

uint64_t device_now(const struct device *d);
uint32_t device_word(const struct device *d, uint32_t off); /* what the register file keeps there */
void device_keep(const struct device *d, uint32_t off, uint32_t v);
/* What a write of `size` bytes at `off` makes of the kept word. */
uint32_t device_merge(const struct device *d, uint32_t off, unsigned size, uint32_t v);
/* of irq[which], which others may share */
void device_line(struct device *d, int which, bool high);
const struct clocks *device_clocks(const struct device *d);
uint64_t device_apb_cycles(const struct device *d); /* core cycles of one clock of its bus */
uint64_t device_bus_cycles(const struct device_set *s, int bus); /* of one clock of APB 1 or 2 */
/* Its event, or another one that it added to the queue. NEVER: not at all. */
void device_arm(const struct device *d, int event, uint64_t at);
void device_warn(const struct device *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A watchdog: ends the run with its name and `why`. */
void device_watchdog_reset(const struct device *d, const char *why);
struct device *device_at(const struct device_set *s, uint32_t addr); /* NULL: none */

#endif
