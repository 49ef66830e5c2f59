/* Errors: one line of text and the exit code it leads to. The library never prints and never exits;
 * every function that can fail takes a `struct err *`, fills it, and returns false or NULL.
 *
 * base/ knows errors, buffers, YAML, JSON, escaping, an event queue and where data files lie; it
 * knows nothing of what they are used for. No module has global state that changes: different
 * objects may be used by different threads at the same time, one object by one thread at a time. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

/* Also the exit codes of the command line (README.md). */
enum err_code {
    ERR_NONE = 0,
    ERR_CHECK = 1, /* a check failed: validate, compare, golden, does not fit */
    ERR_INPUT = 2, /* usage or bad input: `file:line: what was wrong, what was expected` */
    ERR_GUEST = 3, /* the guest program faulted */
    ERR_LIMIT = 4, /* a limit was reached */
    ERR_ENV = 5,   /* the environment failed: disk, memory, a missing tool */
};

struct err {
    enum err_code code;
    char msg[512]; /* one line, no newline at the end; cut with "..." when longer */
};

/* Fills *e and returns false, so that `return err_set(...)` reads as one step.
 * The first error wins: a filled *e is left as it is. `e` may be NULL. */
bool err_set(struct err *e, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* ERR_INPUT as `file:line: message`; line 0 leaves the line out. */
bool err_at(struct err *e, const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* ERR_ENV "out of memory". */
bool err_nomem(struct err *e);

#endif
