/* The guest's call stacks: which function was called from where, in which scope execution is, and
 * how exceptions and the threads of a kernel switch between stacks. Knows addresses and numbers of
 * scopes only. */
#ifndef SIM_EXEC_CALLS_H
#define SIM_EXEC_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_FRAMES = 512, MAX_NESTED = 256 };

struct frame {
    uint32_t ret;
    uint32_t caller; /* address of the calling instruction */
    int scope;       /* in which the call was made */
};

struct thread {   /* one that does not run */
    uint32_t key; /* address of its exception frame */
    int depth;
    int scope;
    struct frame *frame;
};

struct calls { /* zero-initialise */
    struct frame frame[MAX_FRAMES];
    int depth;
    int scope; /* where execution is; 0 is the whole run */
    struct {
        uint32_t key; /* address of the exception frame */
        int depth;
        int scope;
    } interrupted[MAX_NESTED]; /* by each nested exception */
    int level;                 /* of nested exceptions */
    struct thread *thread;
    size_t nthreads;
    size_t cap_threads;
};

/* An exception is entered whose frame lies at `frame`; tail: in place of one that returned. A
 * handler runs on top of what it interrupted, in the scope of the whole run. */
void calls_enter(struct calls *c, uint32_t frame, bool tail);
/* An exception returned to the frame at `frame`: to what it interrupted, or to another thread. */
void calls_return(struct calls *c, uint32_t frame);
void calls_reset(struct calls *c); /* nothing is called, no thread is known */
void calls_close(struct calls *c);

#endif
