// board: stm32f407
// qemu: no: it stacks in no time
// rule: ARMv7-M B1.5.11, late arrival: what becomes pending while the frame is stacked and is more urgent is taken first, what is as urgent is not
// expect: SysTick 00000000 00000001 IRQ0 IRQ0 SysTick 00000000 00000000
#include "rule.inc"
    .global main
    .thumb_func
/* SysTick wraps some clocks behind the store that pends IRQ0: within the 12 of stacking. Once: the next reload is longer.
 * First it is the more urgent one. */
main:
    store NVIC_ISER, 1
    store NVIC_IPR, 0x80
    bl both
    movs r0, #0x80
    ldr r1, =SHPR3 + 3
    strb r0, [r1]
    bl both
    b end
    .thumb_func
both:
    push {r4, lr}
    ldr r4, =0xe000e010
    ldr r5, =NVIC_ISPR
    movs r6, #1
    movs r7, #7
    movs r0, #11
    mvn r8, #0xff000000
    str r0, [r4, #4]
    str r0, [r4, #8]
    .balign 4
    str r7, [r4]
    str r8, [r4, #4]
    str r6, [r5]
    nop
    nop
    dsb
    isb
    mov r0, #2000
1:  subs r0, #1
    bne 1b
    pop {r4, pc}
    .ltorg
    handler SysTick_Handler
    push {r4, lr}
    store 0xe000e010, 0
    print "SysTick "
    load r4, NVIC_ISPR + 0x100 /* NVIC_IABR: it has not begun, */
    print_hex r4
    load r4, NVIC_ISPR /* and waits */
    print_hex r4
    pop {r4, pc}
    .ltorg
    says IRQ0_Handler, "IRQ0 "
