// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B1.5.7 and B3.2.24, a new FP context begins with AHP, DN, FZ and RMode of FPDSCR; the interrupted code keeps its own
// expect: 03c00000 01400000 03c00000
#include "rule.inc"
    .global main
    .thumb_func
main:
    store FPDSCR, 0x01400000
    ldr r0, =0x03c00000
    vmsr fpscr, r0
    vmrs r4, fpscr
    print_hex r4
    svc #0
    vmrs r4, fpscr
    print_hex r4
    b end
    handler SVC_Handler
    push {r4, lr}
    vmrs r4, fpscr
    print_hex r4
    pop {r4, pc}
