/* Tables for people and programs: reports/tables/NAME.sql is one query (parameter :run), headed by
 * comments:
 *
 *   -- Title in one line
 *   -- @ COLUMN Heading UNIT SCALE DECIMALS [FLAG...]   how text, Markdown and LaTeX show a column:
 *       sum: totalled    any: only when some row has a value    wide: not in TABLE_NARROW
 *       band: behind the value stand those of COLUMN_low and COLUMN_high, and a mark where
 *             `energy_assumed` is 1; with sum, the band stands in the row of totals only
 *
 * A row whose column `fit` is `no` or `failed` has no numbers of its own: what is NULL in it reads
 * `unfit` or `failed`.
 *
 * `_` in a heading or unit stands for a blank, UNIT `-` for none. CSV, TSV and JSON carry the plain
 * values under the column names. Every table carries the provenance of the runs in its column `run`
 * (or of :run). */
#ifndef REPORTS_REPORT_H
#define REPORTS_REPORT_H

#include "base/json.h"
#include "reports/store.h"

enum table_format {
    TABLE_TEXT,
    TABLE_CSV,
    TABLE_JSON,
    TABLE_MD,
    TABLE_TEX,
    TABLE_TSV,
    /* text without the columns that are marked `wide` and without provenance; has no name */
    TABLE_NARROW
};
/* "text", "csv", "json", "md", "tex", "tsv"; NULL-terminated. */
extern const char *const table_formats[];
bool table_format_named(const char *name, enum table_format *out, struct err *e);

/* How people see the columns of a table, from its head. */
enum { REPORT_COLUMNS = 48 };
struct report_column {
    char name[48], heading[64], unit[16];
    double scale;
    int decimals;
    bool sum, known;
    bool any;  /* left out when no row has a value */
    bool band; /* shown with its band */
    bool wide; /* shown only in the wide form */
};
struct report_layout {
    char title[160];
    struct report_column col[REPORT_COLUMNS];
    size_t n;
};
/* `file` is named in errors; adds to *l, which begins zeroed. */
bool report_layout_parse(struct report_layout *l, const char *file, const char *head,
                         struct err *e);

/* run 0: the newest run. */
bool report_render(struct store *s, const char *name, int64_t run, enum table_format f,
                   struct buf *out, struct err *e);
/* A cell of such a table as people read it: with its band, and `unfit` where the row's column `fit`
 * says so. */
void report_cell(struct buf *out, const struct table *t, size_t row, const struct report_column *k,
                 bool *marked);
extern const char report_band_legend[]; /* the line below a table in which something is marked */

/* Name and title of every report, one a line, or as JSON. */
bool report_list(bool json, struct buf *out, struct err *e);

/* A table of the reproduction page: reports/pages/NAME.sql, where `now` stands for the points whose
 * keys are in the list `now`, and a line with {board} for as many lines as there are boards. *head
 * gets the query with its comment block. */
bool report_section(struct store *s, const char *name, const char *now, const char *const *board,
                    struct table *t, struct buf *head, struct err *e);

/* The rows of reports/queries/NAME.sql, with its parameter :run. */
bool report_query(struct store *s, const char *name, int64_t run, struct table *t, struct err *e);
/* Those of reports/FOLDER/NAME.sql. */
bool report_rows(struct store *s, const char *folder, const char *name, int64_t run,
                 struct table *t, struct err *e);

/* For tables that are not files: `head` is the comment block of such a file. */
bool report_table(struct store *s, const char *name, const char *head, const struct table *t,
                  int64_t run, enum table_format f, struct buf *out, struct err *e);

/* For lists such as report_list: an entry, as a line of `out` or, when `json` is not NULL, into
 * that array; and the end, which prints the array and frees it. */
void report_list_entry(cJSON *json, const char *name, const char *title, struct buf *out);
bool report_list_end(cJSON *json, bool ok, struct buf *out, struct err *e);
/* Column names, then rows: separated by commas, NULL is empty; separated by tabs, NULL is NaN. */
void table_csv(const struct table *t, struct buf *out);
void table_tsv(const struct table *t, struct buf *out);
/* A table of GitHub Markdown, part by part: a row is begun, gets its cells, Markdown already, and
 * is ended. The rule comes below the first row; `right` says which of the n columns are aligned to
 * the right, NULL leaves that to the reader. */
void table_md_begin(struct buf *out);
void table_md_cell(struct buf *out, const char *markdown);
void table_md_end(struct buf *out);
void table_md_rule(struct buf *out, size_t n, const bool *right);
/* The runs that a table is of: its columns `run` and `against`, else `run` where that is not 0. */
size_t report_runs_in(const struct table *t, int64_t run, int64_t *ids, size_t max);
/* What a run rests on, in one or two lines. */
bool report_provenance(struct store *s, int64_t run, struct buf *out, struct err *e);

#endif
