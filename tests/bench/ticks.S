/* A loop of LENGTH additions, loads and stores, and COUNT interrupts of SysTick, one each PERIOD cycles. */
.syntax unified
.thumb
.text
.word 0x20004000, Reset + 1
.rept 13
.word 0
.endr
.word SysTick + 1
.global Reset
.type Reset, %function
.thumb_func
Reset:
ldr r0, =0xe000e010
ldr r1, =PERIOD - 1
str r1, [r0, #4]
movs r1, #7
ldr r4, =COUNT
movs r5, #0
ldr r7, =0x20001000
str r1, [r0]
1:
.rept LENGTH
add r6, r7, r6
ldr r3, [r7, #4]
eor r3, r6
add r2, r3, r6, ror #3
.endr
str r3, [r7, #4]
cmp r5, r4
blo 1b
movs r0, #0x18
ldr r1, =0x20026
bkpt 0xab
.ltorg
.type SysTick, %function
.thumb_func
SysTick:
adds r5, #1
bx lr
