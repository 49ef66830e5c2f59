@ expect: exit 0
@ ICEN, three wait states. The second time through, 512 bytes of code wait for nothing: 256 additions, 256 cycles. 2 KiB
@ do not fit into the 1 KiB of lines, and the least recently used line is always the next: each line waits. CYCCNT is
@ read 16 and 2076 bytes behind a multiple of 64: 128 lines of 16 bytes begin in between on F4, 257 of 8 bytes on L4.
    .include "probe.inc"
    .ifdef stm32l4r5
    .set WAITS, 257 * 3
    .else
    .set WAITS, 128 * 3
    .endif
    watch
    flash 3 + ICEN
    movs r5, #2
1:  begin
    .rept 256
    adds r1, r2, r3
    .endr
    elapsed
    subs r5, #1
    bne.w 1b
    sub r0, r0, r8
    cmp r0, #256
    beq 1f
    broken
1:  movs r5, #2
    b.w 1f
    .balign 64
1:  begin
    .rept 1024
    adds r1, r2, r3
    .endr
    elapsed
    subs r5, #1
    bne.w 1b
    sub r0, r0, r8
    ldr r1, =1024 + WAITS
    cmp r0, r1
    beq 1f
    broken
1:  holds
