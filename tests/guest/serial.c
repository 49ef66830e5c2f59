/* A USART that receives: polled, by interrupt, by DMA in a circle and once, overrun; in the manner
 * of vendor drivers. -DDOUBLE: the circle is two buffers of eight. -DFAMILY=2 (STM32F4: SR and DR),
 * 4 (L4+, LPUART1 and DMA channels with DMAMUX), 7 (F7), 8 (H7: streams with DMAMUX). */
#include "guest.h"

#if FAMILY == 2
#define USART 0x40004400u /* USART2: DMA1 stream 5 channel 4 */
#define R(f4, f7) REG(USART + (f4))
#define UE (1 << 13)
#else
#define R(f4, f7) REG(USART + (f7))
#define UE 1
#endif
#if FAMILY == 4
#define USART 0x40008000u
#define USART_IRQ 70
#define CHANNEL(r) REG(0x4002001c + (r)) /* DMA1 channel 2 */
#define DMA_IRQ 12
#elif FAMILY == 7
#define USART 0x40011000u /* USART1: DMA2 stream 2 channel 4 */
#define USART_IRQ 37
#define STREAM(r) REG(0x40026440 + (r))
#define DMA_IRQ 58
#elif FAMILY == 8
#define USART 0x40004800u /* USART3 by DMA1 stream 0 */
#define USART_IRQ 39
#define STREAM(r) REG(0x40020010 + (r))
#define DMA_IRQ 11
#else
#define USART_IRQ 38
#define STREAM(r) REG(0x40026088 + (r))
#define DMA_IRQ 16
#endif
#define SR R(0x00, 0x1c)
#define RDR R(0x04, 0x24)
#define TDR R(0x04, 0x28)
#define BRR R(0x08, 0x0c)
#define CR1 R(0x0c, 0x00)
#define CR2 R(0x10, 0x04)
#define CR3 R(0x14, 0x08)
enum { ORE = 8, IDLE = 16, RXNE = 32 };

#if FAMILY == 4
enum { HALF = 4, DONE = 2, CIRC = 1 << 5 };
static void dma_start(uint8_t *to, unsigned n, uint32_t mode)
{
    REG(0x40020804) = 34; /* DMAMUX1 channel 1: LPUART1_RX */
    CHANNEL(0) = 0;
    CHANNEL(4) = n;
    CHANNEL(8) = USART + 0x24;
    CHANNEL(12) = (uint32_t)to;
    CHANNEL(0) = mode | 1 << 7 | 4 | 2 | 1;
}
static unsigned left(void)
{
    return CHANNEL(4);
}
static uint32_t dma_flags(void)
{
    uint32_t f = REG(0x40020000) >> 4 & 15;
    REG(0x40020004) = f << 4;
    return f;
}
#else
enum { HALF = 16, DONE = 32, CIRC = 1 << 8 };
static void dma_start(uint8_t *to, unsigned n, uint32_t mode)
{
#if FAMILY == 8
    REG(0x40020800) = 45; /* DMAMUX1 channel 0: USART3_RX */
#endif
    STREAM(0) = 0;
    STREAM(4) = n;
    STREAM(8) = (uint32_t)&RDR;
    STREAM(12) = (uint32_t)to;
    STREAM(0) = mode | (FAMILY == 8 ? 0 : 4 << 25) | 1 << 10 | 8 | 16 | 1;
}
static unsigned left(void)
{
    return STREAM(4);
}
static uint32_t dma_flags(void)
{
#if FAMILY == 2
    uint32_t f = REG(0x40026004) >> 6 & 0x3d;
    REG(0x4002600c) = f << 6;
#elif FAMILY == 7
    uint32_t f = REG(0x40026400) >> 16 & 0x3d;
    REG(0x40026408) = f << 16;
#else
    uint32_t f = REG(0x40020000) & 0x3d;
    REG(0x40020008) = f;
#endif
    return f;
}
#endif

static char text[80];
static volatile unsigned got, halves, wholes, idle, at_idle;
static uint8_t ring[16];

static void clear_idle(void)
{
#if FAMILY == 2
    (void)SR;
    (void)RDR;
#else
    REG(USART + 0x20) = IDLE;
#endif
}

void IRQ_Handler(void)
{
    uint32_t x, sr;
    __asm__ volatile("mrs %0, ipsr" : "=r"(x));
    if (x - 16 == DMA_IRQ) {
        uint32_t f = dma_flags();
        halves += (f & HALF) != 0;
        wholes += (f & DONE) != 0;
        return;
    }
    if (x - 16 != USART_IRQ)
        leave();
    sr = SR;
    if (CR1 & RXNE && sr & RXNE)
        text[got++] = (char)RDR;
    if (sr & IDLE) {
        clear_idle();
        at_idle = left();
        idle = 1;
    }
}

static void enable(int irq)
{
    NVIC_ISER[irq / 32] = 1u << irq % 32;
}
static void wait_idle(void)
{
    while (!idle)
        __asm__ volatile("wfi");
}

static unsigned
poll_line(void) /* up to a new line; how many cycles the second byte took after the first */
{
    uint32_t first = 0, second = 0;
    for (got = 0; got == 0 || text[got - 1] != '\n';) {
        while (!(SR & RXNE))
            ;
        text[got++] = (char)RDR;
        if (got == 1)
            first = DWT_CYCCNT;
        if (got == 2)
            second = DWT_CYCCNT;
    }
    text[got] = 0;
    say(text);
    return second - first;
}

int main(void)
{
    DEMCR |= 1 << 24;
    DWT_CTRL |= 1;
    enable(USART_IRQ);
    enable(DMA_IRQ);
    BRR = FAMILY == 4 ? 200 << 8 : 200;
    CR1 = UE;
    CR1 = UE | 1 << 2 | 1 << 3;
    unsigned cycles = poll_line();
    say_number("frame ", cycles > 1950 && cycles < 2050, 10); /* ten bits of 200 clocks */

    /* one byte is kept, the second sets the overrun flag and is lost */
    uint32_t start = DWT_CYCCNT;
    while (DWT_CYCCNT - start < 7000)
        ;
    uint32_t sr = SR;
    text[0] = (char)RDR;
    text[1] = '\n';
    text[2] = 0;
#if FAMILY != 2
    REG(USART + 0x20) = ORE;
#endif
    say_number("overrun ", (sr & ORE) && !(SR & ORE), 10);
    say(text);

    /* interrupts for a line of ten */
    got = 0;
    CR1 |= RXNE;
    while (got < 10)
        __asm__ volatile("wfi");
    CR1 &= ~(uint32_t)RXNE;
    text[got] = 0;
    say(text);

    /* ten bytes by DMA, once */
    dma_start(ring, 10, 0);
    CR3 |= 1 << 6;
    unsigned seen = 0, l;
    while ((l = left()))
        seen |= 1u << l;
    __asm__ volatile("" ::: "memory");
    for (int i = 0; i < 10; i++)
        text[i] = (char)ring[i];
    text[10] = 0;
    say(text);
    say_number("progress ", seen, 16);
    say_number("half ", halves, 10);
    say_number("whole ", wholes, 10);
    dma_flags();

    /* the rest in a circle of 16, until the line is idle */
    halves = wholes = 0;
#ifdef DOUBLE
    STREAM(16) = (uint32_t)ring + 8;
    dma_start(ring, 8, 1 << 18);
#else
    dma_start(ring, sizeof ring, CIRC);
#endif
    CR1 |= IDLE;
    wait_idle();
    say_number("half ", halves, 10);
    say_number("whole ", wholes, 10);
    say_number("left ", at_idle, 10);
    for (unsigned i = 0; i < 16; i++)
        text[i] = (char)ring[i];
    text[16] = '\n';
    text[17] = 0;
    say(text);
    return 0;
}
