/* Timer, USART interrupt, DMA and CRC with the addresses of one family: -DFAMILY=4 (STM32L4+), 7
 * (STM32F7), 8 (STM32H7). */
#include "guest.h"

#if FAMILY == 4
#define USART 0x40008000u /* LPUART1 */
#define USART_IRQ 70
#define DMA 0x40020000u
#define DMA_IRQ 11
#define CRC 0x40023000u
#elif FAMILY == 7
#define USART 0x40004800u /* USART3 */
#define USART_IRQ 39
#define DMA 0x40026400u
#define DMA_IRQ 56
#define CRC 0x40023000u
#else
#define USART 0x40004800u
#define USART_IRQ 39
#define DMA 0x40020400u
#define DMA_IRQ 56
#define CRC 0x58024c00u
#endif
#define TIM7(r) REG(0x40001400 + (r))

static const char *volatile sending;
static volatile int fired, dma;

/* Asleep until the condition holds, without the race between looking and sleeping. */
#define WAIT(condition)                                 \
    for (int go = 1; go;) {                             \
        __asm__ volatile("cpsid i" ::: "memory");       \
        go = !(condition);                              \
        if (go)                                         \
            __asm__ volatile("wfi");                    \
        __asm__ volatile("cpsie i\n isb" ::: "memory"); \
    }

static void enable(int irq)
{
    NVIC_ISER[irq / 32] = 1u << irq % 32;
}

void IRQ_Handler(void)
{
    uint32_t x;
    __asm__ volatile("mrs %0, ipsr" : "=r"(x));
    switch (x - 16) {
    case USART_IRQ:
        if (*sending)
            REG(USART + 0x28) = (uint8_t)*sending++;
        else
            REG(USART) &= ~(1u << 7);
        break;
    case 55: /* TIM7 */
        TIM7(0x10) = 0;
        fired++;
        break;
    case DMA_IRQ:
        REG(DMA + (FAMILY == 4 ? 0x04 : 0x08)) = FAMILY == 4 ? 1 : 0x3d;
        dma = 1;
        break;
    default: leave();
    }
}

static const uint8_t from[] = "0123456789abcdef";
static uint8_t to[16];

int main(void)
{
    enable(USART_IRQ);
    enable(55);
    enable(DMA_IRQ);
    sending = "usart\n";
    REG(USART) = 1 | 1 << 3 | 1 << 7;
    WAIT(!(REG(USART) & 1 << 7))
    TIM7(0x28) = 9;
    TIM7(0x2c) = 99;
    TIM7(0x0c) = 1;
    TIM7(0x00) = 1;
    WAIT(fired >= 4)
    TIM7(0x00) = 0;
    say_number("timer ", (uint32_t)fired, 10);
#if FAMILY == 4
    REG(DMA + 0x0c) = 16;
    REG(DMA + 0x10) = (uint32_t)from;
    REG(DMA + 0x14) = (uint32_t)to;
    REG(DMA + 0x08) = 1 << 14 | 1 << 7 | 1 << 6 | 2 | 1;
#else
    REG(DMA + 0x18) = (uint32_t)from;
    REG(DMA + 0x1c) = (uint32_t)to;
    REG(DMA + 0x14) = 16;
    REG(DMA + 0x10) = 2 << 6 | 1 << 9 | 1 << 10 | 1 << 4 | 1;
#endif
    WAIT(dma)
    uint32_t sum = 0;
    for (int i = 0; i < 16; i++)
        sum += to[i];
    say_number("dma ", sum, 10);
    /* the CRC-32 of zlib: bits of input and output reversed, inverted at the end */
    REG(CRC + 0x08) = 1 << 7 | 1 << 5 | 1;
    for (const char *p = "123456789"; *p; p++)
        *(volatile uint8_t *)CRC = (uint8_t)*p;
    say_number("crc ", ~REG(CRC), 16);
    return 0;
}
