// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B1.5.4: of pending exceptions of one priority the lowest number is first; a disabled interrupt stays pending until it is enabled
// expect: PendSV SysTick IRQ0 IRQ2 enabled IRQ1 end
#include "rule.inc"
    .global main
    .thumb_func
main:
    cpsid i
    store NVIC_ISER, 5
    store NVIC_ISPR, 7
    store ICSR, (1 << 28) | (1 << 26)
    cpsie i
    isb
    print "enabled "
    store NVIC_ISER, 2
    dsb
    isb
    print "end "
    b end
    .ltorg
    says PendSV_Handler, "PendSV "
    says SysTick_Handler, "SysTick "
    says IRQ0_Handler, "IRQ0 "
    says IRQ1_Handler, "IRQ1 "
    says IRQ2_Handler, "IRQ2 "
