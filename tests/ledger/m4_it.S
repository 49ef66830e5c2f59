@ expect: exit 0
@ IT costs nothing behind a 16-bit instruction and one cycle behind a wide one; an instruction that it skips costs one.
    .include "probe.inc"
    watch
    movs r4, #0
    begin
    cmp r4, #0
    it ne
    addne r1, r2, r3
    cycles 2
    begin
    cmp.w r4, #0
    it ne
    addne r1, r2, r3
    cycles 3
    holds
