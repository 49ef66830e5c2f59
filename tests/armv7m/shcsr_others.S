// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B3.2.13 and B1.5.8 (ExceptionTaken), SHCSR: entry clears the pending bit of the exception that is taken and of no other: a handler sees those that still wait
// expect: BusFault 00079002 UsageFault 00078008 SVC 00070080
#include "rule.inc"
    .global main
    .thumb_func
main:
    cpsid i
    store SHCSR, 0x7d000
    cpsie i
    isb
    b end
    .ltorg
    .macro shows name, text
    handler \name
    push {r4, lr}
    print "\text"
    load r4, SHCSR
    print_hex r4
    pop {r4, pc}
    .endm
    shows BusFault_Handler, "BusFault "
    shows UsageFault_Handler, "UsageFault "
    shows SVC_Handler, "SVC "
