@ expect: exit 0
@ Two wide loads take three cycles, at 2 mod 4 (behind an addition of one cycle) as well.
    .include "probe.inc"
    watch
    ldr r5, =0x20000100
    begin
    ldr.w r1, [r5]
    ldr.w r2, [r5]
    cycles 3
    begin
    adds r3, r3, #1
    ldr.w r1, [r5]
    ldr.w r2, [r5]
    cycles 4
    holds
