// board: stm32f407
// qemu: no: QEMU's VECTPENDING does not look at BASEPRI and FAULTMASK
// rule: ARMv7-M B3.2.4 with the Cortex-M4 user guide (DUI 0553), ICSR.VECTPENDING includes the effect of BASEPRI and FAULTMASK, not that of PRIMASK
// expect: 0000e000 00000000 0000e000 00000000
#include "rule.inc"
    .global main
    .thumb_func
    .macro show
    load r4, ICSR
    ldr r5, =0x001ff000
    ands r4, r5
    print_hex r4
    .endm
main:
    store SHPR3, 0x00800000
    cpsid i
    store ICSR, 1 << 28
    show
    movs r0, #0x80
    msr basepri, r0
    show
    movs r0, #0x90
    msr basepri, r0
    show
    cpsid f
    show
    b end
    .ltorg
