/* isa/: the tables are complete and sourced, decoding is total, IT is tracked, prediction and
 * divisions behave. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/data.h"
#include "isa/core.h"

static const char *const cores[] = {"cortex-m4", "cortex-m7"};

static struct isa *open_core(const char *name)
{
    struct err e = {0};
    struct isa *isa = isa_open(name, &e);
    if (!isa)
        fail_msg("%s", e.msg);
    return isa;
}

static char *slurp(const char *relative)
{
    char path[4096];
    struct buf b = {0};
    struct err e = {0};
    assert_true(data_path(path, sizeof path, relative));
    assert_true(buf_read_file(&b, path, 1 << 20, &e));
    return b.data;
}

/* Each class has cycles or is named as absent; each figure names a source that docs/sources.md
 * lists. */
static void every_class_is_costed_with_a_source(void **state)
{
    (void)state;
    char *sources = slurp("docs/sources.md");
    for (size_t c = 0; c < 2; c++) {
        struct isa *isa = open_core(cores[c]);
        struct isa_row r;
        size_t classes = 0, ledger = 0;
        for (size_t i = 0; isa_row_at(isa, i, &r); i++) {
            assert_non_null(r.name);
            if (!strcmp(r.table, "ledger")) {
                ledger++;
                continue;
            }
            classes += !strcmp(r.table, "class") || !strcmp(r.table, "absent");
            if (!strcmp(r.table, "absent"))
                continue;
            if (r.also) {
                char second[128];
                snprintf(second, sizeof second, "| %s |", r.also);
                assert_non_null(strstr(sources, second));
                assert_string_not_equal(r.also, r.source);
            }
            if (r.assumed) {
                assert_true(strlen(r.source) > strlen("assumed: "));
                continue;
            }
            char key[128];
            snprintf(key, sizeof key, "| %s |", r.source);
            if (!strstr(sources, key))
                fail_msg("%s: %s '%s' names source '%s', which docs/sources.md does not list",
                         cores[c], r.table, r.name, r.source);
        }
        assert_int_equal(classes, CLASS_COUNT - 1);
        assert_true(ledger > 5);
        isa_close(isa);
    }
    free(sources);
}

/* insns.def: no instruction twice, no class that no instruction can have. */
static void instruction_list_is_clean(void **state)
{
    (void)state;
    static const uint16_t ids[] = {
#define INSN(id, form, cls) ARM_INS_##id,
#include "isa/insns.def"
#undef INSN
    };
    static const uint16_t listed[] = {
#define INSN(id, form, cls) CLASS_##cls,
#include "isa/insns.def"
#undef INSN
        /* Made from others by their operands. */
        CLASS_branch_cond,   CLASS_branch_load, CLASS_fp_const,    CLASS_fp_from_core,
        CLASS_fp_from_core2, CLASS_fp_to_core,  CLASS_fp_to_core2, CLASS_fp_load2,
        CLASS_fp_store2,     CLASS_fp64_add,    CLASS_fp64_mul,    CLASS_fp64_mla,
        CLASS_fp64_fma,      CLASS_fp64_div,    CLASS_fp64_sqrt,   CLASS_fp64_cmp,
        CLASS_fp64_cvt,      CLASS_fp64_sign,   CLASS_fp64_select, CLASS_fp64_move,
        CLASS_fp64_const};
    bool seen[ARM_INS_ENDING] = {false}, used[CLASS_COUNT] = {false};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        assert_false(seen[ids[i]]);
        seen[ids[i]] = true;
    }
    for (size_t i = 0; i < sizeof listed / sizeof *listed; i++)
        used[listed[i]] = true;
    for (uint16_t c = 1; c < CLASS_COUNT; c++)
        if (!used[c])
            fail_msg("no instruction has class '%s'", isa_class_name(c));
}

static void check_record(const struct insn *i, uint32_t addr)
{
    assert_int_equal(i->addr, addr);
    assert_true(i->size == 2 || i->size == 4);
    assert_true(i->cls > CLASS_NONE && i->cls < CLASS_COUNT);
    assert_true(i->cond < 15);
    if (i->mem) {
        assert_true(i->count >= 1 && i->count <= 32);
        assert_true(i->width == 1 || i->width == 2 || i->width == 4);
        assert_true(i->base >= 0 && i->base <= 15);
    }
    assert_int_equal(i->early & ~i->reads, 0);
    assert_int_equal(i->acc & ~i->reads, 0);
    assert_int_equal(i->facc & ~i->freads, 0);
    assert_int_equal((i->reads | i->writes) >> 18, 0);
}

/* All 16-bit patterns, and 32-bit ones with every first halfword and random second halfwords. */
static void every_pattern_decodes_or_is_undefined(void **state)
{
    (void)state;
    uint64_t seed = 88172645463325252u;
    struct isa *isa = open_core("cortex-m7");
    for (uint32_t hw = 0; hw < 0x10000; hw++) {
        int tries = hw >= 0xe800 ? 24 : 1;
        for (int k = 0; k < tries; k++) {
            seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
            uint8_t code[4] = {(uint8_t)hw, (uint8_t)(hw >> 8), (uint8_t)(seed >> 20),
                               (uint8_t)(seed >> 28)};
            struct insn i[2];
            uint8_t it = 0;
            uint32_t undefined;
            int n = isa_decode(isa, code, hw >= 0xe800 ? 4 : 2, 0x100, &it, i, 2, &undefined);
            if (n == 0) {
                assert_int_equal(undefined, 0x100);
            } else {
                check_record(&i[0], 0x100);
            }
        }
    }
    isa_close(isa);
}

static struct insn one(struct isa *isa, uint32_t word, uint8_t it)
{
    uint8_t code[4] = {(uint8_t)word, (uint8_t)(word >> 8), 0, 0};
    size_t n = 2;
    struct insn i;
    uint32_t undefined;
    if (word >> 16) {
        n = 4;
        code[0] = (uint8_t)(word >> 16), code[1] = (uint8_t)(word >> 24), code[2] = (uint8_t)word,
        code[3] = (uint8_t)(word >> 8);
    }
    int count = isa_decode(isa, code, n, 0x1000, &it, &i, 1, &undefined);
    assert_int_equal(count, 1);
    return i;
}

static void records_say_what_instructions_do(void **state)
{
    (void)state;
    struct isa *isa = open_core("cortex-m7");
    struct insn i = one(isa, 0xf8513b04, 0); /* ldr r3, [r1], #4 */
    assert_int_equal(i.mem, MEM_LOAD);
    assert_int_equal(i.base, 1);
    assert_int_equal(i.offset, 0);
    assert_int_equal(i.step, 4);
    assert_int_equal(i.writes, 1 << 3 | 1 << 1);
    i = one(isa, 0xf8413d08, 0); /* str r3, [r1, #-8]! */
    assert_int_equal(i.mem, MEM_STORE);
    assert_int_equal(i.offset, -8);
    assert_int_equal(i.step, -8);
    assert_int_equal(i.reads, 1 << 3 | 1 << 1);
    assert_int_equal(i.writes, 1 << 1);
    i = one(isa, 0xf8512023, 0); /* ldr r2, [r1, r3, lsl #2] */
    assert_int_equal(i.index, 3);
    assert_int_equal(i.shift, 2);
    i = one(isa, 0xb5f0, 0); /* push {r4-r7, lr} */
    assert_int_equal(i.count, 5);
    assert_int_equal(i.offset, -20);
    assert_int_equal(i.step, -20);
    i = one(isa, 0xbd10, 0); /* pop {r4, pc} */
    assert_int_equal(i.cls, CLASS_branch_load);
    assert_true((i.flags & INSN_BRANCH) && (i.flags & INSN_INDIRECT) && (i.flags & INSN_RETURN));
    i = one(isa, 0x4802, 0); /* ldr r0, [pc, #8] */
    assert_true(i.flags & INSN_LITERAL);
    assert_int_equal(i.base, 15);
    assert_int_equal(i.offset, 8);
    i = one(isa, 0xfb212003, 0); /* smlad r0, r1, r3, r2 */
    assert_int_equal(i.cls, CLASS_dual_mla);
    assert_int_equal(i.macs, 2);
    assert_int_equal(i.acc, 1 << 2);
    i = one(isa, 0xfb213003, 0); /* smlad r0, r1, r3, r3: an addend that is a factor too */
    assert_int_equal(i.acc, 0);
    i = one(isa, 0xfbc10203, 0); /* smlal r0, r2, r1, r3 */
    assert_int_equal(i.reads, 1 << 0 | 1 << 1 | 1 << 2 | 1 << 3);
    assert_int_equal(i.writes, 1 << 0 | 1 << 2);
    i = one(isa, 0xed2d8b04, 0); /* vpush {d8-d9} */
    assert_int_equal(i.count, 4);
    assert_int_equal(i.freads, 0xf0000);
    i = one(isa, 0xeb410002, 0); /* adc.w r0, r1, r2: reads the carry, leaves the flags */
    assert_true(i.reads & 1u << REG_FLAGS);
    assert_false(i.writes & 1u << REG_FLAGS);
    i = one(isa, 0xfb91f2f3, 0); /* sdiv r2, r1, r3 */
    assert_true(i.flags & INSN_DYNAMIC);
    assert_int_equal(i.base, 1);
    assert_int_equal(i.index, 3);
    i = one(isa, 0x4687, 0); /* mov pc, r0 */
    assert_int_equal(i.cls, CLASS_branch_reg);
    i = one(isa, 0x1888, 0); /* adds */
    assert_true(i.writes & 1u << REG_FLAGS);
    i = one(isa, 0x1888, 0x08); /* the same inside IT EQ: no flags */
    assert_false(i.writes & 1u << REG_FLAGS);
    assert_int_equal(i.cond, 0);
    assert_true(i.flags & INSN_IN_IT);
    isa_close(isa);
}

static void it_blocks_are_tracked_across_calls(void **state)
{
    (void)state;
    /* itett ne; then four additions, then one outside; decoded in two calls. */
    static const uint8_t code[] = {0x17, 0xbf, 0x88, 0x18, 0x88, 0x18,
                                   0x88, 0x18, 0x88, 0x18, 0x88, 0x18};
    struct isa *isa = open_core("cortex-m4");
    struct insn i[6];
    uint32_t undefined;
    uint8_t it = 0;
    assert_int_equal(isa_decode(isa, code, 6, 0, &it, i, 6, &undefined), 3);
    assert_true(it != 0);
    assert_int_equal(isa_decode(isa, code + 6, 6, 6, &it, i + 3, 3, &undefined), 3);
    assert_int_equal(it, 0);
    static const uint8_t cond[] = {1, 0, 1, 1}; /* ne eq ne ne */
    for (int k = 0; k < 4; k++)
        assert_int_equal(i[k + 1].cond, cond[k]);
    for (int k = 1; k < 5; k++)
        assert_true(i[k].flags & INSN_IN_IT);
    assert_false(i[5].flags & INSN_IN_IT);
    char text[40];
    isa_text(isa, code + 2, 2, 2, 0x17, text, sizeof text);
    assert_string_equal(text, "addne r0, r1, r2");
    isa_text(isa, code + 2, 2, 2, 0x17, text, 6); /* five characters and the end */
    assert_string_equal(text, "addne");
    isa_text(isa, code + 2, 2, 2, 0x17, text, 17); /* all sixteen */
    assert_string_equal(text, "addne r0, r1, r2");
    isa_text(isa, code + 2, 2, 2, 0x17, text, 1);
    assert_string_equal(text, "");
    isa_close(isa);
}

static void double_precision_is_undefined_on_m4(void **state)
{
    (void)state;
    static const uint8_t vadd_f64[] = {0x31, 0xee, 0x02, 0x0b};
    struct isa *m4 = open_core("cortex-m4"), *m7 = open_core("cortex-m7");
    struct insn i;
    uint32_t undefined;
    uint8_t it = 0;
    assert_int_equal(isa_decode(m4, vadd_f64, 4, 0x40, &it, &i, 1, &undefined), 0);
    assert_int_equal(undefined, 0x40);
    assert_int_equal(isa_decode(m7, vadd_f64, 4, 0x40, &it, &i, 1, &undefined), 1);
    assert_int_equal(i.cls, CLASS_fp64_add);
    isa_close(m4);
    isa_close(m7);
}

static void divisions_end_early(void **state)
{
    (void)state;
    for (size_t c = 0; c < 2; c++) {
        struct isa *isa = open_core(cores[c]);
        struct insn i = one(isa, 0xfbb1f2f3, 0); /* udiv */
        int base = isa->row[CLASS_div].cycles, min = isa_rule(isa, "divide_min"),
            max = isa_rule(isa, "divide_max");
        assert_int_equal(base, min);
        assert_int_equal(isa_dynamic_extra(isa, &i, 5, 7), 0);
        assert_int_equal(isa_dynamic_extra(isa, &i, 5, 0), 0);
        assert_true(isa_dynamic_extra(isa, &i, UINT32_MAX, 1) > 0);
        struct insn s = one(isa, 0xfb91f2f3, 0); /* sdiv: by magnitude */
        assert_int_equal(isa_dynamic_extra(isa, &s, 0u - 1000u, 7),
                         isa_dynamic_extra(isa, &i, 1000, 7));
        for (int bits = 0; bits < 32;
             /* of the quotient, less one: 3 to 11 and 3 to 19 cycles, as in docs/timing.md */
             bits++) {
            uint32_t extra = (uint32_t)((c == 0 ? 3 + (bits + 3) / 4 : 3 + (bits + 1) / 2) - min);
            assert_int_equal(isa_dynamic_extra(isa, &i, UINT32_C(1) << bits, 1), extra);
            if (bits < 31)
                assert_int_equal(isa_dynamic_extra(isa, &i, UINT32_C(3) << bits, 3), extra);
            assert_true(extra <= (uint32_t)(max - min));
        }
        isa_close(isa);
    }
}

/* DWT's own view, as measured on the part: the second of a run of misaligned wide instructions
 * decides. */
static void misaligned_runs_count_by_their_second(void **state)
{
    (void)state;
    static const uint16_t runs[2][7] = {
        {0x683e, 0xeb01, 0x0002, 0xf8d3, 0x4000, 0xeb01, 0x0002},  /* ldr; add.w, ldr.w, add.w */
        {0x683e, 0xf8d3, 0x4000, 0xeb01, 0x0002, 0xf8d3, 0x5000}}; /* ldr; ldr.w, add.w, ldr.w */
    struct isa *isa = open_core("cortex-m4");
    for (int k = 0; k < 2; k++) {
        struct insn i[4];
        struct err e = {0};
        uint8_t code[14], it = 0;
        uint32_t undefined;
        for (int h = 0; h < 7; h++)
            code[2 * h] = (uint8_t)runs[k][h], code[2 * h + 1] = (uint8_t)(runs[k][h] >> 8);
        int32_t cpi[2], lsu[2];
        for (int misaligned = 0; misaligned < 2; misaligned++) {
            assert_int_equal(isa_decode(isa, code, 14, misaligned ? 0 : 2, &it, i, 4, &undefined),
                             4);
            struct isa_run *run = isa_run_new(isa, i, 4, &e);
            assert_non_null(run);
            const struct pipe_cost *c = isa_cost(run, PIPE_RESET, 0, &e);
            cpi[misaligned] = c->stall[STALL_CPI], lsu[misaligned] = c->stall[STALL_LSU];
        }
        int rule = isa_rule(isa, "wide_run");
        assert_int_equal(lsu[1] - lsu[0], k == 0 ? rule : 0);
        assert_int_equal(cpi[1] - cpi[0], k == 0 ? 0 : rule);
    }
    isa_close(isa);
}

static void prediction_learns(void **state)
{
    (void)state;
    struct isa *isa = open_core("cortex-m7");
    struct insn beq = one(isa, 0xd0fe, 0), bx = one(isa, 0x4770, 0), b = one(isa, 0xe7fe, 0);
    struct branch_history h = {0};
    assert_false(isa_mispredicts(&h, &beq, false, 2));
    assert_true(isa_mispredicts(&h, &beq, true, 0x1000));
    assert_true(isa_mispredicts(&h, &beq, true, 0x1000));
    for (int k = 0; k < 9; k++)
        assert_false(isa_mispredicts(&h, &beq, true, 0x1000));
    assert_true(isa_mispredicts(&h, &beq, false, 2));      /* the end of the loop */
    assert_false(isa_mispredicts(&h, &beq, true, 0x1000)); /* entered again */
    struct branch_history r = {0};
    assert_true(isa_mispredicts(&r, &bx, true, 0x100));
    assert_false(isa_mispredicts(&r, &bx, true, 0x100));
    assert_true(isa_mispredicts(&r, &bx, true, 0x200)); /* called from elsewhere */
    struct branch_history d = {0};
    assert_false(isa_mispredicts(&d, &b, true, 0x1000));
    isa_close(isa);
}

static void bad_core_files_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *says;
    } bad[] = {
        {"- {rule: skipped, cycles: 0", "- {rule: skipped, cycles: 0MHz",
         "'0MHz' is not a whole number"},
        {"- {rule: skipped,", "- {rule: skippd,", "unknown rule 'skippd'"},
        {"- {rule: divide_bits_per_cycle, cycles: 4", "- {rule: divide_bits_per_cycle, cycles: 0",
         "expected 1 to 64"},
        {"- {class: mla, cycles: 1", "- {class: mla, cycles: 65", "65"},
        {"- {class: mla,", "- {class: mul,", "class 'mul' is given twice"},
        {"- {class: mla,", "- {class: fp64_add,", "class 'fp64_add' is of FPv5-DP"},
        {"\n  - {class: clrex, cycles: 1, source: arm-cm4-trm}", "", "class 'clrex' has no row"},
        {"extensions: [v7-M, DSP]", "extensions: [v8-M]", "v8-M"},
        {"value: 0x200, fixed: 0", "value: 0x200, fixed: 0x300", "expected 0 to 512"},
        {"priority_bits: 4", "priority_bits: 9", "9"},
        {"fpu: single", "fpu: quad", "quad"},
    };
    char *good = slurp("isa/cores/cortex-m4.yaml");
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        char *at = strstr(good, bad[k].from);
        assert_non_null(at);
        struct buf b = {0};
        struct err e = {0};
        buf_add(&b, good, (size_t)(at - good));
        buf_str(&b, bad[k].to);
        buf_str(&b, at + strlen(bad[k].from));
        char path[] = "/tmp/etinysim-core-XXXXXX.yaml";
        int fd = mkstemps(path, 5);
        assert_true(fd >= 0);
        FILE *f = fdopen(fd, "w");
        assert_non_null(f);
        assert_int_equal(fwrite(b.data, 1, b.len, f), b.len);
        fclose(f);
        assert_null(isa_open(path, &e));
        remove(path);
        assert_int_equal(e.code, ERR_INPUT);
        if (!strstr(e.msg, bad[k].says))
            fail_msg("'%s' does not say \"%s\"", e.msg, bad[k].says);
        assert_non_null(strstr(e.msg, ".yaml:"));
        buf_free(&b);
    }
    free(good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_class_is_costed_with_a_source),
        cmocka_unit_test(instruction_list_is_clean),
        cmocka_unit_test(every_pattern_decodes_or_is_undefined),
        cmocka_unit_test(records_say_what_instructions_do),
        cmocka_unit_test(it_blocks_are_tracked_across_calls),
        cmocka_unit_test(double_precision_is_undefined_on_m4),
        cmocka_unit_test(divisions_end_early),
        cmocka_unit_test(misaligned_runs_count_by_their_second),
        cmocka_unit_test(prediction_learns),
        cmocka_unit_test(bad_core_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
