/* The order in which exceptions run, as a string of marks: compared with another implementation of
 * the same architecture. Interrupt lines are pended by software, so no peripheral is needed. */
#include "guest.h"

static char mark[256];
static volatile unsigned n;
static void put(char c)
{
    mark[n++] = c;
}

static uint32_t ipsr(void)
{
    uint32_t v;
    __asm__ volatile("mrs %0, ipsr" : "=r"(v));
    return v;
}
static void set_basepri(uint32_t v)
{
    __asm__ volatile("msr basepri, %0\n isb" ::"r"(v) : "memory");
}
static void sync(void)
{
    __asm__ volatile("dsb\n isb" ::: "memory");
}
static void pend(int irq)
{
    NVIC_ISPR[irq / 32] = 1u << irq % 32;
    sync();
}
static void prio(int irq, unsigned p)
{
    NVIC_IPR[irq] = (uint8_t)p;
}

static volatile int chain, stirred, svc_from_irq;

void IRQ_Handler(void)
{
    unsigned irq = ipsr() - 16;
    put((char)('a' + irq));
    if (irq == 2 && chain) { /* something more urgent, something less urgent */
        pend(1);
        pend(5);
        put('.');
    }
    if (irq == 3 && svc_from_irq)
        __asm__ volatile("svc 7");
    if (irq == 6 && !stirred) { /* pend itself: runs once more after the return */
        stirred = 1;
        SCB_STIR = 6;
        sync();
    }
    put((char)('A' + irq));
}
void SVC_Handler(void)
{
    put('s');
}
static volatile unsigned pended;
void PendSV_Handler(void)
{
    pended++ ? (void)0 : put('p');
}
void SysTick_Handler(void)
{
    put('t');
    SYST_CSR = 0;
}
void NMI_Handler(void)
{
    put('n');
}

int main(void)
{
    for (int i = 0; i < 8; i++)
        prio(i, (unsigned)(0x80 - 0x10 * (i == 1) + 0x10 * (i == 5)));
    NVIC_ISER[0] = 0xff;
    put('1');
    pend(0);
    pend(3);
    put('2');
    chain = 1;
    pend(2);
    chain = 0;
    /* masked by PRIMASK: both come when it opens, the lower number first at equal priority */
    put('3');
    __asm__ volatile("cpsid i");
    pend(4);
    pend(3);
    put('-');
    __asm__ volatile("cpsie i\n isb");
    /* masked by BASEPRI up to a priority */
    put('4');
    set_basepri(0x80);
    pend(4);
    pend(1);
    pend(5);
    put('-');
    set_basepri(0x90);
    put('-');
    set_basepri(0);
    put('5');
    pend(6);
    /* grouping: with 3 bits of group priority, 0x80 and 0x90 do not pre-empt one another */
    put('6');
    SCB_AIRCR = 0x05fa0000 | 4 << 8;
    prio(1, 0x80);
    prio(2, 0x90);
    chain = 1;
    pend(2);
    chain = 0;
    SCB_AIRCR = 0x05fa0000;
    prio(1, 0x70);
    prio(2, 0x80);
    put('7');
    SCB_ICSR = 1u << 28;
    sync();
    SCB_SHPR[7] = 0x40; /* SVC above the interrupts */
    put('8');
    svc_from_irq = 1;
    pend(3);
    svc_from_irq = 0;
    put('9');
    __asm__ volatile("svc 3");
    put('N');
    SCB_ICSR = 1u << 31;
    sync();
    /* disabled, pended, cleared */
    put('0');
    NVIC_ICER[0] = 1;
    pend(0);
    put('-');
    NVIC_ICPR[0] = 1;
    NVIC_ISER[0] = 1;
    sync();
    put('-');
    /* time: two ticks' worth of work, WFI until the third */
    put('T');
    SYST_RVR = 999;
    SYST_CVR = 0;
    SYST_CSR = 7;
    __asm__ volatile("wfi");
    sync();
    /* a WFI with PRIMASK set wakes without entering the handler */
    put('W');
    __asm__ volatile("cpsid i");
    SYST_RVR = 999;
    SYST_CVR = 0;
    SYST_CSR = 7;
    __asm__ volatile("wfi");
    put('-');
    __asm__ volatile("cpsie i\n isb");
    put('\n');
    say(mark);
    /* without barriers, from a loop: each comes once */
    pended = 0;
    for (int i = 0; i < 50; i++)
        SCB_ICSR = 1u << 28;
    sync();
    say_number("pended ", pended, 10);
    return 0;
}
