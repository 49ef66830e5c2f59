/* Which memory the data cache of a Cortex-M7 keeps is for the MPU to say. Cycles of a second pass
 * over a buffer. */
#include "guest.h"

#define BUFFER ((volatile uint32_t *)WHERE)
enum { WORDS = 256, ALL = 3 << 24, SHARED = 1 << 18, C = 1 << 17, B = 1 << 16, TEX1 = 1 << 19 };

static uint32_t pass(void)
{
    uint32_t sum = 0;
    for (int again = 0;; again++) {
        uint32_t start = DWT_CYCCNT;
        for (int i = 0; i < WORDS; i++)
            sum += BUFFER[i];
        if (again)
            return DWT_CYCCNT - start + (sum & 0);
    }
}

static uint32_t with(uint32_t attributes)
{
    REG(0xe000ed9c) = WHERE | 1 << 4 | 7;
    REG(0xe000eda0) = attributes | ALL | 10 << 1 | 1; /* 2 KiB */
    REG(0xe000ed94) = attributes ? 5 : 0;
    __asm__ volatile("dsb\n isb" ::: "memory");
    return pass();
}

int main(void)
{
    DEMCR |= 1 << 24;
    DWT_CTRL |= 1;
    SCB_CCR |= 1 << 16 | 1 << 17;
    __asm__ volatile("dsb\n isb");
    uint32_t map = with(0);
    say_number("map ", map, 10);
    say_number("not cached ", with(TEX1), 10);
    say_number("device ", with(B), 10);
    say_number("shared ", with(TEX1 | C | B | SHARED), 10);
    say_number("through ", with(C), 10);
    say_number("back ", with(TEX1 | C | B), 10);
    say_number("off ", with(0), 10);
    REG(0xe000ef9c) = 1; /* SIWT: shared memory is written through */
    say_number("shared through ", with(TEX1 | C | B | SHARED), 10);
    return 0;
}
