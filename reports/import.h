/* Measured runs from other tools' files, as rows of kind `board`. Formats and what each was checked
 * against: docs/formats.md. Every sample is kept (table `sample`); the tally is its median over the
 * repetitions:
 *   measured.cycles (1 cycle each), or time.ns where no clock is known;
 *   supply.pj (1 pJ each);   dwt.* events.
 * Parsers take bytes, never trust them, and give rows only for a file that is sound enough: lines
 * that cannot be read are counted and named, and a file with more bad than good records is refused
 * whole. */
#ifndef REPORTS_IMPORT_H
#define REPORTS_IMPORT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/rows.h"
#include "reports/store.h"

/* Names of the kinds, NULL-terminated: serial, csv, tflm, st, mlperf, energyrunner, ppk2,
 * joulescope, lpm01a, energytrace. */
extern const char *const import_kinds[];

struct import_options {
    const char *platform; /* needed */
    const char *network;  /* NULL: what the log says, else "" */
    uint64_t clock_hz;    /* 0: what the log says, else times are kept in nanoseconds */
    double volts;         /* supply, for traces of current alone; 0: not given */
    double rate_hz;       /* samples per second, for LPM01A; 0: what the log says */
    uint64_t inferences;  /* in each window of a power trace; 0 means 1 */
    int gpio;             /* cut where this digital channel is high; -1: not */
    double level_ma;      /* cut where the current exceeds this; 0: not */
    /* text of a JSON list of seconds, windows are [1],[2] [3],[4] ...; NULL: none */
    const char *timestamps;
    const char *const *set; /* "key=value" for the configuration, NULL-terminated; or NULL */
    bool force;             /* another platform than the log names is taken */
};

struct import_notes {
    uint64_t records, bad; /* records read, lines that could not be */
    struct buf bad_lines;  /* the first ten, one a line: "file:line: why" */
    char build_id[80];     /* what the log calls its ELF; "" when it does not say */
    uint64_t windows;      /* of a power trace */
};

/* ERR_INPUT with file and line. `out` is zeroed first; free with rows_free even on failure, and
 * notes->bad_lines with buf_free. */
bool import_parse(const char *kind, const char *file, const char *data, size_t n,
                  const struct import_options *o, struct rows *out, struct import_notes *notes,
                  struct err *e);

/* Adds to the rows of a simulated run what its own firmware printed (the `serial` log): samples of
 * cycles per layer, so that a board's log is compared with the same reading of the same counter.
 * Text that is no such log adds nothing. */
void import_own_log(const char *uart, struct rows *r);

/* Gives a measured run the identity of what was measured: the hash of `elf` (which must contain the
 * log's build id), or else that of a simulated run in the database with this build id. ERR_INPUT
 * when the log is of another build, or the same file is in the database already, unless `force`. */
bool import_identify(struct store *s, struct rows *r, const struct import_notes *notes,
                     const char *elf, bool force, struct err *e);

/* The published tables (reports/paper.yaml) as runs of kind `paper`; those present already are left
 * alone. */
bool import_paper(struct store *s, uint64_t *added, struct err *e);

#endif
