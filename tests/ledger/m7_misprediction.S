@ expect: exit 0
@ A branch that was four times not taken is taken: eight cycles more, six when its flags were set at least three cycles
@ ahead (here five, by ten additions in pairs).
    .include "probe.inc"
    .macro learn what
    movs r5, #4
1:  movs r4, #0
    bl \what
    mov r10, r0
    subs r5, #1
    bne 1b
    movs r4, #1
    bl \what
    sub r0, r0, r10
    .endm
    watch
    learn late_flags
    cmp r0, #8
    beq 1f
    broken
1:  learn early_flags
    cmp r0, #6
    beq 1f
    broken
1:  holds
    .balign 8
    .thumb_func
late_flags:
    begin
    adds r1, r2, r3
    cmp r4, #0
    bne 1f
    nop
1:  elapsed
    bx lr
    .balign 8
    .thumb_func
early_flags:
    begin
    cmp r4, #0
    .rept 10
    add r1, r2, r3
    .endr
    bne 1f
    nop
1:  elapsed
    bx lr
