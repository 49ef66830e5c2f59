#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/image/names.h"
#include "sim/host/profile.h"
#include "sim/host/profile_data.h"

const char *const profile_names[] = {"folded",   "callgrind", "trace", "lcov",
                                     "annotate", "map",       NULL};

enum { MAX_DEPTH = 4096 };
#define NO_ROW UINT32_MAX

/* Functions */

static int fn_add(struct profile *p, uint32_t addr, uint32_t size, const char *name)
{
    struct fn *f = buf_grow(p->fn, p->nfn, &p->cap_fn, sizeof *f);
    if (!f) {
        p->failed = true;
        return 0;
    }
    p->fn = f;
    p->fn[p->nfn] = (struct fn){
        .addr = addr, .size = size, .name = name, .plain = name ? image_name_plain(name) : NULL};
    return (int)p->nfn++;
}

/* Function 0 stands for code without a symbol. */
static int fn_at(struct profile *p, uint32_t addr)
{
    size_t lo = 1, hi = p->nfn;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (p->fn[mid].addr <= addr)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo > 1 && addr - p->fn[lo - 1].addr < p->fn[lo - 1].size)
        return (int)lo - 1;
    return 0;
}

static bool functions_init(struct profile *p)
{
    fn_add(p, 0, 0, "?");
    for (size_t i = 0; i < p->im->nsymbols; i++) {
        const struct symbol *s = &p->im->symbol[i];
        if (!s->func || (p->nfn > 1 && p->fn[p->nfn - 1].addr == s->addr))
            continue; /* an alias: the first name stands */
        fn_add(p, s->addr, s->size, s->name);
    }
    for (size_t i = 1; i < p->nfn; i++) { /* without a size a function reaches to the next one */
        uint32_t room = i + 1 < p->nfn ? p->fn[i + 1].addr - p->fn[i].addr : 0x1000;
        if (p->fn[i].size == 0 || p->fn[i].size > room)
            p->fn[i].size = room;
    }
    return !p->failed;
}

const char *profile_fn_name(const struct profile *p, int fn, char text[16])
{
    if (p->fn[fn].plain)
        return p->fn[fn].plain;
    if (p->fn[fn].name)
        return p->fn[fn].name;
    snprintf(text, 16, "0x%08x", p->fn[fn].addr);
    return text;
}

/* Call tree */

static int child(struct profile *p, int parent, int fn, uint32_t site)
{
    int last = -1;
    for (int i = p->tree[parent].child; i >= 0; last = i, i = p->tree[i].sibling)
        if (p->tree[i].fn == fn && p->tree[i].site == site) {
            if (last >= 0) { /* to the front: the next call is likely the same */
                p->tree[last].sibling = p->tree[i].sibling;
                p->tree[i].sibling = p->tree[parent].child;
                p->tree[parent].child = i;
            }
            return i;
        }
    struct tree *t = buf_grow(p->tree, p->ntree, &p->cap_tree, sizeof *t);
    if (!t) {
        p->failed = true;
        return parent;
    }
    p->tree = t;
    p->tree[p->ntree] = (struct tree){
        .fn = fn, .parent = parent, .child = -1, .sibling = p->tree[parent].child, .site = site};
    p->tree[parent].child = (int)p->ntree;
    return (int)p->ntree++;
}

static void event(struct profile *p, int32_t fn, uint32_t value)
{
    if (!(p->want & 1u << PROFILE_TRACE) || p->trace_full)
        return;
    struct trace_event *t =
        p->nevent < MAX_TRACE ? buf_grow(p->event, p->nevent, &p->cap_event, sizeof *t) : NULL;
    if (!t) {
        p->trace_full = true;
        return;
    }
    p->event = t;
    p->event[p->nevent++] =
        (struct trace_event){.at = p->now, .fn = fn, .value = value, .stack = (uint16_t)p->cur};
}

static struct call_stack *stack(struct profile *p)
{
    return &p->stack[p->cur];
}

static void push(struct profile *p, int fn, uint32_t site, uint32_t ret, bool exception)
{
    struct call_stack *s = stack(p);
    int parent = s->depth ? s->f[s->depth - 1].node : 0;
    struct call_frame *f =
        s->depth < MAX_DEPTH ? buf_grow(s->f, s->depth, &s->cap, sizeof *f) : NULL;
    if (!f) {
        p->failed |= s->depth < MAX_DEPTH;
        return;
    }
    s->f = f;
    int node = child(p, parent, fn, site);
    p->tree[node].calls++;
    s->f[s->depth++] = (struct call_frame){.node = node, .ret = ret, .exception = exception};
    event(p, fn, 0);
}

static void pop(struct profile *p)
{
    struct call_stack *s = stack(p);
    if (s->depth) {
        s->depth--;
        event(p, -1, 0);
    }
}

/* The innermost frame is to be of the function that holds addr. */
static int node_at(struct profile *p, uint32_t addr)
{
    struct call_stack *s = stack(p);
    int fn = fn_at(p, addr);
    if (!s->depth)
        push(p, fn, 0, ~0u, false);
    if (!s->depth)
        return 0;
    struct call_frame *top = &s->f[s->depth - 1];
    if (p->tree[top->node].fn == fn)
        return top->node;
    struct call_frame old = *top; /* a tail call: the caller stays the caller */
    uint32_t site = p->tree[old.node].site;
    pop(p);
    push(p, fn, site, old.ret, old.exception);
    return s->depth ? s->f[s->depth - 1].node : 0;
}

/* Counts per instruction */

static bool count_grow(struct profile *p)
{
    size_t cap = p->cap_count ? 2 * p->cap_count : 4096;
    struct count *t = calloc(cap, sizeof *t);
    if (!t)
        return false;
    for (size_t i = 0; i < p->cap_count; i++) {
        if (!p->count[i].size)
            continue;
        size_t h = (p->count[i].addr >> 1) * 2654435761u & (cap - 1);
        while (t[h].size)
            h = (h + 1) & (cap - 1);
        t[h] = p->count[i];
    }
    free(p->count);
    p->count = t;
    p->cap_count = cap;
    return true;
}

struct count *profile_count(struct profile *p, uint32_t addr)
{
    size_t h = (addr >> 1) * 2654435761u & (p->cap_count - 1);
    while (p->count[h].size && p->count[h].addr != addr)
        h = (h + 1) & (p->cap_count - 1);
    return &p->count[h];
}

static void count(struct profile *p, uint32_t addr, uint8_t size, uint64_t cycles)
{
    if (2 * p->ncount >= p->cap_count && !count_grow(p)) {
        p->failed = true;
        return;
    }
    struct count *c = profile_count(p, addr);
    if (!c->size) {
        p->ncount++;
        c->addr = addr;
        c->size = size;
    }
    c->runs++;
    c->cycles += cycles;
}

void profile_block(struct profile *p, const struct insn *insn, int n, const int32_t *at,
                   int32_t core, uint64_t from, uint64_t to, uint32_t next, uint32_t sp)
{
    if (n <= 0 || p->failed)
        return;
    if (from > p->now)
        /* a return from an exception may already be later: its cycles count from here on */
        p->now = from;
    int node = node_at(p, insn[0].addr);
    uint64_t spent = to - from, listed = 0;
    for (int i = n - 1; i >= 0; i--) {
        int32_t own = (i + 1 < n ? at[i + 1] : core) - at[i];
        uint64_t c = own > 0 ? (uint64_t)own : 0;
        if (c > spent - listed)
            c = spent - listed;
        if (i == 0)
            c = spent - listed;
        listed += c;
        count(p, insn[i].addr, insn[i].size, c);
    }
    p->tree[node].cycles += spent;
    if (!stack(p)->cycles)
        stack(p)->first = p->tree[node].fn;
    stack(p)->cycles += spent;
    p->tree[node].instructions += (uint64_t)n;
    p->now = to;
    const struct insn *last = &insn[n - 1];
    uint32_t behind = last->addr + last->size;
    struct call_stack *s = stack(p);
    if ((last->flags & INSN_CALL) && next != behind) {
        push(p, fn_at(p, next), last->addr, behind, false);
        if (sp < p->sp_shown || sp > p->sp_shown + 256) {
            p->sp_shown = sp;
            event(p, -2, sp);
        }
    } else if (last->flags & INSN_INDIRECT) {
        for (size_t d = s->depth; d-- > 0 && !s->f[d].exception;)
            if (s->f[d].ret == next) {
                while (s->depth > d)
                    pop(p);
                break;
            }
    }
}

void profile_exception(struct profile *p, const char *name, uint32_t frame, uint32_t handler,
                       bool tail, uint64_t now)
{
    (void)name;
    p->now = now;
    if (p->cur != 0) {
        stack(p)->key = frame;
        stack(p)->parked = true;
        p->cur = 0;
    } else if (tail) {
        bool was = false;
        while (stack(p)->depth && !was) {
            was = stack(p)->f[stack(p)->depth - 1].exception;
            pop(p);
        }
    }
    push(p, fn_at(p, handler), 0, ~0u, true);
}

void profile_return(struct profile *p, uint32_t frame, uint64_t now)
{
    p->now = now;
    bool was = p->cur != 0;
    while (stack(p)->depth && !was) {
        was = stack(p)->f[stack(p)->depth - 1].exception;
        pop(p);
    }
    if (stack(p)->depth)
        return; /* back in a handler */
    for (size_t i = 1; i < p->nstack; i++)
        if (p->stack[i].parked && p->stack[i].key == frame) {
            p->stack[i].parked = false;
            p->cur = i;
            return;
        }
    struct call_stack *s =
        p->nstack < UINT16_MAX ? buf_grow(p->stack, p->nstack, &p->cap_stack, sizeof *s) : NULL;
    if (!s) {
        p->failed = true;
        return;
    }
    p->stack = s;
    p->stack[p->nstack] = (struct call_stack){0};
    p->cur = p->nstack++;
}

void profile_sleep(struct profile *p, uint64_t cycles)
{
    p->asleep += cycles;
}

/* The map has a fixed number of columns: when time outgrows them, two become one. */
static void map_fold(struct profile *p)
{
    for (int r = 0; r < MAP_ROWS; r++) {
        struct map_cell *row = p->map + (size_t)r * MAP_COLUMNS;
        for (int c = 0; c < MAP_COLUMNS / 2; c++)
            row[c] = (struct map_cell){row[2 * c].reads + row[2 * c + 1].reads,
                                       row[2 * c].writes + row[2 * c + 1].writes};
        memset(row + MAP_COLUMNS / 2, 0, sizeof *row * MAP_COLUMNS / 2);
    }
    p->map_step *= 2;
}

void profile_access(struct profile *p, uint32_t addr, uint32_t bytes, bool store, uint64_t now)
{
    if (!p->map)
        return;
    uint32_t key = addr >> MAP_SHIFT, r = key & (MAP_ROWS - 1);
    for (int tries = 0; p->map_row[r] != key && p->map_row[r] != NO_ROW; tries++) {
        if (tries == MAP_ROWS)
            return; /* 4 MiB of different memory are shown, no more */
        r = (r + 1) & (MAP_ROWS - 1);
    }
    p->map_row[r] = key;
    while (now / p->map_step >= MAP_COLUMNS)
        map_fold(p);
    struct map_cell *c = p->map + (size_t)r * MAP_COLUMNS + now / p->map_step;
    *(store ? &c->writes : &c->reads) += bytes;
}

static bool above(const struct profile *p, int node, int fn, uint32_t site)
{
    for (int up = p->tree[node].parent; up > 0; up = p->tree[up].parent)
        if (p->tree[up].fn == fn && (site == 0 || p->tree[up].site == site))
            return true;
    return false;
}

void profile_sum(struct profile *p)
{
    for (size_t i = 0; i < p->nfn; i++)
        p->fn[i].cycles = p->fn[i].instructions = p->fn[i].inclusive = p->fn[i].calls = 0;
    for (size_t i = 0; i < p->ntree; i++) {
        p->tree[i].inclusive = p->tree[i].cycles;
        p->tree[i].inclusive_insn = p->tree[i].instructions;
    }
    for (size_t i = p->ntree; i-- > 1;) { /* a child is always younger than its parent */
        struct tree *t = &p->tree[i], *up = &p->tree[t->parent];
        up->inclusive += t->inclusive;
        up->inclusive_insn += t->inclusive_insn;
    }
    for (size_t i = 1; i < p->ntree; i++) {
        struct fn *f = &p->fn[p->tree[i].fn];
        f->cycles += p->tree[i].cycles;
        f->instructions += p->tree[i].instructions;
        f->calls += p->tree[i].calls;
        if (!above(p, (int)i, p->tree[i].fn, 0)) /* recursion counts once */
            f->inclusive += p->tree[i].inclusive;
    }
}

struct profile *profile_new(const struct image *im, const struct line_table *lines,
                            const char *path, unsigned want, struct err *e)
{
    struct profile *p = calloc(1, sizeof *p);
    if (!p) {
        err_nomem(e);
        return NULL;
    }
    p->im = im;
    p->lines = lines;
    p->path = path;
    p->want = want;
    p->map_step = 64;
    p->sp_shown = UINT32_MAX;
    memset(p->map_row, 0xff, sizeof p->map_row);
    p->tree = buf_grow(NULL, 0, &p->cap_tree, sizeof *p->tree);
    p->stack = calloc(p->cap_stack = 4, sizeof *p->stack);
    if (want & 1u << PROFILE_MAP)
        p->map = calloc((size_t)MAP_ROWS * MAP_COLUMNS, sizeof *p->map);
    if (!p->tree || !p->stack || ((want & 1u << PROFILE_MAP) && !p->map) || !functions_init(p) ||
        !count_grow(p)) {
        err_nomem(e);
        profile_free(p);
        return NULL;
    }
    p->tree[p->ntree++] = (struct tree){.parent = -1, .child = -1, .sibling = -1};
    p->nstack = 2;
    p->cur = 1;
    return p;
}

void profile_free(struct profile *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->nstack; i++)
        free(p->stack[i].f);
    for (size_t i = 0; i < p->nfn; i++)
        free(p->fn[i].plain);
    free(p->stack);
    free(p->fn);
    free(p->tree);
    free(p->count);
    free(p->event);
    free(p->map);
    free(p);
}
