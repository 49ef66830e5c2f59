// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B1.4.3: PRIMASK raises the execution priority to 0: interrupts of priority 0 wait, NMI and a fault's HardFault do not
// expect: pended NMI HardFault unmasked IRQ0 behind
#include "rule.inc"
    .global main
    .thumb_func
main:
    cpsid i
    store NVIC_ISER, 1
    store NVIC_ISPR, 1
    dsb
    isb
    print "pended "
    store ICSR, 0x80000000
    dsb
    isb
    udf #0
    print "unmasked "
    cpsie i
    isb
    print "behind "
    b end
    .ltorg
    says NMI_Handler, "NMI "
    says IRQ0_Handler, "IRQ0 "
    handler HardFault_Handler
    push {r4, lr}
    print "HardFault "
    ldr r0, [sp, #32]
    adds r0, #2
    str r0, [sp, #32]
    pop {r4, pc}
