// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B1.4.1, the stack pointers: bits 1:0 of SP read as zero and ignore writes, however it is written
// expect: 2000fffc 2000fff8 2000fff4 2000fff0 2000ffec 2000ffe8 2000ffe4 0000000a
#include "rule.inc"
    .global main
    .thumb_func
main:
    mov r10, sp
    ldr r0, =0x2000ffff
    mov sp, r0
    mov r1, sp
    ldr sp, word
    mov r2, sp
    ldr r0, =0x2000fff7
    msr msp, r0
    mov r3, sp
    ldr r0, =0x2000fff2
    msr psp, r0
    mrs r4, psp
    movs r0, #7
    mov sp, r10
    ldr r0, =0x2000ffed
    mov r5, r10
    subs r0, r5
    add sp, r0
    mov r5, sp
    mov sp, r10
    ldr r7, =table + 2
    ldr sp, [r7, #2]!
    mov r6, sp
    ldr r0, =0x2000ffe7
    movs r7, #10
    mov sp, r0
    str r7, [sp]
    ldr r7, =0x2000ffe4
    ldr r7, [r7]
    mov r8, sp
    mov sp, r10
    print_hex r1
    print_hex r2
    print_hex r3
    print_hex r4
    print_hex r5
    print_hex r6
    print_hex r8
    print_hex r7
    b end
    .balign 4
word:
    .word 0x2000fffa
table:
    .word 0, 0x2000ffeb
    .ltorg
