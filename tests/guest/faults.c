/* One fault each, chosen by -DFAULT=n. With -DHANDLE the image has handlers that print the fault
 * registers and skip the instruction, else the vector table leads to an endless loop. */
#include "guest.h"

#ifdef HANDLE
struct frame {
    uint32_t r0, r1, r2, r3, r12, lr, pc, psr;
};
void report(struct frame *f, uint32_t lr);
void report(struct frame *f, uint32_t lr)
{
    uint32_t ipsr;
    __asm__ volatile("mrs %0, ipsr" : "=r"(ipsr));
    say_number("exception ", ipsr, 10);
    say_number("cfsr ", SCB_CFSR, 16);
    say_number("hfsr ", SCB_HFSR, 16);
    if (SCB_CFSR & 0x8000)
        say_number("bfar ", SCB_BFAR, 16);
    if (SCB_CFSR & 0x80)
        say_number("mmfar ", SCB_MMFAR, 16);
    say_number("return ", lr, 16);
    SCB_CFSR = SCB_CFSR;
    SCB_HFSR = SCB_HFSR;
    leave();
}
#define HANDLER(name)                                                                         \
    __attribute__((naked)) void name(void)                                                    \
    {                                                                                         \
        __asm__ volatile("mov r1, lr\n tst lr, #4\n ite eq\n mrseq r0, msp\n mrsne r0, psp\n" \
                         "b report\n");                                                       \
    }
HANDLER(HardFault_Handler)
HANDLER(MemManage_Handler)
HANDLER(BusFault_Handler)
HANDLER(UsageFault_Handler)
#endif

volatile uint32_t sink, zero;
int guard = 1; /* .data: what a stack overflow reaches */

__attribute__((unused)) static NOINLINE uint32_t deep(uint32_t n)
{
    volatile uint32_t big[64];
    for (int i = 0; i < 64; i++)
        big[i] = n + (uint32_t)i;
    return n ? deep(n - 1) + big[n & 63] : big[0];
}

static NOINLINE void provoke(void)
{
#if FAULT == 1 /* read of a hole */
    sink = REG(0x30000000);
#elif FAULT == 2  /* undefined instruction */
    __asm__ volatile(".short 0xde01");
#elif FAULT == 3  /* write to flash */
    REG(0x08000000) = 1;
#elif FAULT == 4  /* branch to an even address */
    __asm__ volatile("ldr r0, =0x08000100\n bx r0" ::: "r0");
#elif FAULT == 5  /* division by zero, trapped */
    SCB_CCR |= 1 << 4;
    sink = 5 / zero;
#elif FAULT == 6  /* multi-word access off a word boundary */
    __asm__ volatile("ldr r0, =0x20000001\n ldmia r0, {r1, r2}" ::: "r0", "r1", "r2");
#elif FAULT == 7  /* execution of the peripherals' space */
    ((void (*)(void))0x40000001)();
#elif FAULT == 8  /* stack into data */
    guard = (int)deep(1000);
#elif FAULT == 9  /* jump through a null pointer into the hole below flash */
    ((void (*)(void))0x60000001)();
#elif FAULT == 10 /* write to a hole */
    REG(0x1fff0000) = 1;
#elif FAULT == 11 /* SVC while masked escalates */
    __asm__ volatile("cpsid i\n svc 0");
#elif FAULT == 12 /* no progress */
    for (;;)
        sink++;
#elif FAULT == 13 /* FPU while disabled */
    SCB_CPACR = 0;
    __asm__ volatile("dsb\n isb\n vmov s0, r0");
#elif FAULT == 16 /* no fault: from the second SRAM into the first, data lies far below */
    sink = deep(80);
#elif FAULT == 15 /* a coprocessor that is not there */
    __asm__ volatile("mcr p15, 0, r0, c7, c5, 0");
#elif FAULT == 14 /* unaligned word, trapped */
    sink = *(volatile uint32_t *)0x20000101;
#endif
}

int main(void)
{
#ifdef HANDLE
    if (HANDLE > 1)
        SCB_SHCSR |= 7 << 16;
#endif
    say("before\n");
    if (FAULT == 14) {
        SCB_CCR |= 1 << 3;
        __asm__ volatile("dsb\n isb");
    }
    provoke();
    say_number("after ", guard, 10);
    return 0;
}
