/* Bits per tensor by memory budget: the published program's own results, and what must hold for any
 * budget. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "workloads/quantise/mixed.h"

static struct network *load(const char *name, double width, int input)
{
    struct err e = {0};
    struct network *n = network_load(name, width, input, &e);
    if (!n)
        fail_msg("%s", e.msg);
    return n;
}

/* Weight bits and output bits of each layer as the authors' program (rusci2020) assigns them. */
static void as_published(void **state)
{
    (void)state;
    static const struct {
        double width;
        int input;
        uint64_t flash, sram;
        bool per_channel;
        const char *weights, *outputs;
    } want[] = {
        {0.5, 192, 1048576, 262144, true, "8888888888888888888888888844",
         "8448848888888888888888888888"},
        {0.5, 192, 400000, 262144, true, "2222222222222222222428282822",
         "8448848888888888888888888888"},
        {0.5, 192, 400000, 262144, false, "2222224888482828282828282822",
         "8448848888888888888888888888"},
        {1.0, 224, 2097152, 524288, true, "8888888888888848484848884822",
         "4428444888888888888888888888"},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        struct network *n = load("mobilenet-v1-0.5", want[i].width, want[i].input);
        struct mixed m;
        struct err e = {0};
        assert_true(mixed_assign(n, want[i].flash, want[i].sram, want[i].per_channel, &m, &e));
        assert_int_equal(m.n, strlen(want[i].weights));
        for (int j = 0; j < m.n; j++) {
            assert_int_equal(m.layer[j].wbits, want[i].weights[j] - '0');
            assert_int_equal(m.layer[j].out_bits, want[i].outputs[j] - '0');
        }
        mixed_free(&m);
        network_free(n);
    }
}

static uint64_t bits_of(const struct mixed_layer *l)
{
    return l->in * (uint64_t)l->in_bits + l->out * (uint64_t)l->out_bits;
}

static void any_budget(void **state)
{
    (void)state;
    struct network *n = load("mobilenet-v1-0.75", 0, 160);
    int refused = 0, whole = 0;
    for (uint64_t flash = 300000; flash < 3500000; flash += 160000)
        for (uint64_t sram = 30000; sram < 600000; sram += 57000) {
            struct mixed m;
            struct err e = {0};
            uint64_t bytes = 0, sum = 0;
            if (!mixed_assign(n, flash, sram, true, &m, &e)) {
                assert_int_equal(e.code, ERR_CHECK);
                refused++;
                continue;
            }
            assert_true(m.flash_bytes <= flash && m.sram_bytes <= sram);
            for (int i = 0; i < m.n; i++) {
                const struct mixed_layer *l = &m.layer[i];
                assert_true(bits_of(l) <= 8 * sram);
                assert_int_equal(l->in_bits, i ? m.layer[i - 1].out_bits : 8);
                bytes += l->weights + l->constant_bytes;
                sum += l->weight_bytes + l->constant_bytes;
            }
            assert_int_equal(sum, m.flash_bytes);
            if (bytes <= flash) { /* nothing is taken without need */
                for (int i = 0; i < m.n; i++)
                    assert_int_equal(m.layer[i].wbits, 8);
                whole++;
            }
            mixed_free(&m);
        }
    assert_true(refused > 10 && whole > 10);
    network_free(n);
}

static void only_chains(void **state)
{
    (void)state;
    struct network *n = load("mobilenet-v2-0.35", 0, 0);
    struct mixed m;
    struct err e = {0};
    assert_false(mixed_assign(n, 1 << 20, 1 << 18, true, &m, &e));
    assert_int_equal(e.code, ERR_INPUT);
    assert_non_null(strstr(e.msg, "chains"));
    network_free(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_published),
        cmocka_unit_test(any_budget),
        cmocka_unit_test(only_chains),
    };
    return cmocka_run_group_tests_name("mixed", tests, NULL, NULL);
}
