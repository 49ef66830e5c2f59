// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B1.4.4, CONTROL: SPSEL reads 0 and cannot be written in handler mode; bits 3 and up are zero
// expect: 00000000 00000000 00000002 00000004
#include "rule.inc"
    .global main
    .thumb_func
main:
    mrs r0, msp
    sub r0, #512
    msr psp, r0
    movs r0, #2
    msr control, r0
    isb
    svc #0
    mrs r4, control
    print_hex r4
    movs r0, #0
    msr control, r0
    isb
    movs r0, #0xfc
    msr control, r0
    isb
    mrs r4, control
    print_hex r4
    b end
    handler SVC_Handler
    push {r4, lr}
    mrs r4, control
    print_hex r4
    movs r0, #2
    msr control, r0
    isb
    mrs r4, control
    print_hex r4
    pop {r4, pc}
