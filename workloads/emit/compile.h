/* The emitted network to an ELF: the firmware's sources beside it, arm-none-eabi-gcc, one link. */
#ifndef WORKLOADS_EMIT_COMPILE_H
#define WORKLOADS_EMIT_COMPILE_H

#include "base/buf.h"
#include "base/err.h"
#include "workloads/emit/target.h"

/* In folder `dir`, with network.c, tables.S, what that includes, and link.ld; makes firmware.elf.
 * `nlayers`: functions emitted. ERR_INPUT for a board without start-up code, ERR_ENV when the tool
 * is missing or fails. */
bool firmware_compile(const struct target *t, const struct build_options *o, const struct plan *p,
                      int nlayers, const char *dir, struct err *e);

/* Size and address of a section of a little-endian ELF32 file, 0 when there is none. The linker
 * wrote it: no distrust beyond bounds. */
uint32_t compile_section_size(const struct buf *elf, const char *name);
uint32_t compile_section_address(const struct buf *elf, const char *name);

/* The same for files of workloads/firmware/ by name, with network.c, tables.S and link.ld of
 * `dir`. */
bool compile_files(const struct target *t, const char *opt, const char *const *file, int n,
                   int nlayers, const char *dir, struct err *e);

#endif
