// board: stm32f407
// qemu: no: WFE is a NOP there
// rule: ARMv7-M B1.5.18: the event register is set by SEV, by exception entry and return and, with SEVONPEND, by an interrupt that becomes pending; WFE clears it
// expect: SEV IRQ1 return pended asleep
#include "rule.inc"
    .global main
    .thumb_func
main:
    sev
    wfe
    print "SEV "
    store NVIC_ISER, 2
    store NVIC_ISPR, 2
    dsb
    isb
    wfe
    print "return "
    store SCR, 16
    store NVIC_ISPR, 4
    wfe
    print "pended "
    print "asleep "
    wfe
    print "woke "
    b end
    .ltorg
    says IRQ1_Handler, "IRQ1 "
