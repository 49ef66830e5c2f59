// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B1.5.7 and B1.5.8, FPSCR of the interrupted code comes back with its frame; the handler's context is fresh
// expect: 00000000 03c00000
#include "rule.inc"
    .global main
    .thumb_func
main:
    ldr r0, =0x03c00000
    vmsr fpscr, r0
    svc #0
    vmrs r4, fpscr
    print_hex r4
    b end
    handler SVC_Handler
    push {r4, lr}
    vmrs r4, fpscr
    print_hex r4
    pop {r4, pc}
