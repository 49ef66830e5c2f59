    .syntax unified
    .thumb
    .text
    .word 0x20004000, Reset + 1
    .rept 14
    .word 0
    .endr

    .global Reset
    .type Reset, %function
    .thumb_func
Reset:
    movs r0, #0
    movs r1, #10
1:  adds r0, r0, r1
    subs r1, #1
    bne 1b
    movw r2, #:lower16:total
    movt r2, #:upper16:total
    nop
    str r0, [r2]
    bl done
    b .

    .balign 4
    .global done
    .type done, %function
    .thumb_func
done:
    nop
    movs r0, #0x18 @ SYS_EXIT, ADP_Stopped_ApplicationExit
    movw r1, #0x26
    movt r1, #2
    bkpt 0xab

    .bss
    .global total
    .type total, %object
    .size total, 4
total:
    .space 4
