@ expect: exit 0
@ Taken: B refills in one cycle, CBZ and BX of a register in two; one more when the target is a wide instruction at 2 mod
@ 4, here with the cycle of that addition itself.
    .include "probe.inc"
    watch
    movs r4, #0
    begin
    b 1f
    nop
1:  cycles 2
    begin
    cbz r4, 1f
    nop
1:  cycles 3
    adr r5, 1f
    adds r5, #1
    begin
    bx r5
    .balign 4
1:  cycles 3
    begin
    b 1f
    nop
    nop
1:  add.w r1, r2, r3
    cycles 4
    holds
