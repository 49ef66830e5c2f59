/* A tool run as one child process without a shell: the compiler, gnuplot. */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

/* Runs argv[0], looked up in PATH, in folder `dir` (NULL: where this process is), with nothing to
 * read, and waits for its end. What it prints, at most 1 MiB of it, goes to *said, which the caller
 * frees in any case. *status is that of waitpid. The tool gets SIGTERM should this process die
 * before it. False, with ERR_ENV, only when the tool could not be started; `package` tells the user
 * what to install. */
bool process_run(const char *const *argv, const char *dir, const char *package, struct buf *said,
                 int *status, struct err *e);

#endif
