// board: stm32f407
// qemu: no: it stops at an assertion of its own
// rule: ARMv7-M B1.5.8: a return while IPSR holds a number of no exception: INVPC (CFSR 0x00040000), and what is active stays active (ICSR.RETTOBASE is 0); HardFault can still be taken
// expect: 00040000 00070088 00000006 HardFault
#include "rule.inc"
    .global main
    .thumb_func
main:
    store SHCSR, 0x00070000
    store SHPR2, 0x80000000
    svc #0
    print "went on "
    b end
    .ltorg
    handler SVC_Handler
    store NVIC_ISER, 1
    store NVIC_IPR, 0x00000010
    store NVIC_ISPR, 1
    dsb
    isb
    ldr r0, =0xfffffff9
    bx r0
    handler IRQ0_Handler
    ldr r0, [sp, #28]
    ldr r1, =0x103
    bfi r0, r1, #0, #9
    str r0, [sp, #28]
    bx lr
    handler UsageFault_Handler
    load r4, CFSR
    print_hex r4
    load r4, SHCSR
    print_hex r4
    load r4, ICSR
    print_hex r4
    svc #0
    b end
    .ltorg
    handler HardFault_Handler
    print "HardFault"
    b end
