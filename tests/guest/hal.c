/* Start-up and drivers in the manner of a vendor's library on an STM32F407: clocks with ready
 * flags, a millisecond tick, a console that sends from its interrupt, timers, DMA, CRC. */
#include "guest.h"

#define RCC_CR REG(0x40023800)
#define RCC_PLLCFGR REG(0x40023804)
#define RCC_CFGR REG(0x40023808)
#define FLASH_ACR REG(0x40023c00)
#define PWR_CR REG(0x40007000)
#define PWR_CSR REG(0x40007004)
#define USART2_SR REG(0x40004400)
#define USART2_DR REG(0x40004404)
#define USART2_BRR REG(0x40004408)
#define USART2_CR1 REG(0x4000440c)
#define USART2_CR3 REG(0x40004414)
#define TIM6_CR1 REG(0x40001000)
#define TIM6_DIER REG(0x4000100c)
#define TIM6_SR REG(0x40001010)
#define TIM6_PSC REG(0x40001028)
#define TIM6_ARR REG(0x4000102c)
#define TIM2_CR1 REG(0x40000000)
#define TIM2_CNT REG(0x40000024)
#define TIM2_PSC REG(0x40000028)
#define TIM2_ARR REG(0x4000002c)
#define CRC_DR REG(0x40023000)
#define CRC_CR REG(0x40023008)
#define RNG_CR REG(0x50060800)
#define RNG_SR REG(0x50060804)
#define RNG_DR REG(0x50060808)
#define DMA1_HISR REG(0x40026004)
#define DMA1_HIFCR REG(0x4002600c)
#define DMA2_LISR REG(0x40026400)
#define DMA2_LIFCR REG(0x40026408)
#define STREAM(dma, n, r) REG((dma) + 0x10 + 0x18 * (n) + (r))

static volatile uint32_t tick, timer, dma_done;
static const char *volatile sending;

void SysTick_Handler(void)
{
    tick++;
}

static uint32_t number(void)
{
    uint32_t v;
    __asm__ volatile("mrs %0, ipsr" : "=r"(v));
    return v - 16;
}

void IRQ_Handler(void)
{
    switch (number()) {
    case 38: /* USART2 */
        if (*sending)
            USART2_DR = (uint8_t)*sending++;
        else
            USART2_CR1 &= ~(1u << 7);
        break;
    case 54: /* TIM6 */
        TIM6_SR = 0;
        timer++;
        break;
    case 56: /* DMA2 stream 0 */
        DMA2_LIFCR = 0x3d;
        dma_done |= 1;
        break;
    case 17: /* DMA1 stream 6 */
        DMA1_HIFCR = 0x3d << 16;
        dma_done |= 2;
        break;
    default: leave();
    }
}

static void print(const char *s)
{
    sending = s;
    USART2_CR1 |= 1 << 7;
    while (USART2_CR1 & 1 << 7)
        __asm__ volatile("wfi");
}

static void delay(uint32_t ms)
{
    uint32_t start = tick;
    while (tick - start < ms + 1)
        ;
}

static void clocks(void)
{
    RCC_CR |= 1 << 16; /* HSE */
    while (!(RCC_CR & 1 << 17))
        ;
    REG(0x40023840) |= 1 << 28; /* PWREN */
    PWR_CR |= 1 << 14;
    RCC_PLLCFGR = 8 | 336 << 6 | 0 << 16 | 1 << 22 | 7 << 24;
    RCC_CR |= 1 << 24;
    while (!(RCC_CR & 1 << 25))
        ;
    FLASH_ACR = 5 | 7 << 8;
    while ((FLASH_ACR & 15) != 5)
        ;
    RCC_CFGR |= 5 << 10 | 4 << 13; /* APB1 a quarter, APB2 a half */
    RCC_CFGR |= 2;
    while ((RCC_CFGR & 12) != 8)
        ;
}

static const uint32_t source[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static uint32_t copy[16];
static const char dma_text[] = "dma to usart\n";

int main(void)
{
    clocks();
    SYST_RVR = 168000 - 1;
    SYST_CVR = 0;
    SYST_CSR = 7;
    USART2_BRR = 42000000 / 115200;
    USART2_CR1 = 1 << 13 | 1 << 3;
    NVIC_ISER[1] = 1u << (38 - 32) | 1u << (54 - 32) | 1u << (56 - 32);
    NVIC_ISER[0] = 1u << 17;
    print("console from its interrupt\n");

    DEMCR |= 1 << 24;
    DWT_CTRL |= 1;
    uint32_t t0 = DWT_CYCCNT;
    delay(5);
    uint32_t ms = (DWT_CYCCNT - t0) / 168000;
    say_number("delay ", ms >= 5 && ms <= 6, 10);

    TIM2_PSC = 83; /* the timer clock is 84 MHz: microseconds */
    TIM2_ARR = 0xffffffff;
    TIM2_CR1 = 1;
    TIM6_PSC = 83;
    TIM6_ARR = 999;
    TIM6_DIER = 1;
    TIM6_CR1 = 1;
    uint32_t us = TIM2_CNT;
    while (timer < 3)
        __asm__ volatile("wfi");
    us = TIM2_CNT - us;
    TIM6_CR1 = 0;
    say_number("timer ", us >= 2990 && us <= 3010, 10);

    CRC_CR = 1;
    CRC_DR = 0x12345678;
    say_number("crc ", CRC_DR, 16);

    STREAM(0x40026400, 0, 8) = (uint32_t)source;
    STREAM(0x40026400, 0, 12) = (uint32_t)copy;
    STREAM(0x40026400, 0, 4) = 16;
    STREAM(0x40026400, 0, 0) = 2 << 6 | 1 << 9 | 1 << 10 | 2 << 11 | 2 << 13 | 1 << 4 | 1;
    while (!(dma_done & 1))
        __asm__ volatile("wfi");
    uint32_t sum = 0;
    for (int i = 0; i < 16; i++)
        sum += copy[i];
    say_number("dma sum ", sum, 10);

    STREAM(0x40026000, 6, 8) = (uint32_t)&USART2_DR;
    STREAM(0x40026000, 6, 12) = (uint32_t)dma_text;
    STREAM(0x40026000, 6, 4) = sizeof dma_text - 1;
    STREAM(0x40026000, 6, 0) = 4 << 25 | 1 << 6 | 1 << 10 | 1 << 4 | 1;
    USART2_CR3 = 1 << 7; /* DMAT */
    while (!(dma_done & 2))
        __asm__ volatile("wfi");

    RNG_CR = 4;
    while (!(RNG_SR & 1))
        ;
    uint32_t a = RNG_DR, b = RNG_DR;
    say_number("rng ", a != b, 10);
    static volatile uint32_t word = 0x10;
    REG(0x22000000 + ((uint32_t)&word - 0x20000000) * 32 + 3 * 4) = 1; /* bit 3 by its alias */
    REG(0x22000000 + ((uint32_t)&word - 0x20000000) * 32 + 4 * 4) = 0;
    uint32_t ready = REG(0x42000000 + (0x40023800 - 0x40000000) * 32 + 25 * 4); /* PLLRDY */
    say_number("bit band ", word << 4 | ready, 16);
    say_number("can ", REG(0x40006404), 16); /* not modelled */
    say_number("can ", REG(0x40006404), 16);
    return 0;
}
