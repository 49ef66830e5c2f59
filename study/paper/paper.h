/* The paper beside our figures: cells that are computed again or quoted, figures redrawn, and one
 * page of it all. study/paper/ knows what the paper prints and how each figure of it is found here;
 * it computes none itself. */
#ifndef STUDY_PAPER_H
#define STUDY_PAPER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "reports/report.h"
#include "study/sweep/sweep.h"
#include "workloads/quantise/params.h"

enum mark {
    MARK_REPRODUCED,
    MARK_REPORTED, /* quoted */
    MARK_NOT,
    /* ours agrees because a constant was fitted, or a value chosen, to make it agree */
    MARK_FITTED,
    MARK_ARITHMETIC, /* computed from other figures that the paper prints: says nothing of ours */
    MARK_COUNT
};
/* "reproduced", "reported", "not reproducible", "fitted", "the paper's arithmetic" */
extern const char *const paper_mark_names[MARK_COUNT + 1];

struct paper_cell {
    char *row, *column, *text; /* text: as printed */
    enum mark mark;
    char ours[128]; /* "" when there is nothing of ours */
    bool judged;    /* ours was held against a printed number, with this tolerance in percent */
    double tolerance;
    double difference; /* percent of the printed value; NAN when there is none */
    char why[320];     /* what the quotation rests on, or why it cannot be reproduced */
    bool explained;    /* `why` says more than that ours differs */
};
struct paper_table {
    char *name, *title, *where;
    struct paper_cell *cell;
    size_t ncells;
    char **note;
    size_t nnotes;
};
struct paper {
    struct paper_table *table;
    size_t ntables;
};
/* reports/paper.yaml with every cell computed that can be. `params`: trained weights or NULL. */
struct paper *paper_load(const struct params *params, struct err *e);
void paper_free(struct paper *p);

/* A page in the making: Markdown, and the cells of the paper for a file of their own. */
struct page {
    const char *folder; /* where files named in it lie */
    struct buf md;      /* also `failed` when there was no memory for the cells */
    struct table cells; /* of the tables of the paper */
};
void page_open(struct page *p, const char *title);
void page_close(struct page *p);
void page_heading(struct page *p, const char *text, int level);
void page_text(struct page *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void page_paper_table(struct page *p, const struct paper_table *t);
/* A table of a query, with the columns that the layout has, in its order. */
void page_table(struct page *p, const struct table *t, const struct report_layout *l);
void page_figure(struct page *p, const char *name, const char *caption); /* FOLDER/NAME.svg */
/* The finished page as one HTML file, drawings inside. ERR_ENV when one cannot be read. */
bool page_html(const struct page *p, const char *title, struct buf *out, struct err *e);

/* Figures 1, 3 and 4: NAME.svg beside NAME.gp and NAME.tsv in `folder`, and what there is to say
 * about them. */
bool figure_accuracy(struct page *p, const struct paper *paper, struct err *e);
bool figure_weights(struct page *p, const struct params *params, struct err *e);

/* The whole reproduction: FOLDER/reproduction.html and .md, cells.csv, the figures, and a table in
 * CSV and a database of what the paper never printed. */
struct reproduce_options {
    const char *folder, *weights, *calibrate; /* weights, calibrate: NULL without */
    unsigned jobs;
    bool paper_only; /* nothing is built or simulated */
    struct sweep_watch watch;
};
bool paper_reproduce(const struct reproduce_options *o, size_t mark[MARK_COUNT], struct err *e);

#endif
