@ expect: exit 0, text 0x20000400
@ Three loads in a row take 2 + 1 + 1 cycles. From code in SRAM1 each takes a turn of the one system bus from the fetches
@ when it goes to SRAM, but not when it goes to memory below 0x20000000 (CCM, on L4 SRAM2 by its other address), which has
@ its own bus, and not when it goes to the core's private registers: CYCCNT is read from here, too.
    .include "probe.inc"
    watch
    ldr r5, =0x20000100
    ldr r4, =0x10000100
    begin
    ldr r1, [r5]
    ldr r2, [r5]
    ldr r3, [r5]
    cycles 7
    begin
    ldr r1, [r4]
    ldr r2, [r4]
    ldr r3, [r4]
    cycles 4
    begin
    ldr r1, [r7]
    ldr r1, [r7]
    ldr r1, [r7]
    cycles 4
    holds
