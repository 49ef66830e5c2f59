#include "workloads/quantise/mixed.h"

#include <inttypes.h>
#include <stdlib.h>

enum { LEAST_BITS = 2, MOST_BITS = 8 };
enum side { IN, OUT };

static bool collect(const struct network *n, struct mixed *m, struct err *e)
{
    *m = (struct mixed){.layer = calloc((size_t)n->nlayers, sizeof *m->layer)};
    if (!m->layer)
        return err_nomem(e);
    for (int i = 0; i < n->nlayers; i++) {
        const struct layer *l = &n->layer[i];
        if (l->in[0] != i - 1 || l->in[1] != LAYER_NONE ||
            !(op_weighted(l->op) || op_class(l->op)->output == OP_OUTPUT_AVERAGE))
            return err_set(e, ERR_INPUT,
                           "layer %s (%s): bits per tensor are for chains of convolutions, pool "
                           "and classifier",
                           l->name, op_name(l->op));
        if (op_weighted(l->op))
            m->layer[m->n++] = (struct mixed_layer){.layer = i,
                                                    .wbits = MOST_BITS,
                                                    .in_bits = MOST_BITS,
                                                    .out_bits = MOST_BITS,
                                                    .weights = l->weights,
                                                    .in = l->in_bytes,
                                                    .out = l->out_bytes};
    }
    return m->n ? true : err_set(e, ERR_INPUT, "%s has no weights", n->name);
}

static uint64_t feature_bits(const struct mixed_layer *l)
{
    return l->in * (uint64_t)l->in_bits + l->out * (uint64_t)l->out_bits;
}

static enum side larger(const struct mixed *m, int i)
{
    const struct mixed_layer *l = &m->layer[i];
    if (i == 0)
        return OUT;
    if (i == m->n - 1)
        return IN;
    if (l->in_bits != l->out_bits)
        return l->in_bits > l->out_bits ? IN : OUT;
    return l->in > l->out ? IN : OUT;
}

static void halve(struct mixed *m, int i, enum side side)
{
    struct mixed_layer *l = &m->layer[i];
    if (side == OUT) {
        l->out_bits /= 2;
        if (i + 1 < m->n)
            m->layer[i + 1].in_bits = l->out_bits;
    } else {
        l->in_bits /= 2;
        m->layer[i - 1].out_bits = l->in_bits;
    }
}

/* One pass; *fits says whether every layer does without what the pass in the other direction may
 * halve. */
static bool pass(const struct network *n, struct mixed *m, uint64_t sram, enum side side,
                 bool *fits, struct err *e)
{
    *fits = true;
    for (int step = 0; step < m->n; step++) {
        int i = side == OUT ? step : m->n - 1 - step;
        const struct mixed_layer *l = &m->layer[i];
        while (feature_bits(l) > 8 * sram) {
            enum side cut = larger(m, i);
            if ((cut == OUT ? l->out_bits : l->in_bits) <= LEAST_BITS)
                return err_set(e, ERR_CHECK,
                               "layer %s: its maps take more than %" PRIu64
                               " bytes at %d and %d bits",
                               n->layer[l->layer].name, sram, l->in_bits, l->out_bits);
            if (cut != side) {
                *fits = false;
                break;
            }
            halve(m, i, side);
        }
    }
    return true;
}

static bool assign_features(const struct network *n, struct mixed *m, uint64_t sram, struct err *e)
{
    bool fits = false;
    for (enum side side = OUT; !fits; side = side == OUT ? IN : OUT)
        if (!pass(n, m, sram, side, &fits, e))
            return false;
    return true;
}

static uint64_t constants(const struct network *n, const struct mixed *m, int i, bool per_channel)
{
    const struct mixed_layer *l = &m->layer[i];
    uint64_t channels = (uint64_t)n->layer[l->layer].out_c;
    bool last = i == m->n - 1;
    if (per_channel)
        return last ? 7 * channels + 4 : 10 * channels + 8;
    return last || (l->wbits == MOST_BITS && l->out_bits == MOST_BITS) ? 4 * channels + 20
                                                                       : 9 * channels + 12;
}

static void account(const struct network *n, struct mixed *m, bool per_channel)
{
    m->flash_bytes = m->sram_bytes = 0;
    for (int i = 0; i < m->n; i++) {
        struct mixed_layer *l = &m->layer[i];
        l->weight_bytes = (l->weights * (uint64_t)l->wbits + 7) / 8;
        l->constant_bytes = constants(n, m, i, per_channel);
        l->feature_bytes = (feature_bits(l) + 7) / 8;
        m->flash_bytes += l->weight_bytes + l->constant_bytes;
        m->sram_bytes = l->feature_bytes > m->sram_bytes ? l->feature_bytes : m->sram_bytes;
    }
}

/* The layer whose weights are halved next, or -1. */
static int next_cut(const struct mixed *m)
{
    uint64_t all = 0, most = 0;
    for (int i = 0; i < m->n; i++) {
        all += m->layer[i].weight_bytes;
        if (m->layer[i].wbits > LEAST_BITS && m->layer[i].weight_bytes > most)
            most = m->layer[i].weight_bytes;
    }
    for (int i = 0; i < m->n; i++)
        if (m->layer[i].wbits > LEAST_BITS && 20 * m->layer[i].weight_bytes + all > 20 * most)
            return i;
    return -1;
}

bool mixed_assign(const struct network *n, uint64_t flash, uint64_t sram, bool per_channel,
                  struct mixed *out, struct err *e)
{
    if (sram > UINT64_MAX / 8)
        return err_set(e, ERR_INPUT, "more SRAM than can be addressed");
    bool ok = collect(n, out, e) && assign_features(n, out, sram, e);
    for (account(n, out, per_channel); ok && out->flash_bytes > flash;
         account(n, out, per_channel)) {
        int i = next_cut(out);
        if (i < 0)
            ok = err_set(e, ERR_CHECK,
                         "weights and constants take %" PRIu64 " bytes at 2 bits, %" PRIu64
                         " too many",
                         out->flash_bytes, out->flash_bytes - flash);
        else
            out->layer[i].wbits /= 2;
    }
    if (!ok)
        mixed_free(out);
    return ok;
}

void mixed_free(struct mixed *m)
{
    free(m->layer);
    *m = (struct mixed){0};
}
