// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B1.5.8 and B1.5.11: a bus error while the frame is read: UNSTKERR (CFSR 0x00000800), tail-chained with the same EXC_RETURN
// expect: 00000800 fffffffd BusFault 00000805
#include "rule.inc"
    .global main
    .thumb_func
main:
    store SHCSR, 0x00070000
    svc #0
    b end
    .ltorg
    handler SVC_Handler
    ldr r0, =0x30000000
    msr psp, r0
    mvn r0, #2
    bx r0
    handler BusFault_Handler
    mov r5, lr
    load r4, CFSR
    print_hex r4
    print_hex r5
    print "BusFault "
    load r4, ICSR
    print_hex r4
    b end
