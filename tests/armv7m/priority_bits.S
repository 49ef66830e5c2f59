// board: stm32f407
// qemu: no: QEMU 7.2 implements all eight bits
// rule: ARMv7-M B1.5.4 and B3.4.9: priorities and BASEPRI have the bits that the part implements, here the highest four; the others read as zero, and so do the priorities of exceptions that are not there
// expect: f0f0f0f0 00f0f0f0 f0000000 f0f000f0 000000f0 00000000 000000a0
#include "rule.inc"
    .global main
    .thumb_func
main:
    mvn r2, #0
    ldr r0, =NVIC_IPR
    str r2, [r0]
    ldr r4, [r0]
    print_hex r4
    ldr r0, =SHPR1
    str r2, [r0]
    str r2, [r0, #4]
    str r2, [r0, #8]
    ldr r4, [r0]
    print_hex r4
    ldr r4, [r0, #4]
    print_hex r4
    ldr r4, [r0, #8]
    print_hex r4
    msr basepri, r2
    mrs r4, basepri
    movs r0, #0x0f
    msr basepri, r0
    mrs r5, basepri
    movs r0, #0xaf
    msr basepri, r0
    mrs r6, basepri
    movs r0, #0
    msr basepri, r0
    print_hex r4
    print_hex r5
    print_hex r6
    b end
    .ltorg
