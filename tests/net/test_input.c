/* Inputs from files: every width, sign and version of .npy, .csv and raw bytes, each to the levels
 * that the comment of its row works out, and what is refused. The network has a pixel of four
 * channels; its input's scale is 1 and its zero point 0, so a level is the value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "workloads/quantise/input.h"

static const struct network pixel = {.in_h = 1, .in_w = 1, .in_c = 4};

static void put(const char *path, const void *bytes, size_t n)
{
    struct buf b = {0};
    struct err e = {0};
    buf_add(&b, bytes, n);
    assert_true(buf_write_file(&b, path, &e));
    buf_free(&b);
}

/* The file ends with `ending`; its error, or that its four levels are `want`. */
static void given(const char *ending, const void *bytes, size_t n, const int8_t *want,
                  const char *error)
{
    struct err e = {0};
    struct image_set s = {0};
    char path[64];
    snprintf(path, sizeof path, "/tmp/etinysim-input-%d%s", (int)getpid(), ending);
    put(path, bytes, n);
    bool ok = input_load(&s, &pixel, path, &e);
    unlink(path);
    if (error) {
        assert_false(ok);
        assert_int_equal(e.code, ERR_INPUT);
        if (!strstr(e.msg, error))
            fail_msg("'%s', expected '%s'", e.msg, error);
        return;
    }
    if (!ok)
        fail_msg("%s", e.msg);
    assert_memory_equal(s.data, want, 4);
    image_free(&s);
}

static void raw_bytes_are_signed(void **state)
{
    (void)state;
    given(".bin", "\x80\xff\x00\x7f", 4, (const int8_t[]){-128, -1, 0, 127}, NULL);
    given(".bin", "\x80\xff\x00", 3, NULL, "3 values, expected 4");
    given(".bin", "\x80\xff\x00\x00\x00", 5, NULL, "5 values, expected 4");
}

static void numbers_in_text(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int8_t want[4];
        const char *error;
    } row[] = {
        {"-128, 5;7\n127\n", {-128, 5, 7, 127}, NULL},
        {" 1 2\t3\r\n4", {1, 2, 3, 4}, NULL},
        /* real values: halves go to the even level, what is beyond the range to its end */
        {"1.5,2.5,-200.0,300.0", {2, 2, -128, 127}, NULL},
        {"1e2,-1E1,0,0", {100, -10, 0, 0}, NULL},
        {"1,2,3", {0}, "3 values, expected 4"},
        {"1,2,3,4,5", {0}, "5 values, expected 4"},
        {"1,2,x,4", {0}, ":1: not a number"},
        {"1\n2\n3q\n4", {0}, ":3: not a number"},
        {"1,2,inf,4", {0}, ":1: not a number"},
        {"1,2,3,128", {0}, "value 3 is 128, expected -128 to 127"},
        {"1,-129,3,4", {0}, "value 1 is -129, expected -128 to 127"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        given(".csv", row[i].text, strlen(row[i].text), row[i].want, row[i].error);
}

/* A .npy file of a version with the header as given and four numbers of `width` bytes. */
static size_t npy(unsigned char *out, int version, const char *header, const void *data,
                  size_t width)
{
    size_t n = strlen(header), at = version == 1 ? 10 : 12;
    memcpy(out, "\x93NUMPY", 6);
    memset(out + 6, 0, 6);
    out[6] = (unsigned char)version;
    out[8] = (unsigned char)n;
    out[9] = (unsigned char)(n >> 8);
    memcpy(out + at, header, n);
    memcpy(out + at + n, data, 4 * width);
    return at + n + 4 * width;
}

static void numbers_of_numpy(void **state)
{
    (void)state;
    static const int8_t i1[4] = {-128, -1, 0, 127};
    static const uint8_t u1[4] = {0, 1, 100, 127}, u1_large[4] = {0, 1, 100, 200};
    static const int16_t i2[4] = {-128, -2, 3, 127}, i2_large[4] = {-129, 0, 0, 0};
    static const uint16_t u2[4] = {0, 1, 2, 127}, u2_large[4] = {0, 0, 0x8001, 0};
    static const int32_t i4[4] = {-100, -1, 1, 100};
    static const uint32_t u4[4] = {0, 9, 8, 7}, u4_large[4] = {0xffffffff, 0, 0, 0};
    static const int64_t i8[4] = {-128, -1, 1, 127};
    static const uint64_t u8[4] = {4, 3, 2, 1};
    static const float f4[4] = {1.5f, 2.5f, -1000, 1000};
    static const double f8[4] = {-0.5, 0.75, -1.25, 99};
    static const struct {
        const char *type;
        const void *data;
        size_t width;
        int8_t want[4];
        const char *error;
    } row[] = {
        {"|i1", i1, 1, {-128, -1, 0, 127}, NULL},
        {"|u1", u1, 1, {0, 1, 100, 127}, NULL},
        {"<i2", i2, 2, {-128, -2, 3, 127}, NULL},
        {"<u2", u2, 2, {0, 1, 2, 127}, NULL},
        {"<i4", i4, 4, {-100, -1, 1, 100}, NULL},
        {"<u4", u4, 4, {0, 9, 8, 7}, NULL},
        {"<i8", i8, 8, {-128, -1, 1, 127}, NULL},
        {"<u8", u8, 8, {4, 3, 2, 1}, NULL},
        {"=i4", i4, 4, {-100, -1, 1, 100}, NULL},
        {"<f4", f4, 4, {2, 2, -128, 127}, NULL},
        {"<f8", f8, 8, {0, 1, -1, 99}, NULL},
        {"|u1", u1_large, 1, {0}, "value 3 is 200, expected -128 to 127"},
        {"<i2", i2_large, 2, {0}, "value 0 is -129, expected"},
        {"<u2", u2_large, 2, {0}, "value 2 is 32769, expected"},
        {"<u4", u4_large, 4, {0}, "value 0 is 4.29497e+09, expected"},
        {">i4", i4, 4, {0}, "expected little-endian numbers in C order"},
        {"<f2", i2, 2, {0}, "expected numbers of 1 to 8 bytes"},
        {"<i3", i4, 3, {0}, "expected numbers of 1 to 8 bytes"},
        {"|b1", i1, 1, {0}, "expected numbers of 1 to 8 bytes"},
    };
    unsigned char file[2048];
    char header[1100];
    for (int version = 1; version <= 3; version++)
        for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
            snprintf(header, sizeof header,
                     "{'descr': '%s', 'fortran_order': False, 'shape': (4,), }\n", row[i].type);
            size_t n = npy(file, version, header, row[i].data, row[i].width);
            given(".npy", file, n, row[i].want, row[i].error);
        }
    snprintf(header, sizeof header, "{'descr': '|i1', 'fortran_order': True, 'shape': (4,), }\n");
    given(".npy", file, npy(file, 1, header, i1, 1), NULL, "in C order");
    snprintf(header, sizeof header, "{'descr': '|i1', 'shape': (4,), }\n");
    given(".npy", file, npy(file, 1, header, i1, 1), NULL, "in C order");
    snprintf(header, sizeof header, "{'descr': '|i1', 'fortran_order': False, 'shape': (4,), }\n");
    given(".npy", file, npy(file, 4, header, i1, 1), NULL, "not a .npy file of version 1 to 3");
    given(".npy", file, npy(file, 0, header, i1, 1), NULL, "not a .npy file of version 1 to 3");
    size_t n = npy(file, 1, header, i1, 1);
    given(".npy", file, n - 1, NULL, "3 values, expected 4");
    given(".npy", file, n - 5, NULL, "its header is damaged");
    given(".npy", file, 11, NULL, "not a .npy file");
    /* a header of 1023 bytes is the longest */
    for (size_t length = 1023; length <= 1024; length++) {
        size_t k = strlen(header);
        memset(header + k, ' ', length - k);
        header[length] = '\0';
        given(".npy", file, npy(file, 1, header, i1, 1), i1,
              length == 1023 ? NULL : "its header is damaged");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(raw_bytes_are_signed),
        cmocka_unit_test(numbers_in_text),
        cmocka_unit_test(numbers_of_numpy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
