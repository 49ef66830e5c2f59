@ expect: exit 0
@ A load of a register on AHB1 (RCC_CR) takes the two cycles of a load of SRAM, and the two of a register on APB1 (TIM2).
    .include "probe.inc"
    watch
    ldr r5, =0x20000100
    begin
    ldr r1, [r5]
    cycles 2
    ldr r5, =0x40023800
    begin
    ldr r1, [r5]
    cycles 2
    ldr r5, =0x40000000
    begin
    ldr r1, [r5]
    cycles 2
    holds
