// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B3.1.1 and B3.2.26: unprivileged code gets a BusFault from the system control space, but may write STIR with CCR.USERSETMPEND
// expect: 00008200 e000ed00 00008200 e000ef00 IRQ1 end
#include "rule.inc"
    .global main
    .thumb_func
main:
    store SHCSR, 0x00070000
    store NVIC_ISER, 2
    movs r0, #1
    msr control, r0
    isb
    ldr r6, =0xe000ed00
    ldr r7, [r6]
    ldr r6, =0xe000ef00
    movs r7, #1
    str r7, [r6]
    svc #0
    str r7, [r6]
    svc #1
    .ltorg
    handler BusFault_Handler
    push {r4, lr}
    load r4, CFSR
    print_hex r4
    load r4, BFAR
    print_hex r4
    store CFSR, -1
    ldr r4, [sp, #8 + 24]
    adds r4, #2
    str r4, [sp, #8 + 24]
    pop {r4, pc}
    handler SVC_Handler
    ldr r0, =CCR /* the first one opens STIR */
    ldr r1, [r0]
    tst r1, #2
    bne 1f
    store CCR, 0x202
    bx lr
1:  print "end "
    b end
    .ltorg
    says IRQ1_Handler, "IRQ1 "
