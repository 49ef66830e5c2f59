@ expect: exit 0
@ DMA2 moves 256 words within SRAM (memory to memory, words, both addresses count up). Meanwhile 16 loads take their 17
@ cycles, and later the words have arrived.
    .include "probe.inc"
    ldr r0, =0x40023830     @ RCC_AHB1ENR.DMA2EN
    ldr r1, =0x400000
    str r1, [r0]
    ldr r4, =0x20002000
    ldr r5, =0x20001ffc
    ldr r1, =0x12345678
    str r1, [r4]
    watch
    ldr r4, =0x40026410     @ S0CR, S0NDTR, S0PAR, S0M0AR
    mov r1, #256
    str r1, [r4, #4]
    ldr r1, =0x20002000
    str r1, [r4, #8]
    ldr r1, =0x20003000
    str r1, [r4, #12]
    ldr r1, =0x5681         @ MSIZE, PSIZE: words; MINC, PINC; DIR: memory to memory; EN
    str r1, [r4]
    ldr r5, =0x20000100
    begin
    .rept 16
    ldr r1, [r5]
    .endr
    cycles 17
    ldr r4, =0x40026400
1:  ldr r1, [r4]            @ LISR.TCIF0
    tst r1, #0x20
    beq 1b
    ldr r4, =0x20003000
    ldr r1, [r4]
    ldr r2, =0x12345678
    cmp r1, r2
    beq 1f
    broken
1:  holds
