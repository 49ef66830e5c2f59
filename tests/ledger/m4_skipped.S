@ expect: exit 0
@ A load behind a skipped load is not pipelined: 2 + 1 + 2 cycles (IT is folded), as with a NOP in its place.
    .include "probe.inc"
    watch
    ldr r5, =0x20000100
    cmp r5, r5
    begin
    cmp r5, r5
    it ne
    ldrne r2, [r5, #4]
    ldr r3, [r5, #8]
    cycles 4
    holds
