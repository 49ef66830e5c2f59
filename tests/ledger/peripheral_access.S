@ expect: exit 0
@ The same code reads a register on AHB1 (RCC_CR) and a word of SRAM: by the cycle counter both take equally long.
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
    ldr r5, =0x40023800
    bl time
    cmp r0, r6
    beq 1f
    broken
1:  cmp r0, #4              @ the four loads take a cycle each at least
    bge 2f
    broken
2:  holds
    .thumb_func
time:
    ldr r1, [r4, #4]
    ldr r2, [r5]
    ldr r2, [r5]
    ldr r2, [r5]
    ldr r0, [r4, #4]
    subs r0, r0, r1
    bx lr
