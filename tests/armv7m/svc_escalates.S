// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B1.5.6, SVC at a priority that SVCall cannot pre-empt escalates to HardFault (HFSR.FORCED); CFSR stays 0, SVCall does not become pending
// expect: 40000000 00000000 00000000 end
#include "rule.inc"
    .global main
    .thumb_func
main:
    cpsid i
    svc #0
    print "end "
    b end
    .ltorg
    handler HardFault_Handler
    push {r4, lr}
    load r4, HFSR
    print_hex r4
    load r4, CFSR
    print_hex r4
    load r4, SHCSR
    ldr r5, =0xffff
    ands r4, r5
    print_hex r4
    pop {r4, pc}
