/* Accelerators that have a stage of their own for each layer, one behind the other, as FINN,
 * hls4ml and fpgaConvNet build them. A stage takes the same number of cycles for each output
 * position; it begins one when the stage before it has handed over the last position of its
 * window. Queues between stages are taken to be long enough.
 *
 * Frames follow each other at the pace of the slowest stage. The time of a single frame is the
 * longest chain of waits; the closed form takes the longest of those chains that stay at one
 * stage for its whole frame: before it the stages only fill (each makes what the first window of
 * the next one needs), behind it they only finish (each makes what waits for the last position).
 * tests/npu holds it against a walk position by position. */
#ifndef COSTMODEL_STREAMING_H
#define COSTMODEL_STREAMING_H

#include <stdint.h>

struct stage {
    char name[32];
    uint64_t in_h, in_w, out_h, out_w, kernel_h, kernel_w, stride, pad_h, pad_w;
    uint64_t cycles; /* of an output position */
};

/* Input positions, in the order of rows, that output position `j` waits for. */
uint64_t streaming_needs(const struct stage *s, uint64_t j);

/* Cycles between two frames, and of a frame on its own. */
uint64_t streaming_interval(const struct stage *s, int n);
uint64_t streaming_latency(const struct stage *s, int n);

#endif
