#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "cli/cli.h"
#include "workloads/images/image.h"
#include "workloads/images/shapes.h"

extern const struct command cmd_shapes;

static bool write_raw(const char *path, uint64_t seed, uint64_t first, uint64_t count, int side,
                      struct err *e)
{
    size_t bytes = (size_t)side * (size_t)side * 3;
    int8_t *image = malloc(bytes);
    struct buf b = {0};
    for (uint64_t i = 0; image && i < count && !b.failed; i++) {
        char label = (char)shapes_image(seed, first + i, side, image);
        buf_add(&b, &label, 1);
        buf_add(&b, image, bytes);
    }
    bool ok = image && !b.failed ? buf_write_file(&b, path, e) : err_nomem(e);
    free(image);
    buf_free(&b);
    return ok;
}

static bool write_pngs(const char *dir, uint64_t seed, uint64_t first, uint64_t count, int side,
                       struct err *e)
{
    int8_t *image = malloc((size_t)side * (size_t)side * 3);
    bool ok = image ? true : err_nomem(e);
    if (ok && mkdir(dir, 0777) && access(dir, W_OK))
        ok = err_set(e, ERR_ENV, "%s: cannot make or write the folder", dir);
    for (uint64_t i = 0; ok && i < count; i++) {
        struct buf path = {0};
        int label = shapes_image(seed, first + i, side, image);
        buf_printf(&path, "%s/%07llu_%d.png", dir, (unsigned long long)(first + i), label);
        ok = !path.failed ? image_save(path.data, image, side, side, e) : err_nomem(e);
        buf_free(&path);
    }
    free(image);
    return ok;
}

static int run(int argc, char **argv)
{
    uint64_t seed = 1, first = 0, count = 16, size = 64;
    const char *raw = NULL, *dir = NULL, *pos[1];
    const struct option_spec opts[] = {
        {"--seed", 'u', &seed, "S", "sequence (1)", false},
        {"--first", 'u', &first, "I", "index of the first image (0)", true},
        {"--count", 'u', &count, "N", "images (16)", false},
        {"--size", 'u', &size, "P", "pixels a side (64)", true},
        {"--raw", 's', &raw, "F",
         "one file: for each image a class byte, then P x P x 3 int8 (pixel - 128)", false},
        {"-o", 's', &dir, "DIR", "DIR/INDEX_CLASS.png for each image; DIR is made when missing",
         false},
        {0},
    };
    struct cli_common common;
    struct err e = {0};
    if (!cli_parse(&cmd_shapes, argc, argv, opts, pos, 0, &common))
        return ERR_INPUT;
    if (common.help)
        return 0;
    if (!raw == !dir)
        err_set(&e, ERR_INPUT, "expected either --raw FILE or -o DIR");
    else if (size < 8 || size > 256 || count < 1 || count > 1000000 ||
             (raw && count * (size * size * 3 + 1) > 1u << 30))
        err_set(&e, ERR_INPUT, "--size: expected 8 to 256, --count: 1 to 1000000 (at most 1 GiB)");
    bool ok = !e.code && (raw ? write_raw(raw, seed, first, count, (int)size, &e)
                              : write_pngs(dir, seed, first, count, (int)size, &e));
    if (ok && common.json) {
        cJSON *o = json_root();
        json_uint(o, "images", count);
        json_uint(o, "size", size);
        json_uint(o, "seed", seed);
        json_uint(o, "first", first);
        cli_json(o, JSON_SPACED, &e);
    }
    return e.code ? cli_fail(&cmd_shapes, &e) : 0;
}

const struct command cmd_shapes = {
    .name = "shapes",
    .brief = "draw images of the project's own classification task",
    .usage = "shapes [--seed S] [--first I] [--count N] [--size P] (--raw F | -o DIR)",
    .about =
        "Draws images of ten shapes, the project's own classification task (docs/trained.md).\n",
    .notes = "Images from index 1000000 on are held out: no training uses them.\n",
    .run = run,
};
