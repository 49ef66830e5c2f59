/* A growable run of bytes that is always NUL-terminated. A failed allocation sets `failed`, later
 * additions do nothing, and the owner checks once at the end. Zero-initialise; release with
 * buf_free. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct buf {
    char *data; /* owned; NULL while empty */
    size_t len; /* bytes, without the terminating NUL */
    size_t cap;
    bool failed;
};

void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_str(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_free(struct buf *b);

/* "" while empty; borrowed until the next change. */
const char *buf_text(const struct buf *b);

/* The whole file, at most `max` bytes. ERR_INPUT when absent, unreadable or larger. */
bool buf_read_file(struct buf *b, const char *path, size_t max, struct err *e);

/* Writes beside `path` and renames, so that a failure leaves no half-written file. ERR_ENV. */
bool buf_write_file(const struct buf *b, const char *path, struct err *e);

/* array[*n] grows by doubling: returns the (perhaps moved) array with room for one more item of
 * `size` bytes, or NULL on no memory (the old array stays valid). */
void *buf_grow(void *array, size_t n, size_t *cap, size_t size);

#endif
