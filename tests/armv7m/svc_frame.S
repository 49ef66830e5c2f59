// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B1.5.6, PushStack: r0-r3, r12, lr, return address and xPSR in this order
// expect: 00000001 00000002 00000003 00000004 00000005 00000006 behind 21000000
#include "rule.inc"
    .global main
    .thumb_func
main:
    movs r0, #1
    movs r1, #2
    movs r2, #3
    movs r3, #4
    mov r12, #5
    mov lr, #6
    movs r4, #0
    msr apsr_nzcvq, r4
    mov r5, #0x20000000
    msr apsr_nzcvq, r5
    svc #0
behind:
    b end
    handler SVC_Handler
    mov r4, sp
    ldr r0, [r4]
    print_hex r0
    ldr r0, [r4, #4]
    print_hex r0
    ldr r0, [r4, #8]
    print_hex r0
    ldr r0, [r4, #12]
    print_hex r0
    ldr r0, [r4, #16]
    print_hex r0
    ldr r0, [r4, #20]
    print_hex r0
    ldr r0, [r4, #24]
    ldr r1, =behind
    bic r1, #1
    cmp r0, r1
    bne 1f
    print "behind "
1:  ldr r0, [r4, #28]
    print_hex r0
    b end
