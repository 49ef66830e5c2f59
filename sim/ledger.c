/* The fidelity ledger of a machine: the rows that stand in the descriptions of its board, its
 * family of parts, the executor and the core. */
#include <string.h>

#include "base/data.h"
#include "base/ledger.h"
#include "sim/devices/soc.h"
#include "sim/exec/core.h"
#include "sim/machine.h"

static void print(struct buf *out, const char *part, const char *status, const char *note)
{
    buf_printf(out, "  %-13s %-38s %s\n", status, part, note);
}

static bool add_file(struct buf *out, const char *path, struct err *e)
{
    struct desc *d = desc_load(path, e);
    const struct desc_node *rows = d ? desc_map_get(desc_root(d), "ledger") : NULL;
    bool ok = d != NULL;
    for (size_t i = 0; ok && i < desc_list_len(rows); i++) {
        struct ledger_row r;
        ok = ledger_row(desc_list_at(rows, i), &r, e);
        if (ok)
            print(out, r.part, r.status, r.note);
    }
    desc_free(d);
    return ok;
}

bool machine_explain(const struct machine *m, struct buf *out, struct err *e)
{
    char path[4096];
    buf_printf(out, "\nTiming of %s: memory and what surrounds the core\n", m->board->name);
    if (!add_file(out, m->board->path, e))
        return false;
    if (m->board->family[0] &&
        (!soc_family_path(m->board, path, sizeof path, e) || !add_file(out, path, e)))
        return false;
    if (!data_need(path, sizeof path, "sim/exec/ledger.yaml", e) || !add_file(out, path, e))
        return false;
    buf_printf(out, "\nTiming of %s: core\n", m->board->core);
    struct isa_row row;
    for (size_t i = 0; isa_row_at(m->isa, i, &row); i++)
        if (!strcmp(row.table, "ledger"))
            print(out, row.name, row.source, row.what);
    return true;
}
