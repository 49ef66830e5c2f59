/* A loop of 82 instructions, of which 20 are OPERATION, a store or a load of a word; COUNT rounds. */
.syntax unified
.thumb
.text
.word 0x20004000, Reset + 1
.global Reset
.type Reset, %function
.thumb_func
Reset:
ldr r7, =0x20001000
ldr r4, =COUNT
1:
.rept 20
add r6, r7, r6
OPERATION r3, [r7, #4]
eor r3, r6
add r2, r3, r6, ror #3
.endr
subs r4, #1
bne 1b
movs r0, #0x18
ldr r1, =0x20026
bkpt 0xab
.ltorg
