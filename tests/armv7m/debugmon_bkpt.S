// board: stm32f407
// qemu: no: QEMU 7.2 has no DebugMonitor enable: a breakpoint escalates
// rule: ARMv7-M C1.4.1: with DEMCR.MON_EN a BKPT takes DebugMonitor, DFSR.BKPT is set; below its priority it escalates to HardFault with HFSR.DEBUGEVT
// expect: 00000000 00010000 DebugMonitor 00000002 00000000 behind HardFault 00000002 80000000
#include "rule.inc"
    .global main
    .thumb_func
main:
    load r4, 0xe000edf0
    and r4, #1
    print_hex r4
    store 0xe000edfc, 0x10000
    load r4, 0xe000edfc
    print_hex r4
    bkpt 1
    print "behind "
    cpsid i
    bkpt 2
    b end
    .ltorg
    handler DebugMon_Handler
    push {r4, lr}
    print "DebugMonitor "
    load r4, DFSR
    print_hex r4
    store DFSR, 2
    load r4, DFSR
    print_hex r4
    ldr r0, [sp, #32]
    adds r0, #2
    str r0, [sp, #32]
    pop {r4, pc}
    .ltorg
    handler HardFault_Handler
    print "HardFault "
    load r4, DFSR
    print_hex r4
    load r4, HFSR
    print_hex r4
    b end
    .ltorg
