// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B1.5.7: with CCR.STKALIGN the frame begins at a multiple of eight, xPSR bit 9 tells of the word left out, and the return undoes it; without it the frame follows at once
// expect: 2000ffb8 00000200 2000ffdc 2000ffc0 00000000 2000ffe0 2000ffbc 00000000 2000ffdc
#include "rule.inc"
    .global main
    .thumb_func
main:
    ldr r0, =0x2000ffdc
    mov sp, r0
    svc #0
    mov r6, sp
    print_hex r4
    print_hex r5
    print_hex r6
    ldr r0, =0x2000ffe0
    mov sp, r0
    svc #0
    mov r6, sp
    print_hex r4
    print_hex r5
    print_hex r6
    store CCR, 0
    dsb
    isb
    ldr r0, =0x2000ffdc
    mov sp, r0
    svc #0
    mov r6, sp
    print_hex r4
    print_hex r5
    print_hex r6
    b end
    .ltorg
    handler SVC_Handler
    mov r4, sp
    ldr r5, [sp, #28]
    and r5, #0x200
    bx lr
