@ expect: exit 0
@ An addition (1) and a load (2); one more when the addition made the address of the load.
    .include "probe.inc"
    watch
    ldr r5, =0x20000100
    begin
    adds r4, r5, #0
    ldr r1, [r5]
    cycles 3
    begin
    adds r4, r5, #0
    ldr r1, [r4]
    cycles 4
    holds
