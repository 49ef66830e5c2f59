#include "base/ledger.h"

bool ledger_row(const struct desc_node *row, struct ledger_row *out, struct err *e)
{
    static const char *const statuses[] = {"modelled", "approximated", "ignored", NULL};
    const char *probe = NULL; /* for the tests */
    int status;
    if (!desc_map_str(row, "part", &out->part, e) ||
        !desc_map_enum(row, "status", statuses, &status, e) ||
        !desc_map_str(row, "note", &out->note, e) || !desc_opt_str(row, "probe", &probe, e) ||
        !desc_map_done(row, e))
        return false;
    out->status = statuses[status];
    return true;
}

bool ledger_check(const struct desc_node *section, struct err *e)
{
    struct ledger_row row;
    if (section && !desc_is_list(section))
        return desc_err(section, e, "expected a list of rows");
    for (size_t i = 0; i < desc_list_len(section); i++)
        if (!ledger_row(desc_list_at(section, i), &row, e))
            return false;
    return true;
}
