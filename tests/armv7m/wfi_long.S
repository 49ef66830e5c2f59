// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B1.5.19: WFI ends when something wakes the core, however long that takes (here 2 x 16777216 cycles)
// expect: 00000002 00000002
#include "rule.inc"
    .global main
    .thumb_func
main:
    movs r6, #0
    store 0xe000e014, 0xffffff
    store 0xe000e018, 0
    store 0xe000e010, 7
    movs r4, #0
1:  wfi
    adds r4, #1
    cmp r4, #2
    bne 1b
    print_hex r4
    print_hex r6
    b end
    .ltorg
    handler SysTick_Handler
    adds r6, #1
    bx lr
