/* docs/schema.md and reports/schema.sql name the same tables, views and columns, and every column
 * can be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "reports/store.h"

static bool documented(const char *doc, const char *relation, const char *column)
{
    char head[100], row[100];
    snprintf(head, sizeof head, "\n### `%s`\n", relation);
    const char *from = strstr(doc, head);
    if (!from || !column)
        return from != NULL;
    const char *to = strstr(from + 1, "\n#");
    snprintf(row, sizeof row, "\n| `%s` | ", column);
    const char *at = strstr(from, row);
    return at && (!to || at < to);
}

static void the_document_and_the_schema_agree(void **state)
{
    (void)state;
    struct err e = {0};
    struct buf doc = {0};
    struct table relations, columns;
    assert_true(buf_read_file(&doc, "docs/schema.md", 1 << 20, &e));
    struct store *s = store_open(NULL, true, &e);
    assert_non_null(s);
    assert_true(store_query(s,
                            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND "
                            "name NOT LIKE 'sqlite%'",
                            0, 0, &relations, &e));
    assert_true(relations.nrow >= 15);
    size_t known = 0;
    for (size_t i = 0; i < relations.nrow; i++) {
        const char *name = relations.cell[i].text;
        char sql[200];
        if (!documented(buf_text(&doc), name, NULL))
            fail_msg("%s is not documented", name);
        snprintf(sql, sizeof sql, "SELECT name FROM pragma_table_info('%s')", name);
        assert_true(store_query(s, sql, 0, 0, &columns, &e));
        for (size_t c = 0; c < columns.nrow; c++, known++)
            if (!documented(buf_text(&doc), name, columns.cell[c].text))
                fail_msg("%s.%s is not documented", name, columns.cell[c].text);
        table_free(&columns);
    }
    table_free(&relations);
    /* Every documented column is there: each section is read with its own names. */
    size_t found = 0;
    char relation[64] = "";
    for (const char *p = buf_text(&doc); *p; p += strcspn(p, "\n"), p += *p == '\n') {
        char column[64], sql[300];
        if (sscanf(p, "### `%63[a-z_]`", relation) == 1 ||
            sscanf(p, "| `%63[a-z0-9_]` |", column) != 1)
            continue;
        snprintf(sql, sizeof sql, "SELECT \"%s\".\"%s\" FROM \"%s\" LIMIT 1", relation, column,
                 relation);
        if (!store_query(s, sql, 0, 0, &columns, &e))
            fail_msg("%s.%s is documented but: %s", relation, column, e.msg);
        table_free(&columns);
        found++;
    }
    assert_int_equal(found, known);
    store_close(s);
    buf_free(&doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_document_and_the_schema_agree)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
