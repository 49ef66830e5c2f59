/* sim/: the machine against hand counts, against itself by another way of counting, and against bad
 * input. Programs are assembled here; each begins with a vector table at the start of flash. */
#include "sim/boards/board.h"
#include "tests/sim/program.h"
#include "tests/sim/random.h"

static uint64_t total(const struct rows *r, const char *component, const char *action)
{
    uint64_t n = 0;
    for (size_t i = 0; i < r->ntally; i++)
        if (!strcmp(r->tally[i].component, component) && !strcmp(r->tally[i].action, action))
            n += r->tally[i].count;
    return n;
}

static uint64_t of_scope(const struct rows *r, const char *scope, const char *component,
                         const char *action)
{
    for (size_t i = 0; i < r->ntally; i++)
        if (!strcmp(r->scope[r->tally[i].scope].name, scope) &&
            !strcmp(r->tally[i].component, component) && !strcmp(r->tally[i].action, action))
            return r->tally[i].count;
    return 0;
}

static uint64_t cycles_of(const struct rows *r, const char *scope)
{
    uint64_t n = 0;
    for (int i = 0; i < STALL_COUNT; i++)
        if (i != STALL_FOLD && i != STALL_DUAL)
            n += of_scope(r, scope, "core", isa_stall_names[i]);
    return n;
}

/* Everything that makes addresses or times hard to know in advance. */
static const char torture[] =
    "movw r0, #0xed88\nmovt r0, #0xe000\nldr r1, [r0]\norr r1, #0xf00000\nstr r1, [r0]\n"
    /* F4 and F7: wait states and accelerator */
    "ldr r7, =0x40023c00\nldr r8, =0x0705\nstr r8, [r7]\n"
    "ldr r7, =0x40022000\nstr r8, [r7]\n"                                 /* L4 */
    "ldr r7, =0xe000ed14\nldr r8, [r7]\norr r8, #0x30000\nstr r8, [r7]\n" /* M7: caches */
    "bl fill\nbl chase\nbl odd\nbl divide\nbl maybe\nbl table\nbl parked\nbl copy\nbl wide\nbl "
    "alias\nbl clock\nexit\n"
    "func fill\nldr r0, =0x20000800\nmovw r1, #0x400\n1: str r1, [r0], #4\nsubs r1, #1\nbne 1b\nbx "
    "lr\n"
    "func chase\npush {r4, lr}\nldr r0, =0x20000400\nadr r1, words\nstr r1, [r0, #8]\nmovs r4, "
    "#50\n"
    "1: ldr r2, [r0, #8]\nldr r3, [r2, r4, lsl #2]\nldrb r3, [r2, r4]\nldrsh r3, [r2, #6]\nsubs "
    "r4, #1\nbne 1b\npop {r4, pc}\n"
    "func odd\nldr r0, =0x20000801\nmovs r1, #200\n1: ldr r2, [r0], #5\nldrh r3, [r0, #2]\nstr r2, "
    "[r0, #-3]\nsubs r1, #1\nbne 1b\nbx lr\n"
    "func divide\nmovs r0, #0\nmvn r1, #0\nmovs r2, #40\n1: udiv r3, r1, r2\nsdiv r3, r1, r2\nadd "
    "r0, r3\nsubs r2, #1\nbne 1b\nbx lr\n"
    "func maybe\nldr r0, =0x20000900\nmovs r1, #100\n1: tst r1, #1\nitte eq\nldreq r2, [r0]\nstreq "
    "r1, [r0, #4]\nldrne r2, [r0, #12]\n"
    "tst r1, #2\nit ne\naddne r0, #4\nldr r2, [r0]\nsubs r1, #1\nbne 1b\nbx lr\n"
    "func table\nmovs r1, #60\nmovs r2, #0\n1: and r3, r1, #3\ntbb [pc, r3]\n2: .byte (3f-2b)/2, "
    "(4f-2b)/2, (5f-2b)/2, (6f-2b)/2\n"
    "3: adds r2, #1\n4: adds r2, #2\n5: adds r2, #3\n6: subs r1, #1\nbne 1b\nbx lr\n"
    "func parked\npush {r4-r7, lr}\nldr r0, =0x20000800\nadr r1, words\nvmov s0, r0\nvmov s5, "
    "r1\nmovs r4, #30\n"
    "1: vmov r2, s0\nvmov r3, s5\nldm r2!, {r5, r6, r7}\nldrd r5, r6, [r3, #8]\nadd r2, r4\nsub "
    "r2, r4\nvmov s0, r2\nvldr s1, [r3]\n"
    "smlad r5, r6, r7, r5\nsubs r4, #1\nbne 1b\npop {r4-r7, pc}\n"
    "func copy\nldr r0, =0x08000000\nldr r1, =0x20001000\nmov r2, #512\n1: ldr r3, [r0], #4\nstr "
    "r3, [r1], #4\nsubs r2, #1\nbne 1b\nbx lr\n"
    "func wide\npush {r4-r11, lr}\nmovs r2, #8\n1:\n.rept 300\nadd.w r3, r4, r5\nldr.w r6, [sp, "
    "#4]\nmul r7, r3, r6\n.endr\nsubs r2, #1\nbne.w 1b\npop {r4-r11, pc}\n"
    "func alias\nldr r0, =0x20000500\nldr r1, =0x20000600\nmovs r2, #40\n1: str r1, [r0]\nldr r3, "
    "[r0]\nstrb r2, [r3, #2]\nldrh r3, [r3, #2]\n"
    "eor r1, #0x10\nsubs r2, #1\nbne 1b\nbx lr\n"
    "func clock\nldr r0, =0xe000edfc\nmov r1, #0x1000000\nstr r1, [r0]\nldr r0, =0xe0001000\nmovs "
    "r1, #1\nstr r1, [r0]\nmovs r2, #20\n"
    "1: ldr r3, [r0, #4]\nmul r4, r2, r2\nldr r4, [r0, #4]\nsub r4, r3\nldr r5, =0x20000700\nstr "
    "r4, [r5]\nldrb r6, [r5]\nsubs r2, #1\nbne 1b\nbx lr\n"
    ".balign 4\nwords:\n.rept 64\n.word 0x01020304\n.endr\n";

static void ways_of_counting_agree(void **state)
{
    (void)state;
    same_by_hooks(assemble(torture));
}

/* More watched instructions, divisions, than get a hook each (MAX_SINGLE_HOOKS): half of them run
 * before the others are seen. */
static void many_watched_instructions_agree(void **state)
{
    (void)state;
    const char *elf = assemble(
        "movs r1, #100\nmovs r2, #3\nmovs r6, #5\n1: bl f\nsubs r6, #1\nbne 1b\nbl g\nbl f\n"
        "exit\n.ltorg\nfunc f\n.rept 200\nudiv r0, r1, r2\n.endr\nbx lr\n"
        "func g\n.rept 200\nudiv r0, r1, r2\n.endr\nbx lr\n");
    same_by_hooks(elf);
    struct result r = run("stm32f412", elf);
    /* docs/timing.md: 5 more significant bits take 2 + 1 + 2 cycles, 4 of them CPI */
    assert_in_range(total(&r.rows, "core", "cpi"), 1400 * 4, 1400 * 4 + 20);
    rows_free(&r.rows);
}

static void random_programs_agree(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 12; seed++)
        same_by_hooks(assemble(random_program(seed * 7919, 0, 0)));
}

static void code_that_changes_is_decoded_again(void **state)
{
    (void)state;
    const char *elf = assemble(/* in turn: ldr r1, [r0]; bx lr and adds r3, r0, r1; bx lr */
                               "ldr r5, =0x20001000\nmov r0, r5\nmovs r6, #40\n1: tst r6, #1\nite "
                               "eq\nldreq r1, =0x47706801\nldrne r1, =0x47701843\nstr r1, [r5]\n"
                               "dsb\nisb\nadd r2, r5, #1\nblx r2\nsubs r6, #1\nbne 1b\nexit\n");
    same_by_hooks(elf);
    struct result r = run("stm32f412", elf);
    assert_int_equal(total(&r.rows, "sram1", "read32"), 20);
    rows_free(&r.rows);
}

static void same_run_same_rows(void **state)
{
    (void)state;
    const char *elf = assemble(torture);
    struct result a = run("stm32f746", elf), b = run("stm32f746", elf);
    assert_int_equal(a.rows.ntally, b.rows.ntally);
    assert_memory_equal(a.rows.tally, b.rows.tally, a.rows.ntally * sizeof *a.rows.tally);
    assert_string_equal(a.rows.run.config_json, b.rows.run.config_json);
    rows_free(&a.rows);
    rows_free(&b.rows);
}

/* Where Unicorn cuts a block (it does every 1 KiB) must not show: the same loop, moved over such a
 * border in small steps. The board has no wait state, so that the place itself costs nothing;
 * alignment modulo 4 stays. */
static void cuts_do_not_show(void **state)
{
    (void)state;
    uint64_t first = 0;
    for (int shift = 960; shift <= 1024; shift += 8) {
        char text[1024];
        snprintf(text, sizeof text,
                 "bl f\nexit\n.org %d\nfunc f\nldr r0, =0x20000400\nmovs r1, #50\n.balign 4\n1: "
                 "ldr r2, [r0]\nldr r3, [r0, #4]\nadd r2, r3\n"
                 "str r2, [r0, #8]\nmul r2, r3\nldr r3, [r0, #12]\nldr r2, [r3, r1]\nit ne\naddne "
                 "r2, r3\nadd r2, r2, r3\nadd.w r2, r2, r3\n"
                 "ldrd r2, r3, [r0]\nsubs r1, #1\nbne 1b\nbx lr\n",
                 shift);
        struct result r = run("stm32f412", assemble(text));
        uint64_t n = cycles_of(&r.rows, "f");
        if (shift == 960)
            first = n;
        assert_int_equal(n, first);
        rows_free(&r.rows);
    }
    assert_true(first > 50 * 16);
}

static void traffic_by_hand(void **state)
{
    (void)state;
    struct result r = run(
        "stm32f412", assemble("bl f\nexit\nfunc f\nldr r0, =0x20000400\nmovs r1, #10\n1: ldr r2, "
                              "[r0]\nldrb r3, [r0, #1]\nldrsh r3, [r0, #2]\nldrd r2, r3, [r0, #8]\n"
                              "ldm r0, {r2, r3, r4}\nstr r2, [r0, #4]\nstrh r2, [r0, #4]\nstrb r2, "
                              "[r0, #4]\nstm r0, {r2, r3}\nsmlad r2, r3, r4, r2\nmul r2, r3, r4\n"
                              "subs r1, #1\nbne 1b\nbx lr\n"));
    assert_int_equal(of_scope(&r.rows, "f", "sram1", "read32"), 10 * (1 + 2 + 3));
    assert_int_equal(of_scope(&r.rows, "f", "sram1", "read16"), 10);
    assert_int_equal(of_scope(&r.rows, "f", "sram1", "read8"), 10);
    assert_int_equal(of_scope(&r.rows, "f", "sram1", "write32"), 10 * (1 + 2));
    assert_int_equal(of_scope(&r.rows, "f", "sram1", "write16"), 10);
    assert_int_equal(of_scope(&r.rows, "f", "sram1", "write8"), 10);
    assert_int_equal(of_scope(&r.rows, "f", "flash", "read32"), 1); /* the literal */
    assert_int_equal(of_scope(&r.rows, "f", "core", "macs"), 10 * (2 + 1));
    assert_int_equal(of_scope(&r.rows, "f", "core", "instructions"), 2 + 10 * 13 + 1);
    assert_int_equal(of_scope(&r.rows, "f", "core", "calls"), 1);
    rows_free(&r.rows);
}

/* A pointer that the block itself has written, wholly or in part, before it is loaded: the load
 * through it goes where the new value says, to flash, and not to 0x20000600 where the old one
 * pointed. */
static void pointers_written_in_the_block_are_new(void **state)
{
    static const char *const writes[] = {
        "str r2, [r0]\nldr r4, [r0]\n",       /* the same word */
        "strb r3, [r0, #3]\nldr r4, [r0]\n",  /* its last byte: 08 instead of 20 */
        "str.w r3, [r0, #3]\nldr r4, [r0]\n", /* a word that begins there */
        /* one that ends in its first byte, a halfword */
        "str.w r2, [r0, #-3]\nstrh.w r5, [r0, #2]\nldr.w r4, [r0]\n",
        /* the last word of three */
        "sub r0, #8\nstm r0, {r1, r2, r5}\nldr r6, [r0, #8]\nadds r4, r6, r2\n",
        /* one that ends in its first byte alone: 1, which the shift makes 0x08000000 */
        "mov.w r6, #0x1000000\nstr.w r6, [r0, #-3]\nldr.w r4, [r0]\nlsls r4, r4, #27\n",
        "strd r5, r2, [r0, #-4]\nldr r4, [r0]\n", /* the second of a pair */
    };
    (void)state;
    for (size_t i = 0; i < sizeof writes / sizeof *writes; i++) {
        char text[1024];
        snprintf(text, sizeof text,
                 "bl f\nexit\nfunc f\nmov.w r1, #0x20000000\nadd.w r0, r1, #0x400\nadd.w r1, r1, "
                 "#0x600\nstr r1, [r0]\n"
                 "mov.w r2, #0x08000000\nmovs r3, #8\nmov.w r5, #0x800\nb 1f\n1: %sldr r7, [r4]\nb "
                 "2f\n2: bx lr\n",
                 writes[i]);
        const char *elf = assemble(text);
        struct result r = run("stm32f412", elf);
        if (of_scope(&r.rows, "f", "flash", "read32") != 1 ||
            of_scope(&r.rows, "f", "sram1", "read32") != 1)
            fail_msg("case %zu: %d reads of flash", i,
                     (int)of_scope(&r.rows, "f", "flash", "read32"));
        rows_free(&r.rows);
        same_by_hooks(elf);
    }
}

/* A load that is not aligned: on Cortex-M4 a word at an odd address is three transfers, two cycles
 * more; on Cortex-M7 its table says three cycles. 50 of them, from memory that has no other wait,
 * in code that the instruction cache holds. */
static void unaligned_loads_cost_what_the_core_says(void **state)
{
    static const struct {
        const char *board;
        unsigned each;
    } cores[] = {{"stm32f412", 2}, {"stm32f746", 3}, {"stm32h743", 3}};
    (void)state;
    for (size_t i = 0; i < sizeof cores / sizeof *cores; i++) {
        uint64_t n[2];
        for (unsigned odd = 0; odd < 2; odd++) {
            char text[512];
            snprintf(text, sizeof text,
                     "ldr r7, =0xe000ed14\nldr r6, [r7]\norr r6, #0x20000\nstr r6, "
                     "[r7]\ndsb\nisb\nbl f\nexit\n"
                     "func f\nmov.w r0, #0x20000000\nadd.w r0, r0, #0x400\nmovs r1, #50\n.balign "
                     "8\n1: ldr.w r2, [r0, #%u]\nnop.w\nsubs r1, #1\nbne 1b\nbx lr\n",
                     odd);
            struct result r = run(cores[i].board, assemble(text));
            n[odd] = cycles_of(&r.rows, "f");
            rows_free(&r.rows);
        }
        assert_int_equal(n[1] - n[0], 50 * cores[i].each);
    }
}

static void skipped_instructions_count_and_do_not_access(void **state)
{
    (void)state;
    struct result r =
        run("stm32f412",
            assemble("bl f\nexit\nfunc f\nldr r0, =0x20000400\nmovs r1, #8\n1: tst r1, #1\nite "
                     "eq\nldreq r2, [r0]\nstrne r2, [r0]\nsubs r1, #1\nbne 1b\nbx lr\n"));
    assert_int_equal(of_scope(&r.rows, "f", "sram1", "read32"), 4);
    assert_int_equal(of_scope(&r.rows, "f", "sram1", "write32"), 4);
    assert_int_equal(of_scope(&r.rows, "f", "core", "instructions"), 2 + 8 * 6 + 1);
    rows_free(&r.rows);
}

/* Stalls of a straight run of code that is executed once: each flash line waits once, nothing else
 * does. */
static uint64_t fetch_stalls(const char *board, int lines, unsigned acr)
{
    char text[512];
    snprintf(text, sizeof text,
             "ldr r0, =0x40023c00\nldr r1, =%u\nstr r1, [r0]\nbl f\nexit\n.ltorg\n.balign 64\nfunc "
             "f\n.rept %d\nnop.w\nnop.w\nnop.w\nnop.w\n.endr\nbx lr\n",
             acr, lines);
    struct result r = run(board, assemble(text));
    uint64_t n = of_scope(&r.rows, "f", "core", "fetch");
    rows_free(&r.rows);
    return n;
}

/* A line of twelve cycles (LDM of eight registers 9, three NOP) and two of four, over and over.
 * Five wait states: the second line was read while the first was executed, three cycles of head
 * start are left; with the four of the second these are seven of the six that the third takes, one
 * is left; the next line has 4 + 1 and waits one. */
static void slow_lines_give_a_head_start(void **state)
{
    (void)state;
    uint64_t n[2];
    for (int k = 0; k < 2; k++) {
        char text[600];
        snprintf(text, sizeof text,
                 "ldr r0, =0x40023c00\nldr r1, =0x105\nstr r1, [r0]\nldr r12, =0x20001000\nbl "
                 "f\nexit\n.ltorg\n.balign 64\nfunc f\n"
                 ".rept %d\nldm.w r12, {r0-r7}\n.rept 11\nnop.w\n.endr\n.endr\nbx lr\n",
                 k ? 40 : 20);
        struct result r = run("stm32f407", assemble(text));
        n[k] = of_scope(&r.rows, "f", "core", "fetch");
        rows_free(&r.rows);
    }
    assert_int_equal(n[1] - n[0], 20);
}

static void flash_lines_wait(void **state)
{
    (void)state;
    assert_int_equal(fetch_stalls("stm32f407", 20, 0), 0);
    /* without prefetch and lines: five wait states for each line of four instructions */
    assert_int_equal(fetch_stalls("stm32f407", 40, 0x005) - fetch_stalls("stm32f407", 20, 0x005),
                     20 * 5);
    /* prefetch: four cycles of the six that a read takes pass while a line is executed */
    assert_int_equal(fetch_stalls("stm32f407", 40, 0x105) - fetch_stalls("stm32f407", 20, 0x105),
                     20 * 2);
    /* three wait states are hidden by it */
    assert_int_equal(fetch_stalls("stm32f407", 40, 0x103) - fetch_stalls("stm32f407", 20, 0x103),
                     0);
}

static void instruction_lines_hold_a_loop(void **state)
{
    (void)state;
    char text[512];
    uint64_t stalls[2];
    for (int k = 0; k < 2;
         /* 63 lines of loop fit the 64 of the accelerator, 80 do not: LRU then always misses */
         k++) {
        snprintf(text, sizeof text,
                 "ldr r0, =0x40023c00\nldr r1, =0x205\nstr r1, [r0]\nbl f\nexit\n.ltorg\n.balign "
                 "64\nfunc f\nmovs r2, #10\nnop\nnop.w\nnop.w\nnop.w\n"
                 "1:\n.rept %d\nnop.w\nnop.w\nnop.w\nnop.w\n.endr\nsubs r2, "
                 "#1\nnop\nnop.w\nnop.w\nbne.w 1b\nbx lr\n",
                 k ? 79 : 61);
        struct result r = run("stm32f407", assemble(text));
        stalls[k] = of_scope(&r.rows, "f", "core", "fetch");
        rows_free(&r.rows);
    }
    assert_int_equal(stalls[0], (1 + 62 + 1) * 5);
    assert_in_range(stalls[1], 10 * 80 * 5, (10 * 80 + 2) * 5);
}

/* Reads `bytes` of SRAM `times` over with a stride of one cache line, on an M7 with its data cache
 * on. */
static uint64_t fills(const char *board, unsigned base, unsigned bytes, unsigned times)
{
    char text[512];
    snprintf(text, sizeof text,
             "ldr r0, =0xe000ed14\nldr r1, [r0]\norr r1, #0x30000\nstr r1, [r0]\nbl f\nexit\nfunc "
             "f\nmovw r3, #%u\n2: ldr r0, =%u\nldr r1, =%u\n"
             "1: ldr r2, [r0], #32\nsubs r1, #32\nbne 1b\nsubs r3, #1\nbne 2b\nbx lr\n",
             times, base, bytes);
    struct result r = run(board, assemble(text));
    uint64_t n = total(&r.rows, "dcache", "fill");
    rows_free(&r.rows);
    return n;
}

static void data_cache_holds_what_fits(void **state)
{
    (void)state;
    /* DTCM is not cached: only the literals in flash are */
    uint64_t literals = fills("stm32f746", 0x20000400, 2048, 4);
    assert_in_range(literals, 1, 2);
    assert_int_equal(fills("stm32f746", 0x20010000, 2048, 4) - literals, 64);
    assert_int_equal(
        fills("stm32h743", 0x24000400, 8192, 4) - fills("stm32h743", 0x20000400, 8192, 4), 256);
    /* 16 times the cache: hardly a hit */
    assert_in_range(fills("stm32f746", 0x20010000, 65536, 2), 4000, 4200);
}

/* Counts of scope f, whose text runs after `setup`. */
static uint64_t count_in_f(const char *board, const char *setup, const char *f,
                           const char *component, const char *action)
{
    char text[1500];
    snprintf(text, sizeof text, "%s\nbl f\nexit\n.ltorg\nfunc f\n%s\nbx lr\n", setup, f);
    struct result r = run(board, assemble(text));
    uint64_t n = strcmp(component, "core") ? total(&r.rows, component, action)
                                           : of_scope(&r.rows, "f", component, action);
    rows_free(&r.rows);
    return n;
}

static const char caches_on[] =
    "ldr r0, =0xe000ed14\nldr r1, [r0]\norr r1, #0x30000\nstr r1, [r0]\n";

static void maintenance_empties_the_cache(void **state)
{
    (void)state;
    static const char read[] =
        "1: ldr r0, =0x20010000\nmovw r1, #64\n2: ldr r2, [r0], #32\nsubs r1, #1\nbne 2b\n";
    char text[800];
    uint64_t once = count_in_f("stm32f746", caches_on, read, "dcache", "fill");
    snprintf(text, sizeof text, "movs r6, #2\n%ssubs r6, #1\nbne 1b\n", read);
    uint64_t twice = count_in_f("stm32f746", caches_on, text, "dcache", "fill");
    assert_int_equal(once, twice);
    /* by set and way: 32 sets, 4 ways */
    snprintf(text, sizeof text,
             "ldr r5, =0xe000ef60\nmovs r6, #2\n%smovw r0, #0xfe0\n3: movs r1, #4\n4: subs r1, "
             "#1\norr r2, r0, r1, lsl #30\nstr r2, [r5]\n"
             "cmp r1, #0\nbne 4b\nsubs r0, #32\nbpl 3b\nsubs r6, #1\nbne 1b\n",
             read);
    assert_in_range(count_in_f("stm32f746", caches_on, text, "dcache", "fill") - once, 64, 66);
    /* by address */
    snprintf(text, sizeof text,
             "ldr r5, =0xe000ef5c\nmovs r6, #2\n%sldr r0, =0x20010000\nmovs r1, #64\n3: str r0, "
             "[r5]\nadds r0, #32\nsubs r1, #1\nbne 3b\n"
             "subs r6, #1\nbne 1b\n",
             read);
    assert_in_range(count_in_f("stm32f746", caches_on, text, "dcache", "fill") - once, 64, 65);
}

static void written_lines_go_back(void **state)
{
    (void)state;
    static const char write[] =
        "ldr r0, =0x20010000\nmovw r1, #2048\n1: str r2, [r0], #32\nsubs r1, #1\nbne 1b\n";
    /* all but what the cache still holds */
    uint64_t n = count_in_f("stm32f746", caches_on, write, "dcache", "writeback");
    assert_in_range(n, 2048 - 128, 2048 - 120);
    /* and the stores never waited */
    assert_int_equal(count_in_f("stm32f746", caches_on, write, "core", "data") > 60, 0);
}

static void uncached_loads_cost_a_first_beat(void **state)
{
    (void)state;
    static const char axi_half[] = "ldr r0, =0x58024418\nmovs r1, #8\nstr r1, [r0]\n";
    char text[300];
    const struct {
        const char *board, *setup;
        unsigned base, cycles;
    } cases[] = {{"stm32f746", "nop", 0x20010000, 5},    {"stm32f746", "nop", 0x20000800, 0},
                 {"stm32f746", "nop", 0xc0000000, 16},   {"stm32h743", "nop", 0x24000000, 4},
                 {"stm32h743", axi_half, 0x24000000, 9}, {"stm32h743", axi_half, 0x30000000, 19},
                 {"stm32f412", "nop", 0x20001000, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t n[2];
        for (int k = 0; k < 2; k++) {
            snprintf(
                text, sizeof text,
                "movw r0, #%u\nmovt r0, #%u\nmovs r1, #%d\n1: ldr r2, [r0]\nsubs r1, #1\nbne 1b\n",
                cases[i].base & 0xffff, cases[i].base >> 16, k ? 200 : 100);
            n[k] = count_in_f(cases[i].board, cases[i].setup, text, "core", "data");
        }
        if (n[1] - n[0] != 100 * cases[i].cycles)
            fail_msg("%s 0x%08x: %llu cycles for 100 loads, expected %u each", cases[i].board,
                     cases[i].base, (unsigned long long)(n[1] - n[0]), cases[i].cycles);
    }
}

static void code_in_sram_shares_the_bus(void **state)
{
    (void)state;
    uint64_t n[2];
    for (int k = 0; k < 2; k++) {
        char text[600];
        snprintf(text, sizeof text,
                 "ldr r0, =body\nldr r1, =0x20001000\nmovs r2, #16\n1: ldr r3, [r0], #4\nstr r3, "
                 "[r1], #4\nsubs r2, #1\nbne 1b\n"
                 "ldr r4, =0x20002000\nldr r5, =%s\nblx r5\nexit\n.ltorg\n.balign 4\nbody:\n.rept "
                 "4\nldr r0, [r4]\nadd r0, r0\nstr r0, [r4, #4]\n.endr\nbx lr\n",
                 k ? "0x20001001" : "body + 1");
        struct result r = run("stm32f412", assemble(text));
        n[k] = total(&r.rows, "core", "data");
        rows_free(&r.rows);
    }
    assert_int_equal(n[1] - n[0], 8);
}

/* Banks that the bus matrix has to be asked for: one cycle for a lone load, one for two loads in a
 * row, one for LDM, and on the STM32F407 one for STM; none for STR. */
static void banks_wait_for_their_grant(void **state)
{
    (void)state;
    static const struct {
        const char *board;
        const char *base;
        uint64_t wait;
    } bank[] = {{"stm32l4r5", "0x20002000", 0}, {"stm32l4r5", "0x20030000", 3},
                {"stm32l4r5", "0x20040000", 3}, {"stm32l4r5", "0x10000000", 0},
                {"stm32f407", "0x20002000", 0}, {"stm32f407", "0x2001c000", 4},
                {"stm32f407", "0x10000000", 0}};
    for (size_t k = 0; k < sizeof bank / sizeof *bank; k++)
        for (int mode = 0; mode < 2; mode++) {
            char text[400];
            snprintf(text, sizeof text,
                     "movw r4, #0x%.4s\nmovt r4, #0x%.4s\nldr r0, [r4]\nadd r0, r0\nldr r1, "
                     "[r4]\nldr r2, [r4, #4]\nadd r0, r0\n"
                     "ldm r4, {r1-r3}\nstm r4, {r1-r3}\nadd r0, r0\nstr r1, [r4]\nexit\n",
                     bank[k].base + 6, bank[k].base + 2);
            struct result r =
                run_with((struct machine_options){.elf_path = assemble(text),
                                                  .board = bank[k].board,
                                                  .scopes = "*",
                                                  .max_cycles = 1000,
                                                  .mode = mode ? MODE_HOOKS : MODE_EXACT});
            assert_int_equal(total(&r.rows, "core", "data"), bank[k].wait);
            rows_free(&r.rows);
        }
}

static void cycle_counter_reads_model_time(void **state)
{
    (void)state;
    /* the difference of two reads of CYCCNT around n additions, printed by semihosting as a
     * character */
    char text[600];
    int seen[2];
    for (int k = 0; k < 2; k++) {
        snprintf(text, sizeof text,
                 "ldr r0, =0xe000edfc\nmov r1, #0x1000000\nstr r1, [r0]\nldr r4, =0xe0001000\nmovs "
                 "r1, #1\nstr r1, [r4]\nldr r2, [r4, #4]\n"
                 ".rept %d\nadd r6, r5, r5\n.endr\nldr r3, [r4, #4]\nsub r3, r2\nadd r3, #32\nldr "
                 "r1, =0x20000400\nstrb r3, [r1]\nmovs r0, #3\nbkpt 0xab\nexit\n",
                 k ? 50 : 20);
        struct result r = run("stm32f412", assemble(text));
        seen[k] = (unsigned char)r.uart[0] - 32;
        rows_free(&r.rows);
    }
    assert_int_equal(seen[1] - seen[0], 30);
    assert_in_range(seen[0], 20, 24);
}

/* A read counts what it waited for: behind a load of 2 cycles a branch of 1 and its refill of 1, or
 * an addition of 1 and the cycle in which the address that it made is not there yet
 * (docs/timing.md). */
static void cycle_counter_is_read_at_issue(void **state)
{
    (void)state;
    static const char *const between[] = {"b 7f\nnop\n7:", "add r4, r4, #0"};
    for (size_t k = 0; k < sizeof between / sizeof *between; k++) {
        char text[600];
        snprintf(text, sizeof text,
                 "ldr r0, =0xe000edfc\nmov r1, #0x1000000\nstr r1, [r0]\nldr r4, =0xe0001000\nmovs "
                 "r1, #1\nstr r1, [r4]\ndsb\n.balign 8\nldr.w r2, [r4, #4]\n%s\nldr.w "
                 "r3, [r4, #4]\nsub r3, r2\nadd r3, #32\nldr r1, =0x20000400\nstrb r3, [r1]\nmovs "
                 "r0, #3\nbkpt 0xab\nexit\n",
                 between[k]);
        struct result r = run("stm32f412", assemble(text));
        assert_int_equal((unsigned char)r.uart[0] - 32, 4);
        rows_free(&r.rows);
    }
}

/* The counters of DWT as firmware sees them: their differences over N more copies of a body add up
 * to its instructions. */
static void dwt_counters_add_up(void **state)
{
    (void)state;
    static const char *const boards_here[] = {"stm32f412", "stm32f746"};
    for (int b = 0; b < 2; b++) {
        int seen[2][4];
        for (int k = 0; k < 2; k++) {
            char text[1500];
            size_t n = (size_t)snprintf(
                text, sizeof text,
                "ldr r0, =0xe000edfc\nmov r1, #0x1000000\nstr r1, [r0]\nldr r4, =0xe0001000\nmovs "
                "r1, #1\nstr r1, [r4]\nldr r5, =0x20000400\n"
                "movs r3, #0\nstr r3, [r4, #4]\nstr r3, [r4, #8]\nstr r3, [r4, #20]\nstr r3, [r4, "
                "#24]\n"
                ".rept %d\nldr r0, [r5]\nadds r0, #1\nstr r0, [r5, #4]\nadds r0, #2\nit ne\naddne "
                "r6, r0\nb 7f\n7: ldrd r2, r3, [r5]\n.endr\n"
                "ldr r6, [r4, #4]\nldr r7, [r4, #8]\nldr r8, [r4, #20]\nldr r9, [r4, #24]\n",
                k ? 8 : 4);
            static const char *const regs[] = {"r6", "r7", "r8", "r9"};
            for (int i = 0; i < 4; i++)
                n += (size_t)snprintf(
                    text + n, sizeof text - n,
                    "add %s, #1\nstrb %s, [r5]\nmov r1, r5\nmovs r0, #3\nbkpt 0xab\n", regs[i],
                    regs[i]);
            snprintf(text + n, sizeof text - n, "exit\n");
            struct result r = run(boards_here[b], assemble(text));
            for (int i = 0; i < 4; i++)
                seen[k][i] = (unsigned char)r.uart[i] - 1;
            rows_free(&r.rows);
        }
        int d[4];
        for (int i = 0; i < 4; i++)
            d[i] = (seen[1][i] - seen[0][i]) & 255;
        assert_int_equal(d[0] - d[1] - d[2] + d[3], 4 * 8);
        /* the M7 may hide all of its loads */
        assert_true(d[0] > 0 && d[3] > 0 && (b > 0 || d[2] > 0));
    }
}

static void clocks_are_read_back(void **state)
{
    (void)state;
    static const struct {
        const char *board, *text;
        uint64_t hz;
    } cases[] = {
        {"stm32f407", "exit\n", 16000000},
        {"stm32l4r5", "exit\n", 4000000},
        {"stm32h743", "exit\n", 64000000},
        /* F4: PLL from HSI, M 16, N 336, P 2; AHB undivided */
        {"stm32f407",
         "ldr r0, =0x40023800\nldr r1, =0x04005410\nstr r1, [r0, #4]\nldr r1, =0x01000081\nstr r1, "
         "[r0]\n"
         "1: ldr r1, [r0]\ntst r1, #0x2000000\nbeq 1b\nmovs r1, #2\nstr r1, [r0, #8]\n2: ldr r1, "
         "[r0, #8]\nand r1, #12\ncmp r1, #8\nbne 2b\nexit\n",
         168000000},
        /* L4: PLL from HSI16, M 4, N 60, R 2 */
        {"stm32l4r5",
         "ldr r0, =0x40021000\nldr r1, =0x01003c32\nstr r1, [r0, #12]\nldr r1, =0x01000163\nstr "
         "r1, [r0]\n"
         "1: ldr r1, [r0]\ntst r1, #0x2000000\nbeq 1b\nmovs r1, #3\nstr r1, [r0, #8]\n2: ldr r1, "
         "[r0, #8]\nand r1, #12\ncmp r1, #12\nbne 2b\nexit\n",
         120000000},
        /* H7: PLL1 from HSI, M 4, N 60, P 2; core undivided, AXI half */
        {"stm32h743",
         "ldr r0, =0x58024400\nldr r1, =0x02020040\nstr r1, [r0, #0x28]\nldr r1, =0x0101023b\nstr "
         "r1, [r0, #0x30]\nmovs r1, #8\nstr r1, [r0, #0x18]\n"
         "ldr r1, =0x01000001\nstr r1, [r0]\n1: ldr r1, [r0]\ntst r1, #0x2000000\nbeq 1b\nmovs r1, "
         "#3\nstr r1, [r0, #0x10]\n"
         "2: ldr r1, [r0, #0x10]\nand r1, #0x38\ncmp r1, #0x18\nbne 2b\nexit\n",
         480000000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct result r = run(cases[i].board, assemble(cases[i].text));
        assert_int_equal(r.t.clock_hz, cases[i].hz);
        rows_free(&r.rows);
    }
}

static void ends(void **state)
{
    (void)state;
    struct result r = run("stm32f412", assemble("b .\n"));
    rows_free(&r.rows);
    r = run("stm32f412", assemble("1: wfi\nb 1b\n"));
    rows_free(&r.rows);
    static const struct {
        const char *text, *says;
        enum err_code code;
    } cases[] = {
        {"1: nop\nb 1b\n", "stopped after", ERR_LIMIT},
        {"ldr r0, =0x60000000\nldr r1, [r0]\n", "0x60000000", ERR_GUEST},
        {"ldr r0, =0x08000000\nstr r1, [r0]\n", "0x08000000", ERR_GUEST},
        {"udf #0\n", "undefined", ERR_GUEST},
        {"ldr r0, =0x70000001\nbx r0\n", "0x70000000", ERR_GUEST},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        r = run_with((struct machine_options){
            .elf_path = assemble(cases[i].text), .board = "stm32f412", .max_cycles = 100000});
        if (r.e.code != cases[i].code || !strstr(r.e.msg, cases[i].says))
            fail_msg("'%s' ended with %d '%s', expected %d '%s'", cases[i].text, (int)r.e.code,
                     r.e.msg, (int)cases[i].code, cases[i].says);
        rows_free(&r.rows);
    }
}

/* Programs that would take all memory, or all time, of the host. */
static void greedy_programs_are_stopped(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        /* rewrites an instruction and executes it, for ever */
        {"ldr r0, =0x20001000\nldr r1, =0x47702000\n1: str r1, [r0]\nadd r2, r0, #1\nblx r2\nadd "
         "r1, #1\nuxtb r3, r1\norr r1, r3, #0x47000000\n"
         "orr r1, #0x700000\norr r1, #0x2000\nldr r4, =0x3ff0\nadds r0, #2\nands r0, r4\nadd r0, "
         "#0x20000000\nb 1b\n",
         "stopped after"},
        {"1: ldr r0, =0xe0001008\n2: ldr r1, [r0]\nb 2b\n", "stopped after"},
        {"1: movs r0, #4\nldr r1, =0x08000000\nbkpt 0xab\nb 1b\n", "stopped after"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct result r = run_with((struct machine_options){
            .elf_path = assemble(cases[i].text), .board = "stm32f412", .max_seconds = 1});
        if (r.e.code != ERR_LIMIT || !strstr(r.e.msg, cases[i].says) || r.t.host_ns > 100000000000u)
            fail_msg("case %zu: %d '%s' after %llu ns", i, (int)r.e.code, r.e.msg,
                     (unsigned long long)r.t.host_ns);
        rows_free(&r.rows);
    }
    /* pointers of every alignment at once: more combinations than are kept, and the counts stay
     * right */
    struct result r =
        run("stm32f412",
            assemble("bl f\nexit\nfunc f\nldr r0, =0x20000800\nmovs r7, #0\nmovw r6, #4000\n1: and "
                     "r1, r7, #3\nand r2, r7, #12\nand r3, r7, #48\nand r4, r7, #192\n"
                     "add r1, r0\nadd r2, r0, r2, lsr #2\nadd r3, r0, r3, lsr #4\nadd r4, r0, r4, "
                     "lsr #6\nldr r5, [r1]\nldr r5, [r2]\nldr r5, [r3]\nldr r5, [r4]\n"
                     "adds r7, #1\nsubs r6, #1\nbne 1b\nbx lr\n"));
    assert_int_equal(of_scope(&r.rows, "f", "sram1", "read32"), 4 * 4000);
    rows_free(&r.rows);
}

/* A program that waits for its last frame to leave ends even where nothing counts cycles. */
static void a_yardstick_needs_no_time(void **state)
{
    (void)state;
    alarm(60);
    struct result r = run_with((struct machine_options){
        .elf_path = assemble("ldr r0, =0x40004400\nmov r1, #0x8b\nstr r1, [r0, #8]\nmovw r1, "
                             "#0x2008\nstr r1, [r0, #12]\nmov r1, #120\nstr r1, [r0, #4]\n"
                             "1: ldr r1, [r0]\ntst r1, #0x40\nbeq 1b\nexit\n"),
        .board = "stm32f412",
        .mode = MODE_BARE});
    alarm(0);
    assert_int_equal(r.e.code, 0);
    rows_free(&r.rows);
}

static void stack_is_measured(void **state)
{
    (void)state;
    struct result r = run(
        "stm32f412",
        assemble("bl f\nexit\nfunc f\npush {r4, lr}\nsub sp, #40\nbl g\nadd sp, #40\npop {r4, pc}\n"
                 "func g\npush {r4-r7}\nsub sp, #100\nstr r0, [sp]\nadd sp, #100\npop {r4-r7}\nbx "
                 "lr\n"));
    assert_int_equal(r.t.stack_bytes, 8 + 40 + 16 + 100);
    assert_string_equal(r.deepest, "g");
    rows_free(&r.rows);
}

static void patch(const char *from, const char *to, long at, int value, long keep)
{
    struct buf b = {0};
    struct err e = {0};
    assert_true(buf_read_file(&b, from, 1 << 24, &e));
    if (at >= 0)
        b.data[at] = (char)value;
    if (keep)
        b.len = (size_t)keep;
    assert_true(buf_write_file(&b, to, &e));
    buf_free(&b);
}

static void refuses(const char *elf, const char *board, const char *says)
{
    struct err e = {0};
    struct machine *m =
        machine_open(&(struct machine_options){.elf_path = elf, .board = board}, &e);
    if (m || e.code != ERR_INPUT || !strstr(e.msg, says))
        fail_msg("%s on %s: code %d '%s', expected '%s'", elf, board, (int)e.code, e.msg, says);
    machine_close(m);
}

static void bad_images_get_one_line(void **state)
{
    (void)state;
    char good[128], bad[128];
    snprintf(good, sizeof good, "%s", assemble("exit\n"));
    snprintf(bad, sizeof bad, "%s", path("bad.elf"));
    refuses("/nonexistent.elf", "stm32f412", "cannot open");
    patch(good, bad, 5, 2, 0);
    refuses(bad, "stm32f412", "big-endian");
    patch(good, bad, 4, 2, 0);
    refuses(bad, "stm32f412", "32-bit");
    patch(good, bad, 18, 3, 0);
    refuses(bad, "stm32f412", "machine 3");
    patch(good, bad, 16, 1, 0);
    refuses(bad, "stm32f412", "executable");
    patch(good, bad, -1, 0, 40);
    refuses(bad, "stm32f412", "truncated");
    patch(good, bad, -1, 0, 60);
    refuses(bad, "stm32f412", "");
    patch(good, bad, 0, 'X', 0);
    refuses(bad, "stm32f412", "neither ELF nor Intel HEX");
    refuses(good, "nosuchboard", "unknown board");
    refuses(assemble_at("exit\n", "-Wl,-Ttext=0x00300000"), "stm32f412", "fit");
    refuses(assemble("b .\n.org 0x100100\nnop\n"), "stm32f412", "fit");
}

static void board_file(const char *from, const char *what, const char *instead, const char *says)
{
    struct buf b = {0}, out = {0};
    struct err e = {0};
    char source[600];
    snprintf(source, sizeof source, "%s/sim/boards/%s.yaml", SOURCE_DIR, from);
    assert_true(buf_read_file(&b, source, 1 << 20, &e));
    const char *at = strstr(buf_text(&b), what);
    assert_non_null(at);
    buf_add(&out, b.data, (size_t)(at - b.data));
    buf_str(&out, instead);
    buf_str(&out, at + strlen(what));
    assert_true(buf_write_file(&out, path("b.yaml"), &e));
    struct board *board = board_load(path("b.yaml"), &e);
    if (board || e.code != ERR_INPUT || !strstr(e.msg, says) || !strstr(e.msg, "b.yaml:"))
        fail_msg("'%s' for '%s': '%s', expected '%s'", instead, what, e.msg, says);
    free(board);
    buf_free(&b);
    buf_free(&out);
}

static void boards_are_strict(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof boards / sizeof *boards; i++) {
        struct err e = {0};
        struct board *b = board_load(boards[i], &e);
        assert_string_equal(e.msg, "");
        assert_true(b->energy[0].present && b->flash.nws > 0 && b->family[0]);
        assert_int_equal(board_wait_states(b, b->flash.ws[b->flash.nws - 1].max_hz + 1), -1);
        assert_int_equal(board_wait_states(b, 1), 0);
        free(b);
    }
    board_file("stm32f412", "max_hz: 100_000_000\n", "max_hz: 100MHz\n", "not a whole number");
    board_file("stm32f412", "fpu: single", "fpu: single\ncolour: red", "unknown key");
    board_file("stm32f412", "core: cortex-m4\n", "", "'core' is missing");
    board_file("stm32f412", "base: 0x2000_0000", "base: 0x0808_0000", "overlaps");
    board_file("stm32f412", "kind: sram", "kind: cheese", "cheese");
    board_file("stm32f412", "{ws: 1, max_hz: 64_000_000", "{ws: 0, max_hz: 64_000_000", "rise");
    board_file("stm32f412", "size: 0x4_0000", "size: 0x4_0001", "4096");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ways_of_counting_agree),
        cmocka_unit_test(many_watched_instructions_agree),
        cmocka_unit_test(random_programs_agree),
        cmocka_unit_test(code_that_changes_is_decoded_again),
        cmocka_unit_test(same_run_same_rows),
        cmocka_unit_test(cuts_do_not_show),
        cmocka_unit_test(traffic_by_hand),
        cmocka_unit_test(pointers_written_in_the_block_are_new),
        cmocka_unit_test(unaligned_loads_cost_what_the_core_says),
        cmocka_unit_test(skipped_instructions_count_and_do_not_access),
        cmocka_unit_test(flash_lines_wait),
        cmocka_unit_test(slow_lines_give_a_head_start),
        cmocka_unit_test(instruction_lines_hold_a_loop),
        cmocka_unit_test(data_cache_holds_what_fits),
        cmocka_unit_test(maintenance_empties_the_cache),
        cmocka_unit_test(written_lines_go_back),
        cmocka_unit_test(uncached_loads_cost_a_first_beat),
        cmocka_unit_test(code_in_sram_shares_the_bus),
        cmocka_unit_test(banks_wait_for_their_grant),
        cmocka_unit_test(cycle_counter_reads_model_time),
        cmocka_unit_test(cycle_counter_is_read_at_issue),
        cmocka_unit_test(dwt_counters_add_up),
        cmocka_unit_test(clocks_are_read_back),
        cmocka_unit_test(ends),
        cmocka_unit_test(greedy_programs_are_stopped),
        cmocka_unit_test(a_yardstick_needs_no_time),
        cmocka_unit_test(stack_is_measured),
        cmocka_unit_test(bad_images_get_one_line),
        cmocka_unit_test(boards_are_strict),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
