/* Images that are no ELF: Intel HEX, and raw binaries with the address of their first byte. They
 * carry no symbols. */
#ifndef SIM_HEX_H
#define SIM_HEX_H

#include "sim/image/elf.h"

/* True when the text begins like Intel HEX. */
bool image_is_hex(const char *bytes, size_t n);
/* An ELF, else Intel HEX by its looks; with `base` (1 + address, 0 = none) a raw binary. */
struct image *image_open(const char *path, uint64_t base, struct err *e);
/* The same from `len` bytes, which are copied; `name` stands in messages. */
struct image *image_parse(const char *name, const void *bytes, size_t len, uint64_t base,
                          struct err *e);
/* `file` is taken over. ERR_INPUT with file and line. The start address records give the entry,
 * else it is 0. */
struct image *image_hex(const char *path, struct buf *file, struct err *e);
struct image *image_raw(const char *path, struct buf *file, uint32_t base, struct err *e);

#endif
