@ expect: exit 0
@ Beside the two cycles of a load: a word at 2 mod 4 is read as two halfwords, one bus transfer more than a word; at 1
@ mod 4 it is a byte, a halfword and a byte, two more. A store hides its own.
    .include "probe.inc"
    watch
    ldr r5, =0x20000100
    begin
    ldr r1, [r5]
    cycles 2
    adds r5, #2
    begin
    ldr r1, [r5]
    cycles 3
    begin
    str r1, [r5]
    cycles 1
    adds r5, #1
    begin
    ldr r1, [r5]
    cycles 4
    holds
