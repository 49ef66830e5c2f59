@ expect: exit 0
@ Behind an access to memory the prefetch buffer runs dry at the third of a run of wide instructions at 2 mod 4, once a run:
@ 1 + 3 + 1 and 1 + 6 + 1 cycles; at 0 mod 4, and behind an instruction of one cycle, they take one each.
    .include "probe.inc"
    watch
    sub sp, #16
    begin
    str r1, [sp]
    .rept 3
    add.w r1, r2, r3
    .endr
    cycles 5
    begin
    str r1, [sp]
    .rept 6
    add.w r1, r2, r3
    .endr
    cycles 8
    begin
    str.w r1, [sp]
    .rept 6
    add.w r1, r2, r3
    .endr
    cycles 7
    begin
    adds r1, r2, r3
    .rept 6
    add.w r1, r2, r3
    .endr
    cycles 7
    holds
