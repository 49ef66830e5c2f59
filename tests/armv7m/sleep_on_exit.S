// board: stm32f407
// qemu: no: SLEEPONEXIT is not implemented there
// rule: ARMv7-M B1.5.19: with SCR.SLEEPONEXIT the return to Thread mode sleeps; a return to a handler does not
// expect: IRQ1 IRQ0 IRQ1 SysTick SysTick main
#include "rule.inc"
    .global main
    .thumb_func
main:
    movs r6, #0
    store 0xe000e404, 0
    store NVIC_IPR, 0x00008000
    store NVIC_ISER, 3
    store SCR, 2
    store 0xe000e014, 49999
    store 0xe000e018, 0
    store 0xe000e010, 7
    store NVIC_ISPR, 2
    dsb
    isb
    print "main "
    b end
    .ltorg
    handler IRQ1_Handler
    push {r4, lr}
    print "IRQ1 "
    store NVIC_ISPR, 1
    dsb
    isb
    print "IRQ1 "
    pop {r4, pc}
    says IRQ0_Handler, "IRQ0 "
    .ltorg
    handler SysTick_Handler
    push {r4, lr}
    print "SysTick "
    adds r6, #1
    cmp r6, #2
    bne 1f
    store SCR, 0
    store 0xe000e010, 0
1:  pop {r4, pc}
    .ltorg
