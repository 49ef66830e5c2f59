/* What the parts of the firmware know of each other. Target code only. */
#ifndef FW_H
#define FW_H

#include <stdint.h>

#define REG(address) (*(volatile uint32_t *)(address))

/* The board file (board_*.c) of the build. */
struct board_clock {
    uint32_t core_hz, bus_hz;          /* core; AHB or AXI, which flash and SRAM run at */
    uint32_t wait_states;              /* read back from the flash controller */
    uint32_t icache, dcache, prefetch; /* 0 or 1, read back */
};
void board_init(void); /* wait states, clock, caches, console, pin */
void board_clock(struct board_clock *c);
void board_putc(char c);
void board_flush(void);    /* until the last character has left */
void board_pin(int high);  /* high while an inference runs: trigger for a power meter */
void board_exit(int code); /* returns when nobody listens */

void core_caches_enable(void); /* Cortex-M7: invalidate, then enable both */

/* The emitted network (network.c). */
struct fw_layer {
    const char *name;
    void (*run)(int32_t strip); /* 0 for a layer that runs once */
};
struct fw_strip { /* what differs from strip to strip in a layer of the first stage */
    int16_t in_h, out_h, pad_top;
    uint32_t in[2], out; /* offsets in the arena */
};
struct fw_output { /* the logits, or each head's map */
    const void *data;
    int32_t bytes;
};
struct nn_detection;
struct fw_network {
    const char *board, *core, *network, *tool, *plan, *kernels, *quantiser;
    int32_t in_h, in_w, in_c, classes, wbits, repeat, nlayers;
    int32_t stage, strips; /* the first `stage` layers run once for each strip */
    const struct fw_layer *layer;
    int8_t *input; /* loaded by the debugger; consumed by the in-place plan */
    int32_t noutputs;
    const struct fw_output *output;
    const int32_t *logits; /* NULL: a detector, or a network that ends in a map of int8... */
    const int8_t *levels;  /* ...which is this, with the zero point */
    int32_t levels_zero;
    const struct nn_detection *found;
    const int32_t *nfound;
};
extern const struct fw_network fw_network;

#endif
