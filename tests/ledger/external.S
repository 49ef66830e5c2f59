@ expect: exit 0
@ Uncached, a load takes its own cycles (two on M4, one on M7) and the set-up of the board file: 36 for quad flash, for
@ SDRAM 16 on F7 and 12 on H7. Nothing has to be initialised.
    .include "probe.inc"
    watch
    ldr r5, =0x90000100
    begin
    ldr r1, [r5]
    .ifdef M7
    cycles 37
    .else
    cycles 38
    .endif
    .ifdef stm32f746
    ldr r5, =0xc0000100
    begin
    ldr r1, [r5]
    cycles 17
    .endif
    .ifdef stm32h743
    ldr r5, =0xd0000100
    begin
    ldr r1, [r5]
    cycles 13
    .endif
    holds
