/* Pipelines of a stage for each layer: the closed forms beside a walk position by position, and
 * beside numbers worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "costmodel/streaming.h"

enum { MOST = 4096 };

/* When each position of the last stage is done: a stage begins one when it is free and its
 * window is there. */
static uint64_t walk(const struct stage *s, int n)
{
    static uint64_t done[MOST], before[MOST];
    memset(before, 0, sizeof before);
    uint64_t last = 0;
    for (int i = 0; i < n; i++) {
        uint64_t all = s[i].out_h * s[i].out_w, now = 0;
        for (uint64_t j = 0; j < all; j++) {
            uint64_t ready = before[streaming_needs(&s[i], j) - 1];
            now = (now > ready ? now : ready) + s[i].cycles;
            done[j] = now;
        }
        memcpy(before, done, sizeof before);
        last = now;
    }
    return last;
}

static uint64_t below(uint64_t n)
{
    return (uint64_t)rand() % n;
}

static int make(struct stage *s)
{
    uint64_t h = 8 + below(40), w = 8 + below(40);
    int n = 2 + (int)below(8);
    for (int i = 0; i < n; i++) {
        uint64_t k = 1 + below(3), stride = 1 + below(2), pad = below(k);
        if (h + 2 * pad < k || w + 2 * pad < k)
            k = 1, pad = 0;
        s[i] = (struct stage){.in_h = h,
                              .in_w = w,
                              .kernel_h = k,
                              .kernel_w = k,
                              .stride = stride,
                              .pad_h = pad,
                              .pad_w = pad,
                              .cycles = 1 + below(50)};
        s[i].out_h = h = (h + 2 * pad - k) / stride + 1;
        s[i].out_w = w = (w + 2 * pad - k) / stride + 1;
    }
    return n;
}

static void chains_beside_the_walk(void **state)
{
    (void)state;
    struct stage s[16];
    double ratios = 0;
    srand(16);
    for (int i = 0; i < 400; i++) {
        int n = make(s);
        uint64_t closed = streaming_latency(s, n), real = walk(s, n);
        assert_true(closed <= real); /* a chain of waits is never longer than the whole */
        /* Waits that change stage in the middle of a map are longer; seldom and not by much. */
        assert_true(real * 100 <= closed * 125);
        ratios += (double)real / (double)closed;
        for (int k = 0; k < n; k++) { /* 1 x 1 windows: the chain is all there is */
            s[k].kernel_h = s[k].kernel_w = s[k].stride = 1;
            s[k].pad_h = s[k].pad_w = 0;
            s[k].in_h = s[k].out_h = s[0].in_h, s[k].in_w = s[k].out_w = s[0].in_w;
        }
        assert_int_equal(streaming_latency(s, n), walk(s, n));
    }
    assert_true(ratios / 400 < 1.02);
}

static void two_stages_by_hand(void **state)
{
    (void)state;
    /* 4 x 4 positions, 1 x 1 and then 3 x 3 with padding 1. First 16 of 10 cycles and 16 of 3:
     * the slow stage is done after 160. The third window of the third row reaches its last
     * position, so that 6 windows come behind it: 18 more. */
    struct stage two[2] = {{"a", 4, 4, 4, 4, 1, 1, 1, 0, 0, 10},
                           {"b", 4, 4, 4, 4, 3, 3, 1, 1, 1, 3}};
    assert_int_equal(streaming_latency(two, 2), 178);
    assert_int_equal(walk(two, 2), 178);
    assert_int_equal(streaming_interval(two, 2), 160);
    /* The other way round: the first window needs rows 0 and 1 up to column 1, 6 positions of 4;
     * then 16 of 10. */
    two[0].cycles = 4, two[1].cycles = 10;
    assert_int_equal(streaming_latency(two, 2), 184);
    assert_int_equal(walk(two, 2), 184);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_beside_the_walk),
        cmocka_unit_test(two_stages_by_hand),
    };
    return cmocka_run_group_tests_name("npu streaming", tests, NULL, NULL);
}
