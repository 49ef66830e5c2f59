/* base/: does each header keep its promise? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/data.h"
#include "base/desc.h"
#include "base/rows.h"
#include "base/suggest.h"

static struct desc *parse(const char *text, struct err *e)
{
    return desc_parse("t.yaml", text, strlen(text), e);
}

static void number_with_a_unit_is_refused(void **state)
{
    (void)state;
    struct err e = {0};
    struct desc *d = parse("name: x\nclock: 480MHz\n", &e);
    uint64_t hz = 7;
    assert_non_null(d);
    assert_false(desc_map_u64(desc_root(d), "clock", 0, UINT64_MAX, &hz, &e));
    assert_string_equal(e.msg, "t.yaml:2: '480MHz' is not a whole number");
    assert_int_equal(e.code, ERR_INPUT);
    assert_int_equal(hz, 7);
    desc_free(d);
}

static void unknown_missing_and_repeated_keys(void **state)
{
    (void)state;
    struct err e = {0};
    struct desc *d = parse("a: 1\nb: 2\n", &e);
    uint64_t v;
    assert_true(desc_map_u64(desc_root(d), "a", 0, 9, &v, &e));
    assert_false(desc_map_done(desc_root(d), &e));
    assert_string_equal(e.msg, "t.yaml:2: unknown key 'b'");
    e = (struct err){0};
    assert_false(desc_map_u64(desc_root(d), "c", 0, 9, &v, &e));
    assert_string_equal(e.msg, "t.yaml:1: key 'c' is missing");
    desc_free(d);
    e = (struct err){0};
    assert_null(parse("a: 1\na: 2\n", &e));
    assert_string_equal(e.msg, "t.yaml:2: key 'a' is given twice");
}

/* What is missing is told at once, map by map, and no value that stood in for it is told of. */
static void all_missing_keys(void **state)
{
    (void)state;
    struct err e = {0};
    struct desc *d = parse("a: 1\nm:\n  x: 1\nn:\n  y: 1\n", &e);
    desc_collect_missing(d);
    const struct desc_node *root = desc_root(d), *m, *none;
    static const char *const words[] = {"one", "two", NULL};
    uint64_t v = 9;
    int word = 9;
    double r = 9;
    bool assumed;
    const char *text = NULL;
    assert_true(desc_map_u64(root, "b", 3, 9, &v, &e));
    assert_true(desc_map_real(root, "c", 0.5, 9, &r, &e));
    assert_int_equal(v, 3);
    assert_true(r == 0.5);
    assert_true((m = desc_map_need(root, "m", &e)));
    assert_true(desc_map_enum(m, "kind", words, &word, &e));
    assert_int_equal(word, 0);
    assert_true((none = desc_map_need(desc_map_need(root, "n", &e), "deep", &e)));
    assert_true(desc_map_str(none, "unasked", &text, &e));
    assert_true(desc_map_source(none, &text, &assumed, &e));
    assert_int_equal(desc_list_len(none), 0);
    assert_false(desc_err(none, &e, "follows from it"));
    assert_false(desc_complete(d, false, &e));
    assert_string_equal(e.msg, "t.yaml:1: keys 'b', 'c' are missing; line 3: key 'kind' is "
                               "missing; line 5: key 'deep' is missing");
    desc_free(d);
    /* Nothing is missing: what the reading returned stands. */
    e = (struct err){0};
    d = parse("a: 1\n", &e);
    desc_collect_missing(d);
    assert_true(desc_map_u64(desc_root(d), "a", 0, 9, &v, &e));
    assert_true(desc_complete(d, true, &e));
    assert_false(desc_complete(d, false, &e));
    desc_free(d);
}

static void numbers(void **state)
{
    (void)state;
    struct err e = {0};
    struct desc *d = parse("h: 0x2000_0000\nn: -3\nr: 1.5e-3\nq: \"12\"\nneg: -1\nbig: "
                           "99999999999999999999\nnan: .nan\n",
                           &e);
    const struct desc_node *m = desc_root(d);
    uint64_t u;
    int64_t i;
    double r;
    assert_true(desc_map_u64(m, "h", 0, UINT32_MAX, &u, &e));
    assert_int_equal(u, 0x20000000);
    assert_true(desc_i64(desc_map_get(m, "n"), -5, 5, &i, &e));
    assert_int_equal(i, -3);
    assert_true(desc_map_real(m, "r", 0, 1, &r, &e));
    assert_true(r == 1.5e-3);
    const char *const bad[] = {"q", "neg", "big", "nan"};
    for (size_t k = 0; k < 4; k++) {
        e = (struct err){0};
        assert_false(desc_map_u64(m, bad[k], 0, UINT64_MAX, &u, &e));
    }
    e = (struct err){0};
    assert_false(desc_map_real(m, "nan", 0, 1, &r, &e));
    desc_free(d);
}

/* `_` stands between digits, once; a real number is decimal and not quoted. */
static void how_numbers_are_written(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool whole, real;
        double value;
    } row[] = {
        {"1_000", true, true, 1000},      {"1_0_0", true, true, 100}, {"_1", false, false, 0},
        {"1_", false, false, 0},          {"1__2", false, false, 0},  {"12__3", false, false, 0},
        {"1_000.5", false, true, 1000.5}, {"0x10", true, false, 16},  {"\"15\"", false, false, 0},
        {"1 2", false, false, 0},         {"12x", false, false, 0},   {"-4", false, true, -4},
        {"+4", false, true, 4},           {"inf", false, false, 0},   {"1e3", false, true, 1000},
        {"1e999", false, false, 0},       {".", false, false, 0},     {"018", true, true, 18},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct err e = {0};
        char text[64];
        uint64_t u = 0;
        double r = 0;
        snprintf(text, sizeof text, "v: %s\n", row[i].text);
        struct desc *d = parse(text, &e);
        assert_non_null(d);
        if (desc_map_u64(desc_root(d), "v", 0, UINT64_MAX, &u, &e) != row[i].whole)
            fail_msg("%s as a whole number", row[i].text);
        e = (struct err){0};
        if (desc_map_real(desc_root(d), "v", -1e9, 1e9, &r, &e) != row[i].real)
            fail_msg("%s as a real number", row[i].text);
        assert_true(!row[i].whole || (double)u == row[i].value);
        assert_true(!row[i].real || r == row[i].value);
        desc_free(d);
    }
}

/* At most one edit for every three letters; a swap of neighbours is one. */
static void what_a_word_was_meant_to_be(void **state)
{
    (void)state;
    static const char *const known[] = {"abc", "uvwxyz", "uvwxyzuvw", "stm32f746", NULL};
    static const struct {
        const char *word, *want;
    } row[] = {
        {"acb", "abc"},             /* a swap at the end */
        {"bac", "abc"},             /* and at the beginning */
        {"axc", "abc"},             /* a letter for another */
        {"ac", NULL},               /* two letters: no edit */
        {"bca", NULL},              /* two edits of three letters */
        {"uwvyxz", "uvwxyz"},       /* two swaps of six letters */
        {"uwvyxw", NULL},           /* and one more */
        {"uvwxyzu", "uvwxyz"},      /* one edit from it, two from uvwxyzuvw */
        {"uvwxyzuv", "uvwxyzuvw"},  /* one from that, two from uvwxyz */
        {"st", "stm32f746"},        /* the only one that begins so */
        {"stm32f764", "stm32f746"}, /* a swap */
        {"uv", NULL},               /* two begin so */
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        const char *got = suggest_word(row[i].word, known);
        if (!got != !row[i].want || (got && strcmp(got, row[i].want) != 0))
            fail_msg("%s: %s", row[i].word, got ? got : "nothing");
    }
}

static void malformed_text(void **state)
{
    (void)state;
    const char *const bad[] = {"a: [1, 2",         "- 1\n- 2\n",   "",
                               "a: &x 1\nb: *x\n", "a: !!int 3\n", "{a: 1}\n---\n{b: 2}\n",
                               "a: \"\\0\"\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err e = {0};
        assert_null(parse(bad[i], &e));
        assert_int_equal(e.code, ERR_INPUT);
    }
}

static void sources(void **state)
{
    (void)state;
    struct err e = {0};
    struct desc *d =
        parse("x: {v: 1, source: rm0385}\ny: {v: 1, assumed: no figure found}\nz: {v: 1}\n", &e);
    const char *text;
    bool assumed;
    assert_true(desc_map_source(desc_map_get(desc_root(d), "x"), &text, &assumed, &e));
    assert_string_equal(text, "rm0385");
    assert_false(assumed);
    assert_true(desc_map_source(desc_map_get(desc_root(d), "y"), &text, &assumed, &e));
    assert_string_equal(text, "assumed: no figure found");
    assert_true(assumed);
    assert_false(desc_map_source(desc_map_get(desc_root(d), "z"), &text, &assumed, &e));
    desc_free(d);
}

static void rows_add_up(void **state)
{
    (void)state;
    struct rows r = {0};
    int s = rows_scope(&r, -1, "conv0", "conv2d", 10, 2);
    rows_tally(&r, s, "core", "cycle", 5);
    rows_tally(&r, s, "core", "cycle", 6);
    rows_tally(&r, s, "core", "nothing", 0);
    rows_cost(&r, "core", "cycle", 1, 0, "arm");
    rows_cost(&r, "core", "cycle", 2, 0, "arm");
    assert_int_equal(r.ntally, 1);
    assert_int_equal(r.tally[0].count, 11);
    assert_int_equal(r.ncost, 1);
    assert_true(r.cost[0].cycles == 2);
    assert_false(r.failed);
    rows_free(&r);
}

static void sha256_of_abc(void **state)
{
    (void)state;
    char hex[65];
    data_sha256("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void errors_keep_the_first(void **state)
{
    (void)state;
    struct err e = {0};
    assert_false(err_at(&e, "f", 3, "first\nline"));
    err_set(&e, ERR_ENV, "second");
    assert_string_equal(e.msg, "f:3: first line");
    assert_int_equal(e.code, ERR_INPUT);
}

/* 50,000 keys are looked up in a table: comparing each with all others would take 1.25e9
 * comparisons. */
static void many_keys(void **state)
{
    (void)state;
    struct err e = {0};
    struct buf text = {0};
    uint64_t v;
    for (int i = 0; i < 50000; i++)
        buf_printf(&text, "k%d: %d\n", i, i);
    struct desc *d = parse(buf_text(&text), &e);
    assert_non_null(d);
    assert_int_equal(desc_map_len(desc_root(d)), 50000);
    assert_true(desc_map_u64(desc_root(d), "k0", 0, 0, &v, &e));
    assert_true(desc_map_u64(desc_root(d), "k49999", 49999, 49999, &v, &e));
    assert_null(desc_map_get(desc_root(d), "k50000"));
    desc_free(d);
    buf_str(&text, "k17: 0\n");
    assert_null(parse(buf_text(&text), &e));
    assert_string_equal(e.msg, "t.yaml:50001: key 'k17' is given twice");
    buf_free(&text);
}

/* Opening a FIFO that nobody writes to would wait for ever; a device like /dev/zero has no end. */
static void only_files_are_read(void **state)
{
    (void)state;
    char folder[] = "/tmp/etinysim-test-XXXXXX", path[64];
    struct buf b = {0};
    struct err e = {0};
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/fifo", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_false(buf_read_file(&b, path, 100, &e));
    assert_non_null(strstr(e.msg, "/fifo: a pipe, socket or device, expected a file"));
    e = (struct err){0};
    assert_false(buf_read_file(&b, "/dev/zero", 100, &e));
    assert_string_equal(e.msg, "/dev/zero: a pipe, socket or device, expected a file");
    remove(path);
    remove(folder);
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(number_with_a_unit_is_refused),
        cmocka_unit_test(unknown_missing_and_repeated_keys),
        cmocka_unit_test(all_missing_keys),
        cmocka_unit_test(numbers),
        cmocka_unit_test(how_numbers_are_written),
        cmocka_unit_test(what_a_word_was_meant_to_be),
        cmocka_unit_test(malformed_text),
        cmocka_unit_test(sources),
        cmocka_unit_test(many_keys),
        cmocka_unit_test(only_files_are_read),
        cmocka_unit_test(rows_add_up),
        cmocka_unit_test(sha256_of_abc),
        cmocka_unit_test(errors_keep_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
