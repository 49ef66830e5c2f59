/* One HTML file of a run, of two runs, or of the points of a sweep: reports/html/report.html with
 * its style, its script and the data as JSON inside. It needs no network and no other file. */
#ifndef REPORTS_HTML_H
#define REPORTS_HTML_H

#include "reports/store.h"

struct html_options {
    int64_t run, against; /* 0: without */
    const char *sweep;    /* name of a sweep, "" for all points of the database; NULL: without */
};

/* ERR_INPUT when there is no such run or point. */
bool html_report(struct store *s, const struct html_options *o, struct buf *out, struct err *e);

#endif
