// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M A3.4.4 and B1.5.8, exception entry and return clear the local exclusive monitor: STREX behind an SVC fails (1)
// expect: 00000000 00000001
#include "rule.inc"
    .global main
    .thumb_func
main:
    ldr r4, =0x20000000
    movs r5, #7
    ldrex r0, [r4]
    strex r6, r5, [r4]
    print_hex r6
    ldrex r0, [r4]
    svc #0
    strex r6, r5, [r4]
    print_hex r6
    b end
    handler SVC_Handler
    bx lr
