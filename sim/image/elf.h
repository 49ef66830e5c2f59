/* ELF images: 32-bit little-endian Arm executables, checked before anything is believed.
 *
 * sim/image/ knows files: segments, symbols, line tables. It knows no machine. */
#ifndef SIM_ELF_H
#define SIM_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "sim/image/attributes.h"

/* a PT_LOAD entry; its bytes go to `paddr`, start-up code copies them to `vaddr` where these
 * differ */
struct segment {
    uint32_t vaddr, paddr, filesz, memsz, flags;
    const uint8_t *bytes; /* inside the image's file */
};

struct symbol {
    uint32_t addr, size; /* Thumb bit removed */
    bool func;
    const char *name; /* inside the image's file */
};

struct section {
    uint32_t addr, size, flags; /* flags as in the file: SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR */
    bool nobits;
    const char *name;
};

struct image {
    struct buf file;
    char sha256[65], build_id[65]; /* build_id: "" = none */
    uint32_t entry;
    struct segment *segment;
    size_t nsegments;
    struct symbol *symbol; /* sorted by address, then name; functions and objects */
    size_t nsymbols;
    struct section *section; /* those with SHF_ALLOC */
    size_t nsections;
    const char *note; /* section .etinysim, not NUL-terminated; NULL = none */
    size_t note_len;
    struct attributes attributes;
};

/* `file` is taken over; `path` is its name in messages. ERR_INPUT with one line that names the
 * file. */
struct image *image_elf(const char *path, struct buf *file, struct err *e);
void image_elf_free(struct image *im);

/* The function that holds addr (a function of size 0 reaches to the next one), or NULL. */
const struct symbol *image_elf_function(const struct image *im, uint32_t addr);
const struct symbol *image_elf_symbol(const struct image *im, const char *name);

#endif
