/* What the memory protection unit forbids and allows, to privileged and unprivileged code; printed
 * for comparison with another implementation. Each attempt is one instruction; the fault handler
 * returns behind it, to its caller. */
#include "guest.h"

#define MPU_TYPE REG(0xe000ed90)
#define MPU_CTRL REG(0xe000ed94)
#define MPU_RNR REG(0xe000ed98)
#define MPU_RBAR REG(0xe000ed9c)
#define MPU_RASR REG(0xe000eda0)
#define MPU_RBAR_A1 REG(0xe000eda4)
#define MPU_RASR_A1 REG(0xe000eda8)
enum {
    PRIV = 1 << 24,
    PRIV_USER_READ = 2 << 24,
    ALL = 3 << 24,
    PRIV_READ = 5 << 24,
    READ = 6 << 24,
    XN = 1 << 28,
    CACHED = 3 << 16
};
#define SIZE(log) (((log)-1) << 1 | 1)

static uint32_t buffer[256] __attribute__((aligned(1024)));
static uint32_t stack[64] __attribute__((aligned(256)));
static volatile uint32_t cfsr, hfsr, address, faults, handler_reads;

#define LEAF __attribute__((naked, noinline))
LEAF static uint32_t load(volatile void *p)
{
    (void)p;
    __asm__ volatile("ldr r0, [r0]\n bx lr");
}
LEAF static void store(volatile void *p)
{
    (void)p;
    __asm__ volatile("str r0, [r0]\n bx lr");
}
LEAF static void store_byte(volatile void *p)
{
    (void)p;
    __asm__ volatile("strb r0, [r0]\n bx lr");
}
LEAF static void store_unaligned(volatile void *p)
{
    (void)p;
    __asm__ volatile("str r0, [r0, #-2]\n bx lr");
}
LEAF static void load_many(volatile void *p)
{
    (void)p;
    __asm__ volatile("ldmia r0, {r0-r3}\n bx lr");
}
LEAF static void store_some(volatile void *p)
{
    (void)p;
    __asm__ volatile("cmp r0, #0\n it ne\n strne r0, [r0]\n bx lr");
}
LEAF static void store_none(volatile void *p)
{
    (void)p;
    __asm__ volatile("cmp r0, #0\n it eq\n streq r0, [r0]\n bx lr");
}
LEAF static void store_float(volatile void *p)
{
    (void)p;
    __asm__ volatile("vstr s0, [r0]\n bx lr");
}
LEAF static void
store_found(volatile void *p) /* at an address that no plan knows before the instruction comes */
{
    (void)p;
    __asm__ volatile("movs r2, #1\n udiv r1, r0, r2\n str r0, [r1]\n bx lr");
}
LEAF static void store_many(volatile void *p)
{
    (void)p;
    __asm__ volatile("stmdb r0!, {r1-r3}\n bx lr");
}
LEAF static void load_as_user(volatile void *p)
{
    (void)p;
    __asm__ volatile("ldrt r1, [r0, #4]\n bx lr");
}
LEAF static void store_as_user(volatile void *p)
{
    (void)p;
    __asm__ volatile("strbt r1, [r0, #4]\n bx lr");
}
LEAF static void run(volatile void *p)
{
    (void)p;
    __asm__ volatile("bx r0");
}

extern uint32_t after_pend[];
LEAF static void pend_on(volatile void *psp) /* takes PendSV with this process stack */
{
    (void)psp;
    __asm__ volatile("push {r4, lr}\n cpsid i\n msr psp, r0\n ldr r0, =0xe000ed04\n mov r1, "
                     "#0x10000000\n str r1, [r0]\n movs r1, #2\n"
                     "msr control, r1\n isb\n cpsie i\n isb\n .global after_pend\n after_pend: "
                     "movs r1, #0\n msr control, r1\n isb\n pop {r4, pc}");
}

static void __attribute__((used)) note(uint32_t *frame, uint32_t from)
{
    static const uint32_t *volatile shut = &buffer[8];
    cfsr = SCB_CFSR;
    hfsr = SCB_HFSR;
    address = cfsr & 0x80 ? SCB_MMFAR : cfsr & 0x8000 ? SCB_BFAR : 0;
    SCB_CFSR = cfsr;
    SCB_HFSR = hfsr;
    faults++;
    if (from == 3)
        handler_reads = *shut == 0x55; /* HFNMIENA clear: nothing is forbidden here */
    if (cfsr & 0x10) {                 /* no frame was stored: open the stack and make one */
        MPU_RNR = 5;
        MPU_RASR = 0;
        frame[6] = (uint32_t)after_pend;
        frame[7] = 1 << 24;
        return;
    }
    frame[6] = frame[5] & ~1u;
}
#define HANDLER(name, n)                                                                        \
    __attribute__((naked)) void name(void)                                                      \
    {                                                                                           \
        __asm__ volatile("tst lr, #4\n ite eq\n mrseq r0, msp\n mrsne r0, psp\n movs r1, %0\n " \
                         "push {r4, lr}\n bl note\n pop {r4, pc}" ::"i"(n));                    \
    }
HANDLER(MemManage_Handler, 4)
HANDLER(BusFault_Handler, 5)
HANDLER(HardFault_Handler, 3)

__attribute__((naked)) void SVC_Handler(void)
{
    __asm__ volatile("movs r0, #0\n msr control, r0\n isb\n bx lr");
}
static volatile int pended;
void PendSV_Handler(void)
{
    pended = 1;
}

static void region(uint32_t n, volatile void *base, uint32_t attributes)
{
    MPU_RNR = n;
    MPU_RBAR = (uint32_t)base;
    MPU_RASR = attributes;
    __asm__ volatile("dsb\n isb" ::: "memory");
}

static void control(uint32_t v)
{
    __asm__ volatile("msr control, %0\n isb" ::"r"(v) : "memory");
}
static void enable(uint32_t v)
{
    MPU_CTRL = v;
    __asm__ volatile("dsb\n isb" ::: "memory");
}

static void show(const char *what)
{
    say(what);
    say_number(" ", faults, 10);
    if (faults) {
        say_number("  cfsr ", cfsr, 16);
        say_number("  hfsr ", hfsr, 16);
        say_number("  at ", address, 16);
    }
    faults = 0;
}

#define TRY(call) (call, show(#call))
#define USER(call)                                     \
    (control(1), (void)(call), ({                      \
         __asm__ volatile("svc 0" ::: "memory", "r0"); \
     }),                                               \
     show("user " #call))

int main(void)
{
    buffer[8] = 0x55;
    buffer[64] = 0x4770; /* bx lr */
    say_number("type ", MPU_TYPE >> 8 & 255, 10);
    SCB_SHCSR |= 7 << 16;
    region(0, (void *)0x08000000, READ | CACHED | SIZE(20));
    region(1, (void *)0x20000000, ALL | CACHED | SIZE(17));
    region(2, buffer, PRIV_READ | CACHED | SIZE(10));
    MPU_RBAR = (uint32_t)&buffer[0] | 1 << 4 | 3; /* region 3 by the VALID bit, 32 bytes */
    MPU_RASR = XN | CACHED | SIZE(5);
    MPU_RBAR_A1 = (uint32_t)&buffer[128] | 1 << 4 | 4;
    /* the sixth and the eighth part are not of it */
    MPU_RASR_A1 = ALL | XN | CACHED | 0xa0 << 8 | SIZE(8);
    MPU_RNR = 3;
    say_number("base ", MPU_RBAR - (uint32_t)buffer, 16);
    say_number("attributes ", MPU_RASR, 16);
    TRY(store(&buffer[100]));
    enable(1 | 4);
    TRY(load(&buffer[0]));
    TRY(store(&buffer[7]));
    TRY(store(&buffer[8]));
    TRY(load(&buffer[8]));
    TRY(store_byte(&buffer[100]));
    TRY(store_unaligned(&buffer[128])); /* half of it below the region that allows it */
    TRY(store(&buffer[128]));
    TRY(store(&buffer[128 + 5 * 8]));
    TRY(store(&buffer[128 + 6 * 8]));
    TRY(store(&buffer[128 + 7 * 8]));
    TRY(load_many(&buffer[6]));
    TRY(load_many(&buffer[8]));
    TRY(store_some(&buffer[9]));
    TRY(store_none(&buffer[9]));
    TRY(store_float(&buffer[10]));
    TRY(store_found(&buffer[11]));
    TRY(store_many(&buffer[130]));
    TRY(load_as_user(&buffer[63]));
    TRY(store_as_user(&buffer[63]));
    TRY(store_as_user(&buffer[128]));
    TRY(run((uint8_t *)&buffer[128] + 1));
    TRY(run((uint8_t *)&buffer[64] + 1));
    TRY(store((void *)0x40000020));
    USER(load(&buffer[128]));
    USER(load(&buffer[100]));
    USER(store((void *)0x20000100));
    USER(load((void *)0x40000020));
    USER(load((void *)0xe000ed00));
    USER(store((void *)0xe000e010));
    USER(load((void *)0x08000000));
    region(2, buffer, PRIV_USER_READ | CACHED | SIZE(10));
    USER(store(&buffer[9]));
    USER(load(&buffer[9]));
    TRY(store(&buffer[9]));
    /* MemManage off: the fault escalates, and the HardFault handler reads what is shut */
    SCB_SHCSR &= ~(1u << 16);
    TRY(load(&buffer[0]));
    say_number("handler reads ", handler_reads, 10);
    SCB_SHCSR |= 1 << 16;
    /* without the background region nothing else is there, for privileged code either */
    enable(1);
    load((void *)0x40000020);
    enable(5);
    show("no background");
    /* an exception that cannot stack its frame */
    region(5, stack, PRIV_READ | CACHED | SIZE(8));
    SCB_SHPR[10] = 0xf0;
    pend_on(stack + 64);
    show("exception on a shut stack");
    say_number("pended ", (uint32_t)pended, 10);
    region(5, stack, 0);
    enable(0);
    USER(load((void *)0xe000ed00));
    TRY(store(&buffer[100]));
    return 0;
}
