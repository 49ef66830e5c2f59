/* GPIO ports. What is written to ODR, BSRR or BRR reads back. Outputs read as driven, inputs as
 * pulled, else low: nothing is connected. */
#include "sim/devices/device.h"

enum { MODER = 0x00, PUPDR = 0x0c, IDR = 0x10, ODR = 0x14, BSRR = 0x18, BRR = 0x28 };
enum { OUTPUT = 1, PULL_UP = 1, PINS = 16 };

static bool read(struct device *d, uint32_t off, uint32_t *v)
{
    uint32_t mode = device_word(d, MODER), pull = device_word(d, PUPDR), odr = device_word(d, ODR);
    *v = 0;
    if (off == BSRR || off == BRR)
        return true; /* write-only */
    if (off != IDR)
        return false;
    for (unsigned i = 0; i < PINS; i++)
        *v |= (mode >> 2 * i & 3) == OUTPUT ? odr & 1u << i
                                            : (uint32_t)((pull >> 2 * i & 3) == PULL_UP) << i;
    return true;
}

static bool write(struct device *d, uint32_t off, unsigned size, uint32_t v)
{
    uint32_t odr = device_word(d, ODR);
    (void)size;
    v <<= 8 * (off & 3);
    switch (off & ~3u) {
    case BSRR: device_keep(d, ODR, (odr & ~(v >> 16)) | (v & 0xffff)); return true;
    case BRR: device_keep(d, ODR, odr & ~(v & 0xffff)); return true;
    }
    return false;
}

const struct device_class device_gpio = {
    .name = "gpio",
    .bytes = sizeof(struct device),
    .read = read,
    .write = write,
};
