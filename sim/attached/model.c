#include "sim/attached/model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CHANGES = 1 << 20 };

/* ---- options ---- */

bool model_keys(struct model_keys *k, const char *option, struct err *e)
{
    char *rest = k->text = strdup(option), *word;
    k->option = option;
    if (!rest)
        return err_nomem(e);
    while ((word = strsep(&rest, ","))) {
        char *eq = strchr(word, '=');
        if (!eq || eq == word || !eq[1])
            return err_set(e, ERR_INPUT, "--attach %s: '%s' is no KEY=VALUE", option, word);
        if (k->n == MODEL_MAX_KEYS)
            return err_set(e, ERR_INPUT, "--attach %s: more than %d keys", option, MODEL_MAX_KEYS);
        *eq = 0;
        for (int i = 0; i < k->n; i++)
            if (!strcmp(k->pair[i].key, word))
                return err_set(e, ERR_INPUT, "--attach %s: '%s' is given twice", option, word);
        k->pair[k->n].key = word;
        k->pair[k->n++].value = eq + 1;
    }
    k->pair[0].asked = k->n > 0;
    return true;
}

const char *model_text(struct model_keys *k, const char *key)
{
    for (int i = 1; i < k->n; i++)
        if (!strcmp(k->pair[i].key, key)) {
            k->pair[i].asked = true;
            return k->pair[i].value;
        }
    return NULL;
}

bool model_number(struct model_keys *k, const char *key, uint64_t least, uint64_t most, uint64_t *v,
                  struct err *e)
{
    const char *text = model_text(k, key);
    char *end;
    if (!text)
        return true;
    errno = 0;
    *v = strtoull(text, &end, 0);
    return (*text >= '0' && *text <= '9' && !*end && !errno && *v >= least && *v <= most) ||
           err_set(e, ERR_INPUT, "--attach %s: %s is '%s', expected %llu to %llu", k->option, key,
                   text, (unsigned long long)least, (unsigned long long)most);
}

bool model_all_asked(const struct model_keys *k, struct err *e)
{
    for (int i = 0; i < k->n; i++)
        if (!k->pair[i].asked)
            return err_set(e, ERR_INPUT, "--attach %s: %s has no key '%s'", k->option,
                           k->pair[0].key, k->pair[i].key);
    return true;
}

/* ---- what models ask for ---- */

void model_arm(struct model *m, uint64_t at)
{
    const struct soc_port *p = &m->board->port;
    events_set(p->events, m->event, at);
    p->wake(p->self);
}

uint64_t model_cycles(const struct model *m, uint64_t n, double hz)
{
    const struct soc_port *p = &m->board->port;
    return (uint64_t)((double)n * (double)p->clocks(p->self)->core_hz / hz + 0.5);
}

void model_irq(struct model *m, bool level)
{
    if (m->irq_pin >= 0)
        soc_pin_drive(m->board->soc, m->irq_pin, level);
}

const struct attached_options *model_options(const struct model *m)
{
    return &m->board->options;
}

/* A log that is full, or for which no memory is left, keeps what it has. */
void model_log(struct model_board *b, const struct attached_change *c)
{
    if (b->nchanges == b->room) {
        size_t room = b->room ? 2 * b->room : 256;
        void *grown = room <= MAX_CHANGES ? realloc(b->change, room * sizeof *b->change) : NULL;
        if (!grown)
            return;
        b->change = grown;
        b->room = room;
    }
    b->change[b->nchanges++] = *c;
}

void model_state(struct model *m, uint64_t at, const char *state, int layer)
{
    model_log(m->board, &(struct attached_change){at, ATTACHED_DEVICE, m->index, state, layer});
}
