/* Random programs for the tests of the machine. */
#ifndef TESTS_SIM_RANDOM_H
#define TESTS_SIM_RANDOM_H

#include <stdint.h>
#include <stdio.h>

#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* templates of instructions */

static unsigned pick(uint32_t *seed, unsigned n)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % n;
}

enum { MOVES = 32 };

/* Handlers that mix where and when they came into a word, which the program prints when it ends. */
static const char interrupts_on[] = "ldr r0, =0xe000edfc\nmov r1, #0x1000000\nstr r1, [r0]\nldr "
                                    "r0, =0xe0001000\nmovs r1, #1\nstr r1, [r0]\n"
                                    "ldr r0, =0xe000e010\nldr r1, =%u\nstr r1, [r0, #4]\nstr r1, "
                                    "[r0, #8]\nmovs r1, #7\nstr r1, [r0]\n";
static const char interrupts_off[] =
    "ldr r0, =0xe000e010\nmovs r1, #0\nstr r1, [r0]\nldr r2, =0x20000600\nldr r6, [r2]\nmovs r7, "
    "#8\n"
    "1: ror r6, r6, #28\nand r1, r6, #15\nadds r1, #65\nstrb r1, [r2]\nmov r1, r2\nmovs r0, "
    "#3\nbkpt 0xab\nsubs r7, #1\nbne 1b\n";
static const char handlers[] =
    "func PendSV\nfunc SysTick\nldr r0, =0x20000600\nldr r1, [r0]\nldr r2, [sp, #24]\nldr r3, "
    "=Base\nsub r2, r3\neor r1, r2, r1, ror #27\nldr r3, =0xe0001004\n"
    "ldr r3, [r3]\nadd r1, r3\nldr r2, [sp, #28]\nadd r1, r1, r2, lsr #3\nstr r1, [r0]\nbx lr\n";

/* A loop of random instructions: r0 to r7 data, r8 SRAM, r9 flash, r10 an index below 64, r12 a
 * pointer that wanders, r11 the count. Branches only skip forwards, so that every program ends.
 * With a period SysTick interrupts, and the program pends PendSV and reads the time. All of it can
 * be moved by a multiple of MOVES bytes, the flash that it reads stays. */
static const char *random_program(uint32_t seed, unsigned period, unsigned shift)
{
    enum { TIMED = 6 };
    static const char *const lines[] = {
        "add r%u, r%u, r%u\n",
        "mul r%u, r%u, r%u\n",
        "eor.w r%u, r%u, r%u, lsl #3\n",
        "smlad r%u, r%u, r%u, r1\n",
        "udiv r%u, r%u, r%u\n",
        "ldr r%u, [r8, #%u]\n",
        "str r%u, [r8, #%u]\n",
        "ldrb r%u, [r8, #%u]\n",
        "ldrsh r%u, [r8, #%u]\n",
        "strh r%u, [r8, #%u]\n",
        "ldr r%u, [r9, #%u]\n",
        "ldrb r%u, [r9, #%u]\n",
        "ldr r%u, [r9, r10, lsl #2]\n",
        "ldrsb r%u, [r8, r10]\n",
        "strb r%u, [r8, r10]\n",
        "and r10, r%u, #63\n",
        "add r12, r8, r10\n",
        "mov r12, r8\n",
        "add r12, r12, #%u\n",
        "ldr r%u, [r12], #4\n",
        "ldrh r%u, [r12, #2]!\n",
        "str r%u, [r12, #-4]\n",
        "bic r12, r12, #3\nldm r12, {r0, r3, r5}\n",
        "bic r12, r12, #3\nldrd r2, r4, [r12, #8]\n",
        "push {r0-r3}\npop {r2-r5}\n",
        "vmov s3, r12\n vmov r%u, s3\n",
        "vmov s7, r12\nmov r12, r8\nvmov r12, s7\n",
        "str r12, [r8, #512]\nldr r12, [r8, #512]\n",
        "str r8, [r8, #516]\nstrb r%u, [r12]\nldr r6, [r8, #516]\nldr r7, [r6, #4]\n",
        "tst r%u, #1\nite ne\nldrne r2, [r8, #4]\nstreq r3, [r8, #8]\n",
        "cmp r%u, r%u\nit lo\naddlo r5, r5, #1\n",
        "tst r%u, #2\nbne 7f\nldr r4, [r8, #20]\nadds r4, #1\n7:\n",
        "cbz r%u, 7f\nldr r0, [r9, #40]\nnop.w\n7:\n",
        "bl leaf\n",
        "nop.w\n",
        "movw r%u, #%u\n",
        "sxtb r%u, r%u\n",
        "ubfx r%u, r%u, #4, #9\n",
        "bl leaf\nldr r%u, [r8, #12]\n",
        "ldr r3, =0xe000ed04\nmov r2, #0x10000000\nstr r2, [r3], #4\nadd r%u, r3, r2\n",
        "ldr r3, =0xe0001004\nldr r%u, [r3]\n",
        "ldr r3, =0xe000ed04\nmov r2, #0x10000000\ncmp r%u, r%u\nit ls\nstrls r2, [r3]\nadd r%u, "
        "r3, r2\nmul r3, r2, r2\n",
        "ldr r3, =0xe000e018\nldr r%u, [r3]\n",
        "cpsid i\nadd r%u, r1, r2\nmul r3, r4, r5\ncpsie i\nadd r0, r1\n",
        "ldr r3, =0xe000ef00\nmovs r2, #0\ncmp r%u, r%u\nitt hi\nmulhi r4, r5, r6\nstrhi r2, [r8, "
        "#16]\nldr r4, [r3]\n"};
    static char text[8192];
    size_t n = (size_t)snprintf(
        text, sizeof text,
        "b.w 1f\n.balign 32\n.space %u\n1:\nBase: ldr r0, =0x40023c00\nldr r1, =0x%x\nstr r1, "
        "[r0]\nldr r0, =0x40022000\nstr r1, [r0]\nldr r0, =0xe000ed14\nldr r1, =0x30200\n"
        "str r1, [r0]\nldr r0, =0xe000ed88\nldr r1, =0xf00000\nstr r1, [r0]\ndsb\nisb\nmovs r10, "
        "#0\nldr r8, =0x20000800\nldr r9, =0x08005000\n",
        MOVES * shift, 0x700 | pick(&seed, 8));
    if (period)
        n += (size_t)snprintf(text + n, sizeof text - n, interrupts_on, period);
    n += (size_t)snprintf(
        text + n, sizeof text - n,
        "movs r11, #30\n.irp r,0,1,2,3,4,5,6,7\nmov r\\r, #\\r\n.endr\n1: mov r12, r8\n");
    const unsigned choice = sizeof lines / sizeof *lines - (period ? 0 : TIMED);
    unsigned count = 10 + pick(&seed, 90);
    for (unsigned i = 0; i < count && n < sizeof text - 400; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, lines[pick(&seed, choice)], pick(&seed, 8),
                              pick(&seed, 8), pick(&seed, 8));
    snprintf(text + n, sizeof text - n,
             "subs r11, #1\nbne.w 1b\n%sexit\nfunc leaf\npush {r4, lr}\nldr r4, [sp, #4]\npop {r4, "
             "pc}\n%s.ltorg\n.org 0x5000\n.rept 40\n.word 0x9e3779b1, 0x07f50301\n.endr\n",
             period ? interrupts_off : "", period ? handlers : "");
    return text;
}

#endif
