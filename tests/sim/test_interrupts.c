/* sim/: interrupts come between instructions, at modelled cycles, wherever blocks of code are cut. */
#include "tests/sim/program.h"
#include "tests/sim/random.h"

/* Straight code of one kind, with a SysTick due `period` + 1 cycles after the store that starts it. The handler's first
 * instruction reads the time, then it takes the PC it will return to. Printed: how far into the code that is, how late
 * in cycles since the read of the time behind that store, and the sums in r6 and r7. */
static const char one_tick[] =
    "ldr r0, =0xe000edfc\nmov r1, #0x1000000\nstr r1, [r0]\nldr r0, =0xe0001000\nmovs r1, #1\nstr r1, [r0]\nadds r4, r0, #4\n"
    "ldr r0, =0xe000e010\nldr r1, =%u\nstr r1, [r0, #4]\nldr r5, =0x20000400\nmovs r6, #0\nmovs r7, #0\nmovs r2, #7\nb 1f\n.balign 1024\n1: add r6, r7, r6\nadd r6, r7, r6\nstr r2, [r0]\nldr r3, [r4]\n"
    "first:\n.rept %d\n%s\n.endr\nb.w 1f\n.ltorg\n.balign 1024\n1: sub r8, r8, r3\nldr r0, =first\nsub r9, r9, r0\nldr r5, =0x20000600\n"
    "mov r0, r9\nbl show\nmov r0, r8\nbl show\nmov r0, r6\nbl show\nmov r0, r7\nbl show\nexit\n"
    "func SysTick\nldr r1, [r4]\nldr r2, [sp, #24]\nldr r0, =0xe000e010\nmovs r3, #0\nstr r3, [r0]\nmov r8, r1\nmov r9, r2\nbx lr\n"
    "func show\npush {r4, lr}\nmovs r4, #4\n2: ror r0, r0, #12\nand r1, r0, #15\nadds r1, #65\nstrb r1, [r5]\nmov r2, r0\nror r0, r0, #16\nmov r1, r5\n"
    "push {r0}\nmovs r0, #3\nbkpt 0xab\npop {r0}\nsubs r4, #1\nbne 2b\npop {r4, pc}\n";

static unsigned shown(const char *uart, int i)
{
    unsigned v = 0;
    for (int k = 0; k < 4; k++)
        v = v << 4 | (unsigned)(uart[4 * i + k] - 'A');
    return v;
}

/* Where and when the tick comes: the first instruction that would issue at its cycle or later. `issue` is what one copy
 * of the code has: offsets of its instructions, and the cycle after the first at which each issues. */
struct kind {
    const char *code;
    unsigned bytes, cycles, n, offset[8], issue[8], r6, r7;
    unsigned first; /* cycle at which the first copy begins, after the store */
};

static void a_tick_comes_at_its_cycle(void **state)
{
    (void)state;
    enum { COPIES = 100, ENTRY = 12 };
    static const struct kind kinds[] = {
        {"add r6, r7, r6", 2, 1, 1, {0}, {0}, 0, 0, 4},
        {"ldrd r0, r1, [r5]", 4, 3, 1, {0}, {0}, 0, 0, 4},
        {"cmp r6, r6\nitete eq\naddeq r6, #1\naddne r7, #1\naddeq r6, #1\naddne r7, #1", 12, 5, 6, {0, 2, 4, 6, 8, 10}, {0, 1, 1, 2, 3, 4}, 2, 0, 4},
    };
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        const struct kind *c = &kinds[k];
        for (unsigned period = 30; period < 30 + 12 * c->cycles; period += 1 + (period > 50) * 11) {
            char text[3000];
            snprintf(text, sizeof text, one_tick, period, COPIES, c->code);
            struct result r = run("stm32f407", assemble(text));
            unsigned since = period + 1 - c->first, copy = since / c->cycles, i = 0;
            while (i < c->n && c->issue[i] < since % c->cycles)
                i++;
            unsigned where = copy * c->bytes + (i < c->n ? c->offset[i] : c->bytes);
            unsigned when = copy * c->cycles + (i < c->n ? c->issue[i] : c->cycles) + c->first + ENTRY - 1;
            if (shown(r.uart, 0) != where || shown(r.uart, 1) != when || shown(r.uart, 2) != c->r6 * COPIES || shown(r.uart, 3) != c->r7)
                fail_msg("kind %zu, period %u: at %u, %u cycles, sums %u and %u; expected %u, %u, %u, %u", k, period, shown(r.uart, 0),
                         shown(r.uart, 1), shown(r.uart, 2), shown(r.uart, 3), where, when, c->r6 * COPIES, c->r7);
            rows_free(&r.rows);
        }
    }
}

/* The same counts, and the same places and times of interrupts, when every instruction is watched on its own. */
static void random_programs_with_interrupts_agree(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 12; seed++)
        same_by_hooks(assemble(random_program(seed * 7919, 300 + 97 * seed, 0)));
}

/* The emulator also cuts blocks at borders of 1 KiB. On a Cortex-M4 nothing else depends on where code lies, as long as it
 * lies alike in lines of 32 bytes. */
static void moved_programs_agree(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 10; seed++) {
        struct result first = {0};
        for (unsigned shift = 0; shift <= 31; shift += 1 + seed % 5) {
            struct result r = run("stm32l4r5", assemble(random_program(seed * 104729, 250 + 61 * seed, shift)));
            if (shift == 0)
                first = r;
            else if (strcmp(r.uart, first.uart) || r.t.cycles != first.t.cycles)
                fail_msg("seed %u, moved by %u: %s, %llu cycles; at first %s, %llu", seed, MOVES * shift, r.uart, (unsigned long long)r.t.cycles,
                         first.uart, (unsigned long long)first.t.cycles);
            if (shift)
                rows_free(&r.rows);
        }
        rows_free(&first.rows);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tick_comes_at_its_cycle),
        cmocka_unit_test(random_programs_with_interrupts_agree),
        cmocka_unit_test(moved_programs_agree),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
