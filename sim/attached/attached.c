#include "sim/attached/attached.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "sim/attached/model.h"

enum { MAX_MODELS = 4 };

static const struct attached_class *const classes[] = {
#define MODEL(name) &attached_##name,
#include "sim/attached/models.def"
#undef MODEL
};
enum { CLASSES = sizeof classes / sizeof *classes };

struct attached {
    struct model_board board;
    int n;
    struct model *model[MAX_MODELS];
};

/* ---- wires ---- */

/* The pin that a key names; *pin is -1 when the key is not given. */
static bool read_pin(const struct model_board *b, struct model_keys *k, const char *key, int *pin,
                     struct err *e)
{
    const char *name = model_text(k, key);
    *pin = name ? soc_pin(b->soc, name) : -1;
    return !name || *pin >= 0 ||
           err_set(e, ERR_INPUT, "--attach %s: %s is '%s', expected a pin of the board such as PA4",
                   k->option, key, name);
}

static void selected(void *self, bool level, uint64_t at)
{
    struct model *m = self;
    m->selected = !level;
    model_log(m->board, &(struct attached_change){at, ATTACHED_WIRES, m->index,
                                                  level ? "released" : "selected", -1});
    if (m->class->select)
        m->class->select(m, m->selected, at);
}

static uint8_t exchange(void *self, uint8_t out, uint64_t at)
{
    struct model *m = self;
    if (!m->selected)
        return 0;
    m->bytes++;
    return m->class->exchange(m, out, at);
}

static void fire(void *self, uint64_t at)
{
    struct model *m = self;
    m->class->fire(m, at);
}

static bool connect(struct model *m, struct model_keys *k, struct err *e)
{
    const struct model_board *b = m->board;
    int cs;
    if (!read_pin(b, k, "cs", &cs, e) || !read_pin(b, k, "irq", &m->irq_pin, e))
        return false;
    if (cs < 0)
        return err_set(e, ERR_INPUT, "--attach %s: cs=PIN is missing", k->option);
    if (!soc_spi_slave(b->soc, k->pair[0].value, exchange, m, e))
        return false;
    if (!soc_pin_watch(b->soc, cs, selected, m))
        return err_set(e, ERR_INPUT, "--attach %s: too many pins are in use", k->option);
    if (m->irq_pin >= 0)
        soc_pin_drive(b->soc, m->irq_pin, false);
    return true;
}

static bool unknown(const struct model_keys *k, struct err *e)
{
    struct buf names = {0};
    for (int i = 0; i < CLASSES; i++)
        buf_printf(&names, "%s%s", i ? " or " : "", classes[i]->name);
    err_set(e, ERR_INPUT, "--attach %s: no model '%s', expected %s", k->option, k->pair[0].key,
            buf_text(&names));
    buf_free(&names);
    return false;
}

static bool add(struct attached *a, const char *option, struct err *e)
{
    struct model_keys k = {0};
    bool ok = model_keys(&k, option, e);
    const struct attached_class *class = NULL;
    for (int i = 0; ok && i < CLASSES; i++)
        if (!strcmp(classes[i]->name, k.pair[0].key))
            class = classes[i];
    if (ok && !class)
        ok = unknown(&k, e);
    if (ok && a->n == MAX_MODELS)
        ok = err_set(e, ERR_INPUT, "--attach: more than %d devices", MAX_MODELS);
    struct model *m = ok && class ? calloc(1, class->bytes) : NULL;
    if (ok && !m)
        ok = err_nomem(e);
    if (m) {
        m->class = class;
        m->board = &a->board;
        m->option = option;
        m->index = a->n;
        a->model[a->n++] = m;
        m->event = events_add(a->board.port.events, fire, m);
        ok = m->event >= 0 || err_set(e, ERR_INPUT, "--attach: more events than a run holds");
    }
    ok = ok && m && connect(m, &k, e) && class->open(m, &k, e) && model_all_asked(&k, e);
    free(k.text);
    return ok;
}

struct attached *attached_open(struct soc *soc, const struct soc_port *port,
                               const struct attached_options *o, struct err *e)
{
    struct attached *a = calloc(1, sizeof *a);
    if (!a) {
        err_nomem(e);
        return NULL;
    }
    a->board.soc = soc;
    a->board.port = *port;
    a->board.options = *o;
    for (int i = 0; o->list && o->list[i]; i++)
        if (!add(a, o->list[i], e)) {
            attached_close(a);
            return NULL;
        }
    return a;
}

void attached_close(struct attached *a)
{
    if (!a)
        return;
    for (int i = 0; i < a->n; i++) {
        if (a->model[i]->class->close)
            a->model[i]->class->close(a->model[i]);
        free(a->model[i]);
    }
    free(a->board.change);
    free(a);
}

void attached_slept(struct attached *a, uint64_t from, uint64_t cycles)
{
    if (!a->n)
        return;
    model_log(&a->board, &(struct attached_change){from, ATTACHED_CORE, -1, "sleeps", -1});
    model_log(&a->board, &(struct attached_change){from + cycles, ATTACHED_CORE, -1, "runs", -1});
}

size_t attached_changes(const struct attached *a, const struct attached_change **list)
{
    *list = a->board.change;
    return a->board.nchanges;
}

const char *attached_name(const struct attached *a, int i)
{
    return i >= 0 && i < a->n ? a->model[i]->class->name : NULL;
}

uint64_t attached_bytes(const struct attached *a, int i)
{
    return a->model[i]->bytes;
}
