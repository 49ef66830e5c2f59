// board: stm32f746
// qemu: no: QEMU's Cortex-M7 has double precision
// rule: ARMv7-M A7.3 and B1.5.14, an instruction that the core does not have, inside IT: nothing if its condition fails, else UNDEFINSTR
// expect: skipped 00000007 00010000
#include "rule.inc"
    .global main
    .thumb_func
main:
    store SHCSR, 0x00070000
    movs r4, #0
    cmp r4, #1
    .hword 0xbf0b @ itete eq
    .hword 0x3464 @ addeq r4, #100
    .hword 0x3403 @ addne r4, #3
    .hword 0xee31, 0x0b02 @ vaddeq.f64 d0, d1, d2
    .hword 0x3404 @ addne r4, #4
    print "skipped "
    print_hex r4
    cmp r4, r4
    .hword 0xbf08 @ it eq
    .hword 0xee31, 0x0b02 @ vaddeq.f64 d0, d1, d2
    print "went on "
    b end
    handler UsageFault_Handler
    load r0, CFSR
    print_hex r0
    b end
