@ expect: exit 0
@ docs/timing.md: 0 / 5 takes 2 cycles, 255 / 1 takes 2 + 1 + ceil((8 - 1) / 4) = 5, 0xffffffff / 1 takes
@ 2 + 1 + ceil((32 - 1) / 4) = 11.
    .include "probe.inc"
    watch
    movs r2, #0
    movs r3, #5
    begin
    udiv r1, r2, r3
    cycles 2
    movs r2, #255
    movs r3, #1
    begin
    udiv r1, r2, r3
    cycles 5
    mov r2, #-1
    begin
    udiv r1, r2, r3
    cycles 11
    holds
