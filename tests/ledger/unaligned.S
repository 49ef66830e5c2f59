@ expect: exit 0
@ A word at 2 mod 4 is read as two halfwords, one bus transfer more than a word: one cycle. At 1 mod 4 it is a byte, a
@ halfword and a byte: two cycles.
    .include "probe.inc"
    ldr r0, =0xe000edfc     @ DEMCR: TRCENA
    mov r1, #0x1000000
    str r1, [r0]
    ldr r4, =0xe0001000     @ DWT_CTRL: CYCCNTENA
    movs r1, #1
    str r1, [r4]
    ldr r5, =0x20000100
    bl time
    mov r6, r0
    adds r5, #2
    bl time
    subs r0, r0, r6
    cmp r0, #1
    beq 1f
    broken
1:  subs r5, #1
    bl time
    subs r0, r0, r6
    cmp r0, #2
    beq 2f
    broken
2:  holds
    .thumb_func
time:
    ldr r1, [r4, #4]
    ldr r2, [r5]
    ldr r0, [r4, #4]
    subs r0, r0, r1
    bx lr
