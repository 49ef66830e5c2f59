@ expect: exit 0
@ Cortex-M4 manual, table 3-1: additions, multiplications and long multiply-accumulates take one cycle each.
    .include "probe.inc"
    watch
    begin
    .rept 8
    adds r1, r2, r3
    .endr
    cycles 8
    begin
    .rept 4
    muls r1, r2, r1
    smlal r4, r5, r2, r3
    .endr
    cycles 8
    holds
