/* sim/: interrupts come between instructions, at modelled cycles, wherever blocks of code are
 * cut. */
#include "tests/sim/program.h"
#include "tests/sim/random.h"

/* Straight code of one kind, with a SysTick due `period` + 1 cycles after the store that starts it.
 * The handler's first instruction reads the time, then it takes the PC it will return to. Printed:
 * how far into the code that is, how late in cycles since the read of the time behind that store,
 * and the sums in r6 and r7. */
static const char show[] =
    "func show\npush {r4, lr}\nmovs r4, #4\n2: ror r0, r0, #12\nand r1, r0, #15\nadds r1, "
    "#65\nstrb r1, [r5]\nmov r2, r0\nror r0, r0, #16\nmov r1, r5\n"
    "push {r0}\nmovs r0, #3\nbkpt 0xab\npop {r0}\nsubs r4, #1\nbne 2b\npop {r4, pc}\n";
static const char one_tick[] =
    "ldr r0, =0xe000edfc\nmov r1, #0x1000000\nstr r1, [r0]\nldr r0, =0xe0001000\nmovs r1, #1\nstr "
    "r1, [r0]\nadds r4, r0, #4\n"
    "ldr r0, =0xe000e010\nldr r1, =%u\nstr r1, [r0, #4]\nldr r5, =0x20000400\nmovs r6, #0\nmovs "
    "r7, #0\nmovs r2, #7\nb 1f\n.balign 1024\n1: add r6, r7, r6\nadd r6, r7, r6\nstr r2, [r0]\nldr "
    "r3, [r4]\n"
    "first:\n.rept %d\n%s\n.endr\nb.w 1f\n.ltorg\n.balign 1024\n1: sub r8, r8, r3\nldr r0, "
    "=first\nsub r9, r9, r0\nldr r5, =0x20000600\n"
    "mov r0, r9\nbl show\nmov r0, r8\nbl show\nmov r0, r6\nbl show\nmov r0, r7\nbl show\nexit\n"
    "func SysTick\nldr r1, [r4]\nldr r2, [sp, #24]\nldr r0, =0xe000e010\nmovs r3, #0\nstr r3, "
    "[r0]\nmov r8, r1\nmov r9, r2\nbx lr\n%s";

static unsigned shown(const char *uart, int i)
{
    unsigned v = 0;
    for (int k = 0; k < 4; k++)
        v = v << 4 | (unsigned)(uart[4 * i + k] - 'A');
    return v;
}

/* Where and when the tick comes: the first instruction that would issue at its cycle or later.
 * `issue` is what one copy of the code has: offsets of its instructions, and the cycle after the
 * first at which each issues. */
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
        {"cmp r6, r6\nitete eq\naddeq r6, #1\naddne r7, #1\naddeq r6, #1\naddne r7, #1",
         12,
         5,
         6,
         {0, 2, 4, 6, 8, 10},
         {0, 1, 1, 2, 3, 4},
         2,
         0,
         4},
    };
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        const struct kind *c = &kinds[k];
        for (unsigned period = 30; period < 30 + 12 * c->cycles; period += 1 + (period > 50) * 11) {
            char text[3000];
            snprintf(text, sizeof text, one_tick, period, COPIES, c->code, show);
            struct result r = run("stm32f407", assemble(text));
            unsigned since = period + 1 - c->first, copy = since / c->cycles, i = 0;
            while (i < c->n && c->issue[i] < since % c->cycles)
                i++;
            unsigned where = copy * c->bytes + (i < c->n ? c->offset[i] : c->bytes);
            /* the time was read as the load issued: 1 for the store, 1 because it cannot overlap */
            unsigned when =
                copy * c->cycles + (i < c->n ? c->issue[i] : c->cycles) + c->first + ENTRY - 2;
            if (shown(r.uart, 0) != where || shown(r.uart, 1) != when ||
                shown(r.uart, 2) != c->r6 * COPIES || shown(r.uart, 3) != c->r7)
                fail_msg("kind %zu, period %u: at %u, %u cycles, sums %u and %u; expected %u, %u, "
                         "%u, %u",
                         k, period, shown(r.uart, 0), shown(r.uart, 1), shown(r.uart, 2),
                         shown(r.uart, 3), where, when, c->r6 * COPIES, c->r7);
            rows_free(&r.rows);
        }
    }
}

/* PendSV comes behind what lets it in: the store that pends it, the IT block that holds the store,
 * CPSIE, MSR. The handler notes where; the differences from the places expected are printed. */
static void a_store_pends_right_behind_itself(void **state)
{
    (void)state;
    static const char text[] =
        "ldr r0, =0xe000ed22\nmovs r1, #0x80\nstrb r1, [r0]\nldr r10, =0x20000700\nldr r0, "
        "=0xe000ed04\nmov r1, #0x10000000\nmovs r2, #0x40\nmovs r7, #0\n"
        "add r6, r7\nstr r1, [r0]\np1: add r6, r7\nadd r6, r7\nstr r1, [r0], #4\np2: sub r0, "
        "#4\nadd r6, r7\ncmp r7, r7\nitt eq\nstreq r1, [r0]\naddeq r6, #1\np3: add r6, r7\n"
        "add r6, r7\ncpsid i\nstr r1, [r0]\nadd r6, r7\nadd r6, r7\ncpsie i\np4: add r6, r7\nadd "
        "r6, r7\nmsr basepri, r2\nstr r1, [r0]\nadd r6, r7\nmsr basepri, r7\np5: add r6, r7\n"
        "ldr r5, =0x20000600\nldr r10, =0x20000700\n.irp p,p1,p2,p3,p4,p5\nldr r0, [r10], #4\nldr "
        "r1, =\\p\nsubs r0, r1\nbl show\n.endr\nexit\n.ltorg\n"
        "func PendSV\nldr r2, [sp, #24]\nstr r2, [r10], #4\nbx lr\n%s";
    char whole[3000];
    snprintf(whole, sizeof whole, text, show);
    const char *elf = assemble(whole);
    for (int mode = MODE_EXACT; mode <= MODE_HOOKS; mode++) {
        struct result r = run_with(
            (struct machine_options){.elf_path = elf,
                                     .board = mode == MODE_EXACT ? "stm32f407" : "stm32f746",
                                     .mode = (enum machine_mode)mode});
        if (mode != MODE_STATIC)
            assert_string_equal(r.uart, "AAAAAAAAAAAAAAAAAAAA");
        rows_free(&r.rows);
    }
}

/* The cycle at which a fault's handler begins: all instructions before the one that faults, and the
 * entry. */
static void a_fault_counts_what_came_before(void **state)
{
    (void)state;
    static const char *const faults[] = {"ldr r0, [r6]",      "str r0, [r7]",
                                         ".short 0xde00",     "ldm r8, {r0, r1}",
                                         "udiv r0, r4, r9",   "vadd.f32 s0, s1, s2",
                                         "ldrd r0, r1, [r8]", "mov.w r0, r0\nldr r0, [r6, r9]"};
    for (size_t k = 0; k < sizeof faults / sizeof *faults; k++)
        for (int n = 0; n < 12; n += 1 + n / 3) {
            char text[3000];
            snprintf(text, sizeof text,
                     "ldr r0, =0xe000edfc\nmov r1, #0x1000000\nstr r1, [r0]\nldr r0, "
                     "=0xe0001000\nmovs r1, #1\nstr r1, [r0]\nadds r4, r0, #4\n"
                     "ldr r0, =0xe000ed14\nmov r1, #0x210\nstr r1, [r0]\nldr r5, =0x20000600\nldr "
                     "r6, =0x60000000\nmov r7, #0x8000000\nadd r8, r5, #1\nmov r9, #0\n"
                     "b 1f\n.balign 8\n1: mov r1, r1\nldr r3, [r4]\n.rept %d\nadd r2, "
                     "r1\n.endr\n%s\n.rept 20\nadd r2, r1\n.endr\nexit\n.ltorg\n"
                     "func HardFault\nldr r0, [r4]\nsub r0, r3\nbl show\nexit\n%s",
                     n, faults[k], show);
            struct result r = run_with(
                (struct machine_options){.elf_path = assemble(text), .board = "stm32f407"});
            unsigned want = 2u + (unsigned)n + (k == 7) + 12;
            if (shown(r.uart, 0) != want)
                fail_msg(
                    "'%s' behind %d additions: its handler begins after %u cycles, expected %u",
                    faults[k], n, shown(r.uart, 0), want);
            rows_free(&r.rows);
        }
}

/* The same counts, and the same places and times of interrupts, when every instruction is watched
 * on its own. */
static void random_programs_with_interrupts_agree(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 12; seed++)
        same_by_hooks(assemble(random_program(seed * 7919, 300 + 97 * seed, 0)));
}

/* The emulator also cuts blocks at borders of 1 KiB. On a Cortex-M4 nothing else depends on where
 * code lies, as long as it lies alike in lines of 32 bytes. */
static void moved_programs_agree(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 10; seed++) {
        struct result first = {0};
        for (unsigned shift = 0; shift <= 31; shift += 1 + seed % 5) {
            struct result r =
                run("stm32l4r5", assemble(random_program(seed * 104729, 250 + 61 * seed, shift)));
            if (shift == 0)
                first = r;
            else if (strcmp(r.uart, first.uart) || r.t.cycles != first.t.cycles)
                fail_msg("seed %u, moved by %u: %s, %llu cycles; at first %s, %llu", seed,
                         MOVES * shift, r.uart, (unsigned long long)r.t.cycles, first.uart,
                         (unsigned long long)first.t.cycles);
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
        cmocka_unit_test(a_store_pends_right_behind_itself),
        cmocka_unit_test(a_fault_counts_what_came_before),
        cmocka_unit_test(random_programs_with_interrupts_agree),
        cmocka_unit_test(moved_programs_agree),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
