@ expect: exit 0, text 0x20000400
@ Five wait states, code in SRAM: a load from flash takes 2 + 5 cycles, with DCEN only the first one to its line.
    .include "probe.inc"
    watch
    ldr r5, =0x08001000
    flash 5
    begin
    ldr r1, [r5]
    cycles 7
    begin
    ldr r1, [r5]
    cycles 7
    flash 5 + DCEN
    begin
    ldr r1, [r5]
    cycles 7
    begin
    ldr r1, [r5]
    cycles 2
    begin
    ldr r1, [r5, #4]
    cycles 2
    begin
    ldr r1, [r5, #32]
    cycles 7
    holds
