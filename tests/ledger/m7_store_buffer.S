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
    begin
    .rept 32
    strb r1, [r5]
    .endr
    elapsed
    mov r10, r0
    .rept 64                @ the buffer empties itself
    nop
    .endr
    begin
    .rept 48
    strb r1, [r5]
    .endr
    elapsed
    sub r0, r0, r10
    cmp r0, #64
    beq 1f
    broken
1:  holds
