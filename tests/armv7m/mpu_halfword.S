// board: stm32f407
// qemu: no: it takes no halfwords there
// rule: ARMv7-M B3.5.9, MPU_RASR: its halfwords, attributes above, size and enable below, are written and read by themselves
// expect: 13080000 1308001b 0000001b 00001308 0000130b 130b001b
#include "rule.inc"
    .equ MPU_RASR, 0xe000eda0
    .global main
    .thumb_func
main:
    ldr r4, =MPU_RASR
    ldr r5, =0x1308
    strh r5, [r4, #2]
    ldr r6, [r4]
    print_hex r6
    movs r5, #0x1b
    strh r5, [r4]
    ldr r6, [r4]
    print_hex r6
    ldrh r6, [r4]
    print_hex r6
    ldrh r6, [r4, #2]
    print_hex r6
    ldr r5, =0x130b
    strh r5, [r4, #2]
    ldrh r6, [r4, #2]
    print_hex r6
    ldr r6, [r4]
    print_hex r6
    b end
