/* reports/store: what is put comes back through every view, and a failure leaves nothing behind. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/data.h"
#include "reports/report.h"

static char folder[64];

static char *in_folder(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* Two layers, one with a nested function, under a root that has some work of its own. */
static void sample_rows(struct rows *r)
{
    *r = (struct rows){0};
    snprintf(r->run.kind, sizeof r->run.kind, "iss");
    snprintf(r->run.platform, sizeof r->run.platform, "stm32f746");
    snprintf(r->run.core, sizeof r->run.core, "cortex-m7");
    snprintf(r->run.network, sizeof r->run.network, "tiny");
    snprintf(r->run.elf_sha256, sizeof r->run.elf_sha256, "ab");
    r->run.clock_hz = 200000000;
    int root = rows_scope(r, -1, "reset", "", 0, 0);
    int a = rows_scope(r, root, "conv0", "conv2d", 1000, 10);
    int f = rows_scope(r, a, "memcpy", "function", 0, 0);
    int b = rows_scope(r, root, "fc", "fully_connected", 500, 20);
    rows_tally(r, root, "core", "base", 100);
    rows_tally(r, a, "core", "base", 2000);
    rows_tally(r, a, "core", "lsu", 500);
    rows_tally(r, a, "core", "instructions", 1900);
    rows_tally(r, a, "sram1", "read32", 40);
    rows_tally(r, a, "sram1", "write8", 8);
    rows_tally(r, f, "core", "base", 250);
    rows_tally(r, f, "core", "instructions", 200);
    rows_tally(r, f, "sram1", "read64", 2);
    rows_tally(r, b, "core", "base", 1000);
    rows_tally(r, b, "core", "instructions", 1000);
    rows_tally(r, b, "flash", "fetch128", 30);
    rows_cost(r, "core", "base", 1, 100, "assumed: a test");
    rows_cost(r, "core", "lsu", 1, 50, "assumed: a test");
    rows_cost(r, "core", "instructions", 0, NAN, "counted");
    rows_cost(r, "sram1", "read32", 0, 5, "test");
    rows_cost(r, "sram1", "read64", 0, 10, "test");
    rows_cost(r, "sram1", "write8", 0, 5, "test");
    rows_cost(r, "flash", "fetch128", 0, NAN, "test");
    rows_peak(r, -1, "stack", 300);
    rows_peak(r, a, "stack", 300);
    rows_peak(r, -1, "arena", 1000);
    rows_peak(r, -1, "flash", 5000);
    rows_sample(r, a, 0, "cycles", 2750);
}

static double value(struct store *s, const char *sql, int64_t run)
{
    struct err e = {0};
    struct table t;
    if (!store_query(s, sql, run, 0, &t, &e))
        fail_msg("%s: %s", sql, e.msg);
    assert_int_equal(t.nrow, 1);
    assert_int_equal(t.ncol, 1);
    double v = t.cell[0].r;
    table_free(&t);
    return v;
}

static void a_run_comes_back(void **state)
{
    (void)state;
    struct err e = {0};
    struct rows r;
    int64_t run = 0;
    sample_rows(&r);
    unlink(in_folder("a.db"));
    struct store *s = store_open(in_folder("a.db"), true, &e);
    assert_non_null(s);
    assert_true(store_put(s, &r, &run, &e));
    struct layer_line *l;
    size_t n;
    assert_true(store_layers(s, run, &l, &n, &e));
    assert_int_equal(n, 3);
    assert_string_equal(l[0].name, "conv0");
    assert_int_equal(l[0].cycles, 2750); /* the nested function's included */
    assert_int_equal(l[0].instructions, 2100);
    assert_int_equal(l[0].reads, 42);
    assert_int_equal(l[0].read_bytes, 40 * 4 + 2 * 8);
    assert_int_equal(l[0].writes, 8);
    assert_int_equal(l[0].write_bytes, 8);
    assert_true(fabs(l[0].cycles_per_mac - 2.75) < 1e-12);
    assert_true(fabs(l[0].seconds - 2750 / 200e6) < 1e-15);
    assert_true(fabs(l[0].energy_uj - (2250 * 100 + 500 * 50 + 40 * 5 + 8 * 5 + 2 * 10) * 1e-6) <
                1e-12);
    assert_string_equal(l[2].name, "fc");
    assert_int_equal(l[2].reads, 0); /* a fetch is not a data read */
    free(l);
    assert_int_equal((int)value(s, "SELECT cycles FROM runs", run), 3850);
    assert_int_equal((int)value(s, "SELECT inference_cycles FROM runs", run), 3750);
    assert_int_equal((int)value(s, "SELECT peak_sram_bytes FROM runs", run), 1300);
    assert_int_equal((int)value(s, "SELECT flash_bytes FROM runs", run), 5000);
    assert_int_equal((int)value(s, "SELECT assumed FROM runs", run), 2);
    assert_int_equal((int)value(s, "SELECT count(*) FROM uncosted", run), 0);
    assert_int_equal((int)value(s, "SELECT sum(bytes) FROM traffic WHERE direction = 'fetch'", run),
                     480);
    /* Summed self counts equal the inclusive ones of the root: nothing is counted twice. */
    assert_int_equal((int)value(s, "SELECT sum(cycles) FROM time", run), 3850);
    assert_true(fabs(value(s, "SELECT sum(energy_uj) FROM energy", run) -
                     value(s, "SELECT energy_uj FROM runs", run)) < 1e-12);
    store_close(s);
    s = store_open(in_folder("a.db"), false, &e);
    assert_non_null(s);
    assert_int_equal((int)value(s, "SELECT count(*) FROM run", 0), 1);
    assert_false(store_put(s, &r, &run, &e)); /* opened for reading */
    assert_int_equal(e.code, ERR_INPUT);
    store_close(s);
    rows_free(&r);
}

/* Two calls of a layer that took 3000 ns, and one call of another that took 500: 2000 ns an
 * inference, 3500 in all. */
static void times_are_of_one_call(void **state)
{
    (void)state;
    struct err e = {0};
    struct rows r = {0};
    int64_t run = 0;
    snprintf(r.run.kind, sizeof r.run.kind, "npu");
    snprintf(r.run.platform, sizeof r.run.platform, "array");
    r.run.clock_hz = 100000000;
    int root = rows_scope(&r, -1, "reset", "", 0, 0);
    int a = rows_scope(&r, root, "conv0", "conv2d", 1000, 10);
    int b = rows_scope(&r, root, "fc", "fully_connected", 500, 20);
    rows_tally(&r, a, "time", "ns", 3000);
    rows_tally(&r, a, "core", "calls", 2);
    rows_tally(&r, b, "time", "ns", 500);
    rows_cost(&r, "time", "ns", 0, NAN, "test");
    rows_cost(&r, "core", "calls", 0, NAN, "counted");
    unlink(in_folder("t.db"));
    struct store *s = store_open(in_folder("t.db"), true, &e);
    assert_true(store_put(s, &r, &run, &e));
    rows_free(&r);
    assert_true(fabs(value(s, "SELECT inference_seconds FROM runs", run) - 2e-6) < 1e-15);
    assert_true(fabs(value(s, "SELECT seconds FROM runs", run) - 3.5e-6) < 1e-15);
    assert_true(fabs(value(s, "SELECT seconds FROM layers WHERE name = 'conv0'", run) - 3e-6) <
                1e-15);
    assert_int_equal((int)value(s, "SELECT calls FROM layers WHERE name = 'conv0'", run), 2);
    assert_true(fabs(value(s, "SELECT sum(seconds) FROM time", run) - 3.5e-6) < 1e-15);
    store_close(s);
}

static void nothing_half_stored(void **state)
{
    (void)state;
    struct rows r;
    struct err e = {0};
    int64_t run = 77;
    struct store *s = store_open(NULL, true, &e);
    assert_non_null(s);
    sample_rows(&r);
    rows_tally(&r, 1, "dma", "beat", 3); /* no cost: the view uncosted would not be empty */
    assert_false(store_put(s, &r, &run, &e));
    assert_string_equal(e.msg, ":memory:: the tally (dma, beat) has no cost");
    assert_int_equal(run, 77);
    e = (struct err){0};
    rows_cost(&r, "dma", "beat", 0, NAN, "test");
    r.tally[0].count = (uint64_t)INT64_MAX + 1;
    assert_false(store_put(s, &r, &run, &e));
    assert_non_null(strstr(e.msg, "exceeds what a database can hold"));
    e = (struct err){0};
    r.tally[0].count = 1;
    snprintf(r.run.kind, sizeof r.run.kind, "guess");
    assert_false(store_put(s, &r, &run, &e));
    assert_int_equal(e.code, ERR_INPUT);
    assert_int_equal(
        (int)value(s,
                   "SELECT (SELECT count(*) FROM run) + (SELECT count(*) FROM tally) + "
                   "(SELECT count(*) FROM cost) + (SELECT count(*) FROM scope)",
                   0),
        0);
    e = (struct err){0};
    snprintf(r.run.kind, sizeof r.run.kind, "iss");
    assert_true(store_put(s, &r, &run, &e));
    store_close(s);
    rows_free(&r);
}

static void expect_refusal(const char *path, bool create, enum err_code code, const char *part)
{
    struct err e = {0};
    struct store *s = store_open(path, create, &e);
    if (s) {
        store_close(s);
        fail_msg("%s was opened", path);
    }
    if (e.code != code || !strstr(e.msg, part))
        fail_msg("%s: code %d, '%s', expected %d and '%s'", path, (int)e.code, e.msg, (int)code,
                 part);
}

static void write_file(const char *path, const char *text, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void bad_paths_are_refused(void **state)
{
    (void)state;
    expect_refusal("/nonexistent/x.db", true, ERR_INPUT, "cannot be created");
    expect_refusal("/nonexistent/x.db", false, ERR_INPUT, "cannot open");
    expect_refusal(folder, true, ERR_INPUT, "no regular file");
    expect_refusal(folder, false, ERR_INPUT, "no regular file");
    char text[4096];
    memset(text, 'x', sizeof text);
    write_file(in_folder("text.db"), text, sizeof text);
    expect_refusal(in_folder("text.db"), true, ERR_INPUT, "is not a database");
    expect_refusal(in_folder("text.db"), false, ERR_INPUT, "is not a database");
    write_file(in_folder("empty.db"), "", 0);
    expect_refusal(in_folder("empty.db"), false, ERR_INPUT, "is empty");
    /* The superuser may write everywhere, so that the mode bits must speak. */
    write_file(in_folder("ro.db"), "", 0);
    assert_int_equal(chmod(in_folder("ro.db"), 0444), 0);
    expect_refusal(in_folder("ro.db"), true, ERR_INPUT, "read-only");
    assert_int_equal(mkdir(in_folder("rodir"), 0555), 0);
    expect_refusal(in_folder("rodir/x.db"), true, ERR_INPUT, "read-only");
}

static void other_versions_are_refused(void **state)
{
    (void)state;
    struct err e = {0};
    char command[256];
    unlink(in_folder("v.db"));
    struct store *s = store_open(in_folder("v.db"), true, &e);
    assert_non_null(s);
    store_close(s);
    snprintf(command, sizeof command, "sqlite3 %s 'PRAGMA user_version = 99'", in_folder("v.db"));
    assert_int_equal(system(command), 0);
    expect_refusal(in_folder("v.db"), true, ERR_INPUT, "has schema version 99, expected 1");
    expect_refusal(in_folder("v.db"), false, ERR_INPUT, "has schema version 99, expected 1");
    snprintf(command, sizeof command, "sqlite3 %s 'CREATE TABLE t (x)'", in_folder("foreign.db"));
    assert_int_equal(system(command), 0);
    expect_refusal(in_folder("foreign.db"), true, ERR_INPUT, "of another program");
}

static void a_damaged_file_is_named(void **state)
{
    (void)state;
    struct err e = {0};
    struct rows r;
    sample_rows(&r);
    unlink(in_folder("d.db"));
    struct store *s = store_open(in_folder("d.db"), true, &e);
    assert_non_null(s);
    for (int i = 0; i < 20; i++)
        assert_true(store_put(s, &r, NULL, &e));
    store_close(s);
    rows_free(&r);
    FILE *f = fopen(in_folder("d.db"), "r+b");
    assert_non_null(f);
    char junk[4096];
    memset(junk, 0x5a, sizeof junk);
    fseek(f, 0, SEEK_END);
    for (long at = 4096, end = ftell(f); at < end; at += 4096) { /* all but the first page */
        fseek(f, at, SEEK_SET);
        assert_int_equal(fwrite(junk, 1, sizeof junk, f), sizeof junk);
    }
    fclose(f);
    s = store_open(in_folder("d.db"), false, &e);
    struct buf out = {0};
    if (s)
        assert_false(report_render(s, "layers", 0, TABLE_TEXT, &out, &e));
    assert_int_equal(e.code, ERR_INPUT);
    assert_non_null(strstr(e.msg, "d.db: the database is damaged"));
    store_close(s);
    buf_free(&out);
}

/* A view that never ends, as a crafted database may hold: the count takes some 10 steps a row, so
 * ten million steps are used up within a second. */
static void an_endless_view_is_ended(void **state)
{
    (void)state;
    char dir[] = "/tmp/endless.XXXXXX", path[64];
    struct err e = {0};
    struct table t;
    sqlite3 *db;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/a.db", dir);
    store_close(store_open(path, true, &e));
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "DROP VIEW layers; CREATE VIEW layers AS WITH RECURSIVE n(i) AS "
                                  "(SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    struct store *s = store_open(path, false, &e);
    assert_non_null(s);
    store_limit_query(s, 10);
    assert_false(store_query(s, "SELECT count(*) FROM layers", 0, 0, &t, &e));
    assert_int_equal(e.code, ERR_INPUT);
    assert_non_null(strstr(e.msg, "more than 10 million steps"));
    assert_true(store_query(s, "SELECT count(*) FROM run", 0, 0, &t, &e));
    table_free(&t);
    store_close(s);
    unlink(path);
    rmdir(dir);
}

static void every_report_renders_in_every_format(void **state)
{
    (void)state;
    struct err e = {0};
    struct rows r;
    int64_t run;
    sample_rows(&r);
    struct store *s = store_open(NULL, true, &e);
    assert_non_null(s);
    assert_true(store_put(s, &r, &run, &e));
    rows_free(&r);
    char **names = data_list_ending("reports/tables", ".sql", &e);
    assert_non_null(names);
    assert_non_null(names[0]);
    for (size_t i = 0; names[i]; i++)
        for (int f = 0; table_formats[f]; f++) {
            struct buf out = {0};
            if (!report_render(s, names[i], 0, (enum table_format)f, &out, &e))
                fail_msg("%s as %s: %s", names[i], table_formats[f], e.msg);
            /* Provenance names the assumed costs in every format. The paper's tables and those of
             * sweeps are empty here. */
            if (strncmp(names[i], "paper-", 6) && strcmp(names[i], "sweep") &&
                !strstr(buf_text(&out), f == TABLE_JSON ? "\"assumed\": 2" : "2 assumed"))
                fail_msg("%s as %s lacks provenance:\n%s", names[i], table_formats[f],
                         buf_text(&out));
            buf_free(&out);
        }
    free(names);
    store_close(s);
}

static void the_text_table_is_exact(void **state)
{
    (void)state;
    struct err e = {0};
    struct rows r;
    sample_rows(&r);
    snprintf(r.run.tool_version, sizeof r.run.tool_version, "0");
    struct store *s = store_open(NULL, true, &e);
    assert_non_null(s);
    assert_true(store_put(s, &r, NULL, &e));
    rows_free(&r);
    struct buf out = {0};
    assert_true(report_render(s, "memory", 0, TABLE_TEXT, &out, &e));
    assert_string_equal(
        buf_text(&out),
        "Memory by part, and the scope in which each peak arose (none: the whole run)\n\n"
        "Part   Size [bytes]  Size [KiB]  Scope\n"
        "-----  ------------  ----------  -----\n"
        "arena          1000         1.0  -\n"
        "flash          5000         4.9  -\n"
        "stack           300         0.3  -\n"
        "stack           300         0.3  conv0\n\n"
        "run 1: iss on stm32f746 (cortex-m7) at 200 MHz, tiny, ELF ab, etinysim 0, 7 costs of "
        "which 2 assumed\n");
    buf_free(&out);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_comes_back),
        cmocka_unit_test(times_are_of_one_call),
        cmocka_unit_test(nothing_half_stored),
        cmocka_unit_test(bad_paths_are_refused),
        cmocka_unit_test(other_versions_are_refused),
        cmocka_unit_test(a_damaged_file_is_named),
        cmocka_unit_test(an_endless_view_is_ended),
        cmocka_unit_test(every_report_renders_in_every_format),
        cmocka_unit_test(the_text_table_is_exact),
    };
    snprintf(folder, sizeof folder, "/tmp/etinysim-store-XXXXXX");
    if (!mkdtemp(folder))
        return 1;
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    char command[256];
    snprintf(command, sizeof command, "chmod -R u+w %s; rm -rf %s", folder, folder);
    return system(command) ? 1 : rc;
}
