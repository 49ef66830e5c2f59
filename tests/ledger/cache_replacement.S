@ expect: exit 0
@ The shift register goes from 0xace1 to 0xe270 and 0x7138, both multiples of four: way 0 leaves twice. So a fifth line of
@ the set takes the place of the first, the first that of the fifth, and the others are still there, where they would
@ have left one after the other if the least recently used line went.
    .include "probe.inc"
    watch
    dcache
    ldr r5, =SRAM
    ldr r2, =SRAM + WAY
    ldr r3, =SRAM + 2 * WAY
    ldr r4, =SRAM + 3 * WAY
    ldr r10, =SRAM + 4 * WAY
    ldr r1, [r5]
    ldr r1, [r2]
    ldr r1, [r3]
    ldr r1, [r4]
    ldr r1, [r10]
    .rept 16 @ the fill has ended
    nop
    .endr
    begin
    ldr r1, [r5]
    cycles 1 + BEAT
    begin
    ldr r1, [r2]
    ldr r1, [r3]
    ldr r1, [r4]
    cycles 3
    holds
