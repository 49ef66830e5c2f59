@ expect: exit 0
@ A chain of ANDs issues one a cycle. What waits for a multiplication issues two cycles behind it (1 + 2 in all), what
@ waits for a load one (2 in all), a load whose address it brings two (3 in all);
@ the same two cycles pass from an AND to a load whose address it makes.
    .include "probe.inc"
    watch
    ldr r5, =0x20000100
    str r5, [r5]
    begin
    ands r1, r3
    ands r1, r3
    ands r1, r3
    ands r1, r3
    cycles 4
    begin
    mul r1, r2, r3
    ands r1, r3
    cycles 3
    begin
    ldr r1, [r5]
    ands r1, r3
    cycles 2
    begin
    ldr r1, [r5]
    ldr r2, [r1]
    cycles 3
    mov r1, r5
    begin
    ands r1, r5
    ldr r2, [r1]
    cycles 3
    holds
