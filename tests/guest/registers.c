/* Every word of the clock, power and flash registers of one family: as reset leaves it, after all
 * ones, after zeros; then each single bit whose write shows elsewhere than in that bit; then, after
 * a system reset, each word that reset leaves otherwise than power-on. -DFAMILY=2 (STM32F4),
 * 4 (L4+), 7 (F7), 8 (H7). */
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

enum { WORDS = 128, MARK = 0x5a17 };

static uint32_t address[WORDS];
/* Between .bss and the stack: a system reset leaves them. */
static volatile uint32_t *const mark = (volatile uint32_t *)0x20008000,
                                *const first = (volatile uint32_t *)0x20008004;

static void hex(char *out, uint32_t v)
{
    for (int k = 0; k < 8; k++)
        out[k] = "0123456789abcdef"[v >> (28 - 4 * k) & 15];
}
static void tell(uint32_t a, const char *what, uint32_t v)
{
    char line[] = "........ reset ";
    char value[] = " ........\n";
    hex(line, a);
    hex(value + 1, v);
    say(line);
    say(what);
    say(value);
}

/* A plain word keeps the bit that was written, and no other word changes: that is not told. */
static void one_bit(unsigned count, unsigned k, unsigned bit)
{
    static uint32_t before[WORDS];
    static char what[] = "bit .. of ........ shows";
    REG(address[k]) = 0;
    for (unsigned i = 0; i < count; i++)
        before[i] = REG(address[i]);
    REG(address[k]) = 1u << bit;
    before[k] |= 1u << bit;
    what[4] = (char)('0' + bit / 10);
    what[5] = (char)('0' + bit % 10);
    hex(what + 10, address[k]);
    for (unsigned i = 0; i < count; i++)
        if (REG(address[i]) != before[i])
            tell(address[i], what, REG(address[i]));
    REG(address[k]) = 0;
}

int main(void)
{
    char line[] = "........ reset ........ ones ........ zeros ........\n";
    unsigned count = 0;
    for (unsigned r = 0; r < sizeof ranges / sizeof *ranges; r++)
        for (uint32_t a = ranges[r].from; a < ranges[r].to; a += 4)
            address[count++] = a;
    if (*mark == MARK) {
        for (unsigned k = 0; k < count; k++)
            if (REG(address[k]) != first[k])
                tell(address[k], "by software leaves", REG(address[k]));
        return 0;
    }
    for (unsigned k = 0; k < count; k++)
        first[k] = REG(address[k]);
    for (unsigned k = 0; k < count; k++)
        for (unsigned bit = 0; bit < 32; bit++)
            one_bit(count, k, bit);
    for (unsigned k = 0; k < count; k++) {
        uint32_t a = address[k];
        hex(line, a);
        hex(line + 15, first[k]);
        REG(a) = 0xffffffff;
        hex(line + 29, REG(a));
        REG(a) = 0;
        hex(line + 44, REG(a));
        say(line);
    }
    for (unsigned k = 0; k < count; k++)
        REG(address[k]) = 0x55aa55aa & ~0x01000000u;
    *mark = MARK;
    SCB_AIRCR = 0x05fa0004;
    return 0;
}
