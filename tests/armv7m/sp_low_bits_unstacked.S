// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B1.5.8, PopStack: the stack pointer behind the frame is a multiple of four
// expect: 20008020
#include "rule.inc"
    .global main
    .thumb_func
main:
    ldr r0, =0x20008042
    msr psp, r0
    movs r0, #2
    msr control, r0
    isb
    svc #0
    mov r4, sp
    movs r0, #0
    msr control, r0
    isb
    print_hex r4
    b end
    handler SVC_Handler
    mrs r0, psp
    mov r1, r0
    subs r0, #0x20
    ldmia r1, {r4-r7}
    stmia r0, {r4-r7}
    ldr r4, [r1, #24]
    str r4, [r0, #24]
    ldr r4, [r1, #28]
    str r4, [r0, #28]
    adds r0, #3
    msr psp, r0
    bx lr
