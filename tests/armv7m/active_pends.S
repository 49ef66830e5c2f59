// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B3.4.3 to B3.4.8: an active interrupt can be made pending, runs again behind its return; IABR shows it and cannot be written; ICPR takes it back
// expect: 00000002 00000000 00000002 00000002 again 00000002 00000000 00000000 end
#include "rule.inc"
    .equ NVIC_ICPR, 0xe000e280
    .equ NVIC_IABR, 0xe000e300
    .global main
    .thumb_func
main:
    movs r6, #0
    store NVIC_ISER, 2
    store NVIC_IABR, 0xf
    store NVIC_ISPR, 2
    dsb
    isb
    load r4, NVIC_IABR
    print_hex r4
    print "end "
    b end
    .ltorg
    handler IRQ1_Handler
    push {r4, lr}
    cbnz r6, 1f
    movs r6, #1
    load r4, NVIC_IABR
    print_hex r4
    load r4, NVIC_ISPR
    print_hex r4
    store NVIC_ISPR, 2
    load r4, NVIC_IABR
    print_hex r4
    load r4, NVIC_ISPR
    print_hex r4
    pop {r4, pc}
1:  print "again "
    store NVIC_ISPR, 2
    load r4, NVIC_ISPR
    print_hex r4
    store NVIC_ICPR, 2
    load r4, NVIC_ISPR
    print_hex r4
    pop {r4, pc}
