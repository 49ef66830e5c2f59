/* sim/armv7m/mpu.h against the tables of the architecture manual: sizes, subregions, rights, what
 * is cacheable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/armv7m/mpu.h"

enum { CTRL = 0x94, RNR = 0x98, RBAR = 0x9c, RASR = 0xa0 };

static void set(struct mpu *u, uint32_t reg, uint32_t value)
{
    mpu_write(u, 0xe000ed00 + reg, value);
}

static struct mpu one(uint32_t base, uint32_t attributes)
{
    struct mpu u = {.regions = 8};
    set(&u, RBAR, base | 1 << 4 | 2);
    set(&u, RASR, attributes | 1);
    set(&u, CTRL, 1);
    return u;
}

static void a_region_reaches_as_far_as_its_size(void **state)
{
    (void)state;
    for (uint32_t size = 4; size < 32; size++) {
        struct mpu u = one(0xa5a5a5a0, 3u << 24 | size << 1);
        uint64_t length = UINT64_C(2) << size, base = 0xa5a5a5a0 & ~(length - 1);
        assert_true(mpu_allows(&u, (uint32_t)base, MPU_WRITE, false, false));
        assert_true(mpu_allows(&u, (uint32_t)(base + length - 1), MPU_WRITE, false, false));
        if (size < 31) {
            assert_false(mpu_allows(&u, (uint32_t)(base - 1), MPU_WRITE, true, false));
            assert_false(mpu_allows(&u, (uint32_t)(base + length), MPU_WRITE, true, false));
        }
    }
    struct mpu u = one(0x20000000, 3u << 24 | 3 << 1); /* 16 bytes: no such size */
    assert_false(mpu_allows(&u, 0x20000000, MPU_READ, true, false));
}

static void subregions(void **state)
{
    (void)state;
    for (unsigned size = 6; size < 32; size++)
        for (unsigned k = 0; k < 8; k++) {
            struct mpu u = one(0, 3u << 24 | 1u << (8 + k) | size << 1);
            uint32_t eighth = 1u << (size - 2);
            for (unsigned i = 0; i < 8; i++)
                assert_int_equal(mpu_allows(&u, i * eighth + eighth / 2, MPU_READ, false, false),
                                 size < 7 || i != k);
        }
}

static void rights_by_ap(void **state)
{
    (void)state;
    /* privileged, unprivileged */
    static const char *const rights[8] = {"--", "w-", "wr", "ww", "--", "r-", "rr", "rr"};
    for (uint32_t ap = 0; ap < 8; ap++)
        for (int user = 0; user < 2; user++) {
            struct mpu u = one(0x20000000, ap << 24 | 9 << 1);
            char r = rights[ap][user];
            assert_int_equal(mpu_allows(&u, 0x20000004, MPU_READ, !user, false), r != '-');
            assert_int_equal(mpu_allows(&u, 0x20000004, MPU_WRITE, !user, false), r == 'w');
            assert_int_equal(mpu_allows(&u, 0x20000004, MPU_FETCH, !user, false), r != '-');
            u = one(0x20000000, 1u << 28 | ap << 24 | 9 << 1);
            assert_false(mpu_allows(&u, 0x20000004, MPU_FETCH, !user, false));
        }
}

static void the_background(void **state)
{
    (void)state;
    struct mpu u = one(0x20000000, 9 << 1);
    assert_false(mpu_allows(&u, 0x30000000, MPU_READ, true, false));
    set(&u, CTRL, 5);
    assert_true(mpu_allows(&u, 0x30000000, MPU_READ, true, false));
    assert_false(mpu_allows(&u, 0x30000000, MPU_READ, false, false));
    assert_false(mpu_allows(&u, 0x40000000, MPU_FETCH, true, false));
    assert_true(mpu_allows(&u, 0x20000000, MPU_READ, true, true)); /* urgent, HFNMIENA clear */
    set(&u, CTRL, 7);
    assert_false(mpu_allows(&u, 0x20000000, MPU_READ, true, true));
    set(&u, CTRL, 0);
    assert_true(mpu_allows(&u, 0x20000000, MPU_WRITE, false, false));
    assert_int_equal(mpu_read(&u, 0xe000ed90), 0x800);
    set(&u, RBAR, 0x20000000 | 1 << 4 | 5);
    assert_int_equal(mpu_read(&u, 0xe000ed98), 5);
}

static void what_is_cached(void **state)
{
    (void)state;
    enum { N = CACHED_NO, T = CACHED_WT, B = CACHED_WB, A = CACHED_WBWA };
    static const uint8_t table[8][4] = {
        /* by TEX; C, B: 00 01 10 11 */
        {N, N, T, B}, {N, N, N, A}, {N, N, N, N}, {N, N, N, N},
        {N, A, T, B}, {N, A, T, B}, {N, A, T, B}, {N, A, T, B},
    };
    for (uint32_t tex = 0; tex < 8; tex++)
        for (uint32_t cb = 0; cb < 4; cb++) {
            struct mpu u = one(0x20000000, 3u << 24 | tex << 19 | cb << 16 | 9 << 1);
            assert_int_equal(mpu_policy(&u, 0x20000000, CACHED_WBWA, false), table[tex][cb]);
            assert_int_equal(mpu_policy(&u, 0x30000000, CACHED_WBWA, false), CACHED_WBWA);
            u = one(0x20000000, 3u << 24 | 1 << 18 | tex << 19 | cb << 16 | 9 << 1);
            assert_int_equal(mpu_policy(&u, 0x20000000, CACHED_WBWA, false), CACHED_NO);
            assert_int_equal(mpu_policy(&u, 0x20000000, CACHED_WBWA, true),
                             table[tex][cb] == N ? CACHED_NO : CACHED_WT);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_region_reaches_as_far_as_its_size),
        cmocka_unit_test(subregions),
        cmocka_unit_test(rights_by_ap),
        cmocka_unit_test(the_background),
        cmocka_unit_test(what_is_cached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
