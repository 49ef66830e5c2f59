@ expect: exit 0
@ DebugMonitor on, comparator 0 of FPB at the NOP, comparator 0 of DWT watching r2's word for writes, MON_STEP: none of them
@ raises an event. Should one do, DebugMonitor has no vector and the run faults.
    .include "probe.inc"
    ldr r0, =0xe000edfc     @ DEMCR: TRCENA, MON_EN, MON_STEP
    ldr r1, =0x01050000
    str r1, [r0]
    ldr r2, =0x20000100
    ldr r0, =0xe0001020     @ DWT_COMP0, MASK0, FUNCTION0: writes
    str r2, [r0]
    movs r1, #0
    str r1, [r0, #4]
    movs r1, #6
    str r1, [r0, #8]
    ldr r0, =0xe0002000     @ FP_CTRL: KEY, ENABLE; FP_COMP0: breakpoint at either halfword
    ldr r1, =here
    bic r1, #3
    ldr r3, =0xc0000001
    orr r1, r3
    str r1, [r0, #8]
    movs r1, #3
    str r1, [r0]
    dsb
    isb
here:
    nop
    str r1, [r2]
    nop
    holds
