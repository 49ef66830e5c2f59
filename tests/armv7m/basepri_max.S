// board: stm32f407
// qemu: no: QEMU has eight bits of priority
// rule: ARMv7-M B5.2.3, BASEPRI_MAX: raises the priority and does not lower it; a value without one of the implemented bits is 0 and changes nothing; BASEPRI takes any
// expect: 00000040 00000040 00000040 00000030 00000030 00000000 00000080
#include "rule.inc"
    .macro show
    mrs r4, basepri
    print_hex r4
    .endm
    .macro write register, value
    movs r0, #\value
    msr \register, r0
    .endm
    .global main
    .thumb_func
main:
    write basepri_max, 0x40
    show
    write basepri_max, 0x80
    show
    write basepri_max, 0x05
    show
    write basepri_max, 0x3f
    show
    write basepri_max, 0
    show
    write basepri, 0x0f
    show
    write basepri, 0x80
    show
    b end
