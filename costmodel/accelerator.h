/* Accelerators as data: costmodel/accelerators/NAME.yaml -> array, memories, clock, technology,
 * link.
 *
 * The schema is in docs/npu.md. Every group of numbers carries `source:` or `assumed:`. */
#ifndef COSTMODEL_ACCELERATOR_H
#define COSTMODEL_ACCELERATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "costmodel/energy.h"
#include "costmodel/synthesis.h"
#include "workloads/graph/network.h"

enum { MAX_ENGINES = 6, MAX_MEMORIES = 10, MAX_FUSED = 4, MAX_PACKINGS = 8, MAX_NOTES = 64 };

enum depthwise_map {
    DW_TAPS, /* kernel taps on the rows, channels on the columns */
    /* a channel per diagonal multiplier, one tap per cycle: rows x columns shrinks to min(rows,
     * columns) */
    DW_NAIVE
};

/* rows x columns x pixels multipliers. Rows take the reduction (kernel taps x input channels),
 * columns the output channels, pixels neighbouring output positions. */
struct npu_engine {
    char name[24];
    uint64_t rows, columns, pixels;
    /* positions whose partial sums are kept while a weight tile stays: 1 = output-stationary;
     * UINT64_MAX = weight-stationary */
    uint64_t in_flight;
    uint64_t latency; /* pipeline depth, cycles */
    unsigned serves;  /* bit per enum op */
    enum depthwise_map depthwise;
};

enum npu_memory_kind { MEM_BRAM36, MEM_LUTRAM, MEM_SRAM, MEM_REGISTERS, MEM_DRAM };
enum role {
    ROLE_FEATURES,
    ROLE_WEIGHTS,
    ROLE_AFFINE,
    ROLE_PSUM,
    ROLE_LINES,
    ROLE_PROGRAM,
    ROLE_COUNT
};

struct npu_memory {
    char name[24];
    enum npu_memory_kind kind;
    unsigned holds;  /* bit per enum role */
    uint64_t bytes;  /* capacity; of bram36: blocks x accelerator_bram36_words x word_bits / 8 */
    uint64_t blocks; /* bram36 only */
    uint64_t word_bits, banks;        /* a word is one access to one bank */
    uint64_t read_ports, write_ports; /* per bank and cycle ... */
    uint64_t shared_ports;    /* ... or this many for both directions (then the others are 0) */
    double read_pj, write_pj; /* per word; from the energy table, scaled to the technology */
    double standby_w;         /* leakage or DRAM standby */
    double bytes_per_second;  /* DRAM: sustained */
};

enum link_kind { LINK_NONE, LINK_SPI, LINK_SDIO, LINK_PARALLEL };
struct link {
    enum link_kind kind;
    uint64_t width; /* data lines */
    double clock_hz;
    double efficiency; /* payload over raw bits */
    double pin_pf, volts;
    bool overlap; /* the next image comes in while a frame is computed */
};

struct fit_target {
    bool fitted;   /* the point below fixes `lut_pj` */
    char from[48]; /* or: take the constant fitted for this accelerator ("" = none) */
    char network[48];
    uint64_t wbits, abits;
    double watts; /* the published point */
    char source[160];
};

struct note { /* provenance of one group of numbers */
    char what[40], source[320];
    bool assumed;
};

struct accelerator {
    char name[48], title[120];
    bool fpga;
    bool lockstep; /* timing of costmodel/rtl/; else demand is levelled out inside a pass */
    double node_nm, voltage, clock_hz;
    double clock_w;          /* clock generator */
    double static_w, host_w; /* host_w: processor beside the fabric that runs all the time */
    /* defaults; bits per operand, program per layer */
    uint64_t wbits, abits, acc_bits, affine_bits, program_bytes;
    struct npu_engine engine[MAX_ENGINES];
    int nengines;
    uint64_t vector_lanes; /* pool, average, add: elements per cycle */
    bool fuse_stem_pool, fuse_add;
    enum op block[MAX_FUSED]; /* layers of these ops in a row run as one pipeline */
    int nblock;
    struct {
        uint64_t wbits, abits, products;
    } packing[MAX_PACKINGS]; /* products per DSP up to these widths */
    int npackings;
    struct npu_memory memory[MAX_MEMORIES];
    int nmemories;
    int home[ROLE_COUNT]; /* memory that holds the role on chip, or -1 */
    int dram;             /* index, or -1 */
    struct link link;
    uint64_t limit_dsp, limit_bram36, limit_lut, limit_ff; /* of the device; 0: no limit known */
    uint64_t used_dsp, used_lut; /* published use; 0: unknown, the estimate counts */
    double used_bram36;
    double lut_base, lut_per_multiplier, lut_per_column; /* LUT estimate */
    struct synthesis synthesis; /* lockstep on an fpga: replaces the estimate */
    struct energy energy;       /* the table as it is */
    double scale;               /* energies of the table -> this node and voltage */
    double lut_pj; /* per LUT and cycle: the table's, scaled, until a calibration replaces it */
    char lut_source[160], sha256[65]; /* sha256: of the description and the energy table */
    struct fit_target fit_target;
    char published_network[48];
    double published_s, published_w, published_onchip_kib; /* 0: none */
    double system_w, system_fps; /* published for it and an MCU together; 0: none */
    char system_board[32];
    struct note note[MAX_NOTES];
    int nnotes;
};

/* `name`: of a shipped file, or a path. `energy`: a table to use instead of the file's own, or
 * NULL. ERR_INPUT with file and line. The caller frees. */
struct accelerator *accelerator_load(const char *name, const char *energy, struct err *e);
/* The same from text; `name` stands in messages. */
struct accelerator *accelerator_parse(const char *name, const char *text, size_t len,
                                      const char *energy, struct err *e);
/* Recomputes what follows from the table (memory energies, leakage) after a field was changed. */
bool accelerator_cost(struct accelerator *a, struct err *e);
/* Changes one number and recomputes: "clock_hz", "engine.NAME.rows", "memory.NAME.bytes",
 * "link.clock_hz", "energy.dsp_pj", ... (costmodel/parameter.c lists them). ERR_INPUT naming the
 * known paths, the range, or the equal-banks rule. */
bool accelerator_set(struct accelerator *a, const char *path, const char *value, struct err *e);
/* Calls `each` for all paths that accelerator_set takes, with their numbers. */
void accelerator_parameters(struct accelerator *a,
                            void (*each)(void *with, const char *path, double value), void *with);

/* Words of this width in a BRAM36: 512 of 72 bits, 1024 of 36, 2048 of 18, 4096 of 9. */
uint64_t accelerator_bram36_words(uint64_t word_bits);

/* Is the role kept in DRAM, so that the memory on chip is only a buffer for it? */
bool accelerator_backed(const struct accelerator *a, enum role r);

/* Products per DSP for these widths; 0 when no packing covers them. */
uint64_t accelerator_products(const struct accelerator *a, uint64_t wbits, uint64_t abits);

#endif
