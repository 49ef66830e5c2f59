/* Scopes: whose instructions these are. The innermost function that is a scope gets the counts of a
 * block. */
#include "sim/exec/scopes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/exec/engine.h"
#include "sim/image/names.h"

enum { MAX_SCOPES = 4096 };

static struct scope *add(struct machine *m, const char *name, const char *op, uint32_t addr,
                         struct err *e)
{
    struct scope *t = m->scopes.n < MAX_SCOPES
                          ? buf_grow(m->scopes.list, m->scopes.n, &m->scopes.cap, sizeof *t)
                          : NULL;
    if (!t) {
        err_nomem(e);
        return NULL;
    }
    m->scopes.list = t;
    struct scope *s = &m->scopes.list[m->scopes.n++];
    memset(s, 0, sizeof *s);
    s->addr = addr;
    s->parent = -1;
    s->order = -1;
    s->strips = 1;
    snprintf(s->name, sizeof s->name, "%s", name);
    snprintf(s->op, sizeof s->op, "%s", op);
    return s;
}

static uint64_t number(const cJSON *o, const char *key)
{
    const cJSON *n = cJSON_GetObjectItemCaseSensitive(o, key);
    return cJSON_IsNumber(n) && n->valuedouble >= 0 && n->valuedouble < 1e15
               ? (uint64_t)n->valuedouble
               : 0;
}

static const char *string(const cJSON *o, const char *key)
{
    const cJSON *n = cJSON_GetObjectItemCaseSensitive(o, key);
    return cJSON_IsString(n) && n->valuestring ? n->valuestring : "";
}

static void copy_config(struct machine *m, const cJSON *root)
{
    static const char *const texts[] = {"kernels", "plan", "quantiser"};
    static const char *const arrays[] = {"lifetimes", "work"};
    static const char *const numbers[] = {"wbits", "input", "stage_layers", "patches"};
    cJSON *config = m->firmware.config = json_root();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (*string(root, texts[i]) && strlen(string(root, texts[i])) < 62)
            json_text(config, texts[i], string(root, texts[i]));
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        const cJSON *a = cJSON_GetObjectItemCaseSensitive(root, arrays[i]);
        if (cJSON_IsArray(a))
            json_copy(config, arrays[i], a);
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (number(root, numbers[i]))
            json_uint(config, numbers[i], number(root, numbers[i]));
}

/* Which variant of the network it is. */
static void copy_variant(struct machine *m, const cJSON *root)
{
    const cJSON *width = cJSON_GetObjectItemCaseSensitive(root, "width");
    const char *shape = string(root, "shape"), *quant = string(root, "quantiser");
    m->firmware.net.width =
        cJSON_IsNumber(width) && width->valuedouble > 0 ? width->valuedouble : 0;
    if (strspn(shape, "0123456789x") == strlen(shape))
        snprintf(m->firmware.net.shape, sizeof m->firmware.net.shape, "%.23s", shape);
    if (strspn(quant, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(quant))
        snprintf(m->firmware.net.quant, sizeof m->firmware.net.quant, "%.15s", quant);
    m->firmware.net.wbits = number(root, "wbits") <= 32 ? (uint32_t)number(root, "wbits") : 0;
    m->firmware.net.abits = number(root, "abits") <= 32 ? (uint32_t)number(root, "abits") : 0;
}

/* The description that firmware of this project carries (docs/firmware.md). Damaged text is no
 * error: an ELF from elsewhere may use the name. */
static bool from_note(struct machine *m, struct err *e)
{
    cJSON *root = cJSON_ParseWithLength(m->image->note, m->image->note_len);
    const cJSON *layer, *layers = cJSON_GetObjectItemCaseSensitive(root, "layers");
    bool ok = true;
    snprintf(m->firmware.net.network, sizeof m->firmware.net.network, "%s",
             string(root, "network"));
    for (const char *c = m->firmware.net.network; *c; c++)
        if (*c < 32 || *c == '"' || *c == '\\')
            m->firmware.net.network[0] = '\0';
    const char *inputs = string(root, "inputs_sha256");
    if (strlen(inputs) == 64 && strspn(inputs, "0123456789abcdef") == 64)
        snprintf(m->firmware.inputs_sha256, sizeof m->firmware.inputs_sha256, "%s", inputs);
    copy_variant(m, root);
    const char *board = string(root, "board");
    if (*board && strcmp(board, m->board->name))
        ok = err_at(e, m->opt.elf_path, 0,
                    "is firmware for %.40s, expected for %s (build it with --board %s)", board,
                    m->board->name, m->board->name);
    const cJSON *arena = cJSON_GetObjectItemCaseSensitive(root, "arena");
    if (*string(arena, "symbol"))
        m->layout.arena = image_elf_symbol(m->image, string(arena, "symbol"));
    if (root)
        copy_config(m, root);
    cJSON_ArrayForEach(layer, layers)
    {
        const struct symbol *f = ok ? image_elf_symbol(m->image, string(layer, "function")) : NULL;
        if (!f)
            continue;
        struct scope *s = add(m, string(layer, "name"), string(layer, "op"), f->addr & ~1u, e);
        if (!s) {
            ok = false;
            break;
        }
        s->macs = number(layer, "macs");
        s->params = number(layer, "params");
        s->weight_bytes = number(layer, "weight_bytes");
        if (number(layer, "strips"))
            s->strips = number(layer, "strips");
    }
    cJSON_Delete(root);
    return ok;
}

bool scopes_init(struct machine *m, struct err *e)
{
    if (!add(m, "run", "", 0, e))
        return false;
    m->scopes.list[0].order = m->scopes.entered++;
    if (m->image->note && !from_note(m, e))
        return false;
    const char *glob = m->opt.scopes ? m->opt.scopes : m->scopes.n == 1 ? "main" : NULL;
    for (size_t i = 0; glob && i < m->image->nsymbols; i++) {
        const struct symbol *s = &m->image->symbol[i];
        char name[sizeof m->scopes.list->name];
        if (s->func && scopes_at(m, s->addr) < 0 &&
            (m->opt.scopes ? image_name_matches(glob, s->name) : !strcmp(s->name, glob)) &&
            m->scopes.n < MAX_SCOPES &&
            !add(m, image_name_text(s->name, name, sizeof name), "function", s->addr, e))
            return false;
    }
    if (m->opt.scopes && m->scopes.n == 1)
        engine_warn(m, "no function matches --scopes '%s'", m->opt.scopes);
    return true;
}

int scopes_at(const struct machine *m, uint32_t addr)
{
    for (size_t i = 1; i < m->scopes.n; i++)
        if (m->scopes.list[i].addr == addr)
            return (int)i;
    return -1;
}

void scopes_flow(struct machine *m, const struct block *from, uint32_t to)
{
    if (from->call) {
        if (m->calls.depth == MAX_FRAMES) { /* deep recursion: forget the oldest half */
            memmove(m->calls.frame, m->calls.frame + MAX_FRAMES / 2,
                    MAX_FRAMES / 2 * sizeof *m->calls.frame);
            m->calls.depth = MAX_FRAMES / 2;
        }
        m->calls.frame[m->calls.depth++] =
            (struct frame){.ret = from->addr + from->size,
                           .caller = from->run->insn[from->n - 1].addr,
                           .scope = m->calls.scope};
        return;
    }
    for (int d = m->calls.depth; d-- > 0 && d >= m->calls.depth - 16;)
        if (m->calls.frame[d].ret == to) {
            m->calls.scope = m->calls.frame[d].scope;
            m->calls.depth = d;
            return;
        }
}
