// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B1.5.4, PRIGROUP: only the group part pre-empts, the subpriority orders what is pending
// expect: (IRQ0 IRQ1 IRQ2 IRQ0) (IRQ0 IRQ0) IRQ1 IRQ2
#include "rule.inc"
    .global main
    .thumb_func
main:
    store NVIC_ISER, 7
    store NVIC_IPR, 0x00504060 @ IRQ0 0x60, IRQ1 0x40, IRQ2 0x50
    store AIRCR, 0x05fa0400 @ groups are bits 7:5: 0x60 is one group, 0x40 and 0x50 another, more urgent
    store NVIC_ISPR, 1
    dsb
    isb
    store AIRCR, 0x05fa0500 @ groups are bits 7:6: all three are of one group
    store NVIC_ISPR, 1
    dsb
    isb
    b end
    handler IRQ0_Handler
    push {r4, lr}
    print "(IRQ0 "
    store NVIC_ISPR, 2
    dsb
    isb
    print "IRQ0) "
    pop {r4, pc}
    handler IRQ1_Handler
    push {r4, lr}
    store NVIC_ISPR, 4
    dsb
    isb
    print "IRQ1 "
    pop {r4, pc}
    says IRQ2_Handler, "IRQ2 "
