// board: stm32f407
// qemu: no: it has no CYCCNT to compare with
// rule: ARMv7-M B3.3.3, SYST_CSR.CLKSOURCE: 1 counts core clocks, 0 the reference clock, of this part an eighth of them
// expect: 00000040 00000008
#include "rule.inc"
    .equ CYCCNT, 0xe0001004
    .global main
    .thumb_func
/* 64 times the core clocks to a count of SysTick, of some 20000 clocks: 64 and 512 to the nearest 64th, so 1 and 8. */
main:
    store 0xe000edfc, 0x01000000
    store 0xe0001000, 1
    store 0xe000e014, 0xffffff
    ldr r6, =0xe000e010
    ldr r7, =CYCCNT
    movs r5, #5
    bl measure
    print_hex r4
    movs r5, #1
    bl measure
    lsrs r4, #6
    print_hex r4
    b end
    .thumb_func
measure: /* r4: 64 x clocks / counts, rounded; SYST_CSR is r5 */
    movs r0, #0
    str r0, [r6, #8]
    str r5, [r6]
    ldr r0, [r6, #8]
    ldr r1, [r7]
    movw r2, #10000
1:  subs r2, #1
    bne 1b
    ldr r2, [r6, #8]
    ldr r3, [r7]
    subs r0, r2
    subs r3, r1
    lsls r3, #6
    add r3, r3, r0, lsr #1
    udiv r4, r3, r0
    bx lr
    .ltorg
