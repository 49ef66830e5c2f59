    .syntax unified
    .thumb
    .text
    .word 0x20004000, Reset + 1
    .rept 14
    .word 0
    .endr

    @ Waits until the RTC's first register reads 2, then ends.
    .global Reset
    .type Reset, %function
    .thumb_func
Reset:
    movw r0, #0x2800
    movt r0, #0x4000
wait:
    mov.w r2, #2000
1:  subs r2, #1
    bne 1b
    ldr r1, [r0]
    cmp r1, #2
    bne wait
    movs r0, #0x18
    movw r1, #0x26
    movt r1, #2
    bkpt 0xab
