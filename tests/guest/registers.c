/* Every word of the clock, power and flash registers of one family: as reset leaves it, after all
 * ones, after zeros. -DFAMILY=2 (STM32F4), 4 (L4+), 7 (F7), 8 (H7). */
#include "guest.h"

static const struct {
    uint32_t from, to;
} ranges[] = {
#if FAMILY == 4
    {0x40007000, 0x40007084},
    {0x40021000, 0x4002109c},
    {0x40022000, 0x40022004},
    {0xe0042000, 0xe0042004},
#elif FAMILY == 8
    {0x52002000, 0x52002004}, {0x52004000, 0x52004004}, {0x58024400, 0x580244d4},
    {0x58024800, 0x58024820}, {0x5c001000, 0x5c001004},
#else
    {0x40007000, 0x40007008},
    {0x40023800, 0x40023878},
    {0x40023c00, 0x40023c04},
    {0xe0042000, 0xe0042004},
#endif
};

static void hex(char *out, uint32_t v)
{
    for (int k = 0; k < 8; k++)
        out[k] = "0123456789abcdef"[v >> (28 - 4 * k) & 15];
}

int main(void)
{
    char line[] = "........ reset ........ ones ........ zeros ........\n";
    for (unsigned r = 0; r < sizeof ranges / sizeof *ranges; r++)
        for (uint32_t a = ranges[r].from; a < ranges[r].to; a += 4) {
            hex(line, a);
            hex(line + 15, REG(a));
            REG(a) = 0xffffffff;
            hex(line + 29, REG(a));
            REG(a) = 0;
            hex(line + 44, REG(a));
            semihost(4, line);
        }
    return 0;
}
