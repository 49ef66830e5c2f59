/* Board files (sim/boards/NAME.yaml): the machine as data, and nothing that changes in a run. Sizes
 * in bytes, clocks in Hz, energy per cycle in pJ. Every section carries the key of docs/sources.md
 * it was taken from, or "assumed: why". */
#ifndef SIM_BOARD_H
#define SIM_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
    MAX_REGIONS = 16,
    MAX_WAIT_STATES = 16,
    MAX_REGISTERS = 128,
    MAX_FOLLOW = 8,
    MAX_SUPPLIES = 4,
    MAX_DEFINES = 20,
    SOURCE_LEN = 160
};

enum region_kind {
    REGION_FLASH,
    REGION_SRAM,
    REGION_CCM,
    REGION_ITCM,
    REGION_DTCM,
    REGION_EXTERNAL
};
extern const char *const board_region_kind_names[]; /* NULL-terminated */
enum bus_domain { DOMAIN_CPU, DOMAIN_AXI };         /* whose clock `setup` and `beat` count */
enum cache_policy {
    CACHED_NO,
    CACHED_WT,
    CACHED_WBWA,
    CACHED_WB /* without write allocation: by the MPU only */
};
enum clock_tree { TREE_F4, TREE_L4, TREE_H7 };

struct desc_node;
struct region {
    char name[16];
    uint32_t base, size;
    enum region_kind kind;
    enum bus_domain domain;
    enum cache_policy cached; /* by the core's data cache, when enabled */
    bool exec;
    int alias_of; /* index of the region whose memory this shows, -1 = its own */
    /* cycles until the bus matrix grants the core's bus the way here: a load, or the first of a
     * run */
    uint32_t grant_load;
    uint32_t grant_stores; /* the same for the first of several words stored by one instruction */
    /* cycles that a data access costs which shares the bus with code that runs here */
    uint32_t contention;
    /* bus clocks: until the first 8 bytes (wait states come on top), per further 8 */
    uint32_t setup, beat;
    char source[SOURCE_LEN];
    char grant_source[SOURCE_LEN];
};

struct wait_state {
    uint32_t ws;
    uint64_t max_hz;
};

struct board_flash {
    bool art;            /* accelerator with prefetch, instruction and data lines */
    int region;          /* fetches through this region pass the accelerator */
    uint32_t line_bytes; /* one flash read */
    /* one entry of the accelerator's memories; a multiple of line_bytes */
    uint32_t cache_line_bytes;
    uint32_t icache_lines, dcache_lines;
    /* bit 32: there is none */
    uint32_t acr, acr_reset, latency_bits, prefetch_bit, icache_bit, dcache_bit;
    /* cycles/1024 that a data read from the array costs beside running code, on average */
    uint32_t conflict_1024;
    char conflict_source[SOURCE_LEN];
    int nws;
    struct wait_state ws[MAX_WAIT_STATES];
    char source[SOURCE_LEN];
};

struct board_cache {
    uint32_t line_bytes, ibytes, iways, dbytes, dways; /* all 0: no caches */
    char source[SOURCE_LEN];
};

/* bits [flag, flag + width) of register `in` read as bits [bit, ...) of this one were written */
struct follow {
    uint8_t bit, flag, width;
    int in; /* index of a register */
};

struct board_register {
    char name[24];
    uint32_t address, reset, always, never; /* bits that read 1, that read 0 */
    uint32_t cleared;            /* bits that a 1 clears and that are not written otherwise */
    uint32_t clear_bits, clears; /* writing 1 to one of clear_bits clears the bits `clears` */
    bool backup;                 /* of the backup domain: a system reset leaves it alone */
    uint32_t software_reset;     /* flags that a reset by software sets; `clears` are kept */
    int nfollow;
    struct follow follow[MAX_FOLLOW];
};

struct board_energy { /* of one supply and mode of the regulator */
    bool present, assumed;
    char name[24]; /* "ldo-1.8": regulator and volts */
    double supply_v;
    double pj_per_cycle[3]; /* low, nominal, high: uA/MHz times V */
    double sleep_w;
    char source[SOURCE_LEN];
};

struct board {
    char name[32], title[80], core[24], fpu[8];
    char family[24];     /* its peripherals: sim/devices/FAMILY.yaml */
    char startup[32];    /* start-up code of firmware that is built for it; empty: there is none */
    uint32_t interrupts; /* lines of the NVIC */
    uint32_t cpuid;      /* 0: the core's */
    /* What start-up code of a family that takes it from the description is compiled with, each a
     * -DNAME=VALUE; 0: `startup` says what is compiled. */
    int ndefines;
    char define[MAX_DEFINES][40];
    uint64_t max_hz;
    enum clock_tree tree;
    uint64_t hsi_hz, hse_hz;
    int nregions;
    struct region region[MAX_REGIONS];
    struct board_flash flash;
    struct board_cache cache;
    int nregisters;
    struct board_register reg[MAX_REGISTERS];
    int nsupplies;
    struct board_energy energy[MAX_SUPPLIES]; /* the first one is what runs take unless told */
    char source[SOURCE_LEN], path[512];
    char sha256[65];
};

/* `name` of sim/boards or a path. ERR_INPUT with file and line. The caller frees with free(). */
struct board *board_load(const char *name, struct err *e);
/* The same from text; `name` stands in messages. */
struct board *board_parse(const char *name, const char *text, size_t len, struct err *e);
/* Index of the region that holds addr, when all of [addr, addr + n) is memory: of this region and
 * of those that follow it without a gap. -1 = none. */
int board_region(const struct board *b, uint32_t addr, uint32_t n);
/* The region that begins where i ends, neither being an alias; -1 = none. */
int board_adjacent(const struct board *b, int i);
/* Appends the registers of a section {source, list}; of a board file or of its family's
 * peripherals. */
bool board_add_registers(struct board *b, const struct desc_node *section, struct err *e);
const struct board_register *board_register(const struct board *b, const char *name);
/* The supply of this name, NULL for the board's first one; NULL when it has none of this name. A
 * board without any energies gives one that is not `present`. */
const struct board_energy *board_supply(const struct board *b, const char *name);
/* All memory of the chip itself of which data (else code) is kept: SRAM of all kinds, or flash. */
uint64_t board_bytes(const struct board *b, bool sram);
/* Fewest wait states at this flash clock; -1: faster than the table knows. */
int board_wait_states(const struct board *b, uint64_t hz);

#endif
