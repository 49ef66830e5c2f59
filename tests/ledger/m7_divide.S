@ expect: exit 0
@ docs/timing.md: 0 / 5 takes 3 cycles, 255 / 1 takes 3 + ceil((8 - 1) / 2) = 7, 0xffffffff / 1 takes
@ 3 + ceil((32 - 1) / 2) = 19.
    .include "probe.inc"
    watch
    movs r2, #0
    movs r3, #5
    begin
    udiv r1, r2, r3
    cycles 3
    movs r2, #255
    movs r3, #1
    begin
    udiv r1, r2, r3
    cycles 7
    mov r2, #-1
    begin
    udiv r1, r2, r3
    cycles 19
    holds
