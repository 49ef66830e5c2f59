/* The FP context (B1.5.7, B3.2.22 to B3.2.24): whose FP registers these are, and a frame's FP words
 * that are still to be written (lazy stacking). */
#ifndef SIM_FPU_H
#define SIM_FPU_H

#include "sim/armv7m/nvic.h"

enum { FP_WORDS = 17 }; /* S0-S15 and FPSCR */

struct fpu {
    const struct nvic *nvic;
    uint32_t fpccr, fpcar, fpdscr;
    bool lspact; /* FPCCR.LSPACT: the FP words of the frame at FPCAR are not written yet */
    bool first;  /* the next FP instruction has something to do first, fpu_begin */
};

void fpu_reset(struct fpu *f, const struct nvic *nvic);
bool fpu_owns(uint32_t off);
uint32_t fpu_read(const struct fpu *f, uint32_t off);
void fpu_write(struct fpu *f, uint32_t off, uint32_t v);

void fpu_watch(struct fpu *f);        /* CONTROL changed */
bool fpu_stacks(const struct fpu *f); /* the frame of an exception taken now has FP words */
bool fpu_lazy(const struct fpu *f);
/* Leaves the FP words of a frame to the next FP instruction. */
void fpu_leave(struct fpu *f, uint32_t fp_words, bool handler, bool user);
bool fpu_store(const struct fpu *f, uint32_t to);
/* Before the next FP instruction, when f->first. True: the FP words of a frame, at f->fpcar, were
 * written. */
bool fpu_begin(struct fpu *f);

#endif
