@ expect: exit 0
@ A literal and a word of SRAM do not overlap (2 + 2 cycles); a word of SRAM and one of CCM do (2 + 1).
    .include "probe.inc"
    watch
    ldr r5, =0x20000100
    ldr r4, =0x10000100
    begin
    ldr r1, 1f
    ldr r2, [r5]
    cycles 4
    begin
    ldr r1, [r5]
    ldr r2, [r4]
    cycles 3
    b 2f
    .balign 4
1:  .word 0
2:  holds
