#include "sim/image/hex.h"

#include <stdlib.h>
#include <string.h>

#include "base/data.h"

enum {
    MAX_FILE = 64 << 20,
    MAX_RUNS = 1024,
    RECORD_DATA = 0,
    RECORD_END,
    RECORD_SEGMENT,
    RECORD_SEGMENT_START,
    RECORD_LINEAR,
    RECORD_LINEAR_START
};

bool image_is_hex(const char *bytes, size_t n)
{
    if (n < 11 || bytes[0] != ':')
        return false;
    for (int i = 1; i < 9; i++)
        if (!strchr("0123456789abcdefABCDEF", bytes[i]) || !bytes[i])
            return false;
    return true;
}

static int digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* One record without its ':' into bytes (length, address, type, data, checksum). Returns the byte
 * count or -1. */
static int record(const char *s, size_t n, uint8_t *out)
{
    if (n < 10 || n % 2 || n > 2 * 260)
        return -1;
    for (size_t i = 0; i < n; i += 2) {
        if (digit(s[i]) < 0 || digit(s[i + 1]) < 0)
            return -1;
        out[i / 2] = (uint8_t)(digit(s[i]) << 4 | digit(s[i + 1]));
    }
    return (int)(n / 2);
}

static bool add_data(struct image *im, struct buf *data, const char *path, int line, uint32_t addr,
                     const uint8_t *bytes, uint32_t n, struct err *e)
{
    struct segment *last = im->nsegments ? &im->segment[im->nsegments - 1] : NULL;
    if (n > UINT32_MAX - addr)
        return err_at(e, path, line, "data reaches beyond 4 GiB");
    if (!last || last->paddr + last->filesz != addr) {
        if (im->nsegments == MAX_RUNS)
            return err_at(e, path, line, "more than %d separate runs of data", MAX_RUNS);
        im->segment[im->nsegments] = (struct segment){.vaddr = addr, .paddr = addr, .flags = 7};
        last = &im->segment[im->nsegments++];
    }
    last->filesz += n;
    last->memsz += n;
    buf_add(data, bytes, n);
    return !data->failed || err_nomem(e);
}

static uint32_t big_endian(const uint8_t *b, int n)
{
    uint32_t v = 0;
    for (int i = 0; i < n; i++)
        v = v << 8 | b[i];
    return v;
}

static bool parse_line(struct image *im, struct buf *data, const char *path, int line,
                       const char *s, size_t n, uint32_t *upper, bool *end, struct err *e)
{
    uint8_t b[260];
    int len = s[0] == ':' ? record(s + 1, n - 1, b) : -1;
    if (len < 5 || b[0] != len - 5)
        return err_at(
            e, path, line,
            "not an Intel HEX record, expected ':', length, address, type, data, checksum");
    uint8_t sum = 0;
    for (int i = 0; i < len; i++)
        sum = (uint8_t)(sum + b[i]);
    if (sum)
        return err_at(e, path, line, "checksum 0x%02x, expected 0x%02x", b[len - 1],
                      (uint8_t)(b[len - 1] - sum));
    const uint8_t *p = b + 4;
    switch (b[3]) {
    case RECORD_DATA:
        return b[0] == 0 ||
               add_data(im, data, path, line, *upper + big_endian(b + 1, 2), p, b[0], e);
    case RECORD_END: *end = true; return true;
    case RECORD_SEGMENT:
    case RECORD_LINEAR:
        if (b[0] != 2)
            return err_at(e, path, line, "an address record of %u bytes, expected 2", b[0]);
        *upper = big_endian(p, 2) << (b[3] == RECORD_LINEAR ? 16 : 4);
        return true;
    case RECORD_SEGMENT_START: return true;
    case RECORD_LINEAR_START:
        if (b[0] != 4)
            return err_at(e, path, line, "a start record of %u bytes, expected 4", b[0]);
        im->entry = big_endian(p, 4);
        return true;
    }
    return err_at(e, path, line, "record type %u, expected 0 to 5", b[3]);
}

struct image *image_hex(const char *path, struct buf *file, struct err *e)
{
    struct image *im = calloc(1, sizeof *im);
    struct buf data = {0};
    bool ok = im && (im->segment = calloc(MAX_RUNS, sizeof *im->segment)) != NULL, end = false;
    if (!ok)
        err_nomem(e);
    uint32_t upper = 0;
    int line = 1;
    for (const char *s = buf_text(file), *stop = s + file->len; ok && s < stop && !end; line++) {
        const char *nl = memchr(s, '\n', (size_t)(stop - s));
        size_t n = (size_t)((nl ? nl : stop) - s), text = n;
        while (text && (s[text - 1] == '\r' || s[text - 1] == ' '))
            text--;
        ok = text == 0 || parse_line(im, &data, path, line, s, text, &upper, &end, e);
        s += n + (nl ? 1 : 0);
    }
    if (ok && !end)
        ok = err_at(e, path, line, "no end record, expected :00000001FF");
    if (ok && im->nsegments == 0)
        ok = err_at(e, path, 0, "nothing to load: no data record");
    buf_free(file);
    if (!ok) {
        buf_free(&data);
        image_elf_free(im);
        return NULL;
    }
    im->file = data;
    size_t at = 0;
    for (size_t i = 0; i < im->nsegments; at += im->segment[i++].filesz)
        im->segment[i].bytes = (const uint8_t *)im->file.data + at;
    return im;
}

struct image *image_raw(const char *path, struct buf *file, uint32_t base, struct err *e)
{
    struct image *im = calloc(1, sizeof *im);
    bool ok = im && (im->segment = calloc(1, sizeof *im->segment)) != NULL;
    if (!ok)
        err_nomem(e);
    if (ok && file->len == 0)
        ok = err_at(e, path, 0, "empty, expected a binary image");
    if (ok && file->len > UINT32_MAX - base)
        ok = err_at(e, path, 0, "%zu bytes at 0x%08x reach beyond 4 GiB", file->len, base);
    if (!ok) {
        buf_free(file);
        image_elf_free(im);
        return NULL;
    }
    im->file = *file;
    *file = (struct buf){0};
    im->segment[0] = (struct segment){.vaddr = base,
                                      .paddr = base,
                                      .filesz = (uint32_t)im->file.len,
                                      .memsz = (uint32_t)im->file.len,
                                      .flags = 7,
                                      .bytes = (const uint8_t *)im->file.data};
    im->nsegments = 1;
    return im;
}

/* `file` is taken over. */
static struct image *image_of(const char *path, struct buf *file, uint64_t base, struct err *e)
{
    char sha[65];
    struct image *im = NULL;
    if (base > (uint64_t)UINT32_MAX + 1) {
        err_set(e, ERR_INPUT, "--base 0x%llx is beyond 4 GiB", (unsigned long long)(base - 1));
    } else if (base && (base - 1) & 3) {
        err_set(e, ERR_INPUT,
                "--base 0x%llx is not a multiple of 4, which instructions and vectors need",
                (unsigned long long)(base - 1));
    } else {
        data_sha256(buf_text(file), file->len, sha);
        if (base)
            im = image_raw(path, file, (uint32_t)(base - 1), e);
        else
            im = image_is_hex(buf_text(file), file->len) ? image_hex(path, file, e)
                                                         : image_elf(path, file, e);
    }
    buf_free(file);
    if (im)
        memcpy(im->sha256, sha, sizeof sha);
    return im;
}

struct image *image_open(const char *path, uint64_t base, struct err *e)
{
    struct buf file = {0};
    return buf_read_file(&file, path, MAX_FILE, e) ? image_of(path, &file, base, e) : NULL;
}

struct image *image_parse(const char *name, const void *bytes, size_t len, uint64_t base,
                          struct err *e)
{
    struct buf file = {0};
    if (len > MAX_FILE)
        err_at(e, name, 0, "%zu bytes, expected at most %d", len, MAX_FILE);
    else
        buf_add(&file, bytes, len);
    if (file.failed)
        err_nomem(e);
    return len <= MAX_FILE && !file.failed ? image_of(name, &file, base, e) : NULL;
}
