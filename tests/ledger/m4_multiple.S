@ expect: exit 0
@ 1 + 4 for four words (Cortex-M4 manual, table 3-1), and nothing less behind a load: 2 + 5.
    .include "probe.inc"
    watch
    ldr r5, =0x20000100
    begin
    ldm r5, {r0-r3}
    cycles 5
    begin
    stm r5, {r0-r3}
    cycles 5
    begin
    ldr r4, [r5]
    ldm r5, {r0-r3}
    cycles 7
    holds
