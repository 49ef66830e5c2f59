// board: stm32f407
// qemu: no: QEMU sleeps as it should, and never ends
// rule: ARMv7-M B1.5.19: an exception that BASEPRI masks does not end WFI
// expect: asleep
#include "rule.inc"
    .global main
    .thumb_func
main:
    store SHPR3, 0x80000000
    movs r0, #0x80
    msr basepri, r0
    store 0xe000e014, 999
    store 0xe000e018, 0
    store 0xe000e010, 7
    print "asleep "
    wfi
    print "woke "
    b end
    .ltorg
