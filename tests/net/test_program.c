/* The program of an accelerator: written and read back it computes the same, and bytes that are
 * none are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "workloads/images/image.h"
#include "workloads/kernels/program.h"
#include "workloads/kernels/reference.h"
#include "workloads/quantise/quant.h"

static void check(const char *name, int input, int wbits)
{
    struct err e = {0};
    struct network *n = network_load(name, 0, input, &e);
    struct qmodel *q =
        n ? qmodel_build(n, NULL, NULL, wbits, wbits == 8 ? QUANT_INT8 : QUANT_ASQ, &e) : NULL;
    struct image_set image = {0};
    struct buf bytes = {0};
    bool ok = q && image_generate(&image, 1, n->in_h, n->in_w, n->in_c, &e) &&
              program_write(q, &bytes, &e);
    struct qmodel *back = ok ? program_read(n, (const uint8_t *)bytes.data, bytes.len, &e) : NULL;
    size_t size = n ? (size_t)n->classes * sizeof(int32_t) : 0;
    int32_t *a = malloc(size + 1), *b = malloc(size + 1);
    ok = back && a && b && reference_infer(q, image.data, a, NULL, &e) &&
         reference_infer(back, image.data, b, NULL, &e);
    assert_true(ok);
    assert_memory_equal(a, b, size);
    assert_true(bytes.len <= program_most(n));
    /* every length but the right one, and another network's sum */
    bool refused = ok;
    for (size_t cut = 1; refused && cut < bytes.len; cut += 1 + bytes.len / 97)
        refused = !program_read(n, (const uint8_t *)bytes.data, bytes.len - cut, NULL);
    if (refused)
        bytes.data[5] ^= 1;
    refused = refused && !program_read(n, (const uint8_t *)bytes.data, bytes.len, NULL);
    assert_true(refused);
    free(a);
    free(b);
    buf_free(&bytes);
    image_free(&image);
    qmodel_free(back);
    qmodel_free(q);
    network_free(n);
}

static void eight_bits(void **state)
{
    (void)state;
    check("etinynet-shapes", 0, 8);
}

static void four_bits(void **state)
{
    (void)state;
    check("etinynet-shapes", 0, 4);
}

static void scales_and_tables(void **state)
{
    (void)state;
    check("mobilenet-v3-small-0.35", 32, 8);
    check("shufflenet-v2-0.5", 32, 8);
}

static void detector(void **state)
{
    (void)state;
    struct err e = {0};
    struct network *ssd = network_load("etinynet-ssd", 0, 0, &e);
    assert_non_null(ssd);
    assert_false(program_serves(ssd, &e));
    assert_int_equal(e.code, ERR_INPUT);
    network_free(ssd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eight_bits),
        cmocka_unit_test(four_bits),
        cmocka_unit_test(scales_and_tables),
        cmocka_unit_test(detector),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
