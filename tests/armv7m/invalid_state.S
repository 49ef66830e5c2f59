// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B1.5.2 and B1.4.2: a vector with bit 0 clear, and BLX to an even address, leave T = 0: INVSTATE (CFSR 0x00020000) at the target, stacked xPSR.T = 0
// expect: 00020000 00000000 00020000 00000000
#include "rule.inc"
    .global main
    .thumb_func
main:
    store SHCSR, 0x00070000
    mov r7, #0
    ldr r5, =main
    bic r5, #1
    blx r5
    b end
    .ltorg
    handler UsageFault_Handler
    push {r4, lr}
    load r4, CFSR
    print_hex r4
    store CFSR, -1
    ldr r4, [sp, #8 + 28]
    lsrs r4, #24
    and r4, #1
    print_hex r4
    cbnz r7, 1f
    movs r7, #1
    store 0x20002018, UsageFault_Handler
    store 0x2000202c, other
    ldr r0, =0x20002018
    ldr r1, [r0]
    orr r1, #1
    str r1, [r0]
    ldr r0, =0x2000202c
    ldr r1, [r0]
    bic r1, #1
    str r1, [r0]
    store 0xe000ed08, 0x20002000
    store SHPR2, 0x80000000
    ldr r4, =again
    str r4, [sp, #8 + 24]
    mov r4, #0x01000000
    str r4, [sp, #8 + 28]
    pop {r4, pc}
1:  b end
    .ltorg
    .thumb_func
again:
    svc #0
    b end
    .balign 4
    .thumb_func
other:
    b end
