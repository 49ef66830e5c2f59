// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B3.2.6, AIRCR: a write without the key 0x05fa does nothing; VECTKEYSTAT reads 0xfa05
// expect: fa050000 fa050000 fa050300 fa050300
#include "rule.inc"
    .global main
    .thumb_func
main:
    load r4, AIRCR
    print_hex r4
    store AIRCR, 0xfa050704
    load r4, AIRCR
    print_hex r4
    store AIRCR, 0x05fa0300
    load r4, AIRCR
    print_hex r4
    store AIRCR, 0x00000504
    load r4, AIRCR
    print_hex r4
    b end
    .ltorg
