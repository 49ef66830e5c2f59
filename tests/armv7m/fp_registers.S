// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B3.2.22 to B3.2.24: FPCCR starts as ASPEN and LSPEN; FPCAR bits 2:0 and all of FPDSCR but AHP, DN, FZ and RMode read as zero
// expect: c0000000 fffffff8 07c00000
#include "rule.inc"
    .global main
    .thumb_func
main:
    load r4, FPCCR
    print_hex r4
    store FPCAR, -1
    load r4, FPCAR
    print_hex r4
    store FPDSCR, -1
    load r4, FPDSCR
    print_hex r4
    b end
    .ltorg
