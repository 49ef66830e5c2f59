/* A firmware that hands its network to a TinyNPU (docs/tinynpu-protocol.md): camera frames and the
 * accelerator's program in flash, the code of workloads/firmware/offload*.c, one ELF. */
#ifndef WORKLOADS_EMIT_OFFLOAD_H
#define WORKLOADS_EMIT_OFFLOAD_H

#include "workloads/emit/target.h"
#include "workloads/images/image.h"
#include "workloads/kernels/qmodel.h"

enum { OFFLOAD_MAX_STORED = 64 };

struct offload_options {
    int frames;         /* to process; those that are stored come again and again */
    uint32_t period_us; /* between two of them; 0: as fast as it goes */
    const char *opt;    /* optimisation level, NULL = "-O2" */
};

struct offload_result {
    uint32_t flash_bytes; /* program, frames, code */
    uint32_t program_bytes;
    uint32_t camera_bytes; /* of one frame */
    uint32_t code_bytes;
    uint32_t sram_bytes;
    int camera_w;
    int camera_h;
    int stored;
    struct {
        uint32_t crc32; /* of its logits */
        int top1;
    } expected
        [OFFLOAD_MAX_STORED]; /* what the host's reference finds in each frame that is stored */
};

/* `images` are of the network's input size; as many as flash has room for are stored. ERR_CHECK: it
 * does not fit. ERR_INPUT: no such firmware for this board or network. */
bool offload_build(const struct qmodel *q, const struct image_set *images, const struct target *t,
                   const struct offload_options *o, const char *output, struct offload_result *r,
                   struct err *e);

#endif
