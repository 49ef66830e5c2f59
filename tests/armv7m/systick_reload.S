// board: stm32f407
// qemu: no: QEMU's time does not follow the instructions so closely
// rule: ARMv7-M B3.3.1: SysTick counts from the reload value to 0, SYST_RVR + 1 counts a round; a new reload value counts from the next wrap on; with SYST_RVR = 0 it stops behind the next wrap
// expect: 00000001 00000001 00000000 00000000
#include "rule.inc"
    .equ CSR, 0xe000e010
    .equ RVR, 0xe000e014
    .equ CVR, 0xe000e018
    .global main
    .thumb_func
main:
    ldr r6, =CSR
    store RVR, 9999
    store CVR, 0
    store CSR, 5
    nop
    nop
    ldr r5, [r6, #8]
    movs r0, #99
    str r0, [r6, #4]
    ldr r4, [r6, #8]
    subs r0, r5, r4 /* it goes on from where it was: some ten counts later */
    cmp r0, #20
    ite lo
    movlo r4, #1
    movhs r4, #0
    print_hex r4
1:  ldr r4, [r6]
    lsls r4, #15
    bpl 1b
    ldr r4, [r6, #8] /* the new value counts */
    cmp r4, #100
    ite lo
    movlo r4, #1
    movhs r4, #0
    print_hex r4
    movs r0, #0
    str r0, [r6, #4]
    mov r5, #1000
2:  subs r5, #1
    bne 2b
    ldr r4, [r6]
    ldr r4, [r6, #8]
    print_hex r4
    mov r5, #1000
3:  subs r5, #1
    bne 3b
    ldr r4, [r6]
    lsrs r4, #16
    print_hex r4
    b end
    .ltorg
