/* Figures with gnuplot. reports/plots/NAME.gp draws what the query reports/plots/NAME.sql gives
 * (parameter :run, 0 = the newest run that gives any; with :other, :run is a simulated run and
 * :other the measured one beside it). Beside the picture F.png stay F.tsv, the data, and F.gp, the
 * whole script: `gnuplot F.gp` in that folder draws it again without etinysim.
 *
 * The script finds, set before its first line: the terminal (by the ending: png, svg, pdf), `data`
 * (the TSV with a line of column names), `title_`, `metric_` (of plot_options, or ''), `top_` (the
 * part of the height below the lines that say what was run), and `series` (the texts of a column
 * `series`, quoted and in order of `series_index`). Comments in it: "# Title" first; "# size:
 * column|wide HEIGHT" in inches, for a column (3.4 in) or a page (7 in). */
#ifndef REPORTS_PLOT_H
#define REPORTS_PLOT_H

#include "reports/store.h"

enum { PLOT_RUNS = 32 };
struct plot_options {
    int64_t run;             /* 0: the newest that gives any data */
    int64_t against;         /* the measured run beside it; 0: the newest that goes with it */
    int64_t runs[PLOT_RUNS]; /* the runs that a figure of several shows; nruns 0: as it chooses */
    size_t nruns;
    const char *metric; /* "time", "energy" or "sram"; NULL: what the figure shows */
};
extern const char *const plot_metrics[]; /* NULL-terminated */

/* ERR_INPUT: unknown plot or ending, or nothing to draw; ERR_ENV: gnuplot is missing or failed, or
 * cannot write. */
bool plot_render(struct store *s, const char *name, const struct plot_options *o, const char *path,
                 struct err *e);
/* The same for a table made by hand and a script of reports/plots/. */
bool plot_table(const char *name, const struct table *t, const char *provenance, const char *path,
                struct err *e);
/* Name and title of every plot, one a line, or as JSON. */
bool plot_list(bool json, struct buf *out, struct err *e);

#endif
