// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B3.2.8, CCR.UNALIGN_TRP and DIV_0_TRP: off, an unaligned LDR works and a division by zero gives 0; on, UNALIGNED and DIVBYZERO; LDM and LDRD fault in any case
// expect: 33221100 00000000 01000000 01000000 01000000 02000000
#include "rule.inc"
    .global main
    .thumb_func
main:
    store SHCSR, 0x00070000
    ldr r5, =0x20000100
    ldr r0, =0x22110000
    str r0, [r5]
    movs r0, #0x33
    str r0, [r5, #4]
    ldr r4, [r5, #1]
    print_hex r4
    movs r0, #0
    movs r4, #7
    udiv r4, r4, r0
    print_hex r4
    ldm.w r5, {r6, r7}
    adds r5, #2
    ldm.w r5, {r6, r7}
    ldrd r6, r7, [r5]
    store CCR, 0x218
    dsb
    isb
    ldr.w r4, [r5]
    movs r0, #0
    sdiv r4, r4, r0
    b end
    .ltorg
    handler UsageFault_Handler
    push {r4, lr}
    load r4, CFSR
    print_hex r4
    store CFSR, -1
    ldr r0, [sp, #8 + 24]
    adds r0, #4
    str r0, [sp, #8 + 24]
    pop {r4, pc}
