// board: stm32f407
// qemu: no: stacking takes no time there
// rule: ARMv7-M B1.5.11, late arrival: of a SysTick at each of 60 cycles around an SVC, 13 come in its own cycle or in the 12 of the frame: SysTick first, on that frame, then SVCall
// expect: 0000000d
#include "rule.h"
    .global main
    .thumb_func
main:
    store SHPR2, 0x80000000 @ SVCall; SysTick is more urgent
    movs r7, #0 @ late arrivals
    movs r6, #20 @ SysTick's reload value
1:  ldr r4, =0xe000e010
    movs r0, #0
    str r0, [r4]
    str r6, [r4, #4]
    str r0, [r4, #8]
    movs r0, #7
    movs r5, #0
    str r0, [r4]
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    svc #0
behind:
    nop
    adds r6, #1
    cmp r6, #80
    bne 1b
    print_hex r7
    b end
    handler SysTick_Handler
    movs r0, #0
    str r0, [r4] @ once
    ldr r0, [sp, #24]
    ldr r1, =behind
    bic r1, #1
    cmp r0, r1
    bne 2f
    cmp r5, #0 @ SVCall has not run
    bne 2f
    cmn lr, #7 @ EXC_RETURN to thread mode
    bne 2f
    movs r5, #1 @ perhaps: if SVCall follows
2:  bx lr
    handler SVC_Handler
    cmp r5, #1
    bne 3f
    adds r7, #1
3:  movs r5, #2
    movs r0, #0
    str r0, [r4]
    bx lr
