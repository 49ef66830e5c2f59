#include "guest.h"

extern uint32_t _sidata[], _sdata[], _edata[], _sbss[], _ebss[], _estack[];
extern void (*__init_array_start[])(void), (*__init_array_end[])(void);

void Reset_Handler(void)
{
    for (uint32_t *to = _sdata, *from = _sidata; to < _edata;)
        *to++ = *from++;
    for (uint32_t *to = _sbss; to < _ebss;)
        *to++ = 0;
    SCB_CPACR |= 0xf << 20;
    __asm__ volatile("dsb\n isb");
    for (void (**f)(void) = __init_array_start; f < __init_array_end; f++)
        (*f)();
    main();
    leave();
    for (;;)
        ;
}

void Default_Handler(void)
{
    for (;;)
        ;
}

#define WEAK(name) void name(void) __attribute__((weak, alias("Default_Handler")))
WEAK(NMI_Handler);
WEAK(HardFault_Handler);
WEAK(MemManage_Handler);
WEAK(BusFault_Handler);
WEAK(UsageFault_Handler);
WEAK(SVC_Handler);
WEAK(PendSV_Handler);
WEAK(SysTick_Handler);
void IRQ_Handler(void) __attribute__((weak, alias("Default_Handler")));
#define IRQ4 \
    (uint32_t) IRQ_Handler, (uint32_t)IRQ_Handler, (uint32_t)IRQ_Handler, (uint32_t)IRQ_Handler
#define IRQ16 IRQ4, IRQ4, IRQ4, IRQ4

__attribute__((section(".isr_vector"), used)) const uint32_t vectors[] = {
    (uint32_t)_estack,
    (uint32_t)Reset_Handler,
    (uint32_t)NMI_Handler,
    (uint32_t)HardFault_Handler,
    (uint32_t)MemManage_Handler,
    (uint32_t)BusFault_Handler,
    (uint32_t)UsageFault_Handler,
    0,
    0,
    0,
    0,
    (uint32_t)SVC_Handler,
    0,
    0,
    (uint32_t)PendSV_Handler,
    (uint32_t)SysTick_Handler,
    IRQ16,
    IRQ16,
    IRQ16,
    IRQ16,
    IRQ16,
};
