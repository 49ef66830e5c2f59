@ expect: exit 0
@ An addition in the older slot gives its result to an AND of the same cycle, from the early ALU; an AND, which runs in the
@ late one, does not.
    .include "probe.inc"
    watch
    begin
    adds r1, r2, r3
    ands r4, r1
    cycles 1
    begin
    ands r1, r3
    ands r4, r1
    cycles 2
    holds
