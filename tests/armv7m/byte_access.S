// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B3.2.10 to B3.2.15 and B3.4.9: IPR and SHPR are written by byte and halfword; MMFSR, BFSR and UFSR are parts of CFSR, whose ones are cleared by writing ones
// expect: 00500000 60500000 00003070 00700000 00000070 02010000 02000000 00000200 00000000
#include "rule.inc"
    .macro storeb address, value
    ldr r0, =\address
    movs r1, #\value
    strb r1, [r0]
    .endm
    .macro storeh address, value
    ldr r0, =\address
    movw r1, #\value
    strh r1, [r0]
    .endm
    .macro show address
    load r4, \address
    print_hex r4
    .endm
    .global main
    .thumb_func
main:
    storeb NVIC_IPR + 2, 0x50
    show NVIC_IPR
    storeb NVIC_IPR + 3, 0x60
    show NVIC_IPR
    storeh NVIC_IPR + 4, 0x3070
    show NVIC_IPR + 4
    storeb SHPR3 + 2, 0x70
    show SHPR3
    ldr r0, =SHPR3 + 2
    ldrb r4, [r0]
    print_hex r4
    store SHCSR, 0x00070000
    store CCR, 0x210
    .inst.n 0xde00
    movs r0, #0
    udiv r0, r0, r0
    show CFSR
    storeb CFSR + 2, 1
    show CFSR
    ldr r0, =CFSR + 2
    ldrh r4, [r0]
    print_hex r4
    storeh CFSR + 2, 0x200
    show CFSR
    b end
    .ltorg
    handler UsageFault_Handler
    ldr r0, [sp, #24]
    ldrh r1, [r0]
    lsrs r1, #11
    cmp r1, #0x1d
    ite hs
    addhs r0, #4
    addlo r0, #2
    str r0, [sp, #24]
    bx lr
