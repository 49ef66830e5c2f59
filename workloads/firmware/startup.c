/* Vector table and reset for Cortex-M4 and M7. The input image is loaded straight into SRAM by
 * whoever loads the ELF, so nothing but .data and .bss is written here. The stack is the lowest
 * part of its RAM: running over it faults instead of destroying data. Sources: armv7m-arm (vector
 * table, CPACR, cache maintenance). */
#include "fw.h"

extern uint32_t __stack_top[], __data_load[], __data_start[], __data_end[], __bss_start[],
    __bss_end[];
int main(void);
void Reset_Handler(void);
void Fault_Handler(void);
void fault_report(const uint32_t *frame);
void put_str(const char *s);
void put_hex(uint32_t v);

#define CPACR REG(0xE000ED88)
#define CCR REG(0xE000ED14)
#define CCSIDR REG(0xE000ED80)
#define CSSELR REG(0xE000ED84)
#define ICIALLU REG(0xE000EF50)
#define DCISW REG(0xE000EF60)

__attribute__((section(".vectors"), used)) static void (*const vectors[16])(void) = {
    (void (*)(void))__stack_top,
    Reset_Handler,
    Fault_Handler,
    Fault_Handler,
    Fault_Handler,
    Fault_Handler,
    Fault_Handler,
    0,
    0,
    0,
    0,
    Fault_Handler,
    Fault_Handler,
    0,
    Fault_Handler,
    Fault_Handler,
};

__attribute__((noreturn)) void Reset_Handler(void)
{
    CPACR |= 0xFu << 20; /* the compiler may use the FPU from here on */
    __asm volatile("dsb\n\tisb" ::: "memory");
    const uint32_t *from = __data_load;
    for (uint32_t *to = __data_start; to < __data_end;)
        *to++ = *from++;
    for (uint32_t *to = __bss_start; to < __bss_end;)
        *to++ = 0;
    board_init();
    int rc = main();
    board_flush();
    board_exit(rc);
    for (;;)
        __asm volatile("wfi");
}

/* A fault ends the run with one line on the console: status registers and the address it happened
 * at. When the stack itself ran out there is no frame, and the handler needs one to run on: it
 * starts again at the top. */
__attribute__((naked)) void Fault_Handler(void)
{
    __asm volatile("mrs r0, msp\n\tldr r1, =_sstack\n\tcmp r0, r1\n\titt lo\n\tldrlo r0, "
                   "=0\n\tldrlo sp, =__stack_top\n\t"
                   "b fault_report\n\t.ltorg");
}

__attribute__((used)) void fault_report(const uint32_t *frame)
{
    put_str("fault,hfsr,");
    put_hex(REG(0xE000ED2C));
    put_str(",cfsr,");
    put_hex(REG(0xE000ED28));
    put_str(",pc,");
    put_hex(frame ? frame[6] : 0);
    put_str("\n");
    board_flush();
    for (;;)
        __asm volatile("wfi");
}

void core_caches_enable(void)
{
    __asm volatile("dsb\n\tisb" ::: "memory");
    ICIALLU = 0;
    __asm volatile("dsb\n\tisb" ::: "memory");
    CCR |= 1u << 17;
    __asm volatile("dsb\n\tisb" ::: "memory");
    CSSELR = 0; /* level 1 data */
    __asm volatile("dsb" ::: "memory");
    uint32_t id = CCSIDR, sets = (id >> 13) & 0x7FFF, ways = (id >> 3) & 0x3FF;
    uint32_t way_shift = (uint32_t)__builtin_clz(ways);
    for (uint32_t s = 0; s <= sets; s++)
        for (uint32_t w = 0; w <= ways; w++)
            DCISW = s << 5 | w << way_shift; /* lines of 32 bytes */
    __asm volatile("dsb" ::: "memory");
    CCR |= 1u << 16;
    __asm volatile("dsb\n\tisb" ::: "memory");
}
