@ expect: exit 0
@ A load behind AXI takes BEAT cycles, and twice as many with the AXI clock at half the core's (D1CFGR.HPRE = 8).
    .include "probe.inc"
    watch
    ldr r5, =SRAM
    begin
    ldr r1, [r5]
    cycles BEAT
    ldr r0, =0x58024418
    movs r1, #8
    str r1, [r0]
    dsb
    isb
    begin
    ldr r1, [r5]
    cycles 2 * BEAT
    holds
