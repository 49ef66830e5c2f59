// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B3.2.4, ICSR: PENDSTSET, PENDSVSET and NMIPENDSET pend, the CLR bits clear and read as zero, VECTPENDING names the most urgent, ISRPENDING an interrupt
// expect: 0400f000 00000000 1000e000 00000000 0040f000 00411000 NMI 00000802 00000000
#include "rule.inc"
    .equ PENDSTSET, 1 << 26
    .equ PENDSTCLR, 1 << 25
    .equ PENDSVSET, 1 << 28
    .equ PENDSVCLR, 1 << 27
    .equ RETTOBASE, 1 << 11
    .global main
    .thumb_func
    .macro show
    load r4, ICSR
    bic r4, #RETTOBASE /* unknown in thread mode */
    print_hex r4
    .endm
main:
    cpsid i
    store ICSR, PENDSTSET
    show
    store ICSR, PENDSTCLR
    show
    store ICSR, PENDSVSET
    show
    store ICSR, PENDSVCLR
    show
    store SHPR3, 0x10000000 /* SysTick less urgent than interrupt 1 */
    store NVIC_ISPR, 2 /* pending, not enabled: it is not named by VECTPENDING */
    store ICSR, PENDSTSET
    load r4, ICSR
    bic r4, #RETTOBASE
    bic r4, #PENDSTSET
    print_hex r4
    store NVIC_ISER, 2
    store ICSR, PENDSTCLR
    show
    store 0xe000e280, 2
    store ICSR, 0x80000000
    dsb
    isb
    show
    b end
    .ltorg
    handler NMI_Handler
    push {r4, lr}
    print "NMI "
    load r4, ICSR
    print_hex r4
    pop {r4, pc}
