/* Hostile guests: the input is code and data behind a vector table, from the second byte on.
 * Whatever it does, the run ends within its limits, without a crash, and with one of the codes a
 * guest can cause; an instruction that the emulator does not know ends as a fault of the guest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sim/machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    char path[32];
    struct err e = {0};
    uint8_t image[4096] = {0};
    static const uint32_t reset[2] = {0x20010000, 0x08000041};
    if (fd < 0)
        fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (size < 4 || size > sizeof image - 0x40)
        return 0;
    memcpy(image, reset, sizeof reset);
    for (int x = 2; x < 16; x++) /* every handler is the code itself, or absent */
        if (data[0] >> (x & 7) & 1)
            memcpy(image + 4 * x, &reset[1], 4);
    memcpy(image + 0x40, data + 1, size - 1);
    if (fd < 0 || ftruncate(fd, 0) || pwrite(fd, image, 0x40 + size, 0) != (ssize_t)(0x40 + size))
        return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct machine_options o = {.elf_path = path,
                                .board = "stm32f407",
                                .base = 0x08000001,
                                .max_cycles = 4000,
                                .max_seconds = 5};
    struct machine *m = machine_open(&o, &e);
    if (!m)
        return 0;
    bool ok = machine_run(m, &e);
    struct rows r = {0};
    struct err later = {0};
    machine_rows(m, &r, &later);
    rows_free(&r);
    if (!ok && e.code != ERR_GUEST && e.code != ERR_LIMIT && e.code != ERR_INPUT) {
        fprintf(stderr, "code %d: %s\n", (int)e.code, e.msg);
        abort();
    }
    machine_close(m);
    return 0;
}
