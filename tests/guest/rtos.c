/* A small pre-emptive kernel: two tasks on their own process stacks and an idle task, a SysTick
 * that makes ready what waited long enough, PendSV that switches, SVC that starts and yields. Each
 * task keeps a sum in FP registers across switches, so that a lost FP context shows in the printed
 * result. */
#include "guest.h"

enum { TASKS = 3, STACK = 256, ROUNDS = 5 };
struct task {
    uint32_t *sp; /* first: PendSV stores here */
    uint32_t wait;
    uint32_t stack[STACK] __attribute__((aligned(8)));
};
static struct task task[TASKS];
struct task *volatile current;
static volatile uint32_t ticks, switches;
static volatile int done;

static NOINLINE void yield(void)
{
    __asm__ volatile("svc 1" ::: "memory");
}

static NOINLINE void wait_ticks(uint32_t n)
{
    current->wait = n;
    yield();
}

static void worker(const char *name, float step)
{
    float sum = 0;
    for (int i = 0; i < ROUNDS; i++) {
        for (int k = 0; k < 200; k++)
            sum += step * (float)k;
        say(name);
        wait_ticks(name[0] == 'A' ? 2 : 3);
    }
    say_number(name, (uint32_t)sum, 10);
    done++;
    for (;;)
        wait_ticks(1000);
}
static void task_a(void)
{
    worker("A", 0.5f);
}
static void task_b(void)
{
    worker("B", 0.25f);
}
static void task_idle(void)
{
    while (done < 2)
        __asm__ volatile("wfi");
    say("\n");
    say_number("ticks ", ticks >= 15 && ticks <= 17, 10);
    leave();
}

struct task *schedule(void)
{
    switches++;
    for (int i = 0; i < TASKS; i++)
        if (!task[i].wait)
            return &task[i];
    return &task[TASKS - 1];
}

void SysTick_Handler(void)
{
    ticks++;
    for (int i = 0; i < TASKS - 1; i++)
        if (task[i].wait && --task[i].wait == 0)
            SCB_ICSR = 1u << 28;
}

__attribute__((naked)) void PendSV_Handler(void)
{
    __asm__ volatile("ldr r2, =current\n ldr r1, [r2]\n"
                     "mrs r0, psp\n"
                     "tst lr, #0x10\n it eq\n vstmdbeq r0!, {s16-s31}\n"
                     "stmdb r0!, {r4-r11, lr}\n str r0, [r1]\n"
                     "push {r2, r3}\n bl schedule\n pop {r2, r3}\n str r0, [r2]\n"
                     "ldr r0, [r0]\n ldmia r0!, {r4-r11, lr}\n"
                     "tst lr, #0x10\n it eq\n vldmiaeq r0!, {s16-s31}\n"
                     "msr psp, r0\n isb\n bx lr\n");
}

__attribute__((naked)) void SVC_Handler(void)
{
    __asm__ volatile("tst lr, #4\n beq 1f\n" /* from a task: yield */
                     "ldr r0, =0xe000ed04\n ldr r1, =0x10000000\n str r1, [r0]\n bx lr\n"
                     "1: ldr r2, =current\n ldr r0, [r2]\n ldr r0, [r0]\n ldmia r0!, {r4-r11, lr}\n"
                     "msr psp, r0\n isb\n bx lr\n");
}

static void make(struct task *t, void (*body)(void))
{
    uint32_t *sp = t->stack + STACK;
    *--sp = 0x01000000;           /* xPSR */
    *--sp = (uint32_t)body & ~1u; /* PC */
    for (int i = 0; i < 6; i++)   /* LR, R12, R3-R0 */
        *--sp = 0;
    *--sp = 0xfffffffd;
    for (int i = 0; i < 8; i++)
        *--sp = 0;
    t->sp = sp;
}

int main(void)
{
    make(&task[0], task_a);
    make(&task[1], task_b);
    make(&task[2], task_idle);
    current = &task[0];
    SCB_SHPR[10] = 0xf0; /* PendSV lowest, SysTick next */
    SCB_SHPR[11] = 0xe0;
    SYST_RVR = 16000 - 1;
    SYST_CVR = 0;
    SYST_CSR = 7;
    __asm__ volatile("svc 0");
    return 0;
}
