@ expect: exit 0
@ PRFTEN, no instruction lines. At three wait states a line of eight 16-bit instructions (F4) or four (L4) covers the
@ ws + 1 = 4 cycles of reading the next: no wait. At five, four instructions a line (wide ones on F4) cover four of six:
@ two cycles wait for each line. Two runs are compared, so that the border of the measured code does not matter: 16 lines
@ more take 16 x 8 or 16 x 4 cycles, then 16 x (4 + 2). The same instructions before each bring reading equally far ahead.
    .include "probe.inc"
    .macro more insn a b want
    .balign 64
    .rept 16
    \insn r1, r2, r3
    .endr
    begin
    .rept \a
    \insn r1, r2, r3
    .endr
    elapsed
    mov r5, r0
    .balign 64
    .rept 16
    \insn r1, r2, r3
    .endr
    begin
    .rept \b
    \insn r1, r2, r3
    .endr
    elapsed
    subs r0, r0, r5
    cmp r0, #\want
    beq 1f
    broken
1:
    .endm
    watch
    flash 3 + PRFTEN
    .ifdef stm32l4r5
    more adds 64 128 64
    .else
    more adds 128 256 128
    .endif
    flash 5 + PRFTEN
    .ifdef stm32l4r5
    more adds 64 128 96
    .else
    more add.w 64 128 96
    .endif
    holds
