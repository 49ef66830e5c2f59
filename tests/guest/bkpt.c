/* A breakpoint of the program's own, and what DHCSR and DFSR say behind it. */
#include "guest.h"

int main(void)
{
    __asm__ volatile(".global trap\ntrap: bkpt 1");
    say_number("C_DEBUGEN ", *(volatile uint32_t *)0xe000edf0 & 1, 10);
    say_number("DFSR ", *(volatile uint32_t *)0xe000ed30, 16);
    return 0;
}
