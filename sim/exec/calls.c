#include "sim/exec/calls.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

enum { MAX_THREADS = 4096 };

void calls_enter(struct calls *c, uint32_t frame, bool tail)
{
    if (!tail && c->level < MAX_NESTED) {
        c->interrupted[c->level].key = frame;
        c->interrupted[c->level].depth = c->depth;
        c->interrupted[c->level].scope = c->scope;
        c->level++;
    } else if (c->level) {
        c->depth = c->interrupted[c->level - 1].depth;
    }
    c->scope = 0;
}

static struct thread *find(struct calls *c, uint32_t key)
{
    for (size_t i = 0; i < c->nthreads; i++)
        if (c->thread[i].key == key)
            return &c->thread[i];
    return NULL;
}

/* Keeps the call frames of a thread that is left. */
static void park(struct calls *c, uint32_t key, int depth, int scope)
{
    struct thread *t = find(c, key);
    if (!t) {
        struct thread *all = c->nthreads < MAX_THREADS
                                 ? buf_grow(c->thread, c->nthreads, &c->cap_threads, sizeof *all)
                                 : NULL;
        if (!all)
            return; /* the thread comes back without its call frames */
        c->thread = all;
        t = &all[c->nthreads];
        *t = (struct thread){.key = key, .frame = calloc(MAX_FRAMES, sizeof *t->frame)};
        if (!t->frame)
            return;
        c->nthreads++;
    }
    t->depth = depth;
    t->scope = scope;
    memcpy(t->frame, c->frame, (size_t)depth * sizeof *t->frame);
}

static void unpark(struct calls *c, uint32_t key)
{
    struct thread *t = find(c, key);
    c->depth = 0;
    c->scope = 0;
    if (!t)
        return;
    c->depth = t->depth;
    c->scope = t->scope;
    memcpy(c->frame, t->frame, (size_t)t->depth * sizeof *t->frame);
    struct thread gone = *t; /* its room serves the next thread that parks */
    *t = c->thread[c->nthreads - 1];
    free(gone.frame);
    c->nthreads--;
}

void calls_return(struct calls *c, uint32_t frame)
{
    if (!c->level)
        return;
    c->level--;
    int depth =
        c->interrupted[c->level].depth < c->depth ? c->interrupted[c->level].depth : c->depth;
    if (c->level == 0 && c->interrupted[0].key != frame) {
        park(c, c->interrupted[0].key, depth, c->interrupted[0].scope);
        unpark(c, frame);
        return;
    }
    c->depth = depth;
    c->scope = c->interrupted[c->level].scope;
}

void calls_reset(struct calls *c)
{
    for (size_t i = 0; i < c->nthreads; i++)
        free(c->thread[i].frame);
    c->nthreads = 0;
    c->level = 0;
    c->depth = 0;
    c->scope = 0;
}

void calls_close(struct calls *c)
{
    calls_reset(c);
    free(c->thread);
}
