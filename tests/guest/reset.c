/* A loader that resets the part to start the application, and an application that looks at what the
 * reset left. */
#include "guest.h"

#define RCC_CSR REG(0x40023874)
#define RTC_BKP0R REG(0x40002850)
enum { MAGIC = 0x600d1057, RMVF = 1 << 24, SFTRSTF = 1 << 28 };
/* no section: start-up leaves it alone */
static volatile uint32_t *const kept = (volatile uint32_t *)0x20018000;
static volatile uint32_t began;

void PendSV_Handler(void)
{
    began = DWT_CYCCNT;
    SCB_AIRCR = 0x05fa0004;
    kept[1]++; /* not reached */
    for (;;)
        ;
}

static void load(void)
{
    say("loader\n");
    kept[0] = MAGIC;
    kept[1] = 0;
    RTC_BKP0R = 0x1234;
    RCC_CSR |= RMVF;
    DEMCR |= 1 << 24;
    DWT_CTRL |= 1;
    SYST_RVR = 5000;
    SYST_CSR = 1;
    NVIC_ISER[0] = 3;
    NVIC_IPR[1] = 0x40;
    SCB_SHPR[10] = 0x80;
    SCB_CCR |= 1 << 4;
    REG(0x40000028) = 7; /* TIM2_PSC */
    REG(0x40000000) = 1;
    __asm__ volatile("msr psp, %0\n msr basepri, %1\n vmov s0, %0" ::"r"(0x20004000), "r"(0xf0));
    SCB_ICSR = 1 << 28;
    __asm__ volatile("dsb\n isb");
    say("not reached\n");
}

static uint32_t masks(void)
{
    uint32_t a, b, c, d, e;
    __asm__ volatile(
        "mrs %0, basepri\n mrs %1, control\n mrs %2, ipsr\n mrs %3, psp\n mrs %4, primask"
        : "=r"(a), "=r"(b), "=r"(c), "=r"(d), "=r"(e));
    return a | b | c | d | e;
}

int main(void)
{
    if (kept[0] != MAGIC) {
        load();
        return 0;
    }
    say_number("software ", (RCC_CSR & SFTRSTF) != 0, 10);
    say_number("power-on ", RCC_CSR >> 27 & 1, 10);
    say_number("masks ", masks() & ~4u, 16);
    say_number("system ",
               SYST_CSR | SYST_RVR | NVIC_ISER[0] | NVIC_IPR[1] | SCB_SHPR[10] | (SCB_CCR & 1 << 4),
               16);
    say_number("timer ", REG(0x40000000) | REG(0x40000028), 16);
    say_number("sram ", kept[1], 10);
    say_number("backup ", RTC_BKP0R, 16);
    say_number("counting ", DWT_CTRL & 1, 10);
#ifdef AGAIN
    SCB_AIRCR = 0x05fa0004;
#endif
    return 0;
}
