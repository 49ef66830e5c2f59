/* Source lines of code addresses, from the DWARF line tables of an ELF. */
#ifndef SIM_LINES_H
#define SIM_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct source_line {
    uint32_t addr, end; /* code [addr, end) */
    int line;
    const char *file; /* as the compiler saw it, made absolute by its folder where known */
};

struct line_table {
    struct source_line *row; /* sorted by addr, not overlapping */
    size_t n;
    void *owner; /* keeps the names */
};

/* An image without (sound) line tables gives n = 0: that is no error. NULL on no memory. `elf` must
 * outlive it. */
struct line_table *lines_load(const char *elf, size_t size, struct err *e);
/* NULL = unknown */
const struct source_line *lines_find(const struct line_table *l, uint32_t addr);
void lines_free(struct line_table *l);

#endif
