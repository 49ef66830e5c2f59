/* Images: any bytes give the pixels that were asked for, or an error with a reason. The checksum of
 * each chunk is made right first, so that what it protects is reached. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "workloads/images/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t crc32(const uint8_t *p, size_t n)
{
    uint32_t c = ~0u;
    while (n--) {
        c ^= *p++;
        for (int i = 0; i < 8; i++)
            c = c >> 1 ^ (0xedb88320u & -(c & 1));
    }
    return ~c;
}

static void mend(uint8_t *p, size_t size)
{
    for (size_t at = 8; at + 12 <= size;) { /* length, type, bytes, checksum */
        size_t n =
            (size_t)p[at] << 24 | (size_t)p[at + 1] << 16 | (size_t)p[at + 2] << 8 | p[at + 3];
        if (n > size - at - 12)
            return;
        uint32_t c = crc32(p + at + 4, n + 4);
        for (size_t i = 0; i < 4; i++)
            p[at + 8 + n + i] = (uint8_t)(c >> (24 - 8 * i));
        at += n + 12;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    char path[32];
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        return 0;
    if (size)
        memcpy(copy, data, size);
    mend(copy, size);
    if (fd < 0)
        fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, copy, size, 0) == (ssize_t)size) {
        struct image_set s = {0};
        struct err e = {0};
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        if (image_load(&s, path, 8, 8, 3, &e)) {
            volatile int sum = 0;
            for (int i = 0; i < s.n * s.h * s.w * s.c; i++)
                sum = sum + s.data[i];
            if (s.n != 1 || s.h != 8 || s.w != 8 || s.c != 3)
                abort();
        } else if (e.code == ERR_NONE || !e.msg[0]) {
            abort();
        }
        image_free(&s);
    }
    free(copy);
    return 0;
}
