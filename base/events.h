/* Things that happen at a modelled cycle: timer expiries, transfers done, the end of a run. Time is
 * the machine's cycle count and nothing else, so that the same program gives the same order on any
 * host. */
#ifndef BASE_EVENTS_H
#define BASE_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#define NEVER UINT64_MAX
enum { MAX_EVENTS = 64 };

struct events {
    int n;
    struct {
        uint64_t at; /* cycle, NEVER = not armed */
        void (*fire)(void *self, uint64_t at);
        void *self;
    } e[MAX_EVENTS];
    uint64_t next; /* the least `at` */
};

/* An id for events_set, or -1 when there are MAX_EVENTS already. */
int events_add(struct events *q, void (*fire)(void *self, uint64_t at), void *self);
/* Arms, moves or (NEVER) disarms. */
void events_set(struct events *q, int id, uint64_t at);
/* Fires what is due at `now`, the earliest first, the lower id first among equals. An event may
 * re-arm itself. */
void events_run(struct events *q, uint64_t now);

#endif
