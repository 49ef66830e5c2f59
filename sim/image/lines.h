/* Source lines of code addresses, from the DWARF line tables of an ELF. */
#ifndef SIM_LINES_H
#define SIM_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct line {
    uint32_t addr, end; /* code [addr, end) */
    int line;
    const char *file; /* as the compiler saw it, made absolute by its folder where known */
};

struct lines {
    struct line *row; /* sorted by addr, not overlapping */
    size_t n;
    void *owner; /* keeps the names */
};

/* An image without (sound) line tables gives n = 0: that is no error. NULL on no memory. `elf` must outlive it. */
struct lines *lines_load(const char *elf, size_t size, struct err *e);
const struct line *lines_find(const struct lines *l, uint32_t addr); /* NULL = unknown */
void lines_free(struct lines *l);

#endif
