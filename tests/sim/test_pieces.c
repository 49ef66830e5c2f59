/* sim/: a run in pieces, images and boards from memory, and the console as it is printed. Where
 * a run is interrupted changes none of its numbers. */
#include "tests/sim/program.h"
#include "tests/sim/random.h"

/* The sum of 10 to 1 is stored, then `done` is called. On an STM32F407 after reset (no wait
 * states; the table of Cortex-M4's timing): 2 MOVS, ten turns of ADDS, SUBS and BNE, nine of
 * which are taken and refill one cycle, MOVW, MOVT, NOP, STR and BL. The refill behind BL
 * belongs to `done`, with its NOP, its MOVS, MOVW, MOVT and BKPT. */
static const char counted[] =
    "movs r0, #0\nmovs r1, #10\n1: adds r0, r0, r1\nsubs r1, #1\nbne 1b\nmovw r2, "
    "#:lower16:total\nmovt r2, #:upper16:total\n"
    "nop\nstr r0, [r2]\nbl done\nb .\n"
    "func done\nnop\nmovs r0, #0x18\nmovw r1, #0x26\nmovt r1, #2\nbkpt 0xab\n"
    ".global total\n.type total, %object\n.size total, 4\n.equ total, 0x20000100\n";
enum {
    BEFORE = 2 + 10 * 3 + 9 + 4 + 1,
    BEHIND = 1 + 1 + 3 + 1,
    INSNS_BEFORE = 2 + 10 * 3 + 4 + 1,
    INSNS_BEHIND = 1 + 3 + 1
};

static struct machine *opened(const struct machine_options *o)
{
    struct err e = {0};
    struct machine *m = machine_open(o, &e);
    assert_string_equal(e.msg, "");
    return m;
}

static uint64_t cycles(struct machine *m)
{
    struct machine_totals t;
    machine_flush(m);
    machine_summary(m, &t);
    return t.cycles;
}

static uint64_t instructions(struct machine *m)
{
    struct machine_totals t;
    machine_flush(m);
    machine_summary(m, &t);
    return t.instructions;
}

static enum machine_why go(struct machine *m, struct machine_until until)
{
    struct err e = {0};
    enum machine_why why = MACHINE_ENDED;
    bool ok = machine_go(m, &until, &why, &e);
    assert_string_equal(e.msg, "");
    assert_true(ok);
    return why;
}

static void a_function_stops_the_run_before_it(void **state)
{
    (void)state;
    struct machine *m = opened(&(struct machine_options){
        .elf_path = assemble(counted), .board = "stm32f407", .scopes = "*"});
    uint32_t done, size, total = 0;
    assert_true(machine_symbol(m, "done", &done, &size));
    assert_int_equal(go(m, (struct machine_until){.at_address = true, .address = done}),
                     MACHINE_ADDRESS);
    assert_int_equal(cycles(m), BEFORE);
    assert_int_equal(instructions(m), INSNS_BEFORE);
    assert_int_equal(cycles(m), BEFORE); /* asked twice, counted once */
    assert_int_equal(machine_register(m, 15), done);
    assert_int_equal(machine_register(m, 0), 55);
    struct err e = {0};
    assert_true(machine_read(m, 0x20000100, &total, 4, &e));
    assert_int_equal(total, 55);
    assert_int_equal(go(m, (struct machine_until){.at_address = true, .address = done}),
                     MACHINE_ENDED); /* not a second time */
    assert_int_equal(cycles(m), BEFORE + BEHIND);
    assert_int_equal(instructions(m), INSNS_BEFORE + INSNS_BEHIND);
    assert_int_equal(go(m, (struct machine_until){0}), MACHINE_ENDED);
    assert_int_equal(cycles(m), BEFORE + BEHIND);
    struct machine_scope s;
    bool seen = false;
    for (size_t i = 0; machine_scope(m, i, &s); i++)
        if (!strcmp(s.name, "done")) {
            seen = true;
            assert_int_equal(s.cycles, BEHIND);
            assert_int_equal(s.entered, 1);
        }
    assert_true(seen);
    machine_close(m);
}

static void steps_are_instructions(void **state)
{
    (void)state;
    struct machine *m =
        opened(&(struct machine_options){.elf_path = assemble(counted), .board = "stm32f407"});
    for (int i = 1; i < INSNS_BEFORE + INSNS_BEHIND; i++) {
        assert_int_equal(go(m, (struct machine_until){.instructions = 1}), MACHINE_STEPPED);
        assert_int_equal(instructions(m), i);
    }
    assert_int_equal(go(m, (struct machine_until){.instructions = 7}), MACHINE_ENDED);
    assert_int_equal(instructions(m), INSNS_BEFORE + INSNS_BEHIND);
    assert_int_equal(cycles(m), BEFORE + BEHIND);
    machine_close(m);
}

/* Cycle 20 lies in the loop, whose turns take 4 cycles from cycle 2 on: the sixth begins at 22.
 * At that boundary the refill, which belongs to the turn that follows, is still to come: 21. */
static void a_cycle_stops_at_the_next_block(void **state)
{
    (void)state;
    struct machine *m =
        opened(&(struct machine_options){.elf_path = assemble(counted), .board = "stm32f407"});
    assert_int_equal(go(m, (struct machine_until){.cycle = 20}), MACHINE_CYCLE);
    assert_int_equal(cycles(m), 21);
    assert_int_equal(instructions(m), 2 + 5 * 3);
    /* it is past that: nothing runs */
    assert_int_equal(go(m, (struct machine_until){.cycle = 20}), MACHINE_CYCLE);
    assert_int_equal(cycles(m), 21);
    assert_int_equal(go(m, (struct machine_until){.cycle = 1000000}), MACHINE_ENDED);
    assert_int_equal(cycles(m), BEFORE + BEHIND);
    machine_close(m);
}

static void memory_can_be_changed_between_pieces(void **state)
{
    (void)state;
    struct machine *m =
        opened(&(struct machine_options){.elf_path = assemble(counted), .board = "stm32f407"});
    uint32_t v = 1234, back = 0, done, size;
    struct err e = {0};
    assert_true(machine_symbol(m, "done", &done, &size));
    go(m, (struct machine_until){.at_address = true, .address = done});
    assert_true(machine_write(m, 0x20000100, &v, 4, &e) &&
                machine_read(m, 0x20000100, &back, 4, &e));
    assert_int_equal(back, 1234);
    assert_false(machine_write(m, 0x08000000, &v, 4, &e));
    assert_string_equal(e.msg, "0x08000000: flash holds what the image put there");
    e = (struct err){0};
    assert_false(machine_write(m, 0x40000000, &v, 4, &e));
    assert_int_equal(e.code, ERR_INPUT);
    machine_close(m);
}

struct heard {
    char text[64];
    size_t n;
};

static void hear(void *user, const char *bytes, size_t n)
{
    struct heard *h = user;
    for (size_t i = 0; i < n && h->n + 1 < sizeof h->text; i++)
        h->text[h->n++] = bytes[i];
}

static void image_and_board_come_from_memory(void **state)
{
    (void)state;
    /* SYS_WRITEC of 'h' and 'i', with a function between */
    const char *elf = assemble("ldr r5, =0x20000100\nmovs r0, #'h'\nstrb r0, [r5]\nmovs r0, "
                               "#3\nmov r1, r5\nbkpt 0xab\nbl middle\n"
                               "movs r0, #'i'\nstrb r0, [r5]\nmovs r0, #3\nmov r1, r5\nbkpt "
                               "0xab\nexit\nfunc middle\nbx lr\n");
    struct buf image = {0}, board = {0};
    struct heard h = {0};
    struct err e = {0};
    assert_true(buf_read_file(&image, elf, 1 << 20, &e) &&
                buf_read_file(&board, "sim/boards/stm32f746.yaml", 1 << 20, &e));
    struct machine *m = opened(&(struct machine_options){.elf_path = "an image",
                                                         .image = image.data,
                                                         .image_bytes = image.len,
                                                         .board = "a board",
                                                         .board_text = board.data,
                                                         .console = hear,
                                                         .console_user = &h});
    buf_free(&image);
    buf_free(&board);
    uint32_t middle, size;
    assert_true(machine_symbol(m, "middle", &middle, &size));
    go(m, (struct machine_until){.at_address = true, .address = middle});
    assert_string_equal(h.text, "h");
    assert_int_equal(go(m, (struct machine_until){0}), MACHINE_ENDED);
    assert_string_equal(h.text, "hi");
    assert_string_equal(machine_uart(m), "hi");
    struct machine_totals t;
    machine_summary(m, &t);
    assert_string_equal(t.core, "cortex-m7");
    machine_close(m);
    assert_null(machine_open(
        &(struct machine_options){
            .elf_path = "an image", .image = "no ELF", .image_bytes = 6, .board = "stm32f407"},
        &e));
    assert_string_equal(e.msg, "an image: neither ELF nor Intel HEX, expected a 32-bit "
                               "little-endian Arm executable (a raw binary needs --base)");
    e = (struct err){0};
    assert_null(machine_open(
        &(struct machine_options){.elf_path = elf, .board = "a board", .board_text = "name: 1\nx"},
        &e));
    assert_int_equal(strncmp(e.msg, "a board:", 8), 0);
}

static void the_program_is_counted_alike_by_hooks(void **state)
{
    (void)state;
    same_by_hooks(assemble(counted));
}

/* Programs with interrupts, in pieces that end at cycles, at handlers, behind instructions. */
static void pieces_do_not_show(void **state)
{
    (void)state;
    static const struct machine_until kinds[] = {
        {.cycle = 97}, {.exceptions = 1}, {.instructions = 3}, {.cycle = 331, .exceptions = 2}};
    uint64_t stops = 0;
    for (uint32_t seed = 1; seed <= 4; seed++) {
        const char *elf = assemble(random_program(seed * 6151, 300 + 97 * seed, 0));
        for (size_t b = 0; b < sizeof boards / sizeof *boards; b += 2)
            for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
                if (kinds[k].instructions && strcmp(boards[b], "stm32f407"))
                    continue; /* flash with wait states: see machine_until.instructions */
                const struct machine_options o = {
                    .elf_path = elf, .board = boards[b], .scopes = "*"};
                struct result whole = run(boards[b], elf), parts = {0};
                struct machine *m = opened(&o);
                struct machine_until u = kinds[k];
                enum machine_why why;
                while ((why = go(m, u)) != MACHINE_ENDED) {
                    stops += why == MACHINE_EXCEPTION;
                    if (why == MACHINE_CYCLE)
                        u.cycle += kinds[k].cycle;
                    if (u.cycle % 2)
                        machine_flush(m);
                }
                assert_true(machine_rows(m, &parts.rows, &parts.e));
                assert_string_equal(machine_uart(m), whole.uart);
                assert_int_equal(parts.rows.ntally, whole.rows.ntally);
                for (size_t i = 0; i < whole.rows.ntally; i++) {
                    const struct tally_row *x = &whole.rows.tally[i], *y = &parts.rows.tally[i];
                    if (x->count != y->count || strcmp(x->action, y->action) ||
                        x->scope != y->scope)
                        fail_msg("%s, kind %zu: %s.%s %llu, in pieces %s.%s %llu", boards[b], k,
                                 x->component, x->action, (unsigned long long)x->count,
                                 y->component, y->action, (unsigned long long)y->count);
                }
                machine_close(m);
                rows_free(&whole.rows);
                rows_free(&parts.rows);
            }
    }
    assert_true(stops > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_function_stops_the_run_before_it),
        cmocka_unit_test(steps_are_instructions),
        cmocka_unit_test(a_cycle_stops_at_the_next_block),
        cmocka_unit_test(memory_can_be_changed_between_pieces),
        cmocka_unit_test(image_and_board_come_from_memory),
        cmocka_unit_test(the_program_is_counted_alike_by_hooks),
        cmocka_unit_test(pieces_do_not_show),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
