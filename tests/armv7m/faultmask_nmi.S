// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B1.4.3 and B1.5.8: FAULTMASK holds back all but NMI; the return from an NMI leaves it set, that from another exception clears it
// expect: NMI 00000001 SVC 00000000
#include "rule.inc"
    .global main
    .thumb_func
main:
    cpsid f
    store ICSR, 0x80000000
    dsb
    isb
    mrs r4, faultmask
    print_hex r4
    cpsie f
    svc #0
    mrs r4, faultmask
    print_hex r4
    b end
    .ltorg
    says NMI_Handler, "NMI "
    handler SVC_Handler
    push {r4, lr}
    print "SVC "
    cpsid f
    pop {r4, pc}
