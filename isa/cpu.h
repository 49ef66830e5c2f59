/* What tells one core from another beside its timing: section `core` of isa/cores/NAME.yaml. The
 * emulator, the system registers, the memory system and the compiler are set up from this, never
 * from the core's name. */
#ifndef ISA_CPU_H
#define ISA_CPU_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Parts of the instruction set. FPv5-SP is what it adds to FPv4-SP, FPv5-DP the double
 * precision. */
enum cpu_extension { EXT_V7M, EXT_DSP, EXT_FPV4_SP, EXT_FPV5_SP, EXT_FPV5_DP, EXT_COUNT };
extern const char *const cpu_extension_names[]; /* "v7-M", "DSP", ..., NULL */
/* "none", "single", "double", NULL: the values of a board's `fpu` */
extern const char *const cpu_fpu_names[];

enum { CPU_FLAGS = 4, CPU_FPUS = 3, CPU_REGISTERS = 16, CPU_FPU_REGISTERS = 3 };

/* A register of the system control space or a debug component that differs between cores. It reads
 * as `value`, or-ed with what software wrote to its `writable` bits. */
struct cpu_register {
    char name[16];
    uint32_t address;
    uint32_t value;
    uint32_t writable;
    char source[160];
};

struct cpu_fpu {
    int kind;            /* index of cpu_fpu_names */
    uint32_t extensions; /* bit 1 << enum cpu_extension: those that it adds */
    char flags[CPU_FLAGS][32];
    int nflags;
    struct cpu_register reg[CPU_FPU_REGISTERS];
    int nreg;
};

struct cpu {
    char name[24];
    char emulator[16];         /* model of the emulator's that executes exactly these extensions */
    uint32_t extensions;       /* without an FPU */
    char flags[CPU_FLAGS][32]; /* of the compiler */
    int nflags;
    bool dual_issue; /* kernels in assembly are scheduled for it */
    bool axi;        /* code and data come over AXI through L1 caches, not over AHB-Lite */
    bool bit_band;
    /* Configuration and Control Register after reset; its bits that are always 1 */
    uint32_t ccr, ccr_fixed;
    uint32_t mpu_regions;   /* of PMSAv7, unless the family's file says otherwise */
    uint32_t priority_bits; /* implemented, of 8 */
    struct cpu_register reg[CPU_REGISTERS];
    int nreg;
    struct cpu_fpu fpus[CPU_FPUS]; /* that a part can have, the best last */
    int nfpus;
    const struct cpu_fpu *fpu; /* of `fpus`: that the part has; the best until cpu_take_fpu */
};

struct desc_node;
/* From the root of a core's file. */
bool cpu_read(struct cpu *c, const struct desc_node *root, struct err *e);
/* The core of that name, or of the file at that path, alone. */
bool cpu_load(struct cpu *c, const char *name, struct err *e);
/* ERR_INPUT when the core cannot have that FPU. */
bool cpu_take_fpu(struct cpu *c, const char *fpu, struct err *e);
bool cpu_has(const struct cpu *c, enum cpu_extension x);
/* NULL: nothing of that register depends on the core. */
const struct cpu_register *cpu_register(const struct cpu *c, uint32_t address);

#endif
