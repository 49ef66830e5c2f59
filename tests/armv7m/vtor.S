// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B3.2.5 and B1.5.3: VTOR bits 6:0 read as zero; vectors come from the table it points to
// expect: 20001f80 20002000 moved
#include "rule.inc"
    .global main
    .thumb_func
main:
    store 0xe000ed08, 0x20001fff
    load r4, 0xe000ed08
    print_hex r4
    store 0x2000202c, moved + 1 /* SVCall */
    store 0xe000ed08, 0x20002000
    load r4, 0xe000ed08
    print_hex r4
    dsb
    svc #0
    b end
    .ltorg
    .thumb_func
moved:
    push {r4, lr}
    print "moved "
    pop {r4, pc}
