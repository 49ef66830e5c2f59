/* Timers as schedulers use them: a free-running counter with compare interrupts, flags without
 * interrupts, lines that two timers share, widths, one pulse. -DFAMILY=2 (STM32F4), 4 (L4+), 7
 * (F7), 8 (H7). */
#include "guest.h"

#define TIM2(r) REG(0x40000000u + (r))
#define TIM3(r) REG(0x40000400u + (r))
#define TIM7(r) REG(0x40001400u + (r))
#define TIM8_BASE (FAMILY == 4 ? 0x40013400u : 0x40010400u)
#define TIM8(r) REG(TIM8_BASE + (r))
/* Another that raises the same line as TIM8's update: TIM13 but on the L4+, and there TIM1's update
 * with TIM16. */
#define PAIR_A(r) REG((FAMILY == 4 ? 0x40012c00u : 0x40001c00u) + (r))
#define PAIR_B(r) REG((FAMILY == 4 ? 0x40014400u : TIM8_BASE) + (r))
#define PAIR_IRQ (FAMILY == 4 ? 25 : 44)
enum {
    CR1 = 0,
    SMCR = 8,
    DIER = 12,
    SR = 16,
    EGR = 20,
    CCMR1 = 24,
    CNT = 36,
    PSC = 40,
    ARR = 44,
    CCR1 = 52,
    CCR2 = 56,
    CCR3 = 60
};
enum { TIM2_IRQ = 28, TIM8_CC_IRQ = 46 };

static volatile uint32_t alarms, late, compared, shared, seen;

void IRQ_Handler(void)
{
    uint32_t x, flags;
    __asm__ volatile("mrs %0, ipsr" : "=r"(x));
    switch (x - 16) {
    case TIM2_IRQ: /* the next alarm, as a tickless kernel sets it */
        late += TIM2(CNT) - TIM2(CCR1) > 20;
        TIM2(SR) = ~2u;
        TIM2(CCR1) += 1000;
        alarms++;
        break;
    case TIM8_CC_IRQ:
        flags = TIM8(SR) & 0x1f;
        TIM8(SR) = 0;
        compared = flags;
        break;
    case PAIR_IRQ:
        shared++;
        seen = (PAIR_A(SR) & 1) | (PAIR_B(SR) & 1) << 1;
        if (shared == 1) {
            PAIR_A(SR) = 0; /* the other still asks */
        } else {
            PAIR_B(SR) = 0;
            PAIR_A(SR) = 0;
        }
        break;
    default: leave();
    }
}

static void enable(int irq)
{
    NVIC_ISER[irq / 32] = 1u << irq % 32;
}

int main(void)
{
    enable(TIM2_IRQ);
    enable(TIM8_CC_IRQ);
    enable(PAIR_IRQ);

    TIM2(PSC) = 15;
    TIM2(EGR) = 1;
    TIM2(SR) = 0;
    say_number("wide ", TIM2(ARR), 16);
    TIM2(CNT) = 0xfffff000;
    TIM2(CCR1) = 0xfffff000 + 1000;
    TIM2(DIER) = 2;
    TIM2(CR1) = 1;
    while (alarms < 6) /* across the wrap of the counter */
        __asm__ volatile("wfi");
    TIM2(CR1) = 0;
    say_number("count ", (TIM2(CNT) - 0xfffff000u) / 1000, 10);
    say_number("late ", late, 10);
    /* channels 2 to 4 compare with 0, at the wrap */
    say_number("other flags ", TIM2(SR) >> 1 & 15, 16);

    say_number("narrow ", TIM3(ARR), 16);
    TIM3(ARR) = 99;
    TIM3(CCR1) = 50;
    TIM3(CCR2) = 98;
    TIM3(CCR3) = 200; /* beyond the reload value: when the counter wraps */
    TIM3(EGR) = 1;
    TIM3(SR) = 0;
    TIM3(CR1) = 1 << 3; /* one pulse */
    TIM3(CNT) = 10;
    say_number("still ", TIM3(CNT) << 8 | TIM3(SR), 16);
    TIM3(CR1) = 1 << 3 | 1;
    while (!(TIM3(SR) & 2))
        ;
    say_number("half way ", TIM3(SR) & 0xd, 16);
    while (TIM3(CR1) & 1)
        ;
    say_number("stopped ", TIM3(SR) << 8 | TIM3(CNT), 16);
    TIM3(SR) = ~(2u | 4u);
    TIM3(EGR) = 4;
    say_number("by software ", TIM3(SR), 16);
    TIM3(DIER) = 0;

    TIM8(ARR) = 999;
    TIM8(CCR2) = 300;
    TIM8(EGR) = 1;
    TIM8(SR) = 0;
    TIM8(DIER) = 4;
    TIM8(CR1) = 1;
    while (!compared) /* by its own line, with the flags so far */
        ;
    TIM8(CR1) = 0;
    say_number("compare line ", compared & 5, 16);
    TIM8(DIER) = 0;
    say_number("no channel ", TIM7(EGR) = 2, 16);
    say_number("no flag ", TIM7(SR), 16);

    PAIR_A(EGR) = PAIR_B(EGR) = 1;
    __asm__ volatile("cpsid i");
    PAIR_A(DIER) = PAIR_B(DIER) = 1;
    __asm__ volatile("cpsie i\n isb");
    for (volatile int i = 0; i < 20; i++)
        ;
    say_number("shared ", shared << 4 | seen, 16);

    TIM2(CCMR1) = 1; /* capture: told once */
    TIM2(CCMR1) = 1;
    TIM2(DIER) = 1 << 8; /* DMA: told */
    TIM2(SMCR) = 7;      /* slave: told */
    return 0;
}
