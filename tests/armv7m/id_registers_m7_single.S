// board: stm32f746
// qemu: no: QEMU has no DWT and FPB
// rule: ARMv7-M B3.2.2, B4.1 and B4.7, the same of a Cortex-M7 with FPv5-SP
// expect: 00040200 09000003 8303c003 10110021 11000011 00000040 411fc271 40000000 10000080
#include "rule.h"
    .global main
    .thumb_func
main:
    push {r4, r5, r6, lr}
    ldr r4, =registers
1:  ldr r5, [r4], #4
    cbz r5, 2f
    ldr r6, [r5]
    print_hex r6
    b 1b
2:  pop {r4, r5, r6, pc}
    .balign 4
registers:
    .word 0xe000ed14, 0xe000ed78, 0xe000ed7c, 0xe000ef40, 0xe000ef44, 0xe000ef48, 0xe000ed00, 0xe0001000, 0xe0002000, 0
