// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B1.5.7 and B3.2.22, lazy stacking: LSPACT is 1 (beside THREAD and HFRDY) and the FP words of the frame are untouched until the handler's first FP instruction
// expect: c0000019 55555555 c0000018 3f800000 03c00000 3f800000 03c00000
#include "rule.inc"
    .global main
    .thumb_func
main:
    ldr r0, =0x03c00000
    vmsr fpscr, r0
    vmov.f32 s0, #1.0
    ldr r0, =0x55555555
    sub r1, sp, #0x68 @ where the frame's S0 will lie
    add r1, #32
    bic r1, #7
    str r0, [r1]
    str r0, [r1, #4]
    str r0, [r1, #64]
    svc #0
    vmov r4, s0
    vmrs r5, fpscr
    print_hex r4
    print_hex r5
    b end
    handler SVC_Handler
    push {r4, r5, r6, lr}
    load r4, FPCCR
    load r6, FPCAR
    ldr r5, [r6]
    print_hex r4
    print_hex r5
    vmov.f32 s0, #2.0
    load r4, FPCCR
    print_hex r4
    ldr r5, [r6]
    print_hex r5
    ldr r5, [r6, #64]
    print_hex r5
    pop {r4, r5, r6, pc}
