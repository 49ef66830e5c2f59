@ expect: exit 0
@ With the instruction cache on, a function in SRAM is run, overwritten and run again without any maintenance: the new one
@ runs, where the part would run the old one from its cache.
    .include "probe.inc"
    ldr r0, =0xe000ed14     @ CCR.IC
    ldr r1, [r0]
    orr r1, r1, #0x20000
    str r1, [r0]
    dsb
    isb
    ldr r4, =SRAM
    ldr r5, =0x47702001     @ MOVS r0, #1; BX LR
    str r5, [r4]
    dsb
    isb
    adds r6, r4, #1
    blx r6
    cmp r0, #1
    beq 1f
    broken
1:  adds r5, #1             @ MOVS r0, #2
    str r5, [r4]
    dsb
    isb
    blx r6
    cmp r0, #2
    beq 1f
    broken
1:  holds
