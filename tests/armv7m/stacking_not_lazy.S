// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B1.5.7, FPCCR.LSPEN = 0: the FP words are written at entry, LSPACT stays 0
// expect: 80000000 3f800000 40000000
#include "rule.inc"
    .global main
    .thumb_func
main:
    store FPCCR, 0x80000000
    vmov.f32 s0, #1.0
    svc #0
    vmov r4, s0
    print_hex r4
    b end
    handler SVC_Handler
    add r3, sp, #32
    push {r4, r5, r6, lr}
    mov r6, r3
    load r4, FPCCR
    ldr r5, [r6]
    print_hex r4
    print_hex r5
    ldr r5, =0x40000000
    str r5, [r6]
    pop {r4, r5, r6, pc}
