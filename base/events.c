#include "base/events.h"

int events_add(struct events *q, void (*fire)(void *self, uint64_t at), void *self)
{
    if (q->n == 0)
        q->next = NEVER;
    if (q->n == MAX_EVENTS)
        return -1;
    q->e[q->n].at = NEVER;
    q->e[q->n].fire = fire;
    q->e[q->n].self = self;
    return q->n++;
}

static int earliest(const struct events *q)
{
    int best = 0;
    for (int i = 1; i < q->n; i++)
        if (q->e[i].at < q->e[best].at)
            best = i;
    return best;
}

void events_set(struct events *q, int id, uint64_t at)
{
    if (id < 0 || id >= q->n)
        return;
    q->e[id].at = at;
    q->next = q->e[earliest(q)].at;
}

void events_run(struct events *q, uint64_t now)
{
    while (q->n && q->next <= now) {
        int i = earliest(q);
        uint64_t at = q->e[i].at;
        events_set(q, i, NEVER);
        q->e[i].fire(q->e[i].self, at);
    }
}
