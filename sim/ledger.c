/* The fidelity ledger: sim/ledger.yaml for the memory system, the core's own rows from isa/. */
#include <stdlib.h>
#include <string.h>

#include "sim/exec/core.h"
#include "sim/machine.h"
#include "base/data.h"
#include "base/desc.h"

static const char *const statuses[] = {"modelled", "approximated", "ignored", NULL};
enum when { ALL, ART, ART_D, CONFLICT, ITCM_ART, L1, AHB, AXI, EXTERNAL };
static const char *const whens[] = {"all", "art", "art_d", "conflict", "itcm_art", "l1", "ahb", "axi", "external", NULL};

static bool applies(const struct machine *m, enum when w)
{
    const struct board *b = m->board;
    bool axi = false, external = false, l1 = b->cache.line_bytes != 0;
    for (int i = 0; i < b->nregions; i++) {
        axi |= b->region[i].domain == DOMAIN_AXI;
        external |= b->region[i].kind == REGION_EXTERNAL;
    }
    switch (w) {
    case ALL:
        return true;
    case ART:
        return b->flash.art;
    case ART_D:
        return b->flash.art && b->flash.dcache_lines;
    case CONFLICT:
        return b->flash.conflict_1024 != 0;
    case ITCM_ART:
        return b->flash.art && l1;
    case L1:
        return l1;
    case AHB:
        return !isa_cpu(m->isa)->axi;
    case AXI:
        return axi;
    case EXTERNAL:
        return external;
    }
    return false;
}

bool machine_explain(const struct machine *m, struct buf *out, struct err *e)
{
    char path[4096];
    if (!data_need(path, sizeof path, "sim/ledger.yaml", e))
        return false;
    struct desc *d = desc_load(path, e);
    const struct desc_node *rows = d ? desc_map_need(desc_root(d), "rows", e) : NULL;
    bool ok = rows != NULL;
    buf_printf(out, "\nTiming of %s: memory\n", m->board->name);
    for (size_t i = 0; ok && i < desc_list_len(rows); i++) {
        const struct desc_node *r = desc_list_at(rows, i);
        const char *what = "", *note = "", *probe = NULL; /* probe: for the tests */
        int when = 0, status = 0;
        ok = desc_map_str(r, "what", &what, e) && desc_map_enum(r, "when", whens, &when, e) && desc_map_enum(r, "status", statuses, &status, e) &&
             desc_map_str(r, "note", &note, e) && desc_opt_str(r, "probe", &probe, e) && desc_map_done(r, e);
        if (ok && applies(m, (enum when)when))
            buf_printf(out, "  %-13s %-38s %s\n", statuses[status], what, note);
    }
    desc_free(d);
    buf_printf(out, "\nTiming of %s: core\n", m->board->core);
    struct isa_row row;
    for (size_t i = 0; isa_row_at(m->isa, i, &row); i++)
        if (!strcmp(row.table, "ledger"))
            buf_printf(out, "  %-13s %-38s %s\n", row.source, row.name, row.what);
    return ok;
}
