/* Micro kernels: a file of lines KERNEL(name, how, offset, "assembly", expected) is assembled once
 * and each body is timed N and 2N times in a row; the difference must be exactly N times
 * `expected`: a literal sum, its terms named in the comment behind it (classes and rules of
 * isa/cores), worked out from the sources that each program names.
 *   STRAIGHT  the body repeated in straight line (branches inside fall through)
 *   LOOP      the body executed again and again: it ends in a taken branch (correctly predicted,
 *             if predicted at all)
 *   MISS      as LOOP, and each of these branches is mispredicted
 *   SKIP      as STRAIGHT, and no IT condition holds
 * `offset` is the address of the body modulo 8. Included once by each test program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "isa/core.h"

enum how { STRAIGHT, LOOP, MISS, SKIP };
enum { REPEAT = 12, KERNEL_MAX = 512, MARK = 0x5eed };

static struct isa *isa;
static uint8_t *image; /* assembled kernels */
static long image_size;

/* Code of the k-th kernel: between its mark and the next one. */
static const uint8_t *body(int k, size_t *size)
{
    for (long at = 0; at + 8 <= image_size; at += 4) {
        const uint8_t *p = image + at;
        if (p[0] != (MARK & 0xff) || p[1] != MARK >> 8 || (p[2] | p[3] << 8) != k || p[4] != 0xff ||
            p[5] != 0xff)
            continue;
        *size = (size_t)(p[6] | p[7] << 8);
        return p + 8;
    }
    fail_msg("kernel %d was not assembled", k);
    return NULL;
}

static struct isa_run *run_of(const struct insn *i, int n)
{
    struct err e = {0};
    struct isa_run *r = isa_run_new(isa, i, n, &e);
    assert_non_null(r);
    return r;
}

static int64_t charge(struct isa_run *r, pipe_state *state, enum how how, int exit)
{
    struct err e = {0};
    const struct pipe_cost *c = isa_cost(r, *state, how == SKIP ? 0 : ~UINT64_C(0), &e);
    assert_non_null(c);
    *state = c->exit[exit];
    return c->cycles;
}

static int64_t cycles_of(const uint8_t *code, size_t size, enum how how, uint32_t offset, int times)
{
    static uint8_t bytes[2 * REPEAT * KERNEL_MAX];
    static struct insn insn[REPEAT * KERNEL_MAX];
    bool again = how == LOOP || how == MISS;
    int copies = again ? 1 : times;
    struct err e = {0};
    uint32_t undefined;
    uint8_t it = 0;
    assert_true(size > 0 && size <= KERNEL_MAX);
    for (int k = 0; k < copies; k++)
        memcpy(bytes + (size_t)k * size, code, size);
    int n = isa_decode(isa, bytes, (size_t)copies * size, 0x08000000 + offset, &it, insn,
                       REPEAT * KERNEL_MAX, &undefined);
    if (n <= 0 || undefined || it)
        fail_msg("kernel does not decode: %s, undefined at %08x, ITSTATE %02x", e.msg, undefined,
                 it);
    pipe_state state = PIPE_RESET;
    int64_t cycles = 0;
    if (again) {
        assert_true(insn[n - 1].flags & INSN_BRANCH);
        struct isa_run *r = run_of(insn, n);
        for (int k = 0; k < times; k++)
            cycles +=
                charge(r, &state, how, how == MISS ? EXIT_TAKEN | EXIT_MISPREDICTED : EXIT_TAKEN);
        return cycles;
    }
    for (int from = 0, to = 1; to <= n; to++)
        if (to == n || (insn[to - 1].flags & INSN_BRANCH)) {
            cycles += charge(run_of(insn + from, to - from), &state, how, EXIT_NEXT);
            from = to;
        }
    return cycles;
}

struct kernel {
    const char *name;
    enum how how;
    uint32_t offset;
    const char *text;
    int (*expected)(void);
};

static const struct kernel *all_kernels;

/* One kernel: twice the repetitions, so that what comes before the steady state and after it falls
 * out. */
static void check(void **state)
{
    const struct kernel *k = *state;
    size_t size = 0;
    const uint8_t *code = body((int)(k - all_kernels), &size);
    int64_t once = cycles_of(code, size, k->how, k->offset, REPEAT);
    int64_t twice = cycles_of(code, size, k->how, k->offset, 2 * REPEAT);
    if (twice - once != (int64_t)REPEAT * k->expected())
        fail_msg("%g cycles a repetition, %d expected", (double)(twice - once) / REPEAT,
                 k->expected());
}

/* Assembles all kernels with one call. */
static int assemble(const struct kernel *all, int n, const char *cpu)
{
    char dir[] = "/tmp/etinysim-micro-XXXXXX", path[64], command[512];
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof path, "%s/k.s", dir);
    FILE *f = fopen(path, "w");
    if (!f)
        return -1;
    fprintf(f, ".syntax unified\n.cpu %s\n.fpu fpv5-d16\n.thumb\n", cpu);
    for (int k = 0; k < n; k++)
        fprintf(f, ".balign 4\n.hword %d, %d, 0xffff, 99f - 98f\n98:\n%s\n99:\n", MARK, k,
                all[k].text);
    fclose(f);
    snprintf(command, sizeof command,
             "cd %s && arm-none-eabi-as --no-warn -o k.o k.s && arm-none-eabi-objcopy -O binary -j "
             ".text k.o k.bin",
             dir);
    int rc = system(command);
    snprintf(path, sizeof path, "%s/k.bin", dir);
    f = rc == 0 ? fopen(path, "rb") : NULL;
    if (f) {
        fseek(f, 0, SEEK_END);
        image_size = ftell(f);
        rewind(f);
        image = malloc((size_t)image_size);
        if (!image || fread(image, 1, (size_t)image_size, f) != (size_t)image_size)
            rc = -1;
        fclose(f);
    }
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command) == 0 && f && rc == 0 ? 0 : -1;
}

static int close_all(void **state)
{
    (void)state;
    isa_close(isa);
    free(image);
    return 0;
}

static int run_kernels(const char *core, struct kernel *all, int n)
{
    struct CMUnitTest *tests = calloc((size_t)n, sizeof *tests);
    struct err e = {0};
    isa = isa_open(core, &e);
    all_kernels = all;
    if (!tests || !isa || assemble(all, n, core) != 0) {
        printf("not ok 1 - %s: the kernels cannot be assembled %s\n", core, e.msg);
        return 1;
    }
    for (int k = 0; k < n; k++)
        tests[k] = (struct CMUnitTest){all[k].name, check, NULL, NULL, &all[k]};
    int failed = _cmocka_run_group_tests(core, tests, (size_t)n, NULL, close_all);
    free(tests);
    return failed;
}
