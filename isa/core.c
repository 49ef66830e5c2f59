/* Loads a core file: rules, classes and the fidelity ledger, all with sources, and prints them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/data.h"
#include "isa/core.h"

static const struct pipeline *const pipelines[] = {&m4_pipeline, &m7_pipeline};

static int find(const char *const *names, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (!strcmp(names[i], name))
            return i;
    return -1;
}

static bool load_rules(struct isa *isa, const struct desc_node *list, struct err *e)
{
    const struct pipeline *pl = isa->pipeline;
    for (size_t i = 0; i < desc_list_len(list); i++) {
        const struct desc_node *m = desc_list_at(list, i), *cycles;
        const char *name;
        int64_t n;
        if (!desc_map_str(m, "rule", &name, e))
            return false;
        int k = find(pl->rule_names, pl->rules, name);
        if (k < 0)
            return desc_err(m, e, "unknown rule '%s' of pipeline %s", name, pl->name);
        struct rule *r = &isa->rule[k];
        if (r->name)
            return desc_err(m, e, "rule '%s' is given twice", name);
        if (!(cycles = desc_map_need(m, "cycles", e)) ||
            !desc_i64(cycles, pl->divides[k] ? 1 : -32, 64, &n, e) ||
            !desc_map_str(m, "what", &r->what, e) ||
            !desc_map_source(m, &r->source, &r->assumed, e) ||
            !desc_opt_str(m, "also", &r->also, e) || !desc_map_done(m, e))
            return false;
        r->name = name;
        r->cycles = (int)n;
    }
    for (int k = 0; k < pl->rules; k++)
        if (!isa->rule[k].name)
            return desc_err(list, e, "rule '%s' of pipeline %s is missing", pl->rule_names[k],
                            pl->name);
    return true;
}

/* With some FPU of those that the core can have. */
static bool could_have(const struct isa *isa, uint16_t cls)
{
    uint32_t all = isa->cpu.extensions;
    for (int i = 0; i < isa->cpu.nfpus; i++)
        all |= isa->cpu.fpus[i].extensions;
    return all >> isa_class_extension(cls) & 1;
}

static bool load_classes(struct isa *isa, const struct desc_node *list, struct err *e)
{
    const char *names[CLASS_COUNT] = {""};
    for (uint16_t c = 1; c < CLASS_COUNT; c++)
        names[c] = isa_class_name(c);
    for (size_t i = 0; i < desc_list_len(list); i++) {
        const struct desc_node *m = desc_list_at(list, i);
        const char *name;
        uint64_t cycles, per_word = 0;
        if (!desc_map_str(m, "class", &name, e))
            return false;
        int k = find(names, CLASS_COUNT, name);
        if (k <= 0)
            return desc_err(m, e, "unknown class '%s'", name);
        struct class_row *r = &isa->row[k];
        if (r->given)
            return desc_err(m, e, "class '%s' is given twice", name);
        if (!could_have(isa, (uint16_t)k))
            return desc_err(m, e, "class '%s' is of %s, which is none of the core's extensions",
                            name, cpu_extension_names[isa_class_extension((uint16_t)k)]);
        if (!desc_map_u64(m, "cycles", 0, 64, &cycles, e) ||
            !desc_opt_u64(m, "per_word", 0, 8, &per_word, e) ||
            !desc_map_source(m, &r->source, &r->assumed, e) ||
            !desc_opt_str(m, "also", &r->also, e))
            return false;
        r->cycles = (int)cycles;
        r->per_word = (int)per_word;
        r->given = r->present = true;
        if (isa->pipeline->load_class && !isa->pipeline->load_class(m, r, e))
            return false;
        if (!desc_map_done(m, e))
            return false;
    }
    for (uint16_t c = 1; c < CLASS_COUNT; c++)
        if (!isa->row[c].given && could_have(isa, c))
            return desc_err(list, e,
                            "class '%s' has no row, and %s is one of the core's extensions",
                            isa_class_name(c), cpu_extension_names[isa_class_extension(c)]);
    return true;
}

static bool load_ledger(struct isa *isa, const struct desc_node *list, struct err *e)
{
    size_t n = desc_list_len(list);
    isa->ledger = calloc(n ? n : 1, sizeof *isa->ledger);
    if (!isa->ledger)
        return err_nomem(e);
    isa->nledger = n;
    for (size_t i = 0; i < n; i++)
        if (!ledger_row(desc_list_at(list, i), &isa->ledger[i], e))
            return false;
    return true;
}

static bool load(struct isa *isa, const char *path, struct err *e)
{
    const struct desc_node *root, *rules, *classes, *ledger;
    const char *names[sizeof pipelines / sizeof *pipelines + 1] = {NULL};
    int pipeline;
    for (size_t i = 0; i < sizeof pipelines / sizeof *pipelines; i++)
        names[i] = pipelines[i]->name;
    if (!(isa->doc = desc_load(path, e)))
        return false;
    root = desc_root(isa->doc);
    if (!cpu_read(&isa->cpu, root, e) || !desc_map_enum(root, "pipeline", names, &pipeline, e))
        return false;
    isa->pipeline = pipelines[pipeline];
    isa->rule = calloc((size_t)isa->pipeline->rules, sizeof *isa->rule);
    if (!isa->rule)
        return err_nomem(e);
    return (rules = desc_map_need(root, "rules", e)) && load_rules(isa, rules, e) &&
           (classes = desc_map_need(root, "classes", e)) && load_classes(isa, classes, e) &&
           (ledger = desc_map_need(root, "ledger", e)) && load_ledger(isa, ledger, e) &&
           desc_map_done(root, e);
}

struct isa *isa_open(const char *core_name, struct err *e)
{
    char path[4096];
    struct isa *isa = calloc(1, sizeof *isa);
    if (!isa) {
        err_nomem(e);
        return NULL;
    }
    bool ok = data_find(path, sizeof path, "core", "isa/cores", core_name, e) && load(isa, path, e);
    if (ok &&
        cs_open(CS_ARCH_ARM, (cs_mode)(CS_MODE_THUMB | CS_MODE_MCLASS), &isa->cs) != CS_ERR_OK) {
        isa->cs = 0;
        ok = err_set(e, ERR_ENV, "Capstone does not open");
    }
    if (ok && cs_option(isa->cs, CS_OPT_DETAIL, CS_OPT_ON) != CS_ERR_OK)
        ok = err_nomem(e);
    if (!ok || !isa_memo_open(isa, e)) {
        isa_close(isa);
        return NULL;
    }
    return isa;
}

void isa_close(struct isa *isa)
{
    if (!isa)
        return;
    isa_memo_close(isa);
    if (isa->cs)
        cs_close(&isa->cs);
    free(isa->rule);
    free(isa->ledger);
    desc_free(isa->doc);
    free(isa);
}

const struct cpu *isa_cpu(const struct isa *isa)
{
    return &isa->cpu;
}

int isa_rule(const struct isa *isa, const char *name)
{
    int k = find(isa->pipeline->rule_names, isa->pipeline->rules, name);
    return k < 0 ? ISA_NO_RULE : isa->rule[k].cycles;
}

bool isa_take_fpu(struct isa *isa, const char *fpu, struct err *e)
{
    if (!cpu_take_fpu(&isa->cpu, fpu, e))
        return false;
    for (uint16_t k = 1; k < CLASS_COUNT; k++)
        isa->row[k].present = isa->row[k].given && cpu_has(&isa->cpu, isa_class_extension(k));
    return true;
}

bool isa_row_at(const struct isa *isa, size_t i, struct isa_row *out)
{
    size_t rules = (size_t)isa->pipeline->rules;
    *out = (struct isa_row){.source = ""};
    if (i < rules) {
        const struct rule *r = &isa->rule[i];
        out->table = "rule", out->name = r->name, out->cycles = r->cycles, out->source = r->source,
        out->also = r->also, out->assumed = r->assumed;
        snprintf(out->what, sizeof out->what, "%s", r->what);
        return true;
    }
    i -= rules;
    if (i < CLASS_COUNT - 1) {
        const struct class_row *r = &isa->row[i + 1];
        out->table = r->present ? "class" : "absent", out->name = isa_class_name((uint16_t)(i + 1));
        if (!r->present)
            return true;
        out->cycles = r->cycles, out->source = r->source, out->also = r->also,
        out->assumed = r->assumed;
        int n = r->per_word ? snprintf(out->what, sizeof out->what, "+%d a word", r->per_word) : 0;
        if (isa->pipeline->describe_class)
            isa->pipeline->describe_class(r, out->what + n, sizeof out->what - (size_t)n);
        return true;
    }
    i -= CLASS_COUNT - 1;
    if (i >= isa->nledger)
        return false;
    out->table = "ledger", out->name = isa->ledger[i].part, out->source = isa->ledger[i].status;
    snprintf(out->what, sizeof out->what, "%s", isa->ledger[i].note);
    return true;
}
