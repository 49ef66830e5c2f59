/* Loaders of images: ELF with symbols and line tables, Intel HEX, raw binaries. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sim/image/hex.h"
#include "sim/image/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    char path[32];
    struct err e = {0};
    if (fd < 0)
        fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size)
        return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    for (int raw = 0; raw < 2; raw++) {
        struct image *im = image_open(path, raw ? 0x08000001 : 0, &e);
        for (uint32_t a = 0x08000000; im && a < 0x08000040; a += 6)
            image_elf_function(im, a);
        if (im && !raw) {
            struct line_table *l = lines_load(im->file.data, im->file.len, NULL);
            for (uint32_t a = 0x08000000; l && a < 0x08000100; a += 2)
                lines_find(l, a);
            lines_free(l);
        }
        image_elf_free(im);
    }
    return 0;
}
