@ expect: exit 0
@ Four words take two cycles; to be stored to an address that is no multiple of eight, three. Three words take two there,
@ too.
    .include "probe.inc"
    watch
    ldr r5, =0x20000100
    ldr r4, =0x20000104
    begin
    ldm r5, {r0-r3}
    cycles 2
    begin
    ldm r4, {r0-r3}
    cycles 2
    begin
    stm r5, {r0-r3}
    cycles 2
    begin
    stm r4, {r0-r3}
    cycles 3
    begin
    stm r4, {r0-r2}
    cycles 2
    holds
