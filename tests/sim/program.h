/* Programs for the tests of the machine: assembled, run, and counted in two ways. */
#ifndef TESTS_SIM_PROGRAM_H
#define TESTS_SIM_PROGRAM_H

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
#include "isa/isa.h"
#include "sim/machine.h"

static char dir[] = "/tmp/sim-test-XXXXXX";
static const char *const boards[] = {"stm32f407", "stm32f412", "stm32f746",
                                     "stm32h743", "stm32l4r5", "stm32l4r9"};

static const char *path(const char *name)
{
    static char p[2][128];
    static int k;
    k = !k;
    snprintf(p[k], sizeof p[k], "%s/%s", dir, name);
    return p[k];
}

/* Assembles text behind a vector table; the stack begins at 0x20004000. */
static const char *assemble_at(const char *text, const char *flags)
{
    char cmd[512];
    FILE *f = fopen(path("p.S"), "w");
    assert_non_null(f);
    fprintf(f,
            ".syntax unified\n.thumb\n.fpu fpv4-sp-d16\n.text\n.word 0x20004000\n.word Reset + "
            "1\n.weak HardFault, PendSV, SysTick\n"
            ".word 0, HardFault\n.rept 10\n.word 0\n.endr\n.word PendSV, SysTick\n.global "
            "Reset\n.type Reset, %%function\n"
            ".macro func name\n.ltorg\n.balign 4\n.global \\name\n.type \\name, "
            "%%function\n.thumb_func\n\\name:\n.endm\n"
            ".macro exit\nmovs r0, #0x18\nldr r1, =0x20026\nbkpt "
            "0xab\n.endm\n.thumb_func\nReset:\n%s\n.ltorg\n",
            text);
    fclose(f);
    snprintf(cmd, sizeof cmd,
             "arm-none-eabi-gcc -mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16 -nostdlib "
             "-Wl,--build-id=none "
             "-Wl,-Ttext=0x08000000 -Wl,-e,Reset %s %s/p.S -o %s/p.elf 2>%s/log",
             flags, dir, dir, dir);
    if (system(cmd))
        fail_msg("does not assemble: %s", cmd);
    return path("p.elf");
}

static const char *assemble(const char *text)
{
    return assemble_at(text, "");
}

struct result {
    struct err e;
    struct rows rows;
    struct machine_totals t;
    char uart[256], deepest[64];
};

static struct result run_with(struct machine_options o)
{
    struct result r = {0};
    struct machine *m = machine_open(&o, &r.e);
    if (!m)
        return r;
    machine_run(m, &r.e);
    machine_summary(m, &r.t);
    snprintf(r.deepest, sizeof r.deepest, "%.60s", r.t.stack_peak_at);
    snprintf(r.uart, sizeof r.uart, "%.200s", machine_uart(m));
    struct err e = {0};
    assert_true(machine_rows(m, &r.rows, &e));
    machine_close(m);
    return r;
}

static struct result run(const char *board, const char *elf)
{
    struct result r = run_with((struct machine_options){
        .elf_path = elf, .board = board, .scopes = "*", .max_cycles = 100000000});
    assert_string_equal(r.e.msg, "");
    return r;
}

static void same_by_hooks(const char *elf)
{
    uint64_t stalls = 0;
    for (size_t b = 0; b < sizeof boards / sizeof *boards; b++) {
        struct machine_options o = {.elf_path = elf, .board = boards[b], .scopes = "*"};
        struct result fast = run_with(o);
        o.mode = MODE_HOOKS;
        struct result slow = run_with(o);
        assert_string_equal(fast.e.msg, "");
        assert_string_equal(slow.e.msg, "");
        assert_int_equal(fast.t.cycles, slow.t.cycles);
        assert_int_equal(fast.t.instructions, slow.t.instructions);
        assert_string_equal(fast.uart, slow.uart);
        assert_int_equal(fast.rows.ntally, slow.rows.ntally);
        assert_int_equal(fast.rows.nscope, slow.rows.nscope);
        for (size_t i = 0; i < fast.rows.ntally; i++) {
            const struct tally_row *x = &fast.rows.tally[i], *y = &slow.rows.tally[i];
            if (x->count != y->count || strcmp(x->action, y->action) || x->scope != y->scope)
                fail_msg("%s, %s: %s.%s %llu, by hooks %s.%s %llu", boards[b],
                         fast.rows.scope[x->scope].name, x->component, x->action,
                         (unsigned long long)x->count, y->component, y->action,
                         (unsigned long long)y->count);
        }
        stalls += fast.t.stall[STALL_FETCH] + fast.t.stall[STALL_DATA];
        rows_free(&fast.rows);
        rows_free(&slow.rows);
    }
    assert_true(stalls > 0); /* there was something to agree on */
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    const char *names[] = {"p.S", "p.elf", "log", "bad.elf", "b.yaml"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(path(names[i]));
    return rmdir(dir);
}

#endif
