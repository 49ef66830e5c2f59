// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B1.5.8, a return while LSPACT is 1 clears it and leaves the FP registers alone: they are not read from the frame
// expect: c0000018 3f800000
#include "rule.inc"
    .global main
    .thumb_func
main:
    vmov.f32 s0, #1.0
    svc #0
    vmov r4, s0
    load r5, FPCCR
    print_hex r5
    print_hex r4
    b end
    handler SVC_Handler
    load r0, FPCAR
    ldr r1, =0x55555555
    str r1, [r0] @ S0 of the frame
    bx lr
