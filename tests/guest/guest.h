/* What the guest test images share: registers of the core, semihosting output, start-up in
 * start.c. */
#ifndef GUEST_H
#define GUEST_H

#include <stdint.h>

#define REG(a) (*(volatile uint32_t *)(a))
#define SYST_CSR REG(0xe000e010)
#define SYST_RVR REG(0xe000e014)
#define SYST_CVR REG(0xe000e018)
#define NVIC_ISER ((volatile uint32_t *)0xe000e100)
#define NVIC_ICER ((volatile uint32_t *)0xe000e180)
#define NVIC_ISPR ((volatile uint32_t *)0xe000e200)
#define NVIC_ICPR ((volatile uint32_t *)0xe000e280)
#define NVIC_IPR ((volatile uint8_t *)0xe000e400)
#define SCB_ICSR REG(0xe000ed04)
#define SCB_VTOR REG(0xe000ed08)
#define SCB_AIRCR REG(0xe000ed0c)
#define SCB_CCR REG(0xe000ed14)
#define SCB_SHPR ((volatile uint8_t *)0xe000ed18) /* exception 4 first */
#define SCB_SHCSR REG(0xe000ed24)
#define SCB_CFSR REG(0xe000ed28)
#define SCB_HFSR REG(0xe000ed2c)
#define SCB_MMFAR REG(0xe000ed34)
#define SCB_BFAR REG(0xe000ed38)
#define SCB_CPACR REG(0xe000ed88)
#define SCB_STIR REG(0xe000ef00)
#define DWT_CTRL REG(0xe0001000)
#define DWT_CYCCNT REG(0xe0001004)
#define DEMCR REG(0xe000edfc)

#define NOINLINE __attribute__((noinline))

static inline int semihost(int op, const void *arg)
{
    register int r0 __asm__("r0") = op;
    register const void *r1 __asm__("r1") = arg;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static inline void say(const char *s)
{
    semihost(0x04, s);
}
static inline void say_number(const char *label, uint32_t v, unsigned base)
{
    char text[12], *p = text + sizeof text;
    *--p = 0;
    do
        *--p = "0123456789abcdef"[v % base];
    while (v /= base);
    say(label);
    say(p);
    say("\n");
}
static inline void leave(void)
{
    semihost(0x18, (void *)0x20026);
}

int main(void);
#endif
