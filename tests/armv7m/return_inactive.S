// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B1.5.8: a return from an exception that is not active (SHCSR cleared it): UsageFault INVPC (CFSR 0x00040000)
// expect: 00000080 00000000 00040000 fffffff9
#include "rule.inc"
    .global main
    .thumb_func
main:
    store SHCSR, 0x00070000
    svc #0
    print "went on "
    b end
    .ltorg
    handler SVC_Handler
    mov r5, lr
    load r4, SHCSR
    and r4, #0xff
    print_hex r4
    store SHCSR, 0x00070000
    load r4, SHCSR
    and r4, #0xff
    print_hex r4
    bx r5
    handler UsageFault_Handler
    mov r5, lr
    load r4, CFSR
    print_hex r4
    print_hex r5
    b end
