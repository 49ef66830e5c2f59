/* What must hold whatever the numbers: conservation, monotony, finite results, rows that equal the
 * model. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "costmodel/fit.h"
#include "costmodel/explore.h"
#include "costmodel/system.h"

#define assert_near(a, b, eps) assert_true(fabs((double)(a) - (double)(b)) <= (eps))

struct pair {
    struct accelerator *a;
    struct network *net;
    struct npu *n;
    struct accelerator_fit fit;
};

static struct pair open_pair(const char *network, const char *accel, uint64_t wbits)
{
    struct pair p = {0};
    struct err e = {0};
    p.net = network_load(network, 0, 0, &e);
    p.a = p.net ? accelerator_load(accel, NULL, &e) : NULL;
    if (!p.a || !accelerator_fit(p.a, &p.fit, &e) || !(p.n = npu_open(p.a, p.net, wbits, 0, &e))) {
        print_error("%s on %s: %s\n", network, accel, e.msg);
        exit(1);
    }
    return p;
}

static void close_pair(struct pair *p)
{
    npu_close(p->n);
    free(p->a);
    network_free(p->net);
}

static const struct {
    const char *network, *accel;
    uint64_t wbits;
} shipped[] = {
    {"etinynet-0.75", "xc7a100t-etinynet", 4},
    {"etinynet-1.0", "xc7a100t-etinynet", 8},
    {"etinynet-1.0", "tinynpu", 8},
    {"etinynet-0.75", "tinynpu", 8},
    {"vgg16", "angeleye-xc7z020", 8},
    {"etinynet-1.0", "angeleye-xc7z020", 8},
    {"etinynet-1.0", "ssa-xczu7ev", 8},
    {"mobilenet-v2-1.0", "ssa-xczu7ev", 8},
};
enum { SHIPPED = sizeof shipped / sizeof *shipped };

static void parts_sum_to_totals(void **unused)
{
    (void)unused;
    for (int s = 0; s < SHIPPED; s++) {
        struct pair p = open_pair(shipped[s].network, shipped[s].accel, shipped[s].wbits);
        uint64_t cycles = 0, macs = 0;
        double pj[ENERGY_PARTS] = {0}, total = 0;
        for (int i = 0; i < p.n->nlayers; i++) {
            const struct npu_layer *l = &p.n->layer[i];
            assert_int_equal(l->cycles, l->compute + l->fill + l->store + l->stall + l->link);
            cycles += l->cycles;
            macs += l->macs;
            for (int k = 0; k < ENERGY_PARTS; k++) {
                assert_true(isfinite(l->pj[k]) && l->pj[k] >= 0);
                pj[k] += l->pj[k];
            }
            assert_true(l->utilisation >= 0 && l->utilisation <= 1);
        }
        assert_int_equal(cycles, p.n->cycles);
        assert_int_equal(macs, p.n->macs);
        assert_int_equal(macs, p.net->macs);
        for (int k = 0; k < ENERGY_PARTS; k++) {
            assert_near(pj[k], p.n->pj[k], 1e-9 * (pj[k] + 1));
            total += pj[k];
        }
        assert_near(total * 1e-6, p.n->energy_uj, 1e-9 * p.n->energy_uj);
        assert_near(p.n->watts * p.n->seconds * 1e6, p.n->energy_uj, 1e-9 * p.n->energy_uj);
        /* A sane order of magnitude: no unsigned wrap anywhere. */
        assert_true(p.n->seconds > 1e-5 && p.n->seconds < 10 && p.n->energy_uj < 1e8);
        close_pair(&p);
    }
}

static void reads_cover_the_footprint(void **unused)
{
    (void)unused;
    for (int s = 0; s < SHIPPED; s++) {
        struct pair p = open_pair(shipped[s].network, shipped[s].accel, shipped[s].wbits);
        for (int i = 0; i < p.n->nlayers; i++) {
            const struct npu_layer *l = &p.n->layer[i];
            const struct layer *of = &p.net->layer[i];
            if (l->engine == ENGINE_FUSED)
                continue;
            assert_true(l->traffic[OPD_WEIGHT].read_bits >= of->weights * p.n->wbits);
            uint64_t map =
                (uint64_t)of->in_h * (uint64_t)of->in_w * (uint64_t)of->in_c * p.n->abits;
            assert_true(l->traffic[OPD_INPUT].read_bits >= map);
            /* In lockstep the logits leave the chip instead. */
            assert_true(l->traffic[OPD_OUTPUT].write_bits > 0 ||
                        (p.a->lockstep && of->op == OP_FULLY_CONNECTED));
            for (int o = 0; o < OPD_COUNT; o++) {
                const struct npu_traffic *a = &l->traffic[o];
                if (a->memory < 0)
                    continue;
                uint64_t word = p.a->memory[a->memory].word_bits;
                assert_true(a->reads * word >= a->read_bits && a->writes * word >= a->write_bits);
                assert_true((a->reads == 0) == (a->read_bits == 0) &&
                            (a->writes == 0) == (a->write_bits == 0));
            }
            if (p.a->dram >= 0)
                assert_true(l->traffic[OPD_DRAM_WEIGHT].read_bits >= of->weights * p.n->wbits);
        }
        close_pair(&p);
    }
}

/* seconds (or cycles) never grow when `path` takes the next value of the list. */
static void never_slower(const char *network, const char *accel, uint64_t wbits, const char *path,
                         const char *const *values, bool cycles)
{
    struct pair p = open_pair(network, accel, wbits);
    double before = HUGE_VAL;
    for (int i = 0; values[i]; i++) {
        struct err e = {0};
        if (!accelerator_set(p.a, path, values[i], &e) || !npu_evaluate(p.n, &e))
            fail_msg("%s", e.msg);
        double now = cycles ? (double)p.n->cycles : p.n->seconds;
        if (now > before)
            fail_msg("%s on %s: %s = %s is slower: %g after %g", network, accel, path, values[i],
                     now, before);
        before = now;
    }
    close_pair(&p);
}

static void monotone_in_the_machine(void **unused)
{
    (void)unused;
    static const char *const clocks[] = {"1e6", "25e6", "75e6", "76e6", "200e6", "1e9", NULL};
    static const char *const powers[] = {"1", "2", "4", "8", "16", "32", "64", NULL};
    static const char *const words[] = {"8", "16", "32", "64", NULL};
    static const char *const banks[] = {"1", "2", "4", "7", "8", "14", "28", "56", NULL};
    static const char *const speed[] = {"1e8", "5e8", "1e9", "3e9", "1e10", "1e12", NULL};
    never_slower("etinynet-0.75", "xc7a100t-etinynet", 4, "clock_hz", clocks, false);
    never_slower("etinynet-0.75", "xc7a100t-etinynet", 4, "engine.array.rows", powers, true);
    never_slower("etinynet-0.75", "xc7a100t-etinynet", 4, "engine.array.columns", powers, true);
    never_slower("etinynet-0.75", "xc7a100t-etinynet", 4, "engine.array.pixels", powers, true);
    never_slower("etinynet-0.75", "xc7a100t-etinynet", 4, "memory.features.word_bits", words, true);
    never_slower("etinynet-0.75", "xc7a100t-etinynet", 4, "memory.weights.word_bits", words, true);
    never_slower("etinynet-0.75", "xc7a100t-etinynet", 4, "memory.features.banks", banks, true);
    never_slower("etinynet-1.0", "tinynpu", 8, "clock_hz", clocks, false);
    never_slower("etinynet-1.0", "tinynpu", 8, "memory.weights.banks", powers, true);
    never_slower("etinynet-1.0", "tinynpu", 8, "link.width", powers, true);
    never_slower("vgg16", "angeleye-xc7z020", 8, "memory.dram.bytes_per_second", speed, true);
}

static void monotone_in_the_network(void **unused)
{
    (void)unused;
    struct err e = {0};
    struct accelerator *a = accelerator_load("xc7a100t-etinynet", NULL, &e);
    assert_non_null(a);
    uint64_t cycles = 0, need = 0;
    double uj = 0;
    for (int i = 1; i <= 8; i++) {
        struct network *net = network_load("etinynet-1.0", 0.25 * i, 0, &e);
        struct npu *n = net ? npu_open(a, net, 4, 8, &e) : NULL;
        assert_string_equal(e.msg, "");
        if (!n)
            return;
        assert_true(n->cycles >= cycles && n->energy_uj >= uj &&
                    n->resources.memory[0].need >= need);
        cycles = n->cycles, uj = n->energy_uj, need = n->resources.memory[0].need;
        npu_close(n);
        network_free(net);
    }
    free(a);
}

static void more_memory_fits_more(void **unused)
{
    (void)unused;
    struct pair p = open_pair("etinynet-1.0", "tinynpu", 8);
    bool fits = false;
    for (uint64_t bytes = 64 << 10; bytes <= (uint64_t)4 << 20; bytes *= 2) {
        char text[32];
        struct err e = {0};
        snprintf(text, sizeof text, "%llu", (unsigned long long)bytes);
        assert_true(accelerator_set(p.a, "memory.weights.bytes", text, &e) &&
                    npu_evaluate(p.n, &e));
        assert_true(p.n->resources.fits || !fits);
        assert_true(p.n->resources.fits == (p.n->resources.what[0] == '\0'));
        assert_int_equal(p.n->resources.fits, bytes >= p.net->weights);
        fits = p.n->resources.fits;
    }
    assert_true(fits);
    close_pair(&p);
}

static void maps_do_not_overlap(void **unused)
{
    (void)unused;
    for (int s = 0; s < SHIPPED; s++) {
        struct pair p = open_pair(shipped[s].network, shipped[s].accel, shipped[s].wbits);
        struct npu_map *m = calloc((size_t)p.n->nlayers + 1, sizeof *m);
        uint64_t top, live_most = 0;
        assert_non_null(m);
        int k = npu_memory_map(p.n, m, &top);
        for (int i = 0; i < k; i++)
            for (int j = 0; j < i; j++)
                if (m[i].first <= m[j].last && m[j].first <= m[i].last)
                    assert_true(m[i].offset >= m[j].offset + m[j].bytes ||
                                m[j].offset >= m[i].offset + m[i].bytes);
        for (int t = 0; t < p.n->nlayers; t++) {
            uint64_t live = 0;
            for (int i = 0; i < k; i++)
                live += m[i].first <= t && t <= m[i].last ? m[i].bytes : 0;
            live_most = live > live_most ? live : live_most;
        }
        assert_int_equal(live_most, p.n->resources.feature_peak);
        assert_true(top >= live_most);
        free(m);
        close_pair(&p);
    }
}

/* sum of count x cost over the rows of a run equals the model. */
static void rows_equal_the_model(void **unused)
{
    (void)unused;
    for (int s = 0; s < SHIPPED; s++) {
        struct pair p = open_pair(shipped[s].network, shipped[s].accel, shipped[s].wbits);
        struct rows r = {0};
        struct err e = {0};
        assert_true(npu_rows(p.n, &r, &e));
        double cycles = 0, pj = 0;
        uint64_t macs = 0;
        for (size_t i = 0; i < r.ntally; i++) {
            const struct cost_row *c = NULL;
            for (size_t j = 0; j < r.ncost; j++)
                if (!strcmp(r.cost[j].component, r.tally[i].component) &&
                    !strcmp(r.cost[j].action, r.tally[i].action))
                    c = &r.cost[j];
            if (!c)
                fail_msg("no cost for %s %s", r.tally[i].component, r.tally[i].action);
            else
                assert_true(c->source[0]);
            c = c ? c : r.cost;
            cycles += c->cycles * (double)r.tally[i].count;
            pj += c->pj * (double)r.tally[i].count;
            if (!strcmp(r.tally[i].component, "mac") && !strcmp(r.tally[i].action, "mac"))
                macs += r.tally[i].count;
        }
        assert_int_equal((uint64_t)cycles, p.n->cycles);
        assert_int_equal(macs, p.net->macs);
        assert_near(pj * 1e-6, p.n->energy_uj, 1e-9 * p.n->energy_uj);
        rows_free(&r);
        close_pair(&p);
    }
}

static void one_constant_meets_one_point(void **unused)
{
    (void)unused;
    struct pair p = open_pair("etinynet-0.75", "xc7a100t-etinynet", 4);
    assert_true(p.fit.done);
    assert_near(p.n->watts, 0.62, 1e-9);
    assert_true(fabs(p.n->seconds - 9.7e-3) < 0.2e-3);
    assert_int_equal(p.n->resources.bram36, 128);
    assert_int_equal(p.n->resources.onchip_bytes, 576 * 1024);
    assert_int_equal(p.n->resources.feature_peak, 225792);
    assert_true(p.n->resources.fits);
    /* 554,918 steps of convolutions and the classifier, and 32 passes over the 49 pixels of the
     * average. */
    uint64_t compute = 0;
    for (int i = 0; i < p.n->nlayers; i++)
        compute += p.n->layer[i].compute;
    assert_int_equal(compute, 554918 + 32 * 49);
    /* The comparison points use that constant and are not fitted. */
    struct pair q = open_pair("vgg16", "angeleye-xc7z020", 8);
    assert_false(q.a->fit_target.fitted);
    assert_near(q.a->lut_pj, p.a->lut_pj, 1e-12);
    assert_true(fabs(q.n->watts / 3.5 - 1) > 1e-6);
    close_pair(&q);
    close_pair(&p);
}

static void system_adds_up(void **unused)
{
    (void)unused;
    struct pair p = open_pair("etinynet-1.0", "tinynpu", 8);
    struct mcu m = {.name = "x",
                    .clock_hz = 120e6,
                    .pj_per_cycle = {360, 380, 403},
                    .sleep_w = 1e-3,
                    .cycles_before = 1000000};
    struct system_result r;
    system_evaluate(p.n, &m, 30, 1000, &r);
    assert_true(r.holds);
    for (int b = 0; b < BAND_COUNT; b++) {
        double sum = 0;
        for (int k = 0; k < S_PARTS; k++) {
            assert_true(isfinite(r.mw[b][k]) && r.mw[b][k] >= 0);
            sum += r.mw[b][k];
        }
        assert_near(sum, r.total_mw[b], 1e-9);
        assert_near(r.battery_h[b] * r.total_mw[b], 1000, 1e-6);
    }
    assert_true(r.total_mw[BAND_LOW] < r.total_mw[BAND_NOMINAL] &&
                r.total_mw[BAND_NOMINAL] < r.total_mw[BAND_HIGH]);
    /* Back to back, the accelerator's own energy a frame is the model's. */
    struct mcu none = {.clock_hz = 1, .cycles_before = 0};
    system_evaluate(p.n, &none, 0, 0, &r);
    assert_near(r.frame_mj[BAND_NOMINAL] * 1e3, p.n->energy_uj, 1e-6 * p.n->energy_uj);
    system_evaluate(p.n, &m, 1e5, 0, &r);
    assert_false(r.holds);
    close_pair(&p);
}

static void extremes_stay_finite(void **unused)
{
    (void)unused;
    struct pair p = open_pair("etinynet-1.0", "tinynpu", 8);
    struct swing *s = calloc(MAX_SWINGS, sizeof *s);
    struct err e = {0};
    int n = explore_tornado(p.n, 1000, s, &e);
    assert_true(n > 10);
    for (int i = 0; i < n; i++) {
        assert_true(isfinite(s[i].low_uj) && isfinite(s[i].high_uj) && s[i].low_uj > 0 &&
                    s[i].high_uj > 0);
        assert_true(isfinite(s[i].low_s) && s[i].low_s > 0 && isfinite(s[i].high_s) &&
                    s[i].high_s > 0);
        if (i)
            assert_true(fabs(s[i].high_uj - s[i].low_uj) <=
                        fabs(s[i - 1].high_uj - s[i - 1].low_uj));
    }
    free(s);
    close_pair(&p);
}

static void tables_and_scaling(void **unused)
{
    (void)unused;
    struct energy t;
    struct err e = {0};
    double f;
    assert_true(energy_load("horowitz-45nm", &t, &e));
    assert_true(energy_factor(65, 1.1, &t, &f, &e) && fabs(f - 1.99) < 0.01);
    assert_true(energy_factor(65, 1.0, &t, &f, &e) && fabs(f - 1.58) < 0.02);
    assert_true(energy_factor(45, 0.9, &t, &f, &e) && fabs(f - 1) < 1e-12);
    assert_false(energy_factor(5, 0.9, &t, &f, &e));
    assert_int_equal(e.code, ERR_INPUT);
    struct memory_row r;
    e = (struct err){0};
    assert_true(energy_load("cacti-45nm", &t, &e));
    assert_true(energy_ram(&t, 262144, 64, &r) && fabs(r.read_pj - 20.3) < 1e-9);
    assert_true(energy_ram(&t, 131072, 64, &r) && r.read_pj > 13.1 && r.read_pj < 20.3);
    assert_true(energy_ram(&t, 262144, 96, &r) && r.read_pj > 20.3 && r.read_pj < 30.1);
    /* A width between the rows must not cost less than a narrower one, wherever the size lies. */
    for (double bytes = 512; bytes < 4e6; bytes *= 1.7) {
        double last = 0;
        for (double bits = 8; bits <= 512; bits *= 2) {
            assert_true(energy_ram(&t, bytes, bits, &r) && r.read_pj > last &&
                        isfinite(r.write_pj));
            last = r.read_pj;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_sum_to_totals),     cmocka_unit_test(reads_cover_the_footprint),
        cmocka_unit_test(monotone_in_the_machine), cmocka_unit_test(monotone_in_the_network),
        cmocka_unit_test(more_memory_fits_more),   cmocka_unit_test(maps_do_not_overlap),
        cmocka_unit_test(rows_equal_the_model),    cmocka_unit_test(one_constant_meets_one_point),
        cmocka_unit_test(system_adds_up),          cmocka_unit_test(extremes_stay_finite),
        cmocka_unit_test(tables_and_scaling),
    };
    return cmocka_run_group_tests_name("npu laws", tests, NULL, NULL);
}
