/* The GDB packet parser and the loaders of images that are no ELF. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/host/gdb.h"
#include "sim/image/hex.h"

static uint64_t regs[GDB_REGS];
static uint8_t memory[256];
static int points, resumed;

static uint64_t get(void *self, int n)
{
    (void)self;
    return regs[n];
}
static void set(void *self, int n, uint64_t v)
{
    (void)self;
    regs[n] = v;
}
static bool rd(void *self, uint32_t a, uint8_t *out, uint32_t n)
{
    (void)self;
    if (a > sizeof memory || n > sizeof memory - a)
        return false;
    memcpy(out, memory + a, n);
    return true;
}
static bool wr(void *self, uint32_t a, const uint8_t *in, uint32_t n)
{
    (void)self;
    if (a > sizeof memory || n > sizeof memory - a)
        return false;
    memcpy(memory + a, in, n);
    return true;
}
static bool point(void *self, enum gdb_point k, uint32_t a, uint32_t len, bool insert)
{
    (void)self, (void)k, (void)a, (void)len;
    points += insert ? 1 : -1;
    return true;
}
static struct gdb_stop go(void *self, bool step)
{
    (void)self, (void)step;
    resumed++;
    return (struct gdb_stop){.why = GDB_WATCHED, .point = GDB_WATCH_WRITE, .addr = 0x20};
}
static bool monitor(void *self, const char *text, struct buf *out)
{
    (void)self;
    if (strcmp(text, "cycles"))
        return false;
    buf_str(out, "7\n");
    return true;
}
static const struct gdb_target target = {NULL, get, set, rd, wr, point, go, monitor};

static struct gdb *stub;
static const char *ask(const char *packet)
{
    static char text[4096];
    char framed[2048];
    unsigned char sum = 0;
    for (const char *p = packet; *p; p++)
        sum = (unsigned char)(sum + (unsigned char)*p);
    snprintf(framed, sizeof framed, "$%s#%02x", packet, sum);
    struct buf out = {0};
    gdb_input(stub, framed, strlen(framed), &out);
    snprintf(text, sizeof text, "%s", buf_text(&out));
    buf_free(&out);
    return text;
}

static int setup(void **state)
{
    (void)state;
    stub = gdb_offline(&target, NULL);
    return stub ? 0 : -1;
}
static int teardown(void **state)
{
    (void)state;
    gdb_close(stub);
    return 0;
}

static void test_packets(void **state)
{
    (void)state;
    regs[0] = 0x11223344;
    regs[GDB_D0] = 0x3ff0000000000000;
    assert_string_equal(ask("p0"), "+$44332211#94");
    assert_non_null(strstr(ask("p11"), "$000000000000f03f#"));
    assert_non_null(strstr(ask("P1=78563412"), "$OK#9a"));
    assert_int_equal(regs[1], 0x12345678);
    assert_non_null(strstr(ask("M10,3:010203"), "$OK"));
    assert_non_null(strstr(ask("m10,3"), "$010203#"));
    assert_non_null(strstr(ask("M10,3:aF9bE0"), "$OK")); /* digits of both cases */
    assert_non_null(strstr(ask("m10,3"), "$af9be0#"));
    assert_non_null(strstr(ask("mfffffff0,40"), "$E0e"));
    assert_non_null(strstr(ask("Z1,8000000,2"), "$OK"));
    assert_int_equal(points, 1);
    assert_non_null(strstr(ask("vCont;c"), "T05watch:20;"));
    assert_int_equal(resumed, 1);
    assert_non_null(strstr(ask("qRcmd,6379636c6573"), "$370a#"));
    assert_non_null(strstr(ask("qXfer:features:read:target.xml:0,10"), "$m<?xml"));
    assert_string_equal(ask("unknown"), "+$#00");
}

/* Each of these once stood for a way to read or write where one should not. */
static void test_hostile(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "p",
        "pffffffff",
        "p28",
        "P",
        "P0",
        "P0=",
        "P0=zz",
        "G00",
        "m",
        "m,",
        "m0",
        "m0,",
        "M0,5:00",
        "M0,ffffffff:00",
        "X0,10:abc",
        "Z9,0,0",
        "Z0",
        "Z0,,",
        "mfffffffff,1",
        "qXfer:features:read:target.xml:ffffffff,ffffffff",
        "qXfer:features:read:target.xml:zz",
        "qRcmd,",
        "qRcmd,zz",
        "vCont;",
        "vCont;q",
        "H",
        "",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *r = ask(bad[i]);
        assert_true(r[0] == '+' && r[1] == '$');
    }
    struct buf out = {0};
    gdb_input(stub, "$p0#00", 6, &out); /* wrong checksum */
    assert_string_equal(buf_text(&out), "-");
    buf_free(&out);
    char big[0x5000];
    memset(big, 'm', sizeof big);
    big[0] = '$';
    memcpy(big + sizeof big - 3, "#00", 3);
    gdb_input(stub, big, sizeof big, &out); /* larger than a packet may be */
    assert_string_equal(buf_text(&out), "-");
    buf_free(&out);
}

static struct image *hex(const char *text, struct err *e)
{
    struct buf b = {0};
    buf_str(&b, text);
    assert_true(image_is_hex(buf_text(&b), b.len));
    return image_hex("x.hex", &b, e);
}

static void test_hex(void **state)
{
    (void)state;
    struct err e = {0};
    struct image *im =
        hex(":020000040800F2\n:0400000000010220D9\r\n:04000400C100000808\n:00000001FF\n", &e);
    assert_null(im);
    assert_string_equal(e.msg, "x.hex:3: checksum 0x08, expected 0x2f");
    e = (struct err){0};
    im = hex(":020000040800F2\n:0400000000010220D9\r\n:04000400C10000082F\n:0410000001020304E2\n:"
             "040000050800010DE1\n:00000001FF\n",
             &e);
    assert_non_null(im);
    assert_int_equal(im->nsegments, 2);
    assert_int_equal(im->segment[0].paddr, 0x08000000);
    assert_int_equal(im->segment[0].filesz, 8);
    assert_int_equal(im->segment[1].paddr, 0x08001000);
    assert_memory_equal(im->segment[1].bytes, "\1\2\3\4", 4);
    assert_int_equal(im->entry, 0x0800010d);
    image_elf_free(im);
    static const char *const bad[] = {
        ":0400000000010220D9\n",
        ":00000001FF\n",
        ":0400000000010220D9\n:04zz\n",
        ":0400000000010220D9\n:0200000208FE\n:00000001FF\n",
        ":0400000000010220D9\n:00000009F7\n:00000001FF\n",
        ":020000040800F2\n\n\nrubbish\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        e = (struct err){0};
        assert_null(hex(bad[i], &e));
        assert_int_equal(e.code, ERR_INPUT);
        assert_true(strncmp(e.msg, "x.hex", 5) == 0);
    }
}

static void test_raw(void **state)
{
    (void)state;
    struct err e = {0};
    struct buf b = {0};
    buf_str(&b, "abcd");
    struct image *im = image_raw("x.bin", &b, 0x08000000, &e);
    assert_non_null(im);
    assert_int_equal(im->segment[0].filesz, 4);
    image_elf_free(im);
    buf_str(&b, "abcd");
    assert_null(image_raw("x.bin", &b, 0xfffffffe, &e));
    assert_int_equal(e.code, ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_packets, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hostile, setup, teardown),
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_raw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
