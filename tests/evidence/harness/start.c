/* Start-up of a measured program: data, FPU, flash and caches as -DACR, -DACR_VALUE and -DCACHES
 * say, then main(). */
#include "evidence.h"

#define REG(a) (*(volatile uint32_t *)(a))

extern uint32_t _sidata[], _sdata[], _edata[], _sbss[], _ebss[], _estack[];
int main(void);

static void semihost(int op, const void *arg)
{
    register int r0 __asm__("r0") = op;
    register const void *r1 __asm__("r1") = arg;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

void evidence_print(const char *name, uint32_t cycles)
{
    char text[12];
    char *p = text + sizeof text;
    *--p = 0;
    *--p = '\n';
    do
        *--p = (char)('0' + cycles % 10);
    while (cycles /= 10);
    *--p = ' ';
    semihost(4, name);
    semihost(4, p);
}

void Reset_Handler(void)
{
    for (uint32_t *to = _sdata, *from = _sidata; to < _edata;)
        *to++ = *from++;
    for (uint32_t *to = _sbss; to < _ebss;)
        *to++ = 0;
    REG(0xe000ed88) |= 0xf << 20; /* CPACR: the FPU */
#ifdef ACR
    REG(ACR) = ACR_VALUE; /* FLASH_ACR */
#endif
#ifdef CACHES
    REG(0xe000ef50) = 0;        /* ICIALLU */
    REG(0xe000ed14) |= 3 << 16; /* CCR: IC, DC; the data cache of the model is empty after reset */
#endif
    __asm__ volatile("dsb\n isb");
    REG(0xe000edfc) |= 1 << 24;   /* DEMCR.TRCENA */
    REG(0xe0001fb0) = 0xc5acce55; /* DWT_LAR, Cortex-M7 */
    REG(0xe0001004) = 0;
    REG(0xe0001000) |= 1; /* DWT_CTRL.CYCCNTENA */
    main();
    semihost(0x18, (void *)0x20026);
    for (;;)
        ;
}

static void stray(void)
{
    semihost(0x18, (void *)0x20023);
    for (;;)
        ;
}

__attribute__((section(".isr_vector"), used)) const uint32_t vectors[16] = {
    (uint32_t)_estack,
    (uint32_t)Reset_Handler,
    (uint32_t)stray,
    (uint32_t)stray,
    (uint32_t)stray,
    (uint32_t)stray,
    (uint32_t)stray,
    0,
    0,
    0,
    0,
    (uint32_t)stray,
    0,
    0,
    (uint32_t)stray,
    (uint32_t)stray,
};
