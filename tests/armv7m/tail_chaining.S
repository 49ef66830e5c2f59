// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B1.5.12, tail-chaining: pending exceptions follow in order of priority, then number, on one frame, with the same EXC_RETURN
// expect: SVC IRQ2 IRQ0 IRQ1 PendSV main 00000000
#include "rule.inc"
    .global main
    .thumb_func
main:
    store NVIC_ISER, 7
    store NVIC_IPR, 0x00204040 @ IRQ0 and IRQ1 0x40, IRQ2 0x20
    store SHPR3, 0x00f00000 @ PendSV
    svc #0
    print "main "
    sub r7, r6
    print_hex r7
    b end
    handler SVC_Handler
    mov r7, sp
    mov r6, lr
    store NVIC_ISPR, 7
    store ICSR, 0x10000000
    print "SVC "
    bx r6
    .macro say name, text
    handler \name
    cmp r7, sp @ the frame is the same
    bne end
    cmp r6, lr
    bne end
    print "\text"
    .endm
    say IRQ0_Handler, "IRQ0 "
    bx r6
    say IRQ1_Handler, "IRQ1 "
    bx r6
    say IRQ2_Handler, "IRQ2 "
    bx r6
    say PendSV_Handler, "PendSV "
    mov r7, r6 @ EXC_RETURN of the whole chain
    bx r6
