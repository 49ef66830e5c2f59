#include "costmodel/synthesis.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/data.h"
#include "base/desc.h"

enum {
    PROGRAM_BITS = 0
#define FIELD(name, bits) +bits
#include "costmodel/rtl/program.def"
#undef FIELD
    ,
    AFFINE_BITS = 64,
    VALUE_BITS = 9
};

/* 64 x 3 bits with a port of their own to read take the four LUTs of a RAM64M. */
static uint64_t ram64m(uint64_t bits, uint64_t depth)
{
    return 4 * ((bits + 2) / 3) * (depth / 64);
}

uint64_t synthesis_lutram(const struct rtl_design *d)
{
    uint64_t rest = d->columns > d->image_lanes ? d->columns - d->image_lanes : 0;
    return ram64m(d->columns * AFFINE_BITS, d->affine_depth) +
           ram64m(PROGRAM_BITS, d->program_depth) +
           d->ring * (ram64m(d->image_lanes * VALUE_BITS, d->image_depth) +
                      ram64m(rest * VALUE_BITS, d->map_depth)) +
           d->columns * 8 * (d->pool_depth / 64);
}

/* Bits times the choices behind the first among which each is chosen: among 64-word parts of LUT
 * RAM, rows of the ring, blocks of a bank, and banks. */
static double choices(const struct rtl_design *d)
{
    uint64_t side = d->rows > d->columns ? d->rows : d->columns,
             unit = d->feature_word < 8 ? 1 : d->feature_word / 8,
             run = (side + unit - 2) / unit + 1,
             rest = d->columns > d->image_lanes ? d->columns - d->image_lanes : 0;
    double parts = (double)(d->columns * AFFINE_BITS * (d->affine_depth / 64 - 1) +
                            PROGRAM_BITS * (d->program_depth / 64 - 1)) +
                   (double)d->ring * VALUE_BITS *
                       (double)(d->image_lanes * (d->image_depth / 64 - 1) +
                                rest * (d->map_depth / 64 - 1)),
           ring = (double)(d->kernel * d->columns * VALUE_BITS * (d->ring - 1)),
           blocks = (double)(d->feature_banks * d->feature_word * (d->feature_blocks - 1) +
                             d->weight_banks * d->weight_word * (d->weight_blocks - 1)),
           banks = (double)(d->weight_banks * d->weight_word * (d->weight_banks - 1) +
                            run * d->feature_word * (d->feature_banks - 1) * 2);
    return parts + ring + blocks + banks;
}

/* The terms: a constant, columns, multipliers, choices (LUT) or bits of a tile (FF). LUT RAM is
 * exact and comes on top. */
static void lut_terms(const struct rtl_design *d, double t[SYNTHESIS_TERMS])
{
    t[0] = 1, t[1] = (double)d->columns, t[2] = (double)(d->rows * d->columns), t[3] = choices(d);
}

static void ff_terms(const struct rtl_design *d, double t[SYNTHESIS_TERMS])
{
    lut_terms(d, t);
    t[3] = (double)(d->rows * d->columns * d->weight + 2 * d->weight_banks * d->weight_word);
}

static double product(const double *a, const double *b)
{
    double sum = 0;
    for (int i = 0; i < SYNTHESIS_TERMS; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Least squares of relative errors: rows t, values v, by elimination on the normal equations. */
static bool solve(const double t[][SYNTHESIS_TERMS], const double *v, int n,
                  double out[SYNTHESIS_TERMS])
{
    enum { N = SYNTHESIS_TERMS };
    double m[N][N + 1] = {{0}}, size[N];
    for (int i = 0; i < N; i++) { /* terms of one size, so that no pivot is lost to rounding */
        size[i] = 0;
        for (int k = 0; k < n; k++)
            size[i] = fmax(size[i], fabs(t[k][i]));
    }
    double most = 0;
    for (int k = 0; k < n; k++)
        most = fmax(most, v[k]);
    for (int k = 0; k < n; k++)
        for (int i = 0; i < N; i++) {
            double x = t[k][i] / size[i] * (most / v[k]);
            for (int j = 0; j < N; j++)
                m[i][j] += x * t[k][j] / size[j] * (most / v[k]);
            m[i][N] += x;
        }
    for (int i = 0; i < N; i++) {
        int pivot = i;
        for (int r = i + 1; r < N; r++)
            if (fabs(m[r][i]) > fabs(m[pivot][i]))
                pivot = r;
        if (!(fabs(m[pivot][i]) > 1e-9))
            return false;
        for (int c = 0; c <= N; c++) {
            double x = m[i][c];
            m[i][c] = m[pivot][c];
            m[pivot][c] = x;
        }
        for (int r = 0; r < N; r++) {
            double f = r == i ? 0 : m[r][i] / m[i][i];
            for (int c = 0; c <= N; c++)
                m[r][c] -= f * m[i][c];
        }
    }
    for (int i = 0; i < N; i++)
        out[i] = m[i][N] / m[i][i] / size[i] * most;
    return true;
}

static bool fit(struct synthesis *s, struct err *e)
{
    double lut[MAX_SYNTHESISED][SYNTHESIS_TERMS], ff[MAX_SYNTHESISED][SYNTHESIS_TERMS];
    double luts[MAX_SYNTHESISED], ffs[MAX_SYNTHESISED];
    int n = 0;
    for (int i = 0; i < s->n; i++)
        if (s->row[i].fit) {
            const struct rtl_design *d = &s->row[i].design;
            lut_terms(d, lut[n]);
            ff_terms(d, ff[n]);
            luts[n] = (double)(s->row[i].cells.lut - synthesis_lutram(d));
            ffs[n++] = (double)s->row[i].cells.ff;
        }
    return (n > SYNTHESIS_TERMS && solve((const double(*)[SYNTHESIS_TERMS])lut, luts, n, s->lut) &&
            solve((const double(*)[SYNTHESIS_TERMS])ff, ffs, n, s->ff)) ||
           err_set(e, ERR_INPUT, "costmodel/synthesis.yaml: too few designs of use 'fit'");
}

static bool load_row(struct synthesis *s, const struct desc_node *n, struct err *e)
{
    static const char *const uses[] = {"held", "fit", NULL};
    struct rtl_design *d = &s->row[s->n].design;
    struct rtl_cells *c = &s->row[s->n].cells;
    const struct {
        const char *key;
        uint64_t *to;
        uint64_t least;
    } numbers[] = {
        {"rows", &d->rows, 1},
        {"columns", &d->columns, 1},
        {"weight", &d->weight, 1},
        {"kernel", &d->kernel, 1},
        {"ring", &d->ring, 1},
        {"image_lanes", &d->image_lanes, 1},
        {"image_depth", &d->image_depth, 64},
        {"map_depth", &d->map_depth, 64},
        {"pool_depth", &d->pool_depth, 64},
        {"affine_depth", &d->affine_depth, 64},
        {"program_depth", &d->program_depth, 64},
        {"feature_word", &d->feature_word, 16},
        {"feature_banks", &d->feature_banks, 1},
        {"feature_blocks", &d->feature_blocks, 1},
        {"weight_word", &d->weight_word, 1},
        {"weight_banks", &d->weight_banks, 1},
        {"weight_blocks", &d->weight_blocks, 1},
        {"dsp", &c->dsp, 0},
        {"bram36", &c->bram36, 0},
        {"lut", &c->lut, 1},
        {"ff", &c->ff, 1},
        {"levels", &c->levels, 0},
        {"lut_levels", &c->lut_levels, 0},
        {"cells_ps", &c->cells_ps, 0},
    };
    const char *name;
    int use;
    uint64_t lutram;
    if (s->n == MAX_SYNTHESISED)
        return desc_err(n, e, "more than %d designs", MAX_SYNTHESISED);
    if (!desc_map_str(n, "name", &name, e) || !desc_map_enum(n, "use", uses, &use, e))
        return false;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (!desc_map_u64(n, numbers[i].key, numbers[i].least, 1u << 24, numbers[i].to, e))
            return false;
    if (!desc_map_u64(n, "lutram", 0, 1u << 24, &lutram, e))
        return false;
    if (d->columns < d->image_lanes)
        return desc_err(n, e, "more image_lanes than columns");
    if (lutram != synthesis_lutram(d) || c->lut <= lutram)
        return desc_err(n, e, "%llu LUTs are memory, expected the %llu of its parameters",
                        (unsigned long long)lutram, (unsigned long long)synthesis_lutram(d));
    snprintf(s->row[s->n].name, sizeof s->row[0].name, "%s", name);
    s->row[s->n].fit = use != 0;
    c->synthesised = true;
    s->n++;
    return desc_map_done(n, e);
}

bool synthesis_load(struct synthesis *s, struct err *e)
{
    static const char where[] = "costmodel/synthesis.yaml";
    char path[4096];
    const char *tool, *command, *rtl;
    struct buf text = {0};
    *s = (struct synthesis){0};
    if (!data_path(path, sizeof path, where))
        return err_set(e, ERR_ENV, "%s is not among the data files", where);
    struct desc *d = buf_read_file(&text, path, 1 << 20, e)
                         ? desc_parse(path, buf_text(&text), text.len, e)
                         : NULL;
    const struct desc_node *root = d ? desc_root(d) : NULL;
    const struct desc_node *designs = root ? desc_map_need(root, "designs", e) : NULL;
    bool ok = designs && desc_map_str(root, "tool", &tool, e) &&
              desc_map_str(root, "command", &command, e) && desc_map_str(root, "rtl", &rtl, e);
    for (size_t i = 0; ok && i < desc_list_len(designs); i++)
        ok = load_row(s, desc_list_at(designs, i), e);
    ok = ok && desc_map_done(root, e) && fit(s, e);
    if (ok) {
        snprintf(s->tool, sizeof s->tool, "%s", tool);
        snprintf(s->command, sizeof s->command, "%s", command);
        data_sha256(text.data, text.len, s->sha256);
    }
    desc_free(d);
    buf_free(&text);
    return ok;
}

static uint64_t rounded(double v)
{
    return v > 0 ? (uint64_t)(v + 0.5) : 0;
}

void synthesis_fitted(const struct synthesis *s, const struct rtl_design *d, struct rtl_cells *out)
{
    double lut[SYNTHESIS_TERMS], ff[SYNTHESIS_TERMS];
    lut_terms(d, lut);
    ff_terms(d, ff);
    *out = (struct rtl_cells){
        /* A multiplier each; four of the requantiser's multiplication, two of a shortcut's; the
         * length of a phase. */
        .dsp = d->rows * d->columns + 6 * d->columns + 1,
        .bram36 = d->feature_banks * d->feature_blocks + d->weight_banks * d->weight_blocks,
        .lut = synthesis_lutram(d) + rounded(product(s->lut, lut)),
        .ff = rounded(product(s->ff, ff)),
    };
}

void synthesis_cells(const struct synthesis *s, const struct rtl_design *d, struct rtl_cells *out)
{
    for (int i = 0; i < s->n; i++)
        if (!memcmp(&s->row[i].design, d, sizeof *d)) {
            *out = s->row[i].cells;
            return;
        }
    synthesis_fitted(s, d, out);
}
