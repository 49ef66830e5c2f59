/* What the exception model and the debugger believe of Unicorn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <unicorn/unicorn.h>

static uc_engine *uc;
static int blocks, stop_at, number;
static uint32_t last_size;

static void on_block(uc_engine *u, uint64_t a, uint32_t size, void *user)
{
    (void)a, (void)user;
    last_size = size;
    if (++blocks == stop_at)
        uc_emu_stop(u);
}
static void on_interrupt(uc_engine *u, uint32_t n, void *user)
{
    (void)user;
    number = (int)n;
    uc_emu_stop(u);
}
static uint32_t reg(int id)
{
    uint32_t v = 0;
    uc_reg_read(uc, id, &v);
    return v;
}
static void set(int id, uint32_t v)
{
    uc_reg_write(uc, id, &v);
}

static int setup(void **state)
{
    uc_hook h;
    (void)state;
    blocks = stop_at = number = 0;
    return uc_open(UC_ARCH_ARM, UC_MODE_THUMB, &uc) ||
           uc_ctl_set_cpu_model(uc, UC_CPU_ARM_CORTEX_M4) ||
           uc_mem_map(uc, 0x08000000, 0x1000, UC_PROT_ALL) ||
           uc_mem_map(uc, 0x20000000, 0x1000, UC_PROT_READ | UC_PROT_WRITE) ||
           uc_hook_add(uc, &h, UC_HOOK_BLOCK, (__extension__(void *)(on_block)), NULL, 1, 0) ||
           uc_hook_add(uc, &h, UC_HOOK_INTR, (__extension__(void *)(on_interrupt)), NULL, 1, 0);
}
static int teardown(void **state)
{
    (void)state;
    uc_close(uc);
    return 0;
}
static uc_err run(const uint16_t *code, size_t n)
{
    uc_mem_write(uc, 0x08000000, code, n);
    return uc_emu_start(uc, 0x08000001, 0xfffffffe, 0, 0);
}

static void a_stop_in_a_block_hook_comes_before_the_block(void **state)
{
    (void)state;
    const uint16_t loop[] = {0x3001, 0xe7fd}; /* adds r0, 1; b . - 2 */
    stop_at = 3;
    assert_int_equal(run(loop, sizeof loop), UC_ERR_OK);
    assert_int_equal(reg(UC_ARM_REG_R0), 2);
}

/* MSR EPSR changes nothing, but code translated behind it knows of the mode that was set. */
static void an_exception_return_is_interrupt_8(void **state)
{
    static const uint32_t value[] = {0xfffffff1, 0xfffffff9, 0xfffffffd,
                                     0xffffffe1, 0xffffffe9, 0xffffffed};
    (void)state;
    const uint16_t bx[] = {0xf380, 0x8806, 0x4770}; /* msr epsr, r0; bx lr */
    for (size_t i = 0; i < sizeof value / sizeof *value; i++) {
        number = 0;
        set(UC_ARM_REG_IPSR, 14);
        set(UC_ARM_REG_LR, value[i]);
        run(bx, sizeof bx);
        assert_int_equal(number, 8);
        assert_int_equal(reg(UC_ARM_REG_PC) | 1, value[i]);
    }
}

static void the_mode_chooses_the_stack_pointer(void **state)
{
    (void)state;
    set(UC_ARM_REG_SP, 0x20000800);
    set(UC_ARM_REG_PSP, 0x20000400);
    set(UC_ARM_REG_CONTROL, 2);
    assert_int_equal(reg(UC_ARM_REG_SP), 0x20000400);
    set(UC_ARM_REG_IPSR, 14);
    assert_int_equal(reg(UC_ARM_REG_SP), 0x20000800);
    set(UC_ARM_REG_IPSR, 0);
    assert_int_equal(reg(UC_ARM_REG_SP), 0x20000400);
    /* Unprivileged code hides the masks, from Unicorn's user too. */
    set(UC_ARM_REG_BASEPRI, 0x40);
    set(UC_ARM_REG_CONTROL, 3);
    assert_int_equal(reg(UC_ARM_REG_BASEPRI), 0);
    set(UC_ARM_REG_IPSR, 2);
    assert_int_equal(reg(UC_ARM_REG_BASEPRI), 0x40);
}

static void an_fp_instruction_sets_fpca(void **state)
{
    (void)state;
    const uint16_t code[] = {0xee30, 0x0a20, 0xdf00}; /* vadd.f32 s0, s0, s1; svc 0 */
    set(UC_ARM_REG_CONTROL, 0);
    run(code, sizeof code);
    assert_int_equal(number, 2);
    assert_int_equal(reg(UC_ARM_REG_PC), 0x08000006); /* behind the SVC */
    assert_int_equal(reg(UC_ARM_REG_CONTROL) & 4, 4);
}

static void exits_end_blocks(void **state)
{
    (void)state;
    const uint16_t code[] = {0x3001, 0x3001, 0x3001, 0xe7fb};
    uint64_t exits[] = {0x08000004};
    assert_int_equal(uc_ctl_exits_enable(uc), UC_ERR_OK);
    assert_int_equal(uc_ctl_set_exits(uc, exits, 1), UC_ERR_OK);
    assert_int_equal(run(code, sizeof code), UC_ERR_OK);
    assert_int_equal(reg(UC_ARM_REG_PC), 0x08000004);
    assert_int_equal(reg(UC_ARM_REG_R0), 2);
    assert_int_equal(last_size, 4); /* what lies behind is not part of the block */
}

static void the_core_is_the_one_asked_for(void **state)
{
    int model = -1;
    (void)state;
    assert_int_equal(uc_ctl_get_cpu_model(uc, &model), UC_ERR_OK);
    assert_int_equal(model, UC_CPU_ARM_CORTEX_M4);
    set(UC_ARM_REG_CONTROL, 0xff); /* no bit 3, as Armv8-M would have */
    assert_int_equal(reg(UC_ARM_REG_CONTROL), 7);
    set(UC_ARM_REG_IPSR, 2);
    set(UC_ARM_REG_CONTROL, 0);
    assert_int_equal(reg(UC_ARM_REG_CONTROL) & 2, 2); /* SPSEL cannot be written in handler mode */
}

static void wfi_returns_behind_it(void **state)
{
    (void)state;
    const uint16_t code[] = {0xbf30, 0xe7fe};
    assert_int_equal(run(code, sizeof code), UC_ERR_OK);
    assert_int_equal(reg(UC_ARM_REG_PC), 0x08000002);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {T(a_stop_in_a_block_hook_comes_before_the_block),
                                       T(an_exception_return_is_interrupt_8),
                                       T(the_mode_chooses_the_stack_pointer),
                                       T(an_fp_instruction_sets_fpca),
                                       T(exits_end_blocks),
                                       T(wfi_returns_behind_it),
                                       T(the_core_is_the_one_asked_for)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
