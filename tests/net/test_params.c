/* MXNet parameter files and PNG images: good ones, and every way of being cut short or wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <png.h>

#include "base/buf.h"
#include "workloads/images/image.h"
#include "workloads/quantise/params.h"

static void put(struct buf *b, uint64_t v, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        char c = (char)(v >> (8 * i));
        buf_add(b, &c, 1);
    }
}

static void array(struct buf *b, uint32_t dims, uint32_t rows, uint32_t columns, uint32_t type)
{
    put(b, 0xF993FAC9u, 4);
    put(b, 0, 4);
    put(b, dims, 4);
    put(b, rows, 8);
    if (dims == 2)
        put(b, columns, 8);
    put(b, 1, 4);
    put(b, 0, 4);
    put(b, type, 4);
    for (uint32_t i = 0; i < rows * (dims == 2 ? columns : 1); i++) {
        float f = (float)i + 0.5f;
        uint32_t bits;
        memcpy(&bits, &f, 4);
        put(b, bits, 4);
    }
}

static void name(struct buf *b, const char *s)
{
    put(b, strlen(s), 8);
    buf_str(b, s);
}

static void sample(struct buf *b)
{
    put(b, 0x112, 8);
    put(b, 0, 8);
    put(b, 2, 8);
    array(b, 2, 2, 3, 0);
    array(b, 1, 4, 0, 0);
    put(b, 2, 8);
    name(b, "arg:conv.weight");
    name(b, "bn.gamma");
}

static void a_good_file(void **state)
{
    (void)state;
    struct err e = {0};
    struct buf b = {0};
    sample(&b);
    struct params *p = params_parse("t.params", b.data, b.len, &e);
    assert_non_null(p);
    assert_int_equal(p->n, 2);
    const struct tensor *t = params_need(p, "conv", ".weight", 6, &e);
    assert_non_null(t);
    assert_int_equal(t->ndim, 2);
    assert_int_equal(t->dim[1], 3);
    assert_true(t->data[5] > 5.4f && t->data[5] < 5.6f);
    assert_null(params_need(p, "conv", ".weight", 7, &e));
    assert_string_equal(e.msg, "t.params: tensor 'conv.weight' has 6 elements, expected 7");
    params_free(p);
    buf_free(&b);
}

/* A file cut anywhere, or with any one byte changed, is refused or read, never worse; cut ones are
 * always refused. */
static void damaged_files(void **state)
{
    (void)state;
    struct buf b = {0};
    sample(&b);
    for (size_t cut = 0; cut < b.len; cut++) {
        struct err e = {0};
        /* exact size: a sanitizer sees one byte too many */
        unsigned char *copy = malloc(cut ? cut : 1);
        memcpy(copy, b.data, cut);
        assert_null(params_parse("t.params", copy, cut, &e));
        assert_int_equal(e.code, ERR_INPUT);
        free(copy);
    }
    for (size_t at = 0; at < b.len; at++)
        for (int bit = 0; bit < 8; bit++) {
            struct err e = {0};
            b.data[at] = (char)(b.data[at] ^ 1 << bit);
            struct params *p = params_parse("t.params", b.data, b.len, &e);
            assert_true(p != NULL || e.code == ERR_INPUT);
            params_free(p);
            b.data[at] = (char)(b.data[at] ^ 1 << bit);
        }
    struct err e = {0};
    buf_str(&b, "x");
    assert_null(params_parse("t.params", b.data, b.len, &e));
    assert_string_equal(e.msg, "t.params: 1 bytes after the last name, expected none");
    buf_free(&b);
}

static void refused_contents(void **state)
{
    (void)state;
    struct err e = {0};
    struct buf b = {0};
    put(&b, 0x112, 8), put(&b, 0, 8), put(&b, 1, 8);
    array(&b, 1, 4, 0, 2); /* half precision */
    assert_null(params_parse("t.params", b.data, b.len, &e));
    assert_string_equal(e.msg, "t.params: array 0: element type 2, expected 0 (float32)");
    buf_free(&b);

    b = (struct buf){0}, e = (struct err){0};
    put(&b, 0x112, 8), put(&b, 0, 8), put(&b, 1ull << 60, 8);
    assert_null(params_parse("t.params", b.data, b.len, &e));
    assert_int_equal(e.code, ERR_INPUT);
    buf_free(&b);
}

static void write_png(const char *path, int w, int h, int type, int depth)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_init_io(png, f);
    png_set_IHDR(png, info, (png_uint_32)w, (png_uint_32)h, depth, type, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    png_byte row[4096];
    for (int y = 0; y < h; y++) {
        for (size_t i = 0; i < sizeof row; i++)
            row[i] = (png_byte)((size_t)y * 7 + i);
        png_write_row(png, row);
    }
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
    fclose(f);
}

static void images(void **state)
{
    (void)state;
    struct err e = {0};
    struct image_set s;
    char dir[] = "/tmp/etinysim-img-XXXXXX", path[128];
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/a.png", dir);
    write_png(path, 16, 12, PNG_COLOR_TYPE_RGB, 8);
    assert_true(image_load(&s, path, 12, 16, 3, &e));
    assert_int_equal(s.n, 1);
    assert_int_equal(s.data[0], -128);                 /* 0 */
    assert_int_equal(s.data[16 * 3 + 5], 7 + 5 - 128); /* second row, sixth byte */
    image_free(&s);
    assert_false(image_load(&s, path, 16, 16, 3, &e));
    assert_non_null(strstr(e.msg, "16x12 pixels, expected 16x16"));
    e = (struct err){0};
    assert_false(image_load_dir(&s, dir, 16, 16, 3, &e)); /* none of that size */
    assert_int_equal(e.code, ERR_INPUT);
    e = (struct err){0};
    assert_true(image_load_dir(&s, dir, 12, 16, 3, &e));
    assert_int_equal(s.n, 1);
    image_free(&s);

    struct buf whole = {0};
    assert_true(buf_read_file(&whole, path, 1 << 20, &e));
    for (size_t cut = 0; cut < whole.len; cut += 5) {
        struct buf part = {0};
        e = (struct err){0};
        buf_add(&part, whole.data, cut);
        assert_true(buf_write_file(&part, path, &e));
        bool ok = image_load(&s, path, 12, 16, 3, &e);
        if (ok) /* only what follows the pixels may be missing */
            fail_msg("cut at %zu of %zu is accepted", cut, whole.len);
        assert_int_equal(e.code, ERR_INPUT);
        buf_free(&part);
    }
    buf_free(&whole);
    static const int other[][2] = {
        {PNG_COLOR_TYPE_GRAY, 8}, {PNG_COLOR_TYPE_RGB_ALPHA, 8}, {PNG_COLOR_TYPE_RGB, 16}};
    for (size_t i = 0; i < 3; i++) {
        e = (struct err){0};
        write_png(path, 16, 12, other[i][0], other[i][1]);
        assert_false(image_load(&s, path, 12, 16, 3, &e));
        assert_non_null(strstr(e.msg, "expected RGB (type 2) with 8 bits"));
    }
    e = (struct err){0};
    assert_false(image_load(&s, path, 12, 16, 2, &e)); /* no PNG has two colours */
    assert_non_null(strstr(e.msg, "reads 2 channels"));
    e = (struct err){0};
    assert_false(image_load(&s, path, 12, 16, 1, &e));
    assert_non_null(strstr(e.msg, "expected grey (type 0) with 8 bits"));
    write_png(path, 16, 12, PNG_COLOR_TYPE_GRAY, 8);
    e = (struct err){0};
    assert_true(image_load(&s, path, 12, 16, 1, &e));
    assert_int_equal(s.data[16 + 5], 7 + 5 - 128); /* second row, sixth byte */
    image_free(&s);
    unlink(path);
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_file),
        cmocka_unit_test(damaged_files),
        cmocka_unit_test(refused_contents),
        cmocka_unit_test(images),
    };
    return cmocka_run_group_tests_name("params and images", tests, NULL, NULL);
}
