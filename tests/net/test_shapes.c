/* The drawn task: repeatable, balanced, and out of reach of a linear classifier on the pixels. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "workloads/images/shapes.h"

enum { SIDE = 64, PIXELS = SIDE * SIDE * 3, TRAINING = 3000, HELD_OUT = 1000, EPOCHS = 3 };

static void repeats(void **state)
{
    (void)state;
    static int8_t a[PIXELS], b[PIXELS];
    uint32_t hash = 2166136261u;
    int labels = 0;
    for (uint64_t i = 0; i < 20; i++) {
        int label = shapes_image(1, i, SIDE, a);
        shapes_image(1, i + 1, SIDE, b);
        assert_memory_not_equal(a, b, PIXELS);
        assert_int_equal(shapes_image(1, i, SIDE, b), label);
        assert_memory_equal(a, b, PIXELS);
        shapes_image(2, i, SIDE, b);
        assert_memory_not_equal(a, b, PIXELS);
        for (int k = 0; k < PIXELS; k++)
            hash = (hash ^ (uint8_t)a[k]) * 16777619u;
        labels = labels * 7 % 10007 + label;
    }
    /* of the images that the committed models were trained on */
    assert_int_equal(hash, 0x3dd555dc);
    assert_int_equal(labels, 0x1bfb);
}

struct sample {
    int label;
    int8_t pixel[PIXELS];
};

static struct sample *draw(uint64_t first, int count, int of_class[SHAPES_CLASSES])
{
    struct sample *s = malloc((size_t)count * sizeof *s);
    assert_non_null(s);
    memset(of_class, 0, SHAPES_CLASSES * sizeof *of_class);
    for (int i = 0; i < count; i++) {
        s[i].label = shapes_image(1, first + (uint64_t)i, SIDE, s[i].pixel);
        assert_in_range(s[i].label, 0, SHAPES_CLASSES - 1);
        of_class[s[i].label]++;
    }
    return s;
}

static void scores(float (*w)[PIXELS], const float *bias, const int8_t *x, float *out)
{
    for (int c = 0; c < SHAPES_CLASSES; c++) {
        float sum = bias[c];
        for (int k = 0; k < PIXELS; k++)
            sum += w[c][k] * (float)x[k];
        out[c] = sum;
    }
}

static int best(const float *s)
{
    int at = 0;
    for (int c = 1; c < SHAPES_CLASSES; c++)
        at = s[c] > s[at] ? c : at;
    return at;
}

static double accuracy(float (*w)[PIXELS], const float *bias, const struct sample *s, int count)
{
    int hits = 0;
    for (int i = 0; i < count; i++) {
        float z[SHAPES_CLASSES];
        scores(w, bias, s[i].pixel, z);
        hits += best(z) == s[i].label;
    }
    return (double)hits / count;
}

/* Softmax regression by stochastic gradient descent. */
static void learn(float (*w)[PIXELS], float *bias, const struct sample *s)
{
    for (int epoch = 0; epoch < EPOCHS; epoch++)
        for (int i = 0; i < TRAINING; i++) {
            float z[SHAPES_CLASSES], sum = 0, rate = 1e-6F / (float)(1 + epoch);
            scores(w, bias, s[i].pixel, z);
            float most = z[best(z)];
            for (int c = 0; c < SHAPES_CLASSES; c++)
                sum += z[c] = expf(z[c] - most);
            for (int c = 0; c < SHAPES_CLASSES; c++) {
                float step = rate * ((c == s[i].label ? 1.0F : 0.0F) - z[c] / sum);
                for (int k = 0; k < PIXELS; k++)
                    w[c][k] += step * (float)s[i].pixel[k];
                bias[c] += step;
            }
        }
}

static void no_task_for_a_linear_classifier(void **state)
{
    (void)state;
    int of_class[SHAPES_CLASSES];
    struct sample *train = draw(0, TRAINING, of_class),
                  *held = draw(SHAPES_HELD_OUT, HELD_OUT, of_class);
    float(*w)[PIXELS] = calloc(SHAPES_CLASSES, sizeof *w), bias[SHAPES_CLASSES] = {0};
    assert_non_null(w);
    for (int c = 0; c < SHAPES_CLASSES; c++)
        assert_in_range(of_class[c], HELD_OUT / SHAPES_CLASSES - 40,
                        HELD_OUT / SHAPES_CLASSES + 40);
    learn(w, bias, train);
    double seen = accuracy(w, bias, train, TRAINING), unseen = accuracy(w, bias, held, HELD_OUT);
    print_message(
        "linear classifier: %.1f %% of %d images it was trained on, %.1f %% of %d held out\n",
        100 * seen, TRAINING, 100 * unseen, HELD_OUT);
    assert_true(seen > 0.3); /* it does learn: by heart */
    assert_true(unseen < 0.15);
    free(w), free(train), free(held);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(repeats),
        cmocka_unit_test(no_task_for_a_linear_classifier),
    };
    return cmocka_run_group_tests_name("shapes", tests, NULL, NULL);
}
