// board: stm32f407
// qemu: no: QEMU 7.2 has no DebugMonitor
// rule: ARMv7-M C1.6.5, DEMCR.MON_PEND: pends DebugMonitor, which is taken once MON_EN and its priority (SHPR3) let it
// expect: 00020000 00030000 DebugMonitor 00000100 00010000
#include "rule.inc"
    .global main
    .thumb_func
main:
    store SHPR3, 0x40
    store 0xe000edfc, 0x20000
    load r4, 0xe000edfc
    print_hex r4
    movs r0, #0x40
    msr basepri, r0
    store 0xe000edfc, 0x30000
    dsb
    isb
    load r4, 0xe000edfc
    print_hex r4
    movs r0, #0
    msr basepri, r0
    isb
    load r4, 0xe000edfc
    print_hex r4
    b end
    .ltorg
    handler DebugMon_Handler
    push {r4, lr}
    print "DebugMonitor "
    load r4, SHCSR
    print_hex r4
    pop {r4, pc}
    .ltorg
