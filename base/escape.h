/* One escaping for each output format. Names come from files, programs and databases that somebody
 * else made; whatever bytes they hold, the text that is printed stays the cell, the line or the
 * string it was meant to be.
 *
 * Characters that a terminal would act on (controls, and marks that turn the direction of writing)
 * and bytes that are no UTF-8 are shown as \n, \t, \x1b or \u202e, except where it is said. All
 * functions append. */
#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H

#include "base/buf.h"

/* A part of a line: for terminals, logs, and comments of any format. */
void escape_text(struct buf *out, const char *text);
/* A cell of a table or a run of words in a paragraph of GitHub Markdown. */
void escape_markdown(struct buf *out, const char *text);
/* A cell or a run of words in LaTeX. */
void escape_tex(struct buf *out, const char *text);
/* A cell of RFC 4180, in quotes when it needs them; a line break is kept inside. */
void escape_csv(struct buf *out, const char *text);
/* A cell that gnuplot reads: no tab, line break or double quote, and no comment sign at the
 * beginning. */
void escape_tsv(struct buf *out, const char *text);
/* A word of a list inside a gnuplot string: 'word' within "...". The quotes are not added. */
void escape_gnuplot(struct buf *out, const char *text);
/* Bytes that are no UTF-8 become U+FFFD; nothing else changes. */
void escape_utf8(struct buf *out, const char *text);

#endif
