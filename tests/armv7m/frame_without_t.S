// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B1.5.8 and B1.3.3, a return to a frame with xPSR.T = 0: UsageFault INVSTATE (CFSR 0x00020000), not Thumb code
// expect: 00020000
#include "rule.inc"
    .global main
    .thumb_func
main:
    store SHCSR, 0x00070000
    .balign 4
    nop
    svc #0 /* what follows is aligned as QEMU wants Arm code to be */
    print "went on "
    b end
    handler SVC_Handler
    ldr r0, [sp, #28]
    bic r0, #0x01000000
    str r0, [sp, #28]
    bx lr
    handler UsageFault_Handler
    load r0, CFSR
    print_hex r0
    b end
