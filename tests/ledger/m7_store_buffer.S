@ expect: exit 0
@ 32 byte stores take 32 cycles as 32 word stores do.
    .include "probe.inc"
    watch
    ldr r5, =0x20000100
    begin
    .rept 32
    str r1, [r5]
    .endr
    cycles 32
    begin
    .rept 32
    strb r1, [r5]
    .endr
    cycles 32
    holds
