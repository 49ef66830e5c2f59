/* Drives one fuzz target without libFuzzer: every seed of tests/fuzz/seeds/FUZZ_NAME, the empty
 * input, and a fixed number of seeded mutations of each (flipped bytes, cuts, repeats). A crash or
 * a sanitizer report fails the test. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t seed = 1;

static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return below ? (seed >> 8) % below : 0;
}

static void one(const char *bytes, size_t n)
{
    /* exact size, so that a sanitizer sees a read past the end */
    uint8_t *copy = calloc(n ? n : 1, 1);
    if (!copy)
        return;
    if (n)
        memcpy(copy, bytes, n);
    LLVMFuzzerTestOneInput(copy, n);
    free(copy);
}

static void mutations(const struct buf *b, int count)
{
    for (int i = 0; i < count; i++) {
        struct buf m = {0};
        buf_add(&m, buf_text(b), b->len);
        for (uint32_t k = 1 + draw(6); k && m.len; k--)
            m.data[draw((uint32_t)m.len)] =
                (char)(draw(3) ? draw(256) : (uint32_t) "\xff\x00\x7f\x80 0:,"[draw(8)]);
        if (draw(4) == 0)
            m.len = draw((uint32_t)m.len + 1);
        else if (draw(8) == 0)
            buf_add(&m, buf_text(b), draw((uint32_t)b->len + 1));
        if (!m.failed)
            one(buf_text(&m), m.len);
        buf_free(&m);
    }
}

int main(void)
{
    const char *folder = "tests/fuzz/seeds/" FUZZ_NAME;
    one("", 0);
    int seeds = 0;
    DIR *d = opendir(folder);
    for (struct dirent *f; d && (f = readdir(d));) {
        char path[1024];
        struct buf b = {0};
        struct err e = {0};
        snprintf(path, sizeof path, "%s/%s", folder, f->d_name);
        if (f->d_name[0] != '.' && buf_read_file(&b, path, 1 << 20, &e)) {
            one(buf_text(&b), b.len);
            mutations(&b, 400);
            seeds++;
        }
        buf_free(&b);
    }
    if (d)
        closedir(d);
    printf("%s 1 - %s: %d seeds and 400 mutations of each\n", seeds ? "ok" : "not ok", FUZZ_NAME,
           seeds);
    return seeds ? 0 : 1;
}
