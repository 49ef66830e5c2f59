#include "workloads/emit/compile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/data.h"
#include "workloads/emit/toolchain.h"

enum { MAX_FILES = 4 + KERNEL_SOURCE_COUNT };

bool compile_files(const struct target *t, const char *opt, const char *const *file, int n,
                   int nlayers, const char *dir, struct err *e)
{
    char found[4096], folder[4096], map[2][4200], board[64], layers[32];
    if (!data_need(found, sizeof found, "workloads/firmware", e))
        return false;
    /* Absolute: the compiler runs in `dir`, and debug information names its folders as the kernel
     * does. */
    if (!realpath(found, folder))
        return err_set(e, ERR_ENV, "%s: %s", found, strerror(errno));
    if (!t->startup[0])
        return err_set(
            e, ERR_INPUT,
            "board %s: its file names no start-up code, see docs/firmware.md for what there is",
            t->board);
    enum { OPTIONS = 68 }; /* arguments beside the files */
    char path[1 + MAX_FILES][4200];
    const char *argv[OPTIONS + MAX_FILES];
    int a = 0, np = 0;
    snprintf(map[0], sizeof map[0], "-fdebug-prefix-map=%s=firmware", folder);
    snprintf(map[1], sizeof map[1], "-fdebug-prefix-map=%s=.", dir);
    snprintf(board, sizeof board, "-DBOARD_%s", t->startup);
    snprintf(layers, sizeof layers, "-DFW_LAYERS=%d", nlayers);
    const char *const common[] = {"arm-none-eabi-gcc",
                                  "-mthumb",
                                  opt ? opt : "-O2",
                                  "-std=gnu11",
                                  "-g1",
                                  "-Wall",
                                  "-Wextra",
                                  "-ffunction-sections",
                                  "-fdata-sections",
                                  "-fno-optimize-sibling-calls",
                                  "-fno-strict-aliasing",
                                  "-ffp-contract=off",
                                  map[0],
                                  map[1],
                                  board,
                                  layers};
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        argv[a++] = common[i];
    for (int i = 0; i < t->ndefines; i++)
        argv[a++] = t->define[i];
    for (int i = 0; i < t->nflags; i++)
        argv[a++] = t->flag[i];
    snprintf(path[np], sizeof path[np], "-I%s", folder);
    argv[a++] = path[np++];
    for (int i = 0; i < n && i < MAX_FILES; i++) {
        snprintf(path[np], sizeof path[np], "%s/%s", folder, file[i]);
        argv[a++] = path[np++];
    }
    static const char *const rest[] = {"network.c",
                                       "tables.S",
                                       "-nostartfiles",
                                       "-Wl,-T,link.ld",
                                       "-Wl,--gc-sections",
                                       "-Wl,--build-id=sha1",
                                       "-Wl,-z,max-page-size=4",
                                       "-o",
                                       "firmware.elf",
                                       NULL};
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        argv[a++] = rest[i];
    return toolchain_run(argv, dir, e);
}

bool firmware_compile(const struct target *t, const struct build_options *o, const struct plan *p,
                      int nlayers, const char *dir, struct err *e)
{
    char board[64];
    const char *file[MAX_FILES] = {"startup.c", "main.c", board};
    int n = 3;
    snprintf(board, sizeof board, "board_%s.c", t->family);
    /* Beside start-up, main and board; code that is not called is not linked. */
    bool used[KERNEL_SOURCE_COUNT] = {false};
    for (int i = 0; i < p->nsteps; i++)
        used[kernel_class(p->step[i].kernel)->source] = true;
    for (int i = 0; i < KERNEL_SOURCE_COUNT; i++) {
        const struct kernel_file *f = &kernel_files[i];
        if ((o->fast_kernels ? f->fast : f->reference) && (f->always || used[i]))
            file[n++] = f->name;
    }
    return compile_files(t, o->opt, file, n, nlayers, dir, e);
}

/* The word at `field` of the header of a section, 0 when there is none. */
static uint32_t section_word(const struct buf *elf, const char *name, uint32_t field)
{
    const uint8_t *d = (const uint8_t *)elf->data;
    uint32_t shoff;
    uint16_t shentsize, shnum, shstrndx;
    if (elf->len < 52)
        return 0;
    memcpy(&shoff, d + 32, 4);
    memcpy(&shentsize, d + 46, 2);
    memcpy(&shnum, d + 48, 2);
    memcpy(&shstrndx, d + 50, 2);
    if (shentsize < 40 || shstrndx >= shnum ||
        (uint64_t)shoff + (uint64_t)shnum * shentsize > elf->len)
        return 0;
    uint32_t strtab, strsize;
    memcpy(&strtab, d + shoff + (uint32_t)shstrndx * shentsize + 16, 4);
    memcpy(&strsize, d + shoff + (uint32_t)shstrndx * shentsize + 20, 4);
    if ((uint64_t)strtab + strsize > elf->len)
        return 0;
    for (uint32_t i = 0; i < shnum; i++) {
        const uint8_t *h = d + shoff + i * shentsize;
        uint32_t at, value;
        memcpy(&at, h, 4);
        memcpy(&value, h + field, 4);
        if (at < strsize && strnlen((const char *)d + strtab + at, strsize - at) < strsize - at &&
            !strcmp((const char *)d + strtab + at, name))
            return value;
    }
    return 0;
}

uint32_t compile_section_size(const struct buf *elf, const char *name)
{
    return section_word(elf, name, 20);
}

uint32_t compile_section_address(const struct buf *elf, const char *name)
{
    return section_word(elf, name, 12);
}
