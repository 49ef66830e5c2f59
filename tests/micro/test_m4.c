/* isa/: the Cortex-M4 rules, one kernel each. A kernel of N and of 2N repetitions differs by exactly N times an
 * expression in the named rules and class cycles of the core file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "isa/isa.h"

static struct isa *m4;

static int r(const char *rule)
{
    int n = isa_rule(m4, rule);
    assert_true(n != ISA_NO_RULE);
    return n;
}

static int32_t cycles_of(const uint16_t *code, int halfwords, int times)
{
    enum { MAX = 4096 };
    static uint8_t bytes[2 * MAX];
    static struct insn insn[MAX];
    struct err e = {0};
    uint32_t undefined;
    uint8_t it = 0;
    int n = 0;
    assert_true(halfwords * times <= MAX);
    for (int k = 0; k < times; k++)
        for (int h = 0; h < halfwords; h++) {
            bytes[2 * n] = (uint8_t)code[h];
            bytes[2 * n++ + 1] = (uint8_t)(code[h] >> 8);
        }
    int count = isa_decode(m4, bytes, 2 * (size_t)n, 0x08000000, &it, insn, MAX, &undefined, &e);
    assert_true(count > 0);
    assert_int_equal(undefined, 0);
    struct isa_run *run = isa_run_new(m4, insn, count, &e);
    assert_non_null(run);
    const struct pipe_cost *c = isa_cost(run, PIPE_RESET, ~UINT64_C(0), &e);
    assert_non_null(c);
    return c->cycles;
}

#define PER_REPEAT(expected, ...)                                                                                    \
    do {                                                                                                             \
        static const uint16_t code_[] = {__VA_ARGS__};                                                               \
        int n_ = 24, h_ = (int)(sizeof code_ / sizeof *code_);                                                       \
        assert_int_equal(cycles_of(code_, h_, 2 * n_) - cycles_of(code_, h_, n_), n_ * (expected));                  \
    } while (0)

static void loads(void **state)
{
    (void)state;
    /* ldr r0,[r1]; adds r2,#1 */
    PER_REPEAT(2 + 1, 0x6808, 0x3201);
    /* ldr r0,[r1]: a chain of loads */
    PER_REPEAT(2 + r("load_pipelined"), 0x6808);
    /* ldr r1,[r1]: each makes the address of the next */
    PER_REPEAT(2, 0x6809);
    /* adds r1,#1; ldr r0,[r1] */
    PER_REPEAT(1 + 2 + r("address_dependency"), 0x3101, 0x6808);
    /* ldr r0,[r1]; nop */
    PER_REPEAT(2 + 1 + r("load_nop"), 0x6808, 0xbf00);
}

static int setup(void **state)
{
    (void)state;
    struct err e = {0};
    m4 = isa_open("cortex-m4", &e);
    return m4 ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    isa_close(m4);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
