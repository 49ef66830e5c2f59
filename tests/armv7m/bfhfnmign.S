// board: stm32f407
// qemu: no: QEMU 7.2 locks up
// rule: ARMv7-M B3.2.8, CCR.BFHFNMIGN: with FAULTMASK a precise bus fault of a load or store is noted and passed over, in an IT block too
// expect: 00008200 30000000 00008200 30000004 00000005 00000005 00000007 00000000
#include "rule.inc"
    .global main
    .thumb_func
main:
    store CCR, 0x300
    ldr r6, =CFSR
    cpsid f
    dsb
    mvn r7, #0
    ldr r0, =0x30000000
    ldr r1, [r0]
    dsb
    ldr r4, [r6]
    ldr r5, [r6, #0x10]
    print_hex r4
    print_hex r5
    str r7, [r6]
    ldr r0, =0x30000004
    movs r2, #1
    cmp r2, #1
    itete eq
    addeq r2, #1
    movne r2, #9
    streq r2, [r0]
    movne r2, #9
    adds r2, #3
    ldr r4, [r6]
    ldr r5, [r6, #0x10]
    print_hex r4
    print_hex r5
    print_hex r2
    str r7, [r6]
    ldr r0, =0x30000004
    movs r2, #1
    movs r5, #7
    cmp r2, #1
    itete eq
    addeq r2, #1
    movne r2, #9
    ldreq r5, [r0]
    movne r2, #9
    adds r2, #3
    print_hex r2
    print_hex r5
    str r7, [r6]
    ldr r0, =0x20000000
    ldr r1, [r0]
    dsb
    ldr r4, [r6]
    print_hex r4
    cpsie f
    b end
    .ltorg
