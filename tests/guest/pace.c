/* What takes its time on an STM32F407: TC of a USART, words of the RNG, items of a DMA stream. */
#include "guest.h"

#define RCC_CFGR REG(0x40023808)
#define SR REG(0x40004400) /* USART2 */
#define DR REG(0x40004404)
#define BRR REG(0x40004408)
#define CR1 REG(0x4000440c)
#define CR3 REG(0x40004414)
enum { TC = 1 << 6, TXE = 1 << 7, TCIE = 1 << 6 };
#define RNG_CR REG(0x50060800)
#define RNG_SR REG(0x50060804)
#define RNG_DR REG(0x50060808)
enum {
    DMA1 = 0x40026000,
    DMA2 = 0x40026400,
    EN = 1,
    MINC = 1 << 10,
    PINC = 1 << 9,
    TO_MEMORY = 0,
    FROM_MEMORY = 1 << 6,
    MEMORY = 2 << 6
};

static uint32_t begun;
static volatile uint32_t interrupts;
static uint8_t buffer[4000];

static void start(void)
{
    begun = DWT_CYCCNT;
}
static void took(const char *what)
{
    say_number(what, DWT_CYCCNT - begun, 10);
}
static void wait_tc(void)
{
    while (!(SR & TC))
        ;
}

void IRQ_Handler(void)
{
    interrupts++;
    SR = 0; /* clears TC */
}

static void usart(void)
{
    BRR = 100; /* 10 bits of 100 clocks of 16 MHz: 1000 cycles a frame */
    CR1 = 1 << 13 | 1 << 3;
    say_number("TC after reset ", SR & TC, 16);
    start(), DR = 'a', wait_tc(), took("one frame ");
    start(), DR = 'b', DR = 'c', wait_tc(), took("two frames ");
    start(), DR = 'd', say_number("TXE at once ", SR & (TXE | TC), 16), wait_tc();
    SR = 0;
    say_number("TC cleared ", SR & TC, 16);
    NVIC_ISER[1] = 1 << 6; /* 38 */
    DR = 'e';
    CR1 |= TCIE;
    say_number("too early ", interrupts, 10);
    for (volatile int i = 0; i < 1000; i++)
        ;
    say_number("interrupts ", interrupts, 10);
    CR1 &= ~(uint32_t)TCIE;
}

static void stream(uint32_t base, unsigned n, uint32_t flags, uint32_t periph, uint32_t items,
                   uint32_t ctrl)
{
    REG(base + 8 + 4 * (n / 4)) = ~0u;
    REG(base + 0x14 + 0x18 * n) = items;
    REG(base + 0x18 + 0x18 * n) = periph;
    REG(base + 0x1c + 0x18 * n) = (uint32_t)buffer;
    start();
    REG(base + 0x10 + 0x18 * n) = ctrl | EN;
    while (!(REG(base + 4 * (n / 4)) & flags))
        ;
}

int main(void)
{
    DEMCR |= 1 << 24;
    DWT_CTRL |= 1;
    usart();

    /* DMA1 stream 6 channel 4 is USART2's: 50 bytes */
    CR3 = 1 << 7;
    SR = 0;
    stream(DMA1, 6, 1 << 21, 0x40004404, 50, 4 << 25 | MINC | FROM_MEMORY);
    took("50 bytes given ");
    wait_tc();
    took("50 bytes sent ");

    /* DMA2 stream 0: 1000 words from memory, then from ADC1, at the core's clock and at half */
    stream(DMA2, 0, 1 << 5, (uint32_t)buffer, 1000, 2 << 11 | 2 << 13 | MINC | PINC | MEMORY);
    took("memory ");
    stream(DMA2, 0, 1 << 5, 0x4001204c, 1000, 2 << 11 | 2 << 13 | MINC | TO_MEMORY);
    took("APB2 ");
    RCC_CFGR = 4 << 13;
    stream(DMA2, 0, 1 << 5, 0x4001204c, 1000, 2 << 11 | 2 << 13 | MINC | TO_MEMORY);
    took("APB2 at half the clock ");
    stream(DMA2, 0, 1 << 5, 0x40020010, 1000, 2 << 11 | 2 << 13 | MINC | TO_MEMORY);
    took("AHB ");

    /* 168 MHz from the internal oscillator of 16: 40 clocks of 48 MHz are 140 cycles */
    REG(0x40023c00) = 5;
    REG(0x40023804) = 16 | 336 << 6;
    REG(0x40023800) |= 1 << 24;
    RCC_CFGR = 2;
    RNG_CR = 4;
    start();
    uint32_t all = 0;
    for (int i = 0; i < 1000; i++) {
        while (!(RNG_SR & 1))
            ;
        all |= RNG_DR;
    }
    uint32_t ready = RNG_SR & 1, none = RNG_DR;
    took("1000 random words ");
    say_number("of all bits ", all, 16);
    say_number("one more is ready ", ready, 10);
    say_number("and reads ", none, 10);
    for (volatile int i = 0; i < 100; i++)
        ;
    say_number("one is there ", RNG_SR & 1, 10);
    return 0;
}
