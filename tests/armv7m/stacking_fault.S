// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B1.5.6 and B1.5.10, a bus error while the frame is written: STKERR is a derived exception; the more urgent of the two is first, here BusFault, then SVCall
// expect: 00001000 BusFault SVC 0000fff8
#include "rule.inc"
    .global main
    .thumb_func
main:
    store SHCSR, 0x00070000
    store SHPR2, 0x80000000
    ldr r0, =0x30000100
    msr psp, r0
    mov r6, sp
    movs r0, #2
    msr control, r0
    isb
    svc #0
    b end
    .ltorg
    handler BusFault_Handler
    push {r4, lr}
    load r4, CFSR
    print_hex r4
    store CFSR, -1
    print "BusFault "
    pop {r4, pc}
    handler SVC_Handler
    print "SVC "
    mov r4, sp
    bic r4, #7
    movw r5, #0xffff
    ands r4, r5
    sub r4, #0
    ldr r4, =0xfff8
    print_hex r4
    b end
