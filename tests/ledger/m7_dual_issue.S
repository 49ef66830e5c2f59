@ expect: exit 0
@ Eight independent additions issue in four pairs; four multiplications of four cycles do not pair with each other, but each
@ with an addition.
    .include "probe.inc"
    watch
    begin
    .rept 8
    adds r1, r2, r3
    .endr
    cycles 4
    begin
    .rept 4
    mul r1, r2, r3
    .endr
    cycles 4
    begin
    .rept 4
    mul r1, r2, r3
    add r4, r2, r3
    .endr
    cycles 4
    holds
