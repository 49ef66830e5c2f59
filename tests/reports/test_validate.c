/* reports/validate, gate and merge: injected differences are found, equal things are equal. */
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

#include "reports/gate.h"
#include "reports/import.h"
#include "reports/validate.h"

enum { LAYERS = 8 };

/* Layer i has known cycles of each class, no class a multiple of another. */
static const uint64_t base[LAYERS] = {1000, 2100, 3300, 400, 5100, 6100, 700, 8000};
static const uint64_t lsu[LAYERS] = {300, 100, 900, 50, 1000, 200, 650, 10};
static const uint64_t data[LAYERS] = {10, 500, 20, 700, 30, 90, 5, 1100};

static void simulated(struct rows *r)
{
    *r = (struct rows){0};
    snprintf(r->run.kind, sizeof r->run.kind, "iss");
    snprintf(r->run.platform, sizeof r->run.platform, "stm32f746");
    snprintf(r->run.network, sizeof r->run.network, "tiny");
    snprintf(r->run.elf_sha256, sizeof r->run.elf_sha256, "e1f");
    snprintf(r->run.started_at, sizeof r->run.started_at, "2020-01-01T00:00:00Z");
    r->run.clock_hz = 1000000;
    r->run.config_json = strdup("{\"wait_states\": 7, \"icache\": true, \"kernels\": \"fast\"}");
    rows_scope(r, -1, "reset", "", 0, 0);
    for (int i = 0; i < LAYERS; i++) {
        char name[16];
        snprintf(name, sizeof name, "L%d", i);
        int s = rows_scope(r, 0, name, "conv2d", 100, 10);
        rows_tally(r, s, "core", "base", base[i]);
        rows_tally(r, s, "core", "lsu", lsu[i]);
        rows_tally(r, s, "core", "data", data[i]);
    }
    rows_cost(r, "core", "base", 1, 10, "test");
    rows_cost(r, "core", "lsu", 1, 10, "test");
    rows_cost(r, "core", "data", 1, 10, "test");
    rows_peak(r, -1, "arena", 1000);
    rows_peak(r, -1, "flash", 5000);
}

/* A measurement in which layer i takes its simulated cycles plus extra[i]. */
static void measured(struct rows *r, const double *extra, const char *config)
{
    *r = (struct rows){0};
    snprintf(r->run.kind, sizeof r->run.kind, "board");
    snprintf(r->run.platform, sizeof r->run.platform, "stm32f746");
    snprintf(r->run.elf_sha256, sizeof r->run.elf_sha256, "e1f");
    r->run.clock_hz = 1000000;
    r->run.config_json = strdup(config);
    rows_scope(r, -1, "measured", "", 0, 0);
    for (int i = 0; i < LAYERS; i++) {
        char name[16];
        snprintf(name, sizeof name, "L%d", i);
        int s = rows_scope(r, 0, name, "layer", 0, 0);
        uint64_t c = (uint64_t)((double)(base[i] + lsu[i] + data[i]) + (extra ? extra[i] : 0));
        rows_tally(r, s, "measured", "cycles", c);
        for (int k = -1; k <= 1; k++)
            rows_sample(r, s, k + 1, "cycles", (double)c + k);
    }
    rows_cost(r, "measured", "cycles", 1, NAN, "measured");
}

static struct store *with(const double *extra, const char *config)
{
    struct err e = {0};
    struct rows r;
    struct store *s = store_open(NULL, true, &e);
    assert_non_null(s);
    simulated(&r);
    assert_true(store_put(s, &r, NULL, &e));
    rows_free(&r);
    measured(&r, extra, config);
    assert_true(store_put(s, &r, NULL, &e));
    rows_free(&r);
    return s;
}

static void equal_runs_have_no_residual(void **state)
{
    (void)state;
    struct err e = {0};
    struct validation v;
    /* true and 1 are the same */
    struct store *s = with(NULL, "{\"wait_states\": 7, \"icache\": 1}");
    if (!validate_runs(s, 0, 0, false, &v, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(v.run, 1);
    assert_int_equal(v.against, 2);
    assert_int_equal(v.n, LAYERS);
    assert_true(v.total.error_percent == 0 && v.mae_percent == 0 && v.bias_percent == 0);
    assert_true(validate_within(&v, 0));
    assert_int_equal(v.layer[0].repetitions, 3);
    assert_true(fabs(v.layer[0].spread_percent - 100 * 2 / 1310.0) < 1e-9);
    struct buf out = {0};
    assert_true(validate_render(s, &v, 0, TABLE_TEXT, &out, &e));
    assert_non_null(strstr(buf_text(&out), "\nvalidate: total +0.00 %, 8 layers, bias +0.00 %"));
    buf_free(&out);
    validate_free(&v);
    store_close(s);
}

/* Whole inferences that were timed beside the layers give the total's repetitions and spread: of
 * 0.98, 1 and 1.04 s the ends are 0.06 s apart, 5.9406 % of 1.01 s in their middle. */
static void whole_inferences_spread_the_total(void **state)
{
    (void)state;
    static const double seconds[] = {0.98, 1, 1.04};
    struct err e = {0};
    struct validation v;
    struct rows r;
    struct store *s = store_open(NULL, true, &e);
    simulated(&r);
    assert_true(store_put(s, &r, NULL, &e));
    rows_free(&r);
    measured(&r, NULL, "{}");
    int all = rows_scope(&r, 0, "inference", "", 0, 0);
    for (int k = 0; k < 3; k++)
        rows_sample(&r, all, k, "seconds", seconds[k]);
    assert_true(store_put(s, &r, NULL, &e));
    rows_free(&r);
    if (!validate_runs(s, 0, 0, false, &v, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(v.total.repetitions, 3);
    assert_true(fabs(v.total.spread_percent - 5.9406) < 1e-4);
    validate_free(&v);
    store_close(s);
}

static void injected_errors_are_found(void **state)
{
    (void)state;
    struct err e = {0};
    struct validation v;
    double extra[LAYERS] = {0};
    extra[5] = 6390; /* layer 5 takes twice its time: the simulation is 50 % short */
    struct store *s = with(extra, "{}");
    assert_true(validate_runs(s, 0, 0, false, &v, &e));
    assert_true(fabs(v.layer[5].error_percent + 50) < 1e-9);
    assert_int_equal(v.worst, 5);
    assert_true(fabs(v.mae_percent - 50.0 / LAYERS) < 1e-9 &&
                fabs(v.bias_percent + 50.0 / LAYERS) < 1e-9);
    assert_false(validate_within(&v, 49.9));
    assert_true(validate_within(&v, 50.1));
    validate_free(&v);
    store_close(s);
    extra[5] = 0;
    extra[0] = 1310; /* only the first layer is 50 % short, the total much less */
    s = with(extra, "{}");
    assert_true(validate_runs(s, 0, 0, false, &v, &e));
    assert_false(validate_within(&v, 49.9));
    assert_true(validate_within(&v, 50.1));
    validate_free(&v);
    store_close(s);
    for (int i = 0; i < LAYERS; i++)
        extra[i] = 0.5 * (double)lsu[i]; /* loads and stores cost half more than modelled */
    s = with(extra, "{}");
    assert_true(validate_runs(s, 0, 0, false, &v, &e));
    assert_string_equal(v.cause, "lsu");
    assert_true(v.cause_share > 0.999);
    for (int i = 0; i < LAYERS; i++)
        assert_string_equal(v.layer[i].cause, "lsu");
    validate_free(&v);
    store_close(s);
}

/* A measurement of the layers L2 to L7 and of one that was not simulated: 6 pairs, 2 + 1 layers
 * without a partner. One whose names all differ, of as many layers, is paired by order; with it go
 * the repetitions. */
static void layers_without_partner_are_counted(void **state)
{
    (void)state;
    for (int renamed = 0; renamed < 2; renamed++) {
        struct err e = {0};
        struct validation v;
        struct rows r;
        struct store *s = store_open(NULL, true, &e);
        simulated(&r);
        assert_true(store_put(s, &r, NULL, &e));
        rows_free(&r);
        measured(&r, NULL, "{}");
        if (renamed) {
            for (int i = 0; i < LAYERS; i++)
                snprintf(r.scope[i + 1].name, sizeof r.scope[0].name, "M%d", i);
        } else {
            snprintf(r.scope[1].name, sizeof r.scope[0].name, "other");
            r.scope[2].op[0] = '\0'; /* no layer */
        }
        assert_true(store_put(s, &r, NULL, &e));
        rows_free(&r);
        if (!validate_runs(s, 0, 0, false, &v, &e))
            fail_msg("%s", e.msg);
        assert_int_equal(v.n, renamed ? 8 : 6);
        assert_int_equal(v.unmatched, renamed ? 0 : 3);
        assert_int_equal(v.by_order, renamed);
        /* Three repetitions, a cycle less and more: 2 cycles of 1310 and 2700 in the first two, of
         * 4220 in the third. */
        static const double of[] = {1310, 2700, 4220};
        for (size_t i = 0; i < 3; i++) {
            const struct residual *l = &v.layer[renamed ? i : 0];
            double cycles = renamed ? of[i] : 4220;
            assert_int_equal(l->repetitions, 3);
            assert_true(fabs(l->spread_percent - 100 * 2 / cycles) < 1e-9);
        }
        validate_free(&v);
        store_close(s);
    }
}

static void other_configurations_are_refused(void **state)
{
    (void)state;
    struct err e = {0};
    struct validation v;
    struct store *s = with(NULL, "{\"wait_states\": 5, \"icache\": 0, \"kernels\": \"fast\"}");
    assert_false(validate_runs(s, 0, 0, false, &v, &e));
    assert_int_equal(e.code, ERR_INPUT);
    assert_non_null(
        strstr(e.msg, "wait_states: simulated 7, measured 5; icache: simulated 1, measured 0"));
    assert_null(strstr(e.msg, "kernels"));
    validate_free(&v);
    e = (struct err){0};
    assert_true(validate_runs(s, 0, 0, true, &v, &e));
    validate_free(&v);
    e = (struct err){0};
    assert_false(validate_runs(s, 2, 1, false, &v, &e));
    assert_non_null(strstr(e.msg, "run 2 is of kind board, expected iss or npu"));
    validate_free(&v);
    store_close(s);
    s = store_open(NULL, true, &e);
    e = (struct err){0};
    assert_false(validate_runs(s, 0, 0, false, &v, &e));
    assert_non_null(strstr(e.msg, "holds no simulated and measured run"));
    validate_free(&v);
    store_close(s);
}

static void paper_rows_validate_in_total(void **state)
{
    (void)state;
    struct err e = {0};
    struct rows r;
    struct validation v;
    struct store *s = store_open(NULL, true, &e);
    simulated(&r);
    assert_true(store_put(s, &r, NULL, &e));
    rows_free(&r);
    snprintf(r.run.kind, sizeof r.run.kind, "paper");
    snprintf(r.run.platform, sizeof r.run.platform, "stm32f746");
    snprintf(r.run.network, sizeof r.run.network, "tiny");
    rows_scope(&r, -1, "tiny", "", 0, 0);
    int k = rows_scope(&r, 0, "inference", "inference", 0, 0);
    rows_tally(&r, k, "time", "ns", 30000000); /* 30 ms */
    rows_cost(&r, "time", "ns", 0, NAN, "test");
    assert_true(store_put(s, &r, NULL, &e));
    rows_free(&r);
    if (!validate_runs(s, 0, 0, false, &v, &e))
        fail_msg("%s", e.msg);
    double sum = 0;
    for (int i = 0; i < LAYERS; i++)
        sum += (double)(base[i] + lsu[i] + data[i]);
    assert_true(fabs(v.total.error_percent - 100 * (sum * 1e-6 - 0.030) / 0.030) < 1e-9);
    assert_int_equal(v.n, 0);
    validate_free(&v);
    store_close(s);
}

/* ---- gate and merge, on files ---- */

static char dir[64];

static const char *file(const char *name)
{
    static char path[4][128];
    static int k;
    k = (k + 1) % 4;
    snprintf(path[k], sizeof path[k], "%s/%s", dir, name);
    return path[k];
}

static void write_db(const char *path, uint64_t more_cycles, uint64_t more_arena, const char *tool)
{
    struct err e = {0};
    struct rows r;
    unlink(path);
    struct store *s = store_open(path, true, &e);
    assert_non_null(s);
    simulated(&r);
    rows_tally(&r, 3, "core", "wait", more_cycles);
    rows_cost(&r, "core", "wait", 1, 10, "test");
    r.peak[0].bytes += more_arena;
    snprintf(r.run.tool_version, sizeof r.run.tool_version, "%s", tool);
    assert_true(store_put(s, &r, NULL, &e));
    rows_free(&r);
    store_close(s);
}

static size_t gate(const char *a, const char *b, struct gate_limits l, char *why, size_t size)
{
    struct err e = {0};
    struct buf out = {0}, w = {0};
    size_t breaches;
    if (!gate_compare(a, b, &l, TABLE_MD, &out, &w, &breaches, &e))
        fail_msg("%s", e.msg);
    snprintf(why, size, "%s", buf_text(&w));
    buf_free(&out);
    buf_free(&w);
    return breaches;
}

static void the_gate_holds_limits(void **state)
{
    (void)state;
    const struct gate_limits none = {{NAN, NAN, NAN, NAN}, {NAN, NAN, NAN, NAN}, false};
    struct gate_limits l = none;
    char why[800];
    const char *a = file("a.db"), *b = file("b.db");
    write_db(a, 0, 0, "");
    /* layer L2 4220 -> 4640 cycles (+9.95 %), total 30665 -> 31085 (+1.37 %); SRAM +10 % */
    write_db(b, 420, 100, "");
    assert_int_equal(gate(a, b, none, why, sizeof why), 0);
    l.regress_percent[GATE_CYCLES] = 1;
    assert_int_equal(gate(a, b, l, why, sizeof why), 1);
    assert_non_null(strstr(why, "iss stm32f746 tiny, total: cycles"));
    l.regress_percent[GATE_CYCLES] = 2;
    assert_int_equal(gate(a, b, l, why, sizeof why), 0);
    l.per_scope = true;
    assert_int_equal(gate(a, b, l, why, sizeof why), 1);
    assert_non_null(strstr(why, "L2: cycles 4220 -> 4640 (+9.95 %), limit +2 %"));
    assert_int_equal(gate(b, a, l, why, sizeof why), 0); /* getting better breaks nothing */
    l = none;
    l.regress_percent[GATE_SRAM] = 9.9;
    assert_int_equal(gate(a, b, l, why, sizeof why), 1);
    l = none;
    l.regress_percent[GATE_ENERGY] = 1;
    assert_int_equal(gate(a, b, l, why, sizeof why), 1);
    l = none;
    l.at_most[GATE_FLASH] = 4999;
    assert_int_equal(gate(a, a, l, why, sizeof why), 1);
    l.at_most[GATE_FLASH] = 5000;
    assert_int_equal(gate(a, a, l, why, sizeof why), 0);
    /* A JSON baseline says the same. */
    FILE *f = fopen(file("a.json"), "w");
    assert_non_null(f);
    fprintf(f, "{\"board\": \"stm32f746\", \"cycles\": 99999, \"peak_sram_bytes\": 1000, "
               "\"flash_bytes\": 5000, \"layers\": [");
    for (int i = 0; i < LAYERS; i++)
        fprintf(f, "%s{\"name\": \"L%d\", \"cycles\": %d}", i ? "," : "", i,
                (int)(base[i] + lsu[i] + data[i]));
    fprintf(f, "]}");
    fclose(f);
    l = none;
    l.regress_percent[GATE_CYCLES] = 1;
    assert_int_equal(gate(file("a.json"), b, l, why, sizeof why), 1);
    assert_int_equal(gate(file("a.json"), a, l, why, sizeof why), 0);
    struct err e = {0};
    struct buf out = {0};
    size_t n;
    assert_false(gate_compare(file("nosuch.db"), a, &none, TABLE_TEXT, &out, &out, &n, &e));
    assert_int_equal(e.code, ERR_INPUT);
    buf_free(&out);
}

static int64_t count(struct store *s, const char *sql)
{
    struct err e = {0};
    struct table t;
    assert_true(store_query(s, sql, 0, 0, &t, &e));
    int64_t n = t.cell[0].i;
    table_free(&t);
    return n;
}

static void merging_twice_changes_nothing(void **state)
{
    (void)state;
    struct err e = {0};
    struct rows r;
    const char *a = file("m1.db"), *b = file("m2.db");
    uint64_t added;
    write_db(a, 0, 0, "");
    write_db(b, 7, 0, "");
    struct store *s = store_open(b, true, &e);
    const struct point p = {"k1", "sweep", "{\"width\": 1}", "done", ""},
                       q = {"k2", "sweep", "{}", "failed", "why"};
    simulated(&r);
    assert_true(store_point(s, &p, &r, NULL, &e));
    assert_true(store_point(s, &q, NULL, NULL, &e));
    assert_true(store_memo(s, "m", "1", &e));
    store_close(s);
    s = store_open(a, true, &e);
    assert_true(store_merge(s, b, &added, &e));
    assert_int_equal(added, 2);
    assert_int_equal(count(s, "SELECT count(*) FROM run"), 3);
    assert_true(store_merge(s, b, &added, &e));
    assert_int_equal(added, 0);
    assert_true(store_merge(s, a, &added, &e));
    assert_int_equal(added, 0);
    assert_int_equal(count(s, "SELECT count(*) FROM run"), 3);
    assert_int_equal(count(s, "SELECT count(*) FROM point"), 2);
    /* A failed point may be tried again, a done one stays. */
    const struct point again = {"k2", "sweep", "{}", "done", ""};
    int64_t run;
    assert_true(store_point(s, &again, &r, &run, &e));
    assert_int_equal(run, 4);
    assert_true(store_point(s, &again, &r, &run, &e));
    assert_int_equal(run, 4);
    assert_int_equal(count(s, "SELECT count(*) FROM run"), 4);
    rows_free(&r);
    write_db(b, 0, 0, "9.9");
    assert_false(store_merge(s, b, &added, &e));
    assert_non_null(strstr(e.msg, "holds runs of etinysim 9.9"));
    store_close(s);
}

static void the_published_tables_are_measurements(void **state)
{
    (void)state;
    struct err e = {0};
    uint64_t added, again;
    struct store *s = store_open(NULL, true, &e);
    assert_non_null(s);
    if (!import_paper(s, &added, &e))
        fail_msg("%s", e.msg);
    assert_true(added >= 10);
    assert_int_equal(count(s, "SELECT count(*) FROM run WHERE kind = 'paper'"), (int64_t)added);
    assert_true(import_paper(s, &again, &e));
    assert_int_equal(again, 0);
    /* Table 6: 9.7 ms and 0.62 W, hence 6014 uJ. */
    assert_int_equal(count(s, "SELECT CAST(round(inference_seconds * 1e6) AS INTEGER) FROM runs "
                              "WHERE platform = 'xc7a100t-etinynet'"),
                     9700);
    assert_int_equal(count(s, "SELECT CAST(round(inference_energy_uj) AS INTEGER) FROM runs WHERE "
                              "platform = 'xc7a100t-etinynet'"),
                     6014);
    store_close(s);
}

static void damaged_baselines_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "{",
                                      "[1, 2]",
                                      "{\"cycles\": 5}",
                                      "{\"cycles\": \"5\", \"layers\": []}",
                                      "{\"layers\": [], \"cycles\": null}",
                                      "SQLite format 3 but no database",
                                      "\377\376\000junk",
                                      "{\"cycles\": 5, \"layers\": {\"a\": 1}}",
                                      "null"};
    const struct gate_limits none = {{NAN, NAN, NAN, NAN}, {NAN, NAN, NAN, NAN}, false};
    write_db(file("good.db"), 0, 0, "");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err e = {0};
        struct buf out = {0}, why = {0};
        size_t n;
        FILE *f = fopen(file("bad.json"), "wb");
        assert_non_null(f);
        fputs(bad[i], f);
        fclose(f);
        assert_false(
            gate_compare(file("bad.json"), file("good.db"), &none, TABLE_TEXT, &out, &why, &n, &e));
        assert_int_equal(e.code, ERR_INPUT);
        assert_non_null(strstr(e.msg, "bad.json"));
        assert_null(strchr(e.msg, '\n'));
        buf_free(&out);
        buf_free(&why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_runs_have_no_residual),
        cmocka_unit_test(whole_inferences_spread_the_total),
        cmocka_unit_test(injected_errors_are_found),
        cmocka_unit_test(layers_without_partner_are_counted),
        cmocka_unit_test(other_configurations_are_refused),
        cmocka_unit_test(paper_rows_validate_in_total),
        cmocka_unit_test(the_gate_holds_limits),
        cmocka_unit_test(merging_twice_changes_nothing),
        cmocka_unit_test(the_published_tables_are_measurements),
        cmocka_unit_test(damaged_baselines_are_refused),
    };
    snprintf(dir, sizeof dir, "/tmp/etinysim-validate-XXXXXX");
    if (!mkdtemp(dir))
        return 1;
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command) ? 1 : rc;
}
