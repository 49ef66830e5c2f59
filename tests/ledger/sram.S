@ expect: exit 0
@ Loads in a row take one cycle each behind the first (Cortex-M4 manual, 3.3.2): four take one cycle more than three.
    .include "probe.inc"
    ldr r0, =0xe000edfc     @ DEMCR: TRCENA
    mov r1, #0x1000000
    str r1, [r0]
    ldr r4, =0xe0001000     @ DWT_CTRL: CYCCNTENA
    movs r1, #1
    str r1, [r4]
    ldr r5, =0x20000100
    ldr r1, [r4, #4]
    ldr r2, [r5]
    ldr r2, [r5, #4]
    ldr r2, [r5, #8]
    ldr r0, [r4, #4]
    subs r6, r0, r1
    ldr r1, [r4, #4]
    ldr r2, [r5]
    ldr r2, [r5, #4]
    ldr r2, [r5, #8]
    ldr r2, [r5, #12]
    ldr r0, [r4, #4]
    subs r0, r0, r1
    subs r0, r0, r6
    cmp r0, #1
    beq 1f
    broken
1:  holds
