/* Vectors, start-up and printing of the fixtures, rule.inc. */
#include "rule.inc"
    .macro other name, text
    .weak \name
    .type \name, %function
    .thumb_func
\name:
    print "\text"
    b end
    .endm

    .section .isr_vector, "a"
    .word 0x20010000, Reset_Handler, NMI_Handler, HardFault_Handler, MemManage_Handler, BusFault_Handler
    .word UsageFault_Handler, 0, 0, 0, 0, SVC_Handler, DebugMon_Handler, 0, PendSV_Handler, SysTick_Handler
    .word IRQ0_Handler, IRQ1_Handler, IRQ2_Handler, IRQ3_Handler
    .text
    other NMI_Handler, "NMI "
    other HardFault_Handler, "HardFault "
    other MemManage_Handler, "MemManage "
    other BusFault_Handler, "BusFault "
    other UsageFault_Handler, "UsageFault "
    other SVC_Handler, "SVC "
    other DebugMon_Handler, "DebugMonitor "
    other PendSV_Handler, "PendSV "
    other SysTick_Handler, "SysTick "
    other IRQ0_Handler, "IRQ0 "
    other IRQ1_Handler, "IRQ1 "
    other IRQ2_Handler, "IRQ2 "
    other IRQ3_Handler, "IRQ3 "

    .thumb_func
Reset_Handler:
    store CPACR, 0x00f00000
    dsb
    isb
    bl main
    .global end
    .thumb_func
end:
    movs r0, #0x18 /* SYS_EXIT, ADP_Stopped_ApplicationExit */
    ldr r1, =0x20026
    bkpt 0xab
    b end
    .global rule_print
    .thumb_func
rule_print: /* the text at r1 */
    movs r0, #4 /* SYS_WRITE0 */
    bkpt 0xab
    bx lr
    .global rule_hex
    .thumb_func
rule_hex: /* r0 */
    push {r3, r4, lr}
    sub sp, #12
    movs r2, #0x20
    str r2, [sp, #8]
    movs r1, #7
1:  and r2, r0, #15
    cmp r2, #10
    ite lo
    addlo r2, #'0'
    addhs r2, #'a' - 10
    strb r2, [sp, r1]
    lsrs r0, #4
    subs r1, #1
    bpl 1b
    mov r1, sp
    bl rule_print
    add sp, #12
    pop {r3, r4, pc}
    .ltorg
