/* Rows of the fidelity ledger: what a description says about how faithfully its part is simulated.
 * A section `ledger:` is a list of {part, status, note, probe}; the probe is a guest of
 * tests/ledger/ that fails when the row stops being true. */
#ifndef BASE_LEDGER_H
#define BASE_LEDGER_H

#include "base/desc.h"

struct ledger_row {
    const char *part, *note; /* owned by the document */
    const char *status;      /* modelled, approximated or ignored */
};

/* One row; ERR_INPUT, with its line, when it is not well formed. */
bool ledger_row(const struct desc_node *row, struct ledger_row *out, struct err *e);
/* The same for all rows of a section; NULL is an empty section. */
bool ledger_check(const struct desc_node *section, struct err *e);

#endif
