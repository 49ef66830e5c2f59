// board: stm32f407
// qemu: no: QEMU has 96 interrupts and other identification registers
// rule: ARMv7-M B3.2.2, B3.3.6, B3.4.2 and B3.5.5: ICTR, MPU_TYPE, SYST_CALIB; enable bits of interrupts that the part does not have read as zero
// expect: 00000002 00000800 4000493e 0003ffff 00000000 000000f0 00000000
#include "rule.inc"
    .macro show address
    load r4, \address
    print_hex r4
    .endm
    .global main
    .thumb_func
main:
    show 0xe000e004
    show 0xe000ed90
    show 0xe000e01c
    store 0xe000e108, -1
    show 0xe000e108
    store 0xe000e10c, -1
    show 0xe000e10c
    store 0xe000e450, -1 /* interrupts 80 to 83, of which 82 and 83 are not there */
    load r4, 0xe000e450
    uxtb r4, r4
    print_hex r4
    load r4, 0xe000e450
    lsrs r4, #16
    print_hex r4
    b end
    .ltorg
