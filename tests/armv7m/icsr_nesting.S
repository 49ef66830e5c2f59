// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B3.2.4, ICSR: VECTACTIVE is the exception that runs; RETTOBASE is 1 in a handler when no other exception is active
// expect: 0000080b 00000010 0000080b 00000000
#include "rule.inc"
    .global main
    .thumb_func
main:
    store SHPR2, 0x80000000
    store NVIC_ISER, 1
    svc #0
    load r4, ICSR
    bic r4, #0x800
    print_hex r4
    b end
    .ltorg
    handler SVC_Handler
    push {r4, lr}
    load r4, ICSR
    print_hex r4
    store NVIC_ISPR, 1
    dsb
    isb
    load r4, ICSR
    print_hex r4
    pop {r4, pc}
    handler IRQ0_Handler
    push {r4, lr}
    load r4, ICSR
    print_hex r4
    pop {r4, pc}
