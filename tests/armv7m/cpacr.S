// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B3.2.20, CPACR: the fields of CP10 and CP11 only; 01 lets privileged code alone execute FP instructions, else NOCP
// expect: 00f00000 privileged 00080000
#include "rule.inc"
    .global main
    .thumb_func
main:
    store CPACR, -1
    load r4, CPACR
    print_hex r4
    store SHCSR, 0x00070000
    store CPACR, 0x00500000
    dsb
    isb
    vmov s0, r0
    print "privileged "
    movs r0, #1
    msr control, r0
    isb
    vmov s0, r0
    print "unprivileged "
    b end
    .ltorg
    handler UsageFault_Handler
    load r4, CFSR
    print_hex r4
    b end
