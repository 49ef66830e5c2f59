// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B1.5.8 and B3.2.8, return to thread mode from a nested exception: INVPC unless CCR.NONBASETHRDENA is 1
// expect: thread 00040000
#include "rule.inc"
    .global main
    .thumb_func
main:
    store SHCSR, 0x00070000
    store SHPR3, 0x00f00000 @ PendSV
    store CCR, 0x00000201
    store ICSR, 0x10000000
    dsb
    isb
    print "went on "
    b end
    handler PendSV_Handler
    svc #0
    b end
    handler SVC_Handler
    ldr r4, =1f
    orr r4, #1
    sub sp, #32
    str r4, [sp, #24]
    mov r4, #0x01000000
    str r4, [sp, #28]
    ldr r0, =0xfffffff9
    bx r0
    .thumb_func
1:  print "thread "
    store CCR, 0x00000200
    mov r6, #0
    svc #0 @ SVCall is not active any more, PendSV is: its frame is of thread mode, and SVCall's return is not the last
    print "went on "
    b end
    handler UsageFault_Handler
    load r0, CFSR
    print_hex r0
    b end
