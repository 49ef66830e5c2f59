// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M A7.7.194, UDF inside IT: nothing if its condition fails, else UNDEFINSTR (CFSR 0x00010000)
// expect: skipped 00010000
#include "rule.inc"
    .global main
    .thumb_func
main:
    store SHCSR, 0x00070000
    cmp sp, #0
    .hword 0xbf08, 0xde00 @ it eq; udfeq #0
    cmp sp, #0
    .hword 0xbf08, 0xf7f0, 0xa000 @ udfeq.w #0
    print "skipped "
    cmp sp, #0
    .hword 0xbf18, 0xde00 @ it ne; udfne #0
    print "went on "
    b end
    handler UsageFault_Handler
    load r0, CFSR
    print_hex r0
    b end
