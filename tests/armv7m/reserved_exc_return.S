// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B1.5.8, EXC_RETURN with bits 3:0 = 0b0011: INVPC (CFSR 0x00040000), tail-chained on the frame: LR = EXC_RETURN
// expect: 00040000 fffffff3 0000ffe0
#include "rule.inc"
    .global main
    .thumb_func
main:
    store SHCSR, 0x00070000
    svc #0
    print "went on "
    b end
    handler SVC_Handler
    ldr r0, =0xfffffff3
    bx r0
    handler UsageFault_Handler
    mov r4, lr
    mov r5, sp
    load r0, CFSR
    print_hex r0
    print_hex r4
    uxth r5, r5
    print_hex r5
    b end
