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
    begin
    .rept 32
    str r1, [r5]
    .endr
    elapsed
    mov r10, r0
    .rept 64                @ the buffer empties itself
    nop
    .endr
    begin
    .rept 48
    str r1, [r5]
    .endr
    elapsed
    sub r0, r0, r10
    cmp r0, #64
    beq 1f
    broken
1:  adds r5, #1
    begin
    ldr r1, [r5]
    cycles 4
    holds
