#include "base/crc32.h"

uint32_t crc32_more(uint32_t c, const void *data, size_t n)
{
    const uint8_t *p = data;
    c = ~c;
    while (n--) {
        c ^= *p++;
        for (int i = 0; i < 8; i++)
            c = c >> 1 ^ (0xEDB88320u & -(c & 1));
    }
    return ~c;
}
