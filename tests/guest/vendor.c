/* What vendor start-up code, drivers and kernels ask of a part: CRC of any length, a random number
 * by interrupt, data in backup SRAM, threads that run on the main stack pointer in another memory.
 * -DFAMILY=2 (STM32F4), 4 (L4+), 7 (F7), 8 (H7). */
#include "guest.h"

#if FAMILY == 8
#define RNG 0x48021800u
#define CRC 0x58024c00u
#define OTHER_STACK 0x30001000u
#elif FAMILY == 7
#define RNG 0x50060800u
#define CRC 0x40023000u
#define OTHER_STACK 0x2004e000u
#elif FAMILY == 4
#define RNG 0x50060800u
#define CRC 0x40023000u
#define OTHER_STACK 0x10001000u
#else
#define RNG 0x50060800u
#define OTHER_STACK 0x10001000u
#endif

#if FAMILY == 2 || FAMILY == 7
__attribute__((section(".backup,\"aw\",%nobits@"))) volatile uint32_t kept[4];
#else
static volatile uint32_t kept[4];
#endif

NOINLINE static uint32_t work(uint32_t n)
{
    return n ? n + work(n - 1) : 0;
}

/* A call on another stack: above the main stack or in another memory. */
NOINLINE static uint32_t on_stack(uint32_t stack, uint32_t n)
{
    register uint32_t r0 __asm__("r0") = n, r4 __asm__("r4") = stack;
    __asm__ volatile("mov r5, sp\n msr msp, r4\n isb\n blx %2\n msr msp, r5\n isb"
                     : "+r"(r0), "+r"(r4)
                     : "r"(work)
                     : "r1", "r2", "r3", "r5", "r12", "lr", "memory", "cc");
    return r0;
}

#if FAMILY != 2
static void crc(uint32_t length, uint32_t polynomial, uint32_t start)
{
    REG(CRC + 0x14) = polynomial;
    REG(CRC + 0x10) = start;
    REG(CRC + 0x08) = length << 3 | 1;
    for (const char *p = "123456789"; *p; p++)
        *(volatile uint8_t *)CRC = (uint8_t)*p;
    say_number("crc ", REG(CRC), 16);
}
#endif

int main(void)
{
    kept[0] = 1;
    ((volatile uint8_t *)kept)[1] = 2;
    say_number("kept ", kept[0], 16);
    uint32_t before = NVIC_ISPR[2];
    REG(RNG) = 4 | 8;
    for (volatile int i = 0; i < 1000; i++)
        ; /* a number takes its time */
    say_number("number waits ", (before << 4 | NVIC_ISPR[2]) >> 16, 16); /* interrupt 80 */
    say_number("other stack ", on_stack(OTHER_STACK, 50), 10);
#if FAMILY == 8
    REG(0x52004000) = 0x30d2; /* ST's start-up code turns the FMC's first bank off */
    say_number("fmc ", REG(0x52004000), 16);
#endif
#if FAMILY != 2
    crc(2, 0x07, 0);                /* CRC-8: f4 */
    crc(1, 0x1021, 0);              /* CRC-16/XMODEM: 31c3 */
    crc(3, 0x09, 0);                /* CRC-7/MMC: 75 */
    crc(0, 0x04c11db7, UINT32_MAX); /* CRC-32/MPEG-2: 376e6e7 */
#endif
#ifdef ERROR
    for (;;)
        ; /* as a library's error handler */
#endif
    __asm__ volatile("cpsid i\n wfi");
    return 0;
}
