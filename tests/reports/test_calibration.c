/* reports/calibration: injected constants are recovered within the printed interval, what the data
 * cannot say is refused, and an overlay makes the next run agree and say so. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "reports/calibration.h"
#include "reports/validate.h"

enum { LAYERS = 24 };

static uint32_t seed;
static double uniform(void) /* 0 to 1, the same numbers in every run of the test */
{
    seed = seed * 1664525U + 1013904223U;
    return (double)(seed >> 8) / (1 << 24);
}

static uint64_t base[LAYERS], fetch[LAYERS], data[LAYERS];

static void layers(bool collinear)
{
    seed = 7;
    for (int i = 0; i < LAYERS; i++) {
        base[i] = 10000 + (uint64_t)(uniform() * 90000);
        fetch[i] = 500 + (uint64_t)(uniform() * 9000);
        data[i] = collinear ? 2 * fetch[i] : 500 + (uint64_t)(uniform() * 20000);
    }
}

static void simulated(struct rows *r, int n)
{
    *r = (struct rows){0};
    snprintf(r->run.kind, sizeof r->run.kind, "iss");
    snprintf(r->run.platform, sizeof r->run.platform, "stm32f746");
    snprintf(r->run.core, sizeof r->run.core, "cortex-m7");
    snprintf(r->run.elf_sha256, sizeof r->run.elf_sha256, "e1f");
    r->run.clock_hz = 1000000;
    rows_scope(r, -1, "reset", "", 0, 0);
    for (int i = 0; i < n; i++) {
        char name[16];
        snprintf(name, sizeof name, "L%d", i);
        int s = rows_scope(r, 0, name, "conv2d", 100, 10);
        rows_tally(r, s, "core", "base", base[i]);
        rows_tally(r, s, "core", "fetch", fetch[i]);
        rows_tally(r, s, "core", "data", data[i]);
    }
    rows_cost(r, "core", "base", 1, 10, "test");
    rows_cost(r, "core", "fetch", 1, 10, "test");
    rows_cost(r, "core", "data", 1, 10, "test");
}

/* The board waits f times as long for instructions and d times for data; noise is relative, +-. */
static struct store *measured(int n, double f, double d, double noise)
{
    struct err e = {0};
    struct rows r;
    struct store *s = store_open(NULL, true, &e);
    assert_non_null(s);
    simulated(&r, n);
    assert_true(store_put(s, &r, NULL, &e));
    rows_free(&r);
    snprintf(r.run.kind, sizeof r.run.kind, "board");
    snprintf(r.run.platform, sizeof r.run.platform, "stm32f746");
    snprintf(r.run.elf_sha256, sizeof r.run.elf_sha256, "e1f");
    r.run.clock_hz = 1000000;
    rows_scope(&r, -1, "measured", "", 0, 0);
    for (int i = 0; i < n; i++) {
        char name[16];
        snprintf(name, sizeof name, "L%d", i);
        int k = rows_scope(&r, 0, name, "layer", 0, 0);
        double c = (double)base[i] + f * (double)fetch[i] + d * (double)data[i];
        rows_tally(&r, k, "measured", "cycles",
                   (uint64_t)llround(c * (1 + noise * (2 * uniform() - 1))));
        rows_tally(&r, k, "supply", "pj",
                   (uint64_t)llround(1.25 * 10 * (double)(base[i] + fetch[i] + data[i])));
    }
    rows_cost(&r, "measured", "cycles", 1, NAN, "measured");
    rows_cost(&r, "supply", "pj", 0, 1, "measured");
    assert_true(store_put(s, &r, NULL, &e));
    rows_free(&r);
    return s;
}

static const char *const defaults[] = {NULL};

static void injected_constants_are_recovered(void **state)
{
    (void)state;
    const double noises[] = {0, 0.002, 0.01};
    layers(false);
    for (size_t k = 0; k < 3; k++) {
        struct err e = {0};
        struct calibration_result c;
        struct store *s = measured(LAYERS, 1.3, 0.8, noises[k]);
        if (!calibration_runs(s, "cortex-m7", NULL, defaults, &c, &e))
            fail_msg("%s", e.msg);
        assert_int_equal(c.n, 2);
        assert_int_equal(c.fitted + c.held_out, LAYERS);
        assert_true(c.held_out >= LAYERS / 4);
        assert_true(fabs(c.constant[0].value - 1.3) <= c.constant[0].uncertainty);
        assert_true(fabs(c.constant[1].value - 0.8) <= c.constant[1].uncertainty);
        assert_true(c.constant[0].uncertainty < 0.25 && c.constant[1].uncertainty < 0.25);
        assert_true(c.constant[0].uncertainty > 0);
        assert_true(c.after_percent < c.before_percent);
        if (k == 0)
            assert_true(c.constant[0].uncertainty < 1e-3 && c.after_percent < 0.01);
        struct buf out = {0};
        assert_true(calibration_render(&c, TABLE_TEXT, &out, &e));
        assert_non_null(strstr(buf_text(&out), "calibrated, bounds 0.25 to 4"));
        buf_free(&out);
        store_close(s);
    }
}

static void refused(struct store *s, const char *core, const char *const *names, const char *part)
{
    struct err e = {0};
    struct calibration_result c;
    if (calibration_runs(s, core, NULL, names, &c, &e))
        fail_msg("was fitted, expected '%s'", part);
    if (e.code != ERR_INPUT || !strstr(e.msg, part))
        fail_msg("'%s' lacks '%s'", e.msg, part);
    store_close(s);
}

static void the_undetermined_is_refused(void **state)
{
    (void)state;
    static const char *const refill[] = {"refill", NULL}, *const five[] = {"a", "b", "c",
                                                                           "d", "e", NULL},
                             *const twice[] = {"data", "data", NULL};
    layers(true);
    refused(measured(LAYERS, 1.3, 0.8, 0), "cortex-m7", defaults, "collinear");
    layers(false);
    refused(measured(9, 1.3, 0.8, 0), "cortex-m7", defaults,
            "2 constants are not determined by 6 measured layers (3 more are held out), expected "
            "at least 8");
    refused(measured(LAYERS, 1.3, 0.8, 0), "cortex-m7", refill,
            "'refill' is not determined: no layer of the runs has any");
    refused(measured(LAYERS, 1.3, 0.8, 0.3), "cortex-m7", defaults, "is not determined");
    refused(measured(LAYERS, 1, 1, 0), "cortex-m4", defaults,
            "no measured run beside an uncalibrated simulated one of cortex-m4");
    refused(measured(LAYERS, 1, 1, 0), "cortex-m7", five, "more than 4 constants");
    refused(measured(LAYERS, 1, 1, 0), "cortex-m7", twice, "named twice");
}

static void bounds_hold(void **state)
{
    (void)state;
    struct err e = {0};
    struct calibration_result c;
    layers(false);
    struct store *s = measured(LAYERS, 9, 0.8, 0);
    assert_true(calibration_runs(s, "stm32f746", NULL, defaults, &c, &e));
    assert_true(c.constant[0].value == 4 && c.constant[0].at_bound);
    struct buf out = {0};
    assert_true(calibration_render(&c, TABLE_TEXT, &out, &e));
    assert_non_null(strstr(buf_text(&out), "AT ITS BOUND"));
    buf_free(&out);
    store_close(s);
}

static void energy_is_fitted_alone(void **state)
{
    (void)state;
    static const char *const names[] = {"energy", NULL};
    struct err e = {0};
    struct calibration_result c;
    layers(false);
    struct store *s = measured(LAYERS, 1, 1, 0);
    if (!calibration_runs(s, "cortex-m7", NULL, names, &c, &e))
        fail_msg("%s", e.msg);
    assert_true(fabs(c.constant[0].value - 1.25) < 1e-3);
    store_close(s);
}

/* One constant and 16 fitted layers whose simulated energies are in turn 0.9 and 1.1 of the
 * measured ones, a: the mean of a is 1 and of a^2 1.01, so the constant is 1 / 1.01 = 0.990099 and
 * the sum of squares 16 (1 - 1 / 1.01) = 0.158416. With 16 - 1 = 15 degrees of freedom: variance
 * 0.0105611, of the constant 0.0105611 / (16 * 1.01) = 0.000653529, its root 0.0255642, times
 * Student's 2.1314 at 97.5 %: 0.0545. */
static void the_interval_is_that_of_the_degrees_of_freedom(void **state)
{
    (void)state;
    static const int held[] = {2, 4, 6, 11, 13, 15, 20, 22}; /* a third of 24, not every third */
    static const char *const names[] = {"energy", NULL};
    struct err e = {0};
    struct calibration_result c;
    struct rows r;
    layers(false);
    struct store *s = store_open(NULL, true, &e);
    simulated(&r, LAYERS);
    assert_true(store_put(s, &r, NULL, &e));
    rows_free(&r);
    snprintf(r.run.kind, sizeof r.run.kind, "board");
    snprintf(r.run.platform, sizeof r.run.platform, "stm32f746");
    snprintf(r.run.elf_sha256, sizeof r.run.elf_sha256, "e1f");
    r.run.clock_hz = 1000000;
    rows_scope(&r, -1, "measured", "", 0, 0);
    for (int i = 0, h = 0, fitted = 0; i < LAYERS; i++) {
        char name[16];
        snprintf(name, sizeof name, "L%d", i);
        int k = rows_scope(&r, 0, name, "layer", 0, 0);
        double pj = 1000 * (double)(base[i] + fetch[i] + data[i]), a = 1 / 0.99;
        if (h < 8 && held[h] == i)
            h++;
        else
            a = fitted++ % 2 ? 1.1 : 0.9;
        rows_tally(&r, k, "measured", "cycles", base[i]);
        rows_tally(&r, k, "supply", "pj", (uint64_t)llround(pj / 100 / a));
    }
    rows_cost(&r, "measured", "cycles", 1, NAN, "measured");
    rows_cost(&r, "supply", "pj", 0, 1, "measured");
    assert_true(store_put(s, &r, NULL, &e));
    rows_free(&r);
    if (!calibration_runs(s, "cortex-m7", NULL, names, &c, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(c.fitted, 16);
    assert_int_equal(c.held_out, 8);
    assert_true(fabs(c.constant[0].value - 0.990099) < 1e-5);
    assert_true(fabs(c.constant[0].uncertainty - 0.0545) < 1e-4);
    store_close(s);
}

/* The board agrees with the simulation to the cycle: 24 layers of 1000 cycles, 500 of them fetches.
 * What remains is that whole cycles were counted, evenly within one: variance 1/12 of a cycle
 * squared, relative to 1000 cycles 8.3333e-8. The fetches are half of each of the 16 fitted
 * layers, so the constant's variance is 8.3333e-8 / (16 / 4) = 2.0833e-8, its root 1.44338e-4,
 * times Student's 2.13145 at 97.5 % and 15 degrees of freedom: 3.0765e-4. */
static void counts_are_whole_cycles(void **state)
{
    (void)state;
    static const char *const names[] = {"fetch", NULL};
    struct err e = {0};
    struct calibration_result c;
    for (int i = 0; i < LAYERS; i++)
        base[i] = fetch[i] = 500, data[i] = 0;
    struct store *s = measured(LAYERS, 1, 1, 0);
    if (!calibration_runs(s, "cortex-m7", NULL, names, &c, &e))
        fail_msg("%s", e.msg);
    assert_true(fabs(c.constant[0].value - 1) < 1e-9);
    assert_true(fabs(c.constant[0].uncertainty - 3.0765e-4) < 3e-8);
    store_close(s);
}

static void an_overlay_makes_the_next_run_agree(void **state)
{
    (void)state;
    struct err e = {0};
    struct calibration_result c;
    struct buf yaml = {0};
    char path[] = "/tmp/etinysim-overlay-XXXXXX.yaml";
    layers(false);
    struct store *s = measured(LAYERS, 1.3, 0.8, 0);
    assert_true(calibration_runs(s, "cortex-m7", NULL, defaults, &c, &e));
    calibration_overlay(&c, &yaml);
    int fd = mkstemps(path, 5);
    assert_true(fd >= 0);
    close(fd);
    assert_true(buf_write_file(&yaml, path, &e));
    struct overlay o;
    if (!overlay_load(path, &o, &e))
        fail_msg("%s", e.msg);
    assert_true(o.active);
    assert_string_equal(o.base, "stm32f746");
    struct rows r;
    simulated(&r, LAYERS);
    assert_true(overlay_apply(&o, &r, &e));
    assert_non_null(strstr(r.run.config_json, "\"calibrated\": {\"fetch\": 1.3"));
    int64_t run;
    assert_true(store_put(s, &r, &run, &e));
    rows_free(&r);
    struct validation v;
    assert_true(validate_runs(s, run, 2, false, &v, &e));
    assert_true(v.calibrated);
    assert_true(v.mae_percent < 0.01);
    struct buf out = {0};
    assert_true(validate_render(s, &v, 1, TABLE_TEXT, &out, &e));
    assert_non_null(strstr(buf_text(&out), "2 calibrated"));
    assert_non_null(strstr(buf_text(&out), "the simulated run uses calibrated constants"));
    buf_free(&out);
    validate_free(&v);
    store_close(s);
    assert_true(overlay_load("stm32f746", &o, &e));
    assert_false(o.active);
    yaml.len = 0;
    buf_str(&yaml, "overlay_of: stm32f746\ncalibrated: x\nscale:\n  fetch: 400\n");
    assert_true(buf_write_file(&yaml, path, &e));
    assert_false(overlay_load(path, &o, &e));
    assert_non_null(strstr(e.msg, ":4: 400 is out of range"));
    buf_free(&yaml);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_interval_is_that_of_the_degrees_of_freedom),
        cmocka_unit_test(counts_are_whole_cycles),
        cmocka_unit_test(injected_constants_are_recovered),
        cmocka_unit_test(the_undetermined_is_refused),
        cmocka_unit_test(bounds_hold),
        cmocka_unit_test(energy_is_fitted_alone),
        cmocka_unit_test(an_overlay_makes_the_next_run_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
