// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B1.5.7, FPCCR.ASPEN = 0: no FP frame, EXC_RETURN bit 4 is 1, FP registers and FPSCR are the handler's as well
// expect: fffffff9 00000020 3f800000 00c00000 40000000
#include "rule.inc"
    .global main
    .thumb_func
main:
    store FPCCR, 0
    ldr r0, =0x00c00000
    vmsr fpscr, r0
    vmov.f32 s0, #1.0
    mov r7, sp
    svc #0
    vmov r4, s0
    print_hex r4
    b end
    handler SVC_Handler
    mov r6, sp
    subs r7, r7, r6
    mov r6, lr
    print_hex r6
    print_hex r7
    vmov r4, s0
    print_hex r4
    vmrs r4, fpscr
    print_hex r4
    vmov.f32 s0, #2.0
    bx r6
