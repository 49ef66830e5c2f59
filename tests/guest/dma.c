/* Corners of a DMA stream of STM32F4: an error, the interrupt at half, a stop by software. DMA2
 * stream 0, memory to memory. */
#include "guest.h"

#define LISR REG(0x40026400)
#define LIFCR REG(0x40026408)
#define CR REG(0x40026410)
#define NDTR REG(0x40026414)
#define PAR REG(0x40026418)
#define M0AR REG(0x4002641c)
enum {
    IRQ = 56,
    EN = 1,
    TEIE = 4,
    HTIE = 8,
    PINC = 1 << 9,
    MINC = 1 << 10,
    MEMORY = 2 << 6,
    WORDS = 2 << 11 | 2 << 13,
    ITEMS = 1000
};
enum { TEIF = 1 << 3, HTIF = 1 << 4, TCIF = 1 << 5, ALL = 0x3d };

static uint32_t from[ITEMS], to[ITEMS];
static volatile uint32_t left, flags, interrupts;

void IRQ_Handler(void)
{
    left = NDTR;
    flags = LISR;
    LIFCR = ALL;
    interrupts++;
}

static void start(uint32_t source, uint32_t ways)
{
    LIFCR = ALL;
    interrupts = 0;
    NDTR = ITEMS;
    PAR = source;
    M0AR = (uint32_t)to;
    CR = MEMORY | WORDS | PINC | MINC | ways | EN;
}

static void wait(void)
{
    for (volatile int i = 0; i < 20000; i++)
        ;
}

int main(void)
{
    REG(0x40023830) |= 1 << 22; /* DMA2's clock */
    NVIC_ISER[IRQ / 32] = 1 << IRQ % 32;

    start(0x30000000, TEIE);
    wait();
    say_number("error interrupts ", interrupts, 10);
    say_number("flags ", flags, 16);
    say_number("on ", CR & EN, 10);
    say_number("left ", NDTR, 10);

    start((uint32_t)from, HTIE);
    wait();
    say_number("half interrupts ", interrupts, 10);
    say_number("flags ", flags, 16);
    /* of 1000 items some 500, and what moved until the handler looked */
    say_number("32nds left ", left / 32, 10);
    say_number("on ", CR & EN, 10);
    say_number("then ", LISR & ALL, 16);
    LIFCR = ALL;
    CR &= ~EN;
    say_number("off once more ", LISR & ALL, 16);

    start((uint32_t)from, 0);
    CR &= ~EN;
    say_number("stopped ", LISR & ALL, 16);
    say_number("more than half left ", NDTR > ITEMS / 2, 10);
    uint32_t stays = NDTR;
    wait();
    say_number("moves on ", NDTR != stays, 10);
    return 0;
}
