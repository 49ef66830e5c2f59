// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B3.3, SysTick: any write to SYST_CVR makes it 0 and clears COUNTFLAG without an exception; reading SYST_CSR clears COUNTFLAG; bits that are not there read as zero
// expect: 00ffffff 00000000 00000005 00010005 00000005 00000005 00000000
#include "rule.inc"
    .equ CSR, 0xe000e010
    .equ RVR, 0xe000e014
    .equ CVR, 0xe000e018
    .macro show address
    load r4, \address
    print_hex r4
    .endm
    .global main
    .thumb_func
main:
    store RVR, 0xffffffff
    show RVR
    store CVR, 0x1234
    show CVR
    store RVR, 99
    store CVR, 0
    store CSR, 5
    show CSR
    ldr r5, =200000
1:  subs r5, #1
    bne 1b
    show CSR
    store RVR, 0xffffff
    ldr r5, =20000
1:  subs r5, #1
    bne 1b
    load r4, CSR
    show CSR
    ldr r5, =200
1:  subs r5, #1
    bne 1b
    store CVR, 7
    show CSR
    load r4, ICSR
    lsrs r4, #26
    and r4, #1
    print_hex r4
    b end
    .ltorg
