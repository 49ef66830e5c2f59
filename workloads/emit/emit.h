/* A quantised network as firmware: memory plan -> C source and weight tables -> arm-none-eabi-gcc
 * -> one ELF that runs on the board and in the simulator. docs/firmware.md describes the ELF, its
 * section .etinysim and what it prints. This room knows what the other rooms found out and how to
 * write it as C and link it; decides no number itself. */
#ifndef WORKLOADS_EMIT_EMIT_H
#define WORKLOADS_EMIT_EMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "workloads/emit/target.h"
#include "workloads/firmware/nn_detect.h"
#include "workloads/kernels/qmodel.h"

struct build_result {
    /* flash = all of them and the start-up data */
    uint32_t flash_bytes, code_bytes, weight_bytes, table_bytes;
    /* sram = arena, stack, data, scratch */
    uint32_t sram_bytes, arena_bytes, fast_bytes, stack_bytes, data_bytes;
    uint32_t map_bytes, lower_bound, input_at;
    uint32_t arena_at; /* its address */
    char peak_layer[48];
    int stage_layers, patches; /* first layers that run strip by strip, and the strips; 0: none */
    char stage_end[48];        /* the last of those layers */
    uint64_t macs, macs_again; /* multiply-accumulates; those that strips do again */
    uint32_t logits_crc32;
    bool trained;   /* weights from a file */
    int top1;       /* -1: a detector */
    int detections; /* that the host finds in its own maps */
    struct nn_detection detection[100];
    int float_top1; /* by build_firmware: the class in floating point... */
    double sqnr_db; /* ...and the logits' signal-to-noise ratio against it */
};

/* Builds and writes the ELF (atomically). ERR_CHECK when it does not fit: by how many bytes, flash
 * or SRAM, and the layer that takes most. ERR_INPUT when no kernel serves a layer, ERR_ENV when the
 * tool is missing or fails. */
bool firmware_build(const struct qmodel *q, const struct target *t, const struct build_options *o,
                    const char *output, struct build_result *r, struct err *e);

/* The plan that firmware_build makes. The caller frees; r gets the sizes that follow from it. */
struct plan *firmware_plan(const struct network *n, const struct target *t,
                           const struct build_options *o, struct build_result *r, struct err *e);

/* Only the planning and counting part, without a compiler: does the network fit, with `code` bytes
 * of flash for code? */
bool firmware_fits(const struct network *n, int wbits, const struct target *t,
                   const struct build_options *o, uint32_t code, struct build_result *r,
                   struct err *e);

#endif
