// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B1.5.6: the stacked xPSR holds ITSTATE: behind the fault of a load in an IT block the rest of the block goes on
// expect: 61000c00 ldreq 00000005 00000007
/* ITETE EQ is 00001011; two instructions later ITSTATE is 00001100: xPSR bits 15:10 are 3, 26:25 are 0. Z, C and T are set. */
#include "rule.inc"
    .global main
    .thumb_func
main:
    ldr r0, =0x60000000
    movs r2, #1
    movs r5, #7
    cmp r2, #1
    itete eq
    addeq r2, #1
    movne r2, #9
faults:
    ldreq r5, [r0]
    movne r2, #9
    adds r2, #3
    print_hex r2
    print_hex r5
    b end
    .ltorg
    handler HardFault_Handler
    ldr r4, [sp, #28]
    print_hex r4
    ldr r4, [sp, #24]
    ldr r3, =faults
    bic r3, #1
    cmp r3, r4
    bne 1f
    print "ldreq "
1:  ldr r4, =sram
    str r4, [sp]
    movs r4, #7
    ldr r3, [sp]
    str r4, [r3]
    mov r4, #0x20000000
    bx lr
    .ltorg
    .equ sram, 0x20000100
