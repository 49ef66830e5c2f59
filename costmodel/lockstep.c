#include "costmodel/lockstep.h"

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t divisor(uint64_t a, uint64_t b) /* greatest common */
{
    while (b) {
        uint64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

uint64_t lockstep_run_words(const struct npu_memory *m, uint64_t bytes)
{
    uint64_t unit = m->word_bits < 8 ? 1 : m->word_bits / 8;
    return (bytes + unit - 2) / unit + 1;
}

uint64_t lockstep_block_words(const struct npu_memory *m)
{
    if (m->kind == MEM_BRAM36)
        return accelerator_bram36_words(m->word_bits);
    uint64_t words = ceil_div(m->bytes * 8, m->banks * m->word_bits), depth = 1;
    while (depth < words)
        depth *= 2;
    return depth;
}

uint64_t lockstep_blocks(const struct npu_memory *m)
{
    return m->kind == MEM_BRAM36 ? m->blocks / m->banks : 1;
}

uint64_t lockstep_rows(const struct layer *l)
{
    uint64_t rows = (uint64_t)((l->out_h - 1) * l->stride - l->pad + l->kernel);
    return least(rows, (uint64_t)l->in_h);
}

uint64_t lockstep_tile_words(const struct npu *n, const struct work *w, uint64_t rows,
                             uint64_t columns)
{
    const struct npu_engine *g = &n->accel->engine[w->engine];
    uint64_t elements = w->reading == READ_WINDOW ? (rows - 1) * g->columns + columns
                                                  : (columns - 1) * g->rows + rows;
    return ceil_div(elements * n->wbits, n->accel->memory[n->accel->home[ROLE_WEIGHTS]].word_bits);
}

uint64_t lockstep_line_bytes(const struct npu_private *p)
{
    uint64_t columns = p->pub.accel->engine[0].columns, ab = p->pub.abits, lanes = 0, image = 0,
             map = 0, ring = 0, pool = 0;
    for (int i = 0; i < p->pub.nlayers; i++) {
        const struct work *w = &p->work[i];
        if (!w->runs || w->reading != READ_WINDOW)
            continue;
        ring = most(ring, w->kernel + most(w->stride, w->kernel - least(w->kernel, w->pad)));
        if (w->dw) {
            map = most(map, w->in_w);
        } else {
            image = most(image, w->in_w);
            lanes = most(lanes, least(w->in_c, columns));
        }
        if (w->out_px < w->positions)
            pool = most(pool, w->out_w / 2);
    }
    return ceil_div(ring * (lanes * most(image, map) + (columns - lanes) * map) * (ab + 1) +
                        pool * columns * ab,
                    8);
}

static uint64_t power_of_two(uint64_t v, uint64_t least_of_it)
{
    while (least_of_it < v)
        least_of_it *= 2;
    return least_of_it;
}

void lockstep_design(const struct npu_private *p, struct rtl_design *d)
{
    const struct accelerator *a = p->pub.accel;
    const struct npu_memory *f = &a->memory[a->home[ROLE_FEATURES]],
                            *w = &a->memory[a->home[ROLE_WEIGHTS]];
    uint64_t columns = a->engine[0].columns, image = 1, map = 1, pool = 1, affine = 0, layers = 0;
    *d = (struct rtl_design){.rows = a->engine[0].rows,
                             .columns = columns,
                             .weight = p->pub.wbits,
                             .feature_word = f->word_bits,
                             .feature_banks = f->banks,
                             .feature_blocks = lockstep_blocks(f),
                             .weight_word = w->word_bits,
                             .weight_banks = w->banks,
                             .weight_blocks = lockstep_blocks(w)};
    for (int i = 0; i < p->pub.nlayers; i++) {
        const struct work *k = &p->work[i];
        if (!k->runs)
            continue;
        layers++;
        if (k->requantises) /* an average has one line for all its passes */
            affine += k->engine < 0 ? 1 : ceil_div(k->columns, columns);
        if (k->reading != READ_WINDOW || k->engine < 0)
            continue;
        uint64_t first = k->kernel - least(k->kernel, k->pad);
        d->kernel = most(d->kernel, k->kernel);
        d->ring = most(d->ring, k->kernel + most(k->stride, first));
        if (k->dw)
            map = most(map, k->in_w);
        else
            image = most(image, k->in_w);
        if (!k->dw)
            d->image_lanes = k->in_c;
        if (!k->dw && k->out_px < k->positions)
            pool = most(pool, k->out_w / 2);
    }
    d->kernel = d->kernel ? d->kernel : 3;
    d->ring = most(d->ring, d->kernel + 2);
    d->image_lanes = d->image_lanes ? d->image_lanes : 3;
    d->map_depth = power_of_two(map, 64);
    d->image_depth = most(power_of_two(image, 256), d->map_depth);
    d->pool_depth = power_of_two(pool, 64);
    d->affine_depth = power_of_two(affine, 512);
    d->program_depth = power_of_two(layers + 1, 64);
}

/* Words of all tiles of a pass of c columns. */
static uint64_t pass_words(const struct npu *n, const struct work *w, uint64_t columns)
{
    uint64_t rows = n->accel->engine[w->engine].rows, tiles = ceil_div(w->reduction, rows);
    return (tiles - 1) * lockstep_tile_words(n, w, rows, columns) +
           lockstep_tile_words(n, w, w->reduction - (tiles - 1) * rows, columns);
}

uint64_t lockstep_weight_words(const struct npu *n, const struct work *w)
{
    uint64_t columns = n->accel->engine[w->engine].columns, all = w->columns,
             full = (all - 1) / columns;
    return full * pass_words(n, w, columns) + pass_words(n, w, all - full * columns);
}

/* Words that `count` runs of `bits` touch, of which the first begins `at` bits behind the start of
 * a word and each following one `step` bits later. */
static uint64_t runs(uint64_t count, uint64_t at, uint64_t step, uint64_t bits, uint64_t word)
{
    at %= word;
    step %= word;
    if (!step)
        return count * ceil_div(at + bits, word);
    /* `period` runs begin at every multiple of g beyond at % g, once each. */
    uint64_t g = divisor(step, word), period = word / g, words = 0;
    words = count / period * (period + (at % g + bits - 1) / g);
    for (uint64_t i = 0; i < count % period; i++, at = (at + step) % word)
        words += (at + bits - 1) / word + 1;
    return words;
}

struct context {
    const struct npu *n;
    const struct accelerator *a;
    const struct work *w;
    uint64_t columns, passes, narrow; /* output channels of a pass; passes; channels of the last */
    uint64_t rows, tiles, k_last;
    struct npu_layer *out;
};

static void count(struct context *c, enum operand o, enum role r, uint64_t reads,
                  uint64_t read_bits, uint64_t writes, uint64_t write_bits)
{
    struct npu_traffic *x = &c->out->traffic[o];
    x->memory = c->a->home[r];
    if (x->memory < 0)
        return;
    x->reads += reads;
    x->read_bits += read_bits;
    x->writes += writes;
    x->write_bits += write_bits;
}

/* Runs of the channels of each pass at `count` neighbouring pixels of a map of `all` channels;
 * passes whose channels begin at the same bit of a word are alike. */
static uint64_t channel_runs(const struct context *c, uint64_t pixels, uint64_t all)
{
    uint64_t ab = c->n->abits, word = c->a->memory[c->a->home[ROLE_FEATURES]].word_bits,
             step = c->columns * ab % word;
    uint64_t full = c->passes - 1,
             words = runs(pixels, full * step, all * ab, c->narrow * ab, word);
    uint64_t period = step ? word / divisor(step, word) : 1;
    for (uint64_t r = 0; r < least(period, full); r++)
        words +=
            ((full - 1 - r) / period + 1) * runs(pixels, r * step, all * ab, c->columns * ab, word);
    return words;
}

/* A max pool reads a pixel once for each window that it lies in. */
static uint64_t pool_words(const struct context *c)
{
    const struct work *w = c->w;
    uint64_t word = c->a->memory[c->a->home[ROLE_FEATURES]].word_bits, ab = c->n->abits, words = 0;
    if (w->columns * ab % word == 0 && c->columns * ab % word == 0)
        return channel_runs(c, w->taps_inside, w->columns);
    for (uint64_t y = 0; y < w->out_h; y++)
        for (uint64_t x = 0; x < w->out_w; x++)
            for (uint64_t k = 0; k < w->kernel; k++) {
                uint64_t iy = y * w->stride + k, from = x * w->stride, to = from + w->kernel;
                if (iy < w->pad || iy - w->pad >= w->in_h)
                    continue;
                from = most(from, w->pad) - w->pad;
                to = least(most(to, w->pad) - w->pad, w->in_w);
                for (uint64_t px = from; px < to; px++)
                    for (uint64_t p = 0; p < c->passes; p++) {
                        uint64_t at = ((((iy - w->pad) * w->in_w + px) * w->columns +
                                        p * c->columns) *
                                       ab) %
                                      word,
                                 bits = (p + 1 < c->passes ? c->columns : c->narrow) * ab;
                        words += (at + bits - 1) / word + 1;
                    }
            }
    return words;
}

static void walk(struct context *c)
{
    const struct work *w = c->w;
    struct npu_layer *out = c->out;
    uint64_t ab = c->n->abits, word = c->a->memory[c->a->home[ROLE_FEATURES]].word_bits;
    out->compute = c->passes * w->positions * c->tiles;
    /* the last one is read while the layer drains */
    out->stall = w->shortcut ? c->passes * w->positions - 1 : 0;
    out->fill = c->a->engine[0].latency;
    if (w->reading == READ_DIRECT) {
        uint64_t words = 0, step = c->rows * ab % word, full = c->tiles - 1,
                 period = step ? word / divisor(step, word) : 1;
        for (uint64_t r = 0; r < least(period, full); r++)
            words += ((full - 1 - r) / period + 1) *
                     runs(w->positions, r * step, w->reduction * ab, c->rows * ab, word);
        words += runs(w->positions, full * step, w->reduction * ab, c->k_last * ab, word);
        count(c, OPD_INPUT, ROLE_FEATURES, c->passes * words,
              c->passes * w->positions * w->reduction * ab, 0, 0);
    } else if (w->window_slides) {
        count(c, OPD_INPUT, ROLE_FEATURES, pool_words(c), w->taps_inside * w->columns * ab, 0, 0);
    } else {
        uint64_t pixels = w->positions * w->reduction;
        count(c, OPD_INPUT, ROLE_FEATURES, channel_runs(c, pixels, w->columns),
              pixels * w->columns * ab, 0, 0);
    }
}

/* Rows of the input that are loaded while row y of the output is computed, for the one after it. */
struct batches {
    /* how many of `stride` rows; rows of one that has fewer, or 0; how many of 0 */
    uint64_t full, full_rows, partial_rows, none;
};

static void window(struct context *c)
{
    const struct work *w = c->w;
    struct npu_layer *out = c->out;
    uint64_t ab = c->n->abits, word = c->a->memory[c->a->home[ROLE_FEATURES]].word_bits;
    uint64_t first = w->kernel - w->pad, prime = least(first, w->in_h), between = w->out_h - 1;
    struct batches b = {.full = least(between, (w->in_h - prime) / w->stride),
                        .full_rows = w->stride};
    uint64_t rows = least(w->in_h, first + between * w->stride);
    b.partial_rows = rows - prime - b.full * w->stride;
    b.none = between - b.full - (b.partial_rows > 0);

    /* A phase is as long as its steps and columns, or as the rows that are loaded in it, each pixel
     * and each shortcut a request. The first one has no position before its first. */
    uint64_t extra = w->shortcut ? w->out_w + 1 : 0, position = c->tiles + w->stride - 1,
             steps = c->tiles + first - 1 + (w->out_w - 1) * position,
             start = first + (w->out_w - 1) * position;
    uint64_t full = most(steps, b.full_rows * w->in_w + extra),
             partial = most(steps, b.partial_rows * w->in_w + extra), none = most(steps, extra),
             turn = most(steps, prime * w->in_w + extra);
    uint64_t pass = b.full * full + (b.partial_rows ? partial : 0) + b.none * none;
    /* The last phase has no row to wait for. */
    uint64_t all = c->passes * pass + (c->passes - 1) * turn + steps;
    if (c->passes == 1 && !between) {
        all = start;
    } else {
        uint64_t load = b.full ? b.full_rows : b.partial_rows; /* in the first phase */
        load = between ? load * w->in_w : prime * w->in_w;
        all -= most(steps, load + extra) - most(start, load + extra);
    }
    all += c->tiles; /* of the last position */

    out->compute = c->passes * w->positions * c->tiles;
    out->fill = c->a->engine[0].latency + prime * w->in_w + first;
    out->stall = all - first - out->compute;

    uint64_t pixels = rows * w->in_w, channels = w->dw ? w->columns : w->in_c * c->passes;
    uint64_t words = w->dw ? channel_runs(c, pixels, w->columns)
                           : c->passes * runs(pixels, 0, w->in_c * ab, w->in_c * ab, word);
    count(c, OPD_INPUT, ROLE_FEATURES, words, pixels * channels * ab, 0, 0);
    /* Lines: a value is one bit wider without its zero point. Every pixel is written once; a column
     * is read once for each row of the output, as many pixels of it as lie inside the map. */
    int lines = c->a->home[ROLE_LINES];
    if (lines < 0)
        return;
    uint64_t line = c->a->memory[lines].word_bits,
             seen = w->rows_inside * least(w->in_w, first + (w->out_w - 1) * w->stride);
    uint64_t wide = w->dw ? c->columns : w->in_c, last = w->dw ? c->narrow : w->in_c;
    uint64_t slots =
        (c->passes - 1) * ceil_div(wide * (ab + 1), line) + ceil_div(last * (ab + 1), line);
    count(c, OPD_LINE, ROLE_LINES, seen * slots, seen * channels * (ab + 1), pixels * slots,
          pixels * channels * (ab + 1));
    /* the fused pool keeps every other row, also a last one that has no partner */
    if (w->out_px < w->positions) {
        uint64_t slots_out = (c->passes - 1) * ceil_div(c->columns * ab, line) +
                             ceil_div(c->narrow * ab, line),
                 kept = (w->out_h + 1) / 2 * (w->out_w / 2);
        count(c, OPD_LINE, ROLE_LINES, w->out_px * slots_out, w->out_px * w->columns * ab,
              kept * slots_out, kept * w->columns * ab);
    }
}

void lockstep_layer(const struct npu *n, const struct work *w, struct npu_layer *out)
{
    const struct accelerator *a = n->accel;
    const struct npu_engine *g = w->engine < 0 ? NULL : &a->engine[w->engine];
    struct context c = {.n = n,
                        .a = a,
                        .w = w,
                        .out = out,
                        .rows = g ? g->rows : 1,
                        .columns = g ? g->columns : a->vector_lanes};
    uint64_t ab = n->abits;
    for (int o = 0; o < OPD_COUNT; o++)
        out->traffic[o] = (struct npu_traffic){.memory = -1};
    c.passes = ceil_div(w->columns, c.columns);
    c.narrow = w->columns - (c.passes - 1) * c.columns;
    c.tiles = ceil_div(w->reduction, c.rows);
    c.k_last = w->reduction - (c.tiles - 1) * c.rows;
    if (w->reading == READ_WINDOW)
        window(&c);
    else
        walk(&c);
    out->store = 1;
    if (w->shortcut) {
        uint64_t bits = w->shortcut * w->columns * ab;
        count(&c, OPD_SHORTCUT, ROLE_FEATURES, channel_runs(&c, w->shortcut, w->columns), bits, 0,
              0);
    }
    if (w->weighted)
        count(&c, OPD_WEIGHT, ROLE_WEIGHTS, w->positions * lockstep_weight_words(n, w),
              w->positions * w->weights * n->wbits, 0, 0);
    if (w->requantises) {
        uint64_t word = a->home[ROLE_AFFINE] < 0 ? 1 : a->memory[a->home[ROLE_AFFINE]].word_bits;
        uint64_t words = (c.passes - 1) * ceil_div(c.columns * a->affine_bits, word) +
                         ceil_div(c.narrow * a->affine_bits, word);
        count(&c, OPD_AFFINE, ROLE_AFFINE, words, w->columns * a->affine_bits, 0, 0);
    }
    if (!w->logits)
        count(&c, OPD_OUTPUT, ROLE_FEATURES, 0, 0, channel_runs(&c, w->out_px, w->columns),
              w->out_px * w->columns * ab);
    out->roof = out->stall > out->compute ? a->home[ROLE_FEATURES] : ROOF_COMPUTE;
}
