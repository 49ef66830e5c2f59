#include "study/sweep/parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/data.h"
#include "base/desc.h"
#include "costmodel/accelerator.h"
#include "sim/boards/board.h"
#include "workloads/plan/planner.h"

enum { MAX_VALUES = 10000 };

enum axis_kind { NAMES, REALS, WHOLES, CHOICE, AUTO_OR_WHOLES };

static const char *const quantisers[] = {"int8", "asq", "dorefa", NULL};
static const char *const plans[] = {"inplace", "pingpong", NULL};
static const char *const kernels[] = {"fast", "reference", NULL};

/* Every axis a description may have; those of one side only do not multiply the points of the
 * other. */
static const struct axis_rule {
    const char *name;
    enum axis_kind kind;
    enum { BOTH, BOARDS, ACCELERATORS } side;
    double min, max;
    const char *const *choice;
} axis_rules[] = {
    {"network", NAMES, BOTH, 0, 0, NULL},
    {"width", REALS, BOTH, 0.01, 16, NULL},
    {"input", WHOLES, BOTH, 1, 1024, NULL},
    {"wbits", WHOLES, BOTH, 1, 16, NULL},
    {"quantiser", CHOICE, BOARDS, 0, 0, quantisers},
    {"plan", CHOICE, BOARDS, 0, 0, plans},
    {"patches", AUTO_OR_WHOLES, BOARDS, 0, PATCHES_MOST, NULL},
    {"kernels", CHOICE, BOARDS, 0, 0, kernels},
    {"board", NAMES, BOARDS, 0, 0, NULL},
    {"clock", WHOLES, BOARDS, 1000, 2e9, NULL},
    {"accelerator", NAMES, ACCELERATORS, 0, 0, NULL},
    {"abits", WHOLES, ACCELERATORS, 1, 16, NULL},
};
enum { NRULES = sizeof axis_rules / sizeof *axis_rules };

static bool add_value(struct axis *a, const struct desc_node *at, const char *text, struct err *e)
{
    for (size_t i = 0; i < a->n; i++)
        if (!strcmp(a->value[i], text))
            return desc_err(at, e, "%s: '%s' is listed twice", a->name, text);
    if (a->n == MAX_VALUES)
        return desc_err(at, e, "%s: more than %d values", a->name, MAX_VALUES);
    char **more = buf_grow(a->value, a->n, &a->cap, sizeof *more);
    if (!more)
        return err_nomem(e);
    a->value = more;
    a->value[a->n] = strdup(text);
    return a->value[a->n] ? (a->n++, true) : err_nomem(e);
}

static bool add_number(struct axis *a, const struct desc_node *at, bool whole, double v,
                       struct err *e)
{
    char text[64];
    if (whole)
        snprintf(text, sizeof text, "%.0f", v);
    else
        snprintf(text, sizeof text, "%.10g", v);
    return add_value(a, at, text, e);
}

/* {from: A, to: B, step: S}, both ends included. */
static bool read_range(struct axis *a, const struct desc_node *n, bool whole, double min,
                       double max, struct err *e)
{
    double from, to, step;
    if (!desc_map_real(n, "from", min, max, &from, e) ||
        !desc_map_real(n, "to", min, max, &to, e) ||
        !desc_map_real(n, "step", 0, max - min, &step, e) || !desc_map_done(n, e))
        return false;
    if (!(step > 0) || to < from)
        return desc_err(n, e, "%s: from %g to %g in steps of %g is no range", a->name, from, to,
                        step);
    if (whole && (from != floor(from) || step != floor(step)))
        return desc_err(n, e, "%s: a range of whole numbers has whole ends and steps", a->name);
    double count = floor((to - from) / step + 1e-9);
    if (count >= MAX_VALUES)
        return desc_err(n, e, "%s: more than %d values", a->name, MAX_VALUES);
    for (uint64_t i = 0; i <= (uint64_t)count; i++)
        if (!add_number(a, n, whole, from + (double)i * step, e))
            return false;
    return true;
}

static bool read_value(struct axis *a, const struct desc_node *n, const struct axis_rule *r,
                       struct err *e)
{
    const char *text = NULL;
    uint64_t u = 0;
    double v = 0;
    int which = 0;
    struct err not_text = {0};
    switch (r->kind) {
    case AUTO_OR_WHOLES:
        if (desc_str(n, &text, &not_text) && !strcmp(text, "auto"))
            return add_value(a, n, text, e);
        if (!desc_u64(n, (uint64_t)r->min, (uint64_t)r->max, &u, e))
            return false;
        return u != 1
                   ? add_number(a, n, true, (double)u, e)
                   : desc_err(n, e, "%s: 1 is no number of strips, expected 0, 2 or more, or auto",
                              a->name);
    case NAMES: return desc_str(n, &text, e) && add_value(a, n, text, e);
    case CHOICE: return desc_enum(n, r->choice, &which, e) && add_value(a, n, r->choice[which], e);
    case WHOLES:
        return desc_u64(n, (uint64_t)r->min, (uint64_t)r->max, &u, e) &&
               add_number(a, n, true, (double)u, e);
    case REALS: return desc_real(n, r->min, r->max, &v, e) && add_number(a, n, false, v, e);
    }
    return false;
}

/* A scalar, a list of scalars, or a range. */
static bool read_axis(struct axis *a, const struct desc_node *n, const struct axis_rule *r,
                      struct err *e)
{
    a->number = r->kind == REALS || r->kind == WHOLES;
    if (desc_is_map(n))
        return a->number ? read_range(a, n, r->kind == WHOLES, r->min, r->max, e)
                         : desc_err(n, e, "%s: a range is for numbers only", a->name);
    if (!desc_is_list(n))
        return read_value(a, n, r, e);
    if (desc_list_len(n) == 0)
        return desc_err(n, e, "%s: the list is empty", a->name);
    for (size_t i = 0; i < desc_list_len(n); i++)
        if (!read_value(a, desc_list_at(n, i), r, e))
            return false;
    return true;
}

static struct axis *new_axis(struct spec *s, const struct desc_node *at, const char *prefix,
                             const char *name, struct err *e)
{
    if (s->naxes == MAX_AXES) {
        desc_err(at, e, "more than %d parameters", MAX_AXES);
        return NULL;
    }
    struct axis *a = &s->axis[s->naxes];
    int n = snprintf(a->name, sizeof a->name, "%s%s", prefix, name);
    if (n < 0 || (size_t)n >= sizeof a->name) {
        desc_err(at, e, "the parameter's name '%s' is too long", name);
        return NULL;
    }
    s->naxes++;
    return a;
}

static const struct axis *find_axis(const struct spec *s, const char *name)
{
    for (size_t i = 0; i < s->naxes; i++)
        if (!strcmp(s->axis[i].name, name))
            return &s->axis[i];
    return NULL;
}

/* Names must exist and their files be sound: a slip of the pen is an error of the description, not
 * a thousand unfit points. */
static bool check_names(const struct spec *s, const struct desc_node *root, const char *axis,
                        struct err *e)
{
    const struct axis *a = find_axis(s, axis);
    for (size_t i = 0; a && i < a->n; i++) {
        struct err inner = {0};
        char path[4096];
        if (!strcmp(axis, "board"))
            free(board_load(a->value[i], &inner));
        else if (!strcmp(axis, "accelerator"))
            free(accelerator_load(a->value[i], NULL, &inner));
        else if (data_find(path, sizeof path, "network", "workloads/networks", a->value[i],
                           &inner) &&
                 access(path, R_OK) != 0)
            err_set(&inner, ERR_INPUT, "%s: cannot be read", path);
        if (inner.code)
            return desc_err(desc_map_get(root, axis), e, "%s", inner.msg);
    }
    return true;
}

/* `set:` maps parameters of the accelerators to values, as they would be given to `npu --set`. */
static bool read_settings(struct spec *s, const struct desc_node *set, struct err *e)
{
    if (!desc_is_map(set))
        return desc_err(set, e, "set: expected a map of accelerator parameters");
    const struct axis *accelerators = find_axis(s, "accelerator");
    if (!accelerators)
        return desc_err(set, e, "set: without any accelerator");
    for (size_t i = 0; i < desc_map_len(set); i++) {
        const struct desc_node *value;
        const char *name = desc_map_key_at(set, i, &value);
        struct axis *a = new_axis(s, value, "set.", name, e);
        if (!a)
            return false;
        const struct axis_rule real = {a->name, REALS, ACCELERATORS, -1e15, 1e15, NULL};
        const struct axis_rule text = {a->name, NAMES, ACCELERATORS, 0, 0, NULL};
        const struct desc_node *first =
            desc_is_list(value) && desc_list_len(value) ? desc_list_at(value, 0) : value;
        struct err not_a_number = {0};
        double v;
        bool number = desc_is_map(first) || desc_real(first, -1e15, 1e15, &v, &not_a_number);
        if (!read_axis(a, value, number ? &real : &text, e))
            return false;
        for (size_t k = 0; k < accelerators->n; k++)
            for (size_t j = 0; j < a->n; j++) {
                struct err inner = {0};
                struct accelerator *acc = accelerator_load(accelerators->value[k], NULL, &inner);
                bool ok = acc && accelerator_set(acc, name, a->value[j], &inner);
                free(acc);
                if (!ok)
                    return desc_err(value, e, "%s", inner.msg);
            }
    }
    return true;
}

/* A path in a description is relative to the description's folder. */
static bool read_path(const struct spec *s, const struct desc_node *root, const char *key,
                      char **out, struct err *e)
{
    const struct desc_node *n = desc_map_get(root, key);
    const char *text;
    if (!n)
        return true;
    if (!desc_str(n, &text, e))
        return false;
    const char *slash = strrchr(s->path, '/');
    int folder = text[0] == '/' || !slash ? 0 : (int)(slash - s->path + 1);
    if (asprintf(out, "%.*s%s", folder, s->path, text) < 0) {
        *out = NULL;
        return err_nomem(e);
    }
    return access(*out, R_OK) == 0 || desc_err(n, e, "%s: cannot be read", *out);
}

static bool make_family(struct spec *s, bool accelerator, struct err *e)
{
    struct family *f = &s->family[s->nfamilies++];
    f->accelerator = accelerator;
    f->npoints = 1;
    for (size_t i = 0; i < s->naxes; i++) {
        const struct axis *a = &s->axis[i];
        int side = ACCELERATORS; /* set.* */
        for (size_t r = 0; r < NRULES; r++)
            if (!strcmp(axis_rules[r].name, a->name))
                side = axis_rules[r].side;
        if (side != BOTH && (side == ACCELERATORS) != accelerator)
            continue;
        f->axis[f->naxes++] = a;
        f->npoints *= a->n;
        if (f->npoints > MAX_POINTS)
            return err_at(e, s->path, 0, "more than %d points", MAX_POINTS);
    }
    s->npoints += f->npoints;
    return true;
}

static bool read_spec(struct spec *s, const struct desc_node *root, struct err *e)
{
    const char *name = NULL;
    if (!desc_map_str(root, "name", &name, e))
        return false;
    if (strlen(name) >= sizeof s->name)
        return desc_err(desc_map_get(root, "name"), e, "the name is longer than %zu letters",
                        sizeof s->name - 1);
    strcpy(s->name, name);
    static const char *const layers[] = {"whole", "shared", NULL};
    int shared = 0;
    s->limit_seconds = 900;
    if (!desc_opt_u64(root, "limit_seconds", 1, 1000000, &s->limit_seconds, e) ||
        !desc_opt_enum(root, "layers", layers, &shared, e))
        return false;
    s->shared = shared;
    for (size_t r = 0; r < NRULES; r++) {
        const struct desc_node *n = desc_map_get(root, axis_rules[r].name);
        struct axis *a = n ? new_axis(s, n, "", axis_rules[r].name, e) : NULL;
        if (n && (!a || !read_axis(a, n, &axis_rules[r], e)))
            return false;
    }
    const struct axis *patches = find_axis(s, "patches");
    if (s->shared && patches && (patches->n > 1 || strcmp(patches->value[0], "0")))
        return desc_err(desc_map_get(root, "patches"), e,
                        "patches: strips of layers are not shared, expected layers: whole");
    const struct desc_node *set = desc_map_get(root, "set");
    if (!desc_map_need(root, "network", e) || !check_names(s, root, "network", e) ||
        !check_names(s, root, "board", e) || !check_names(s, root, "accelerator", e) ||
        (set && !read_settings(s, set, e)) || !read_path(s, root, "weights", &s->weights, e) ||
        !read_path(s, root, "calibrate", &s->calibrate, e) ||
        !read_path(s, root, "image", &s->image, e) ||
        !read_path(s, root, "evaluate", &s->evaluate, e) || !desc_map_done(root, e))
        return false;
    bool boards = find_axis(s, "board"), accelerators = find_axis(s, "accelerator");
    if (!boards && !accelerators)
        return desc_err(root, e, "neither 'board' nor 'accelerator': there is nothing to run on");
    for (size_t r = 0; r < NRULES; r++)
        if (desc_map_get(root, axis_rules[r].name) &&
            ((axis_rules[r].side == BOARDS && !boards) ||
             (axis_rules[r].side == ACCELERATORS && !accelerators)))
            return desc_err(desc_map_get(root, axis_rules[r].name), e, "%s: without any %s",
                            axis_rules[r].name, boards ? "accelerator" : "board");
    return (!boards || make_family(s, false, e)) && (!accelerators || make_family(s, true, e));
}

struct spec *spec_load(const char *path, struct err *e)
{
    struct desc *d = desc_load(path, e);
    struct spec *s = d ? calloc(1, sizeof *s) : NULL;
    if (!d || !s || !(s->path = strdup(path))) {
        if (d)
            err_nomem(e);
        desc_free(d);
        free(s);
        return NULL;
    }
    desc_collect_missing(d);
    bool ok = desc_complete(d, read_spec(s, desc_root(d), e), e);
    desc_free(d);
    if (!ok) {
        spec_free(s);
        return NULL;
    }
    return s;
}

void spec_free(struct spec *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->naxes; i++) {
        for (size_t j = 0; j < s->axis[i].n; j++)
            free(s->axis[i].value[j]);
        free(s->axis[i].value);
    }
    free(s->path);
    free(s->weights);
    free(s->calibrate);
    free(s->evaluate);
    free(s->image);
    free(s);
}

void spec_point(const struct spec *s, size_t i, struct sweep_point *out)
{
    const struct family *f = s->family;
    while (i >= f->npoints)
        i -= f++->npoints;
    *out = (struct sweep_point){.spec = s, .family = f};
    for (size_t a = f->naxes; a-- > 0; i /= f->axis[a]->n)
        out->value[a] = f->axis[a]->value[i % f->axis[a]->n];
}

const char *point_get(const struct sweep_point *p, const char *axis, const char *missing)
{
    for (size_t a = 0; a < p->family->naxes; a++)
        if (!strcmp(p->family->axis[a]->name, axis))
            return p->value[a];
    return missing;
}

/* Values need no escapes but for the odd file name. */
static void json_text(struct buf *out, const char *text)
{
    buf_str(out, "\"");
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        buf_printf(out, *c == '"' || *c == '\\' ? "\\%c" : *c < ' ' ? "\\u%04x" : "%c", *c);
    buf_str(out, "\"");
}

void point_json(const struct sweep_point *p, struct buf *out)
{
    buf_str(out, "{");
    for (size_t a = 0; a < p->family->naxes; a++) {
        if (a)
            buf_str(out, ",");
        json_text(out, p->family->axis[a]->name);
        buf_str(out, ":");
        if (p->family->axis[a]->number)
            buf_str(out, p->value[a]);
        else
            json_text(out, p->value[a]);
    }
    buf_str(out, "}");
}
