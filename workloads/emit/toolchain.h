/* The cross compiler as a tool: a private folder, one child process without a shell, errors in one
 * line. */
#ifndef WORKLOADS_EMIT_TOOLCHAIN_H
#define WORKLOADS_EMIT_TOOLCHAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* A new private folder below $TMPDIR or /tmp; `path` has room for 4096 bytes. ERR_ENV. */
bool toolchain_workdir_make(char *path, struct err *e);
void toolchain_workdir_remove(const char *path);

/* Writes DIR/NAME. */
bool toolchain_workdir_write(const char *dir, const char *name, const void *bytes, size_t n,
                             struct err *e);

/* Runs argv[0] (looked up in PATH) in folder `dir` and waits. ERR_ENV when it cannot be started or
 * fails: the message names the tool and quotes the first line it printed that speaks of an
 * error. */
bool toolchain_run(const char *const *argv, const char *dir, struct err *e);

#endif
