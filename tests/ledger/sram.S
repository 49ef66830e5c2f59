@ expect: exit 0
@ SRAM1 without wait states: a load takes two cycles, loads in a row one each behind the first (Cortex-M4 manual, 3.3.2), a
@ store one.
    .include "probe.inc"
    watch
    ldr r5, =0x20000100
    begin
    ldr r1, [r5]
    ldr r2, [r5, #4]
    ldr r3, [r5, #8]
    ldr r4, [r5, #12]
    cycles 5
    begin
    str r1, [r5]
    cycles 1
    holds
