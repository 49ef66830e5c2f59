@ expect: exit 0
@ Without the cache a load takes one cycle and BEAT - 1. Four lines at the stride of a way stay in the four ways of their
@ set. One that is invalidated by address (DCIMVAC) has to be filled again.
    .include "probe.inc"
    watch
    ldr r5, =SRAM
    begin
    ldr r1, [r5]
    cycles BEAT
    dcache
    ldr r2, =SRAM + WAY
    ldr r3, =SRAM + 2 * WAY
    ldr r4, =SRAM + 3 * WAY
    ldr r1, [r5]
    ldr r1, [r2]
    ldr r1, [r3]
    ldr r1, [r4]
    begin
    ldr r1, [r5]
    ldr r1, [r2]
    ldr r1, [r3]
    ldr r1, [r4]
    cycles 4
    ldr r0, =0xe000ef5c
    str r5, [r0]
    dsb
    begin
    ldr r1, [r5]
    cycles 1 + BEAT
    begin
    ldr r1, [r2]
    cycles 1
    holds
