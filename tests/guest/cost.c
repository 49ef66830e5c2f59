/* Exceptions whose cycles can be told from outside: CASE 1 one PendSV; 2 two interrupts, the second
 * tail-chained; 3 an FP handler over an FP thread; 4 an integer handler over an FP thread; 5 late
 * arrival: SysTick fires while a less urgent interrupt is stacked, at one of the distances
 * tried. */
#include "guest.h"

static char mark[512];
static volatile unsigned n;
static volatile float f = 1.5f;
static void put(char c)
{
    mark[n++] = c;
}
void IRQ_Handler(void)
{
    put('i');
}
void SysTick_Handler(void)
{
    put('t');
    SYST_CSR = 0;
}
void PendSV_Handler(void)
{
#if CASE == 3
    f = f * 2.0f;
#endif
}
static void sync(void)
{
    __asm__ volatile("dsb\n isb" ::: "memory");
}

int main(void)
{
#if CASE == 3 || CASE == 4
    f = f * 1.5f;
#endif
#if CASE == 1 || CASE == 3 || CASE == 4
    SCB_ICSR = 1u << 28;
    sync();
#elif CASE == 2
    NVIC_ISER[0] = 3;
    __asm__ volatile("cpsid i");
    NVIC_ISPR[0] = 3;
    __asm__ volatile("cpsie i");
    sync();
#elif CASE == 5
    NVIC_ISER[0] = 1;
    NVIC_IPR[0] = 0x80;
    SCB_SHPR[11] = 0x40;
    for (unsigned wait = 8; wait < 40; wait++) {
        SYST_RVR = wait;
        SYST_CVR = 0;
        SYST_CSR = 7;
        NVIC_ISPR[0] = 1;
        sync();
        for (volatile int k = 0; k < 20; k++)
            ;
        put(' ');
    }
    put('\n');
    say(mark);
#endif
    return 0;
}
