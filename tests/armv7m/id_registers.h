/* Prints CCR, CLIDR, CTR, MVFR0 to MVFR2, CPUID, DWT_CTRL and FP_CTRL, in this order. */
#include "rule.h"
.global main.thumb_func main : push{r4, r5, r6, lr} ldr r4,
    = registers 1 : ldr r5, [r4], #4 cbz r5,
    2f ldr r6, [r5] print_hex r6 b 1b 2 : pop{r4, r5, r6, pc}.balign 4 registers :.word 0xe000ed14,
    0xe000ed78, 0xe000ed7c, 0xe000ef40, 0xe000ef44, 0xe000ef48, 0xe000ed00, 0xe0001000, 0xe0002000,
    0
