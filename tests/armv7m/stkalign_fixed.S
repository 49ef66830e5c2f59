// board: stm32h743
// qemu: no: QEMU lets STKALIGN be cleared on a Cortex-M7
// rule: Cortex-M7 r1p1 (DDI 0489), CCR.STKALIGN always reads as one
// expect: 00000200
#include "rule.inc"
    .global main
    .thumb_func
main:
    ldr r0, =CCR
    ldr r1, [r0]
    bic r1, #0x200
    str r1, [r0]
    ldr r4, [r0]
    and r4, #0x200
    print_hex r4
    b end
