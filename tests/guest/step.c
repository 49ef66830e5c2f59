/* Places to stop at: accesses in straight code, an IT block, and a tick that comes meanwhile. */
#include "guest.h"

volatile uint32_t word[2], ticks, sum;

void SysTick_Handler(void)
{
    ticks++;
}

__attribute__((naked)) static NOINLINE uint32_t places(volatile uint32_t *p, uint32_t n)
{
    __asm__ volatile("movs r2, #1\n"
                     ".global write_here\nwrite_here: str r1, [r0], #4\n"
                     ".global written\nwritten: adds r2, #2\n strb r1, [r0, #1]\n"
                     ".global byte_written\nbyte_written: adds r2, #3\n"
                     ".global read_here\nread_here: ldr r3, [r0, #-4]!\n"
                     ".global been_read\nbeen_read: adds r2, #4\n"
                     "cmp r2, #10\n"
                     ".global it_here\nit_here: itete eq\n addeq r2, #10\n"
                     ".global inside\ninside: addne r2, #100\n addeq r2, #20\n addne r2, #200\n"
                     ".global behind\nbehind: add r0, r2, r3\n bx lr\n");
}

int main(void)
{
    SYST_RVR = 199;
    SYST_CVR = 0;
    SYST_CSR = 7;
    for (uint32_t i = 1; i <= 40; i++)
        sum += places(word, i);
    SYST_CSR = 0;
    say_number("sum ", sum, 10);
    say_number("ticks ", ticks, 10);
    return 0;
}
