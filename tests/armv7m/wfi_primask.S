// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B1.5.19: WFI ends for an exception that only PRIMASK holds back, which is taken when PRIMASK is cleared
// expect: woke 04000000 SysTick behind
#include "rule.inc"
    .global main
    .thumb_func
main:
    cpsid i
    store 0xe000e014, 99999
    store 0xe000e018, 0
    store 0xe000e010, 7
    wfi
    print "woke "
    load r4, ICSR
    ldr r5, =1 << 26
    ands r4, r5
    print_hex r4
    cpsie i
    isb
    print "behind "
    b end
    .ltorg
    handler SysTick_Handler
    push {r4, lr}
    store 0xe000e010, 0
    print "SysTick "
    pop {r4, pc}
    .ltorg
