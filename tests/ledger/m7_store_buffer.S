@ expect: exit 0
@ 32 word stores take 32 cycles. Byte stores to one bank leave the store buffer every four cycles; once it is full, 16 more
@ take 64 cycles more.
    .include "probe.inc"
    watch
    ldr r5, =0x20000100
    begin
    .rept 32
    str r1, [r5]
    .endr
    cycles 32
    sixteen_more 64, strb r1, [r5]
    holds
