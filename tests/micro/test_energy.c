/* Energies of the cost model's tables as literal figures: RAM rows as runs of CACTI and Horowitz
 * (ISSCC 2014) print them, what lies between and beyond them, and the scaling of Stillmaker and
 * Baas (Integration, 2017). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "costmodel/energy.h"

static void near(double got, double want)
{
    if (fabs(got - want) > 1e-4 * fabs(want) + 1e-12)
        fail_msg("%g, expected %g", got, want);
}

static struct energy table(const char *name)
{
    struct energy t;
    struct err e = {0};
    if (!energy_load(name, &t, &e))
        fail_msg("%s", e.msg);
    return t;
}

static void ram(const char *name, double bytes, double bits, double read_pj, double write_pj,
                double leak_mw)
{
    struct energy t = table(name);
    struct memory_row r;
    assert_true(energy_ram(&t, bytes, bits, &r));
    near(r.read_pj, read_pj);
    near(r.write_pj, write_pj);
    near(r.leak_w, leak_mw * 1e-3);
    near(r.bytes, bytes);
    near(r.bits, bits);
}

/* A RAM of a row's size and width costs what the row says. */
static const struct {
    const char *table;
    double bytes, bits, read_pj, write_pj, leak_mw;
} rows[] = {
    {"aladdin-40nm", 4096, 64, 2.3, 2.3, 0.04},     {"aladdin-40nm", 16384, 64, 6.0, 4.4, 0.15},
    {"aladdin-40nm", 65536, 64, 13.1, 8.1, 0.55},   {"aladdin-40nm", 262144, 64, 20.3, 15.3, 2.2},
    {"aladdin-40nm", 524288, 64, 27.7, 21.4, 4.2},  {"aladdin-40nm", 16384, 128, 7.3, 7.5, 0.15},
    {"aladdin-40nm", 65536, 128, 16.6, 13.4, 0.55}, {"aladdin-40nm", 262144, 128, 30.1, 26.9, 2.2},
    {"aladdin-40nm", 524288, 128, 44.2, 34.2, 4.2}, {"cacti-32nm", 4096, 64, 1.15, 1.09, 0.35},
    {"cacti-32nm", 16384, 64, 2.5, 2, 1.3},         {"cacti-32nm", 65536, 64, 5.3, 3.8, 4.7},
    {"cacti-32nm", 262144, 64, 10.3, 7.3, 18.7},    {"cacti-32nm", 524288, 64, 13.7, 10, 35},
    {"cacti-32nm", 16384, 128, 3.7, 3.6, 1.3},      {"cacti-32nm", 65536, 128, 7.6, 6.4, 4.7},
    {"cacti-32nm", 262144, 128, 15.1, 13, 18.7},    {"cacti-32nm", 524288, 128, 22.4, 16.4, 35},
    {"cacti-45nm", 4096, 64, 2.3, 2.3, 0.04},       {"cacti-45nm", 16384, 64, 6, 4.4, 0.15},
    {"cacti-45nm", 65536, 64, 13.1, 8.1, 0.55},     {"cacti-45nm", 262144, 64, 20.3, 15.3, 2.2},
    {"cacti-45nm", 524288, 64, 27.7, 21.4, 4.2},    {"cacti-45nm", 16384, 128, 7.3, 7.5, 0.15},
    {"cacti-45nm", 65536, 128, 16.6, 13.4, 0.55},   {"cacti-45nm", 262144, 128, 30.1, 26.9, 2.2},
    {"cacti-45nm", 524288, 128, 44.2, 34.2, 4.2},   {"cacti-65nm", 4096, 64, 4.5, 4.7, 0.1},
    {"cacti-65nm", 16384, 64, 11.2, 8.9, 0.36},     {"cacti-65nm", 65536, 64, 24.6, 16.4, 1.3},
    {"cacti-65nm", 262144, 64, 40.2, 32, 5.2},      {"cacti-65nm", 524288, 64, 63, 42.8, 9.9},
    {"cacti-65nm", 16384, 128, 14, 15.1, 0.36},     {"cacti-65nm", 65536, 128, 32.3, 27.6, 1.3},
    {"cacti-65nm", 262144, 128, 69.5, 52.9, 5},     {"cacti-65nm", 524288, 128, 89.4, 72.8, 10},
    {"horowitz-45nm", 8192, 64, 10, 10, 0},         {"horowitz-45nm", 32768, 64, 20, 20, 0},
    {"horowitz-45nm", 1048576, 64, 100, 100, 0},
};

static void rows_are_what_their_sources_say(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        ram(rows[k].table, rows[k].bytes, rows[k].bits, rows[k].read_pj, rows[k].write_pj,
            rows[k].leak_mw);
}

static void between_and_beyond_the_rows(void **state)
{
    (void)state;
    /* Half way in the logarithm: the geometric means of 1.15 and 2.5, 1.09 and 2, 0.35 and 1.3. */
    ram("cacti-32nm", 8192, 64, 1.695582, 1.476482, 0.674537);
    /* Half way between 64 and 128 bits at 16 KiB: of 2.5 and 3.7, 2 and 3.6; one leakage. */
    ram("cacti-32nm", 16384, 90.50966799, 3.041381, 2.683282, 1.3);
    /* Below the smallest row: half of 4 KiB takes 0.5^0.78 = 0.582367 of the energy and half of the
     * leakage. */
    ram("cacti-32nm", 2048, 64, 0.669722, 0.634780, 0.175);
    /* Above the largest row: twice 512 KiB, 2^0.78 = 1.717131. */
    ram("cacti-32nm", 1048576, 128, 38.463734, 28.160948, 70);
    /* Wider and narrower than any row: 2^0.8 = 1.741101, 0.5^0.8 = 0.574349. */
    ram("cacti-32nm", 16384, 256, 6.442074, 6.267964, 1.3);
    ram("cacti-32nm", 16384, 32, 1.435873, 1.148698, 1.3);
    ram("cacti-45nm", 2048, 32, 2.3 * 0.582367 * 0.574349, 2.3 * 0.582367 * 0.574349, 0.02);
    ram("cacti-65nm", 2048, 32, 4.5 * 0.582367 * 0.574349, 4.7 * 0.582367 * 0.574349, 0.05);
    ram("aladdin-40nm", 2048, 32, 2.3 * 0.582367 * 0.574349, 2.3 * 0.582367 * 0.574349, 0.02);
    /* the root: half the energy for a quarter of the size */
    ram("horowitz-45nm", 2048, 64, 5, 5, 0);
    ram("horowitz-45nm", 8192, 16, 5, 5, 0);
}

/* Per bit, per product of bits, per cycle. */
static void operations(void **state)
{
    (void)state;
    static const struct {
        const char *table;
        double node, voltage, mul, add, reg, leak, dram, standby;
    } all[] = {
        {"aladdin-40nm", 40, 0.9, 12.68 / 1024, 0.21 / 32, 0.009, 8e-5 / 1024, 8, 0.05},
        {"cacti-32nm", 32, 0.9, 0.128 / 64, 0.0192 / 8, 0.00576, 0, 8, 0.05}, /* 45 nm times 0.64 */
        /* Horowitz: 8-bit multiply 0.2 pJ, add 0.03 pJ */
        {"cacti-45nm", 45, 0.9, 0.2 / 64, 0.03 / 8, 0.009, 0, 8, 0.05},
        {"cacti-65nm", 65, 1.1, 0.4 / 64, 0.06 / 8, 0.018, 0, 8, 0.05},      /* times 2.0 */
        {"horowitz-45nm", 45, 0.9, 0.2 / 64, 0.03 / 8, 0.009, 0, 20.3, 0.1}, /* 1300 pJ / 64 bits */
        {"fpga-28nm", 28, 1.0, 0, 0, 0, 0, 20.3, 0.15},
    };
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        struct energy t = table(all[k].table);
        near(t.node_nm, all[k].node);
        near(t.voltage, all[k].voltage);
        near(t.mul_pj_bit2, all[k].mul);
        near(t.add_pj_bit, all[k].add);
        near(t.reg_pj_bit, all[k].reg);
        near(t.gate_leak_w_bit2, all[k].leak);
        near(t.dram_pj_bit, all[k].dram);
        near(t.dram_standby_w, all[k].standby);
    }
    struct energy f = table("fpga-28nm");
    near(f.dsp_pj, 5.3); /* 10 mW / 19 DSP48E1 / 100 MHz */
    near(f.bram_read_pj, 10);
    near(f.bram_write_pj, 10);
    near(f.lutram_pj_bit, 0.1);
    near(f.lut_pj, 0.026); /* 16 mW / 6135 slice elements / 100 MHz */
}

/* a + b + c of each node at 1 V over 1.103 x 0.81 - 0.362 x 0.9 + 0.2767 = 0.84433 of 45 nm at 0.9
 * V. */
static void scaling(void **state)
{
    (void)state;
    static const struct {
        double node, level;
    } at_one_volt[] = {{7, 0.11110},
                       {10, 0.13744},
                       {14, 0.16194},
                       {16, 0.20194},
                       {20, 0.25584},
                       {32, 0.6446},
                       {45, 1.0177},
                       {65, 1.332},
                       {90, 2.073},
                       {130, 3.366},
                       {38.5, 0.83115 /* half way */}};
    struct energy t = table("cacti-45nm");
    struct err e = {0};
    double f;
    for (size_t k = 0; k < sizeof at_one_volt / sizeof *at_one_volt; k++) {
        assert_true(energy_factor(at_one_volt[k].node, 1, &t, &f, &e));
        near(f, at_one_volt[k].level / 0.84433);
    }
    assert_true(energy_factor(32, 0.9, &t, &f, &e)); /* 0.774279 - 0.70407 + 0.471 = 0.541209 */
    near(f, 0.640992);
    assert_false(energy_factor(140, 1, &t, &f, &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_what_their_sources_say),
        cmocka_unit_test(between_and_beyond_the_rows),
        cmocka_unit_test(operations),
        cmocka_unit_test(scaling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
