/* The build attributes of an ELF (section .ARM.attributes): what it was compiled for. */
#ifndef SIM_IMAGE_ATTRIBUTES_H
#define SIM_IMAGE_ATTRIBUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isa/cpu.h"

struct attributes { /* by the numbers of the ABI; 0 where the section does not say */
    uint32_t cpu_arch;
    uint32_t profile; /* 'A', 'R', 'M', 'S' */
    uint32_t fp_arch;
    uint32_t hard_fp; /* 1: single precision only */
    uint32_t mve_arch;
};

/* Reads what is well-formed, and stops at what is not. */
void attributes_read(struct attributes *a, const uint8_t *bytes, size_t n);
/* False: the core lacks something; `what` names it. */
bool attributes_fit(const struct attributes *a, const struct cpu *c, char *what, size_t size);

#endif
