@ expect: exit 0
@ A load and the store behind it take two cycles together, a store and the load behind it 1 + 2 and one for not
@ overlapping, a store with a register offset two.
    .include "probe.inc"
    watch
    ldr r5, =0x20000100
    movs r4, #8
    begin
    ldr r1, [r5]
    str r2, [r5, #4]
    cycles 2
    begin
    str r2, [r5, #4]
    ldr r1, [r5]
    cycles 4
    begin
    str r2, [r5, r4]
    cycles 2
    holds
