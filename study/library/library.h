/* Inside of study/library/: the functions of include/etinysim/, thin over sim/machine.h and
 * costmodel/npu.h. This room knows how structs of the interface grow; it holds no knowledge of
 * cores, boards or accelerators. */
#ifndef STUDY_LIBRARY_LIBRARY_H
#define STUDY_LIBRARY_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

#include <etinysim/etinysim.h>

#include "base/err.h"

/* Copies a struct that begins with its size, `known` bytes long in this library: into one of
 * ours, as far as the caller's reaches, the rest 0. ERR_INPUT when the size was not set. */
bool library_take(void *ours, size_t known, const void *theirs, struct err *e);
/* The other way; the size that the caller set stays. */
void library_give(void *theirs, const void *ours, size_t known);
/* Hands an error on, and the absence of one. False when there is one. `to` may be NULL. */
bool library_error(struct etinysim_error *to, const struct err *e);

#endif
