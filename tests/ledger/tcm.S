@ expect: exit 0
@ Loads of one bank of DTCM take one cycle each, with the data cache on as well.
    .include "probe.inc"
    watch
    ldr r5, =0x20000100
    begin
    .rept 8
    ldr r1, [r5]
    .endr
    cycles 8
    dcache
    begin
    .rept 8
    ldr r1, [r5]
    .endr
    cycles 8
    holds
