@ expect: exit 0
@ 32 stores in a row take 32 cycles: the store buffer never fills.
    .include "probe.inc"
    watch
    ldr r5, =0x20000100
    begin
    .rept 32
    str r1, [r5]
    .endr
    cycles 32
    holds
