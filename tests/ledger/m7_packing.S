@ expect: exit 0
@ 32 wide additions take the 16 cycles of 32 narrow ones, also when they begin at 2 mod 4 (one pair more).
    .include "probe.inc"
    watch
    begin
    .rept 32
    adds r1, r2, r3
    .endr
    cycles 16
    begin
    .rept 32
    add.w r1, r2, r3
    .endr
    cycles 16
    begin
    adds r1, r2, r3
    .rept 31
    add.w r1, r2, r3
    .endr
    cycles 16
    holds
