@ expect: exit 0
@ A load takes one cycle, an unaligned one three more, at 2 mod 4 as at 1 mod 4; a store hides it, until one a cycle has
@ filled the store buffer: 16 more then take 64 cycles more.
    .include "probe.inc"
    watch
    ldr r5, =0x20000100
    begin
    ldr r1, [r5]
    cycles 1
    adds r5, #2
    begin
    ldr r1, [r5]
    cycles 4
    begin
    str r1, [r5]
    cycles 1
    sixteen_more 64, str r1, [r5]
    adds r5, #1
    begin
    ldr r1, [r5]
    cycles 4
    holds
