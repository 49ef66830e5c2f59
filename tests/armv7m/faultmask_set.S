// board: stm32f407
// qemu: no: QEMU sets FAULTMASK at any priority
// rule: ARMv7-M B5.2.1 and B5.2.3: FAULTMASK cannot be set by CPS or MSR in HardFault and NMI; it can in other handlers, whose return clears it; PRIMASK stays
// expect: 00000000 00000000 00000001 00000001 00000000 00000001
#include "rule.inc"
    .global main
    .thumb_func
main:
    .inst.n 0xde00
    svc #0
    mrs r4, faultmask
    print_hex r4
    mrs r4, primask
    print_hex r4
    b end
    handler HardFault_Handler
    push {r4, lr}
    cpsid f
    mrs r4, faultmask
    print_hex r4
    movs r4, #1
    msr faultmask, r4
    mrs r4, faultmask
    print_hex r4
    ldr r0, [sp, #8 + 24]
    adds r0, #2
    str r0, [sp, #8 + 24]
    pop {r4, pc}
    handler SVC_Handler
    push {r4, lr}
    cpsid f
    mrs r4, faultmask
    print_hex r4
    cpsid i
    mrs r4, primask
    print_hex r4
    pop {r4, pc}
