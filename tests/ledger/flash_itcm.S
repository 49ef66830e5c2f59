@ expect: exit 0, text 0x00200400, vectors 0x00200000
@ Five wait states. With ARTEN, the second time through 512 bytes of code wait for nothing: 256 additions in pairs. With
@ PRFTEN alone neither: a line of 16 additions covers eight cycles, and reading the next takes six. Each load of a word
@ there waits for five, also the second one of the same line.
    .include "probe.inc"
    .macro twice
    movs r5, #2
1:  begin
    .rept 256
    adds r1, r2, r3
    .endr
    elapsed
    subs r5, #1
    bne.w 1b
    sub r0, r0, r8
    cmp r0, #128
    beq 1f
    broken
1:
    .endm
    watch
    flash 5 + ICEN
    twice
    flash 5 + PRFTEN
    twice
    ldr r4, =0x00201000
    movs r5, #2
1:  begin
    ldr r1, [r4]
    ldr r1, [r4]
    elapsed
    subs r5, #1
    bne.w 1b
    sub r0, r0, r8
    cmp r0, #12
    beq 1f
    broken
1:  holds
