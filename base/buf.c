#include "base/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool room(struct buf *b, size_t n)
{
    if (b->failed || n >= SIZE_MAX / 2 - b->len) {
        b->failed = true;
        return false;
    }
    size_t want = b->len + n + 1;
    if (want <= b->cap)
        return true;
    size_t cap = b->cap ? b->cap : 64;
    while (cap < want)
        cap *= 2;
    char *p = realloc(b->data, cap);
    if (!p) {
        b->failed = true;
        return false;
    }
    b->data = p;
    b->cap = cap;
    return true;
}

void buf_add(struct buf *b, const void *bytes, size_t n)
{
    if (!room(b, n))
        return;
    if (n)
        memcpy(b->data + b->len, bytes, n);
    b->len += n;
    b->data[b->len] = '\0';
}

void buf_str(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0 || !room(b, (size_t)n)) {
        b->failed = true;
        return;
    }
    va_start(ap, fmt);
    vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->len += (size_t)n;
}

void buf_free(struct buf *b)
{
    free(b->data);
    *b = (struct buf){0};
}

const char *buf_text(const struct buf *b)
{
    return b->data ? b->data : "";
}

bool buf_read_file(struct buf *b, const char *path, size_t max, struct err *e)
{
    struct stat st;
    /* a pipe may never end, nor begin */
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return err_at(e, path, 0, "a pipe, socket or device, expected a file");
    FILE *f = fopen(path, "rb");
    if (!f)
        return err_at(e, path, 0, "cannot open: %s", strerror(errno));
    char chunk[65536];
    size_t n;
    bool ok = true;
    while (ok && (n = fread(chunk, 1, sizeof chunk, f)) > 0) {
        if (b->len + n > max)
            ok = err_at(e, path, 0,
                        "larger than %zu bytes, which is the most this kind of file may have", max);
        else
            buf_add(b, chunk, n);
    }
    if (ok && ferror(f))
        ok = err_at(e, path, 0, "cannot read: %s", strerror(errno));
    if (ok && b->failed)
        ok = err_nomem(e);
    fclose(f);
    return ok;
}

bool buf_write_file(const struct buf *b, const char *path, struct err *e)
{
    if (b->failed)
        return err_nomem(e);
    struct buf tmp = {0};
    buf_printf(&tmp, "%s.%ld.tmp", path, (long)getpid());
    if (tmp.failed)
        return err_nomem(e);
    FILE *f = fopen(tmp.data, "wb");
    bool ok = f != NULL;
    if (ok) {
        ok = fwrite(buf_text(b), 1, b->len, f) == b->len;
        ok = fclose(f) == 0 && ok;
        ok = ok && rename(tmp.data, path) == 0;
    }
    if (!ok) {
        err_set(e, ERR_ENV, "%s: cannot write: %s", path, strerror(errno));
        if (f)
            remove(tmp.data);
    }
    buf_free(&tmp);
    return ok;
}

void *buf_grow(void *array, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return array;
    size_t want = *cap ? *cap * 2 : 16;
    if (want < *cap || want > SIZE_MAX / size)
        return NULL;
    void *p = realloc(array, want * size);
    if (p)
        *cap = want;
    return p;
}
