/* Two tasks that compare floats all the time, a SysTick that compares floats as well and pends
 * PendSV, which switches between them with their FP frames. Each comparison has a known outcome: a
 * flag of FPSCR, a register or a rounding mode that gets lost between VCMP and VMRS shows as a
 * wrong one. TICKS ticks of PERIOD cycles. */
#include "guest.h"

#ifndef TICKS
#define TICKS 10000u
#endif
#ifndef PERIOD
#define PERIOD 997u /* prime, so that the ticks come at every place of the loops */
#endif
enum { TASKS = 2, STACK = 256 };
struct task {
    uint32_t *sp;
    uint32_t stack[STACK] __attribute__((aligned(8)));
};
static struct task task[TASKS];
struct task *volatile current = task;
static volatile uint32_t ticks, wrong[TASKS + 1];
static uint32_t done[TASKS + 1];

/* Compares k with k + 1 in all six ways, negated where `sign` is: 3 of 6 hold. */
static inline void compare(int who, float k, float sign)
{
    float a = k * sign, b = (k + 1.0f) * sign, low = sign > 0 ? a : b, high = sign > 0 ? b : a;
    int right = (low < high) + (low <= high) + (low != high) + !(low > high) + !(low >= high) +
                !(low == high);
    if (right != 6)
        wrong[who]++;
    done[who] += 6;
}

static void body(int who, float sign, uint32_t rounding)
{
    float sum = 0;
    /* Its own rounding mode: towards plus or minus infinity */
    __asm__ volatile("vmsr fpscr, %0" ::"r"(rounding));
    for (;;) {
        sum = 0;
        for (int i = 0; i < 64; i++) {
            compare(who, (float)i, sign);
            sum += 0.5f;
        }
        uint32_t mode;
        __asm__ volatile("vmrs %0, fpscr" : "=r"(mode));
        if (sum != 32.0f || (mode & 0xc00000) != rounding)
            wrong[who]++;
    }
}
static void task_0(void)
{
    body(0, 1.0f, 1u << 22);
}
static void task_1(void)
{
    body(1, -1.0f, 2u << 22);
}

void SysTick_Handler(void)
{
    for (int i = 0; i < 4; i++)
        compare(2, (float)(ticks & 1023) + (float)i, i & 1 ? -1.0f : 1.0f);
    if (++ticks < TICKS) {
        SCB_ICSR = 1u << 28;
        return;
    }
    say_number("wrong in task 0: ", wrong[0], 10);
    say_number("wrong in task 1: ", wrong[1], 10);
    say_number("wrong in the interrupt: ", wrong[2], 10);
    for (int i = 0; i <= TASKS; i++)
        say(done[i] > 6 * TICKS ? "enough " : "few ");
    say("\n");
    leave();
}

struct task *other(void)
{
    return &task[current == task];
}

__attribute__((naked)) void PendSV_Handler(void)
{
    __asm__ volatile("mrs r0, psp\n tst lr, #0x10\n it eq\n vstmdbeq r0!, {s16-s31}\n"
                     "ldr r2, =current\n ldr r1, [r2]\n stmdb r0!, {r4-r11, lr}\n str r0, [r1]\n"
                     "push {r2, lr}\n bl other\n pop {r2, lr}\n str r0, [r2]\n"
                     "ldr r0, [r0]\n ldmia r0!, {r4-r11, lr}\n"
                     "tst lr, #0x10\n it eq\n vldmiaeq r0!, {s16-s31}\n msr psp, r0\n bx lr\n");
}

__attribute__((naked)) void SVC_Handler(void)
{
    __asm__ volatile("ldr r2, =current\n ldr r0, [r2]\n ldr r0, [r0]\n ldmia r0!, {r4-r11, lr}\n "
                     "msr psp, r0\n bx lr\n");
}

static void make(struct task *t, void (*entry)(void))
{
    uint32_t *sp = t->stack + STACK;
    *--sp = 0x01000000;            /* xPSR */
    *--sp = (uint32_t)entry & ~1u; /* PC */
    sp -= 6;                       /* LR, R12, R3-R0 */
    *--sp = 0xfffffffd;
    t->sp = sp - 8;
}

int main(void)
{
    make(&task[0], task_0);
    make(&task[1], task_1);
    SCB_SHPR[10] = 0xf0; /* PendSV lowest */
    SCB_SHPR[11] = 0xe0;
    SYST_RVR = PERIOD - 1;
    SYST_CVR = 0;
    SYST_CSR = 7;
    __asm__ volatile("svc 0");
    return 0;
}
