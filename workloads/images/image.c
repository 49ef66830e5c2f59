#include "workloads/images/image.h"

#include <dirent.h>
#include <errno.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

enum { MAX_FILE = 64 << 20, MAX_IMAGES = 4096 };

struct source {
    const char *path;
    const unsigned char *at;
    size_t left;
    struct err *e;
};

static void read_bytes(png_structp png, png_bytep out, size_t n)
{
    struct source *s = png_get_io_ptr(png);
    if (n > s->left)
        png_error(png, "the file ends too early");
    memcpy(out, s->at, n);
    s->at += n;
    s->left -= n;
}

static void on_error(png_structp png, png_const_charp text)
{
    struct source *s = png_get_error_ptr(png);
    err_at(s->e, s->path, 0, "not a readable PNG: %s", text);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
    (void)png, (void)text;
}

/* *found = false (and true returned) when the size differs and `e` is not to hear of it. Pixels go
 * to out. */
static bool decode(struct source *s, int h, int w, int c, bool skip_other_sizes, int8_t *out,
                   bool *found)
{
    *found = false;
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, s, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    png_bytep *volatile rows = calloc((size_t)h, sizeof *rows);
    png_bytep volatile pixels = malloc((size_t)h * (size_t)w * (size_t)c);
    volatile bool ok = false;
    if (!info || !rows || !pixels) {
        err_nomem(s->e);
        goto done;
    }
    if (setjmp(png_jmpbuf(png)))
        goto done;
    png_set_read_fn(png, s, read_bytes);
    png_read_info(png, info);
    unsigned width = png_get_image_width(png, info), height = png_get_image_height(png, info);
    if (skip_other_sizes && (width != (unsigned)w || height != (unsigned)h)) {
        ok = true;
        goto done;
    }
    if (width != (unsigned)w || height != (unsigned)h) {
        err_at(s->e, s->path, 0, "%ux%u pixels, expected %dx%d", width, height, w, h);
        goto done;
    }
    int type = c == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY;
    if (png_get_color_type(png, info) != type || png_get_bit_depth(png, info) != 8) {
        err_at(s->e, s->path, 0,
               "PNG of colour type %d with %d bits, expected %s (type %d) with 8 bits",
               png_get_color_type(png, info), png_get_bit_depth(png, info), c == 3 ? "RGB" : "grey",
               type);
        goto done;
    }
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    for (int y = 0; y < h; y++)
        rows[y] = pixels + (size_t)y * (size_t)w * (size_t)c;
    png_read_image(png, rows);
    png_read_end(png, NULL);
    for (size_t i = 0; i < (size_t)h * (size_t)w * (size_t)c; i++)
        out[i] = (int8_t)(pixels[i] - 128);
    *found = ok = true;
done:
    png_destroy_read_struct(&png, &info, NULL);
    free(rows);
    free(pixels);
    return ok;
}

static bool decode_file(const char *path, int h, int w, int c, bool skip, int8_t *out, bool *found,
                        struct err *e)
{
    struct buf b = {0};
    bool ok = buf_read_file(&b, path, MAX_FILE, e);
    struct source s = {path, (const unsigned char *)buf_text(&b), b.len, e};
    ok = ok && decode(&s, h, w, c, skip, out, found);
    buf_free(&b);
    return ok;
}

static bool allot(struct image_set *s, int n, int h, int w, int c, struct err *e)
{
    *s = (struct image_set){.h = h, .w = w, .c = c};
    s->data = malloc((size_t)(n > 0 ? n : 1) * (size_t)h * (size_t)w * (size_t)c);
    return s->data ? true : err_nomem(e);
}

static bool check_channels(struct image_set *s, const char *path, int c, struct err *e)
{
    *s = (struct image_set){0};
    return c == 1 || c == 3
               ? true
               : err_at(e, path, 0, "the network reads %d channels, a PNG has 1 or 3", c);
}

bool image_load(struct image_set *s, const char *path, int h, int w, int c, struct err *e)
{
    bool found = false;
    if (!check_channels(s, path, c, e) || !allot(s, 1, h, w, c, e))
        return false;
    if (!decode_file(path, h, w, c, false, s->data, &found, e)) {
        image_free(s);
        return false;
    }
    s->n = 1;
    return true;
}

static int is_png(const struct dirent *d)
{
    size_t n = strlen(d->d_name);
    return n > 4 && !strcmp(d->d_name + n - 4, ".png");
}

bool image_load_dir(struct image_set *s, const char *dir, int h, int w, int c, struct err *e)
{
    if (!check_channels(s, dir, c, e))
        return false;
    struct dirent **names = NULL;
    int n = scandir(dir, &names, is_png, alphasort);
    if (n < 0)
        return err_at(e, dir, 0, "cannot read the folder: %s", strerror(errno));
    size_t bytes = (size_t)h * (size_t)w * (size_t)c;
    bool ok = n <= MAX_IMAGES ? allot(s, n, h, w, c, e)
                              : err_at(e, dir, 0, "more than %d images", MAX_IMAGES);
    for (int i = 0; i < n; i++) {
        char path[4096];
        bool found = false;
        if (ok && snprintf(path, sizeof path, "%s/%s", dir, names[i]->d_name) >= (int)sizeof path)
            ok = err_at(e, dir, 0, "the path is too long");
        ok = ok && decode_file(path, h, w, c, true, s->data + (size_t)s->n * bytes, &found, e);
        s->n += ok && found;
        free(names[i]);
    }
    free(names);
    if (ok && !s->n)
        ok = err_at(e, dir, 0, "holds no PNG of %dx%d pixels", w, h);
    if (!ok)
        image_free(s);
    return ok;
}

bool image_generate(struct image_set *s, int n, int h, int w, int c, struct err *e)
{
    if (!allot(s, n, h, w, c, e))
        return false;
    uint32_t r = 2463534242u;
    int8_t *out = s->data;
    for (int i = 0; i < n; i++) {
        int edge = (i * 7 + 3) % w, slope = i % 5 - 2;
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++)
                for (int k = 0; k < c; k++) {
                    r ^= r << 13, r ^= r >> 17, r ^= r << 5;
                    int v = 200 * x / w - 100 + slope * 20 * y / h + 15 * k + (int)(r >> 27);
                    if (x > edge && (y / 8 + i) % 3 == k % 3)
                        v = -v;
                    *out++ = (int8_t)(v < -128 ? -128 : v > 127 ? 127 : v);
                }
    }
    s->n = n;
    return true;
}

bool image_save(const char *path, const int8_t *pixels, int h, int w, struct err *e)
{
    size_t n = (size_t)h * (size_t)w * 3;
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)w,
                       .height = (png_uint_32)h,
                       .format = PNG_FORMAT_RGB};
    png_alloc_size_t size = 0;
    struct buf b = {0};
    unsigned char *bytes = malloc(n), *file = NULL;
    bool ok = bytes ? true : err_nomem(e);
    for (size_t i = 0; ok && i < n; i++)
        bytes[i] = (unsigned char)(pixels[i] + 128);
    if (ok && (!png_image_write_to_memory(&image, NULL, &size, 0, bytes, 0, NULL) ||
               !(file = malloc(size)) ||
               !png_image_write_to_memory(&image, file, &size, 0, bytes, 0, NULL)))
        ok = err_set(e, ERR_ENV, "%s: cannot encode the PNG: %s", path, image.message);
    if (ok)
        buf_add(&b, file, size);
    ok = ok && buf_write_file(&b, path, e);
    free(bytes);
    free(file);
    buf_free(&b);
    return ok;
}

void image_free(struct image_set *s)
{
    free(s->data);
    *s = (struct image_set){0};
}
