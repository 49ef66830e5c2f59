// board: stm32f407
// qemu: netduinoplus2
// rule: ARMv7-M B1.5.3, escalation: a fault that is disabled, or not more urgent than what runs, becomes HardFault with HFSR.FORCED
// expect: 40000000 02000000 Usage 02000000 40000000 02000000
#include "rule.inc"
    .global main
    .thumb_func
main:
    store CCR, 0x00000210 @ DIV_0_TRP
    movs r1, #0
    movs r6, #0
    udiv r0, r1, r1 @ disabled
    store SHCSR, 0x00040000
    store SHPR1, 0x00800000 @ UsageFault
    store SHPR2, 0x80000000 @ SVCall: as urgent
    movs r1, #0
    udiv r0, r1, r1
    svc #0
    b end
    handler SVC_Handler
    push {r4, lr}
    movs r1, #0
    udiv r0, r1, r1
    pop {r4, pc}
    handler UsageFault_Handler
    mov r4, sp
    push {r4, lr}
    print "Usage "
    b 1f
    handler HardFault_Handler
    mov r4, sp
    push {r4, lr}
    load r0, HFSR
    print_hex r0
    ldr r1, =HFSR
    str r0, [r1]
1:  load r0, CFSR
    print_hex r0
    ldr r1, =CFSR
    str r0, [r1]
    ldr r0, [r4, #24]
    adds r0, #4 @ behind the division
    str r0, [r4, #24]
    pop {r4, pc}
