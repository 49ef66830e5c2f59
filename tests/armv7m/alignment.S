// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B1.5.7, STKALIGN: a frame is aligned to 8 bytes, bit 9 of the stacked xPSR says that 4 bytes were skipped, SP comes back
// expect: 00000000 00000200 00000004 00000000 00000000 00000000 00000004 00000000 00000004
#include "rule.inc"
    .global main
    .thumb_func
main:
    mov r7, sp
    bic r7, #7
    sub r6, r7, #4
    mov sp, r6
    svc #0
    mov r4, sp
    subs r4, r7, r4
    print_hex r4
    mov sp, r7
    svc #0
    mov r4, sp
    subs r4, r7, r4
    print_hex r4
    ldr r0, =CCR
    ldr r1, [r0]
    bic r1, #0x200
    str r1, [r0]
    mov sp, r6
    svc #0
    mov r4, sp
    subs r4, r7, r4
    print_hex r4
    b end
    handler SVC_Handler
    mov r4, sp
    ldr r5, [sp, #28]
    push {r6, lr}
    and r4, #7
    and r5, #0x200
    print_hex r4
    print_hex r5
    pop {r6, pc}
