/* A loop on the crystal: its time is pinned by hse_hz. -DFAMILY as in registers.c. */
#include "guest.h"

#if FAMILY == 4
enum { CR = 0x40021000, CFGR = 0x40021008, HSE = 2 };
#elif FAMILY == 8
enum { CR = 0x58024400, CFGR = 0x58024410, HSE = 2 };
#else
enum { CR = 0x40023800, CFGR = 0x40023808, HSE = 1 };
#endif

int main(void)
{
    REG(CR) |= 1 << 16;
    while (!(REG(CR) & 1 << 17))
        ;
    REG(CFGR) |= HSE;
    for (volatile int k = 0; k < 1000; k++)
        ;
    return 0;
}
