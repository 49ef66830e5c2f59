// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B3.2.13, SHCSR: the pending bits of MemManage, BusFault, UsageFault and SVCall are read and written; a disabled handler stays pending
// expect: 0007f000 00077000 MemManage UsageFault SVC 00070000 00062000 MemManage 00070000
#include "rule.inc"
    .global main
    .thumb_func
main:
    cpsid i
    store SHCSR, 0x7f000
    load r4, SHCSR
    print_hex r4
    store SHCSR, 0x7b000
    load r4, SHCSR
    bic r4, #0x4000
    subs r4, #0x4000
    print_hex r4
    cpsie i
    isb
    load r4, SHCSR
    print_hex r4
    store SHCSR, 0x62000
    dsb
    isb
    load r4, SHCSR
    print_hex r4
    store SHCSR, 0x72000
    dsb
    isb
    load r4, SHCSR
    print_hex r4
    b end
    .ltorg
    says MemManage_Handler, "MemManage "
    says UsageFault_Handler, "UsageFault "
    says SVC_Handler, "SVC "
