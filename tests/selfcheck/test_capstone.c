/* Does Capstone behave here as isa/ believes? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <capstone/capstone.h>
#include <cmocka.h>

static csh cs;

/* The decoded instruction, valid until the next call. */
static const cs_insn *decode(const uint8_t *code, size_t n)
{
    static cs_insn copy;
    static cs_detail detail;
    cs_insn *i = NULL;
    if (cs_disasm(cs, code, n, 0x1000, 1, &i) != 1 || !i) {
        fail_msg("Capstone does not decode %02x%02x", code[1], code[0]);
    } else {
        copy = *i;
        detail = *i->detail;
        cs_free(i, 1);
    }
    copy.detail = &detail;
    return &copy;
}

#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

/* isa/ tracks ITSTATE itself because cs_disasm forgets it... */
static void it_is_forgotten_between_calls(void **state)
{
    (void)state;
    const cs_insn *i = decode(BYTES(0x08, 0xbf)); /* it eq */
    assert_int_equal(i->id, ARM_INS_IT);
    i = decode(BYTES(0x88, 0x18)); /* adds r0, r1, r2 */
    assert_string_equal(i->mnemonic, "adds");
    assert_true(i->detail->arm.update_flags);
}

/* ... and does not use cs_disasm_iter because that remembers it. */
static void iter_remembers_it(void **state)
{
    (void)state;
    static const uint8_t code[] = {0x08, 0xbf, 0x88, 0x18};
    const uint8_t *p = code;
    size_t n = sizeof code;
    uint64_t at = 0;
    cs_insn *i = cs_malloc(cs);
    if (!i) {
        fail();
        return;
    }
    assert_true(cs_disasm_iter(cs, &p, &n, &at, i));
    assert_true(cs_disasm_iter(cs, &p, &n, &at, i));
    assert_null(strstr(i->mnemonic, "adds")); /* addeq */
    cs_free(i, 1);
    /* nothing of it is left for the next call */
    assert_string_equal(decode(BYTES(0x88, 0x18))->mnemonic, "adds");
}

/* Access marks are wrong for some forms: the reason for the forms in isa/insns.def. */
static void accumulators_are_not_marked_as_read(void **state)
{
    (void)state;
    const cs_insn *i = decode(BYTES(0xc1, 0xfb, 0x03, 0x02)); /* smlal r0, r2, r1, r3 */
    assert_int_equal(i->id, ARM_INS_SMLAL);
    assert_int_equal(i->detail->arm.operands[0].access, CS_AC_WRITE);
}

static void adc_is_marked_as_setting_flags(void **state)
{
    (void)state;
    const cs_insn *i = decode(BYTES(0x41, 0xeb, 0x02, 0x00)); /* adc.w r0, r1, r2 */
    assert_true(i->detail->arm.update_flags);
}

static void memory_operands(void **state)
{
    (void)state;
    /* ldr r3, [r1], #4: the step is an operand of its own */
    const cs_insn *i = decode(BYTES(0x51, 0xf8, 0x04, 0x3b));
    const cs_arm *a = &i->detail->arm;
    assert_int_equal(a->op_count, 3);
    assert_true(a->writeback);
    assert_int_equal(a->operands[1].mem.disp, 0);
    assert_int_equal(a->operands[2].imm, 4);
    i = decode(BYTES(0x51, 0xf8, 0x04, 0x3d)); /* ldr r3, [r1, #-4]! */
    assert_true(i->detail->arm.writeback);
    assert_int_equal(i->detail->arm.op_count, 2);
    assert_int_equal(i->detail->arm.operands[1].mem.disp, -4);
    /* ldr.w r3, [r1, r2, lsl #2]: the shift is on the operand */
    i = decode(BYTES(0x51, 0xf8, 0x22, 0x30));
    assert_int_equal(i->detail->arm.operands[1].shift.type, ARM_SFT_LSL);
    assert_int_equal(i->detail->arm.operands[1].shift.value, 2);
}

static void core_registers_lie_in_a_row(void **state)
{
    (void)state;
    assert_int_equal(ARM_REG_R12 - ARM_REG_R0, 12);
    assert_int_equal(ARM_REG_S31 - ARM_REG_S0, 31);
    assert_int_equal(ARM_REG_D15 - ARM_REG_D0, 15);
}

static void m_profile_system_registers_decode(void **state)
{
    (void)state;
    const cs_insn *i = decode(BYTES(0xef, 0xf3, 0x10, 0x80)); /* mrs r0, primask */
    assert_int_equal(i->id, ARM_INS_MRS);
    i = decode(BYTES(0x80, 0xf3, 0x11, 0x88)); /* msr basepri, r0 */
    assert_int_equal(i->id, ARM_INS_MSR);
}

static int setup(void **state)
{
    (void)state;
    return cs_open(CS_ARCH_ARM, (cs_mode)(CS_MODE_THUMB | CS_MODE_MCLASS), &cs) == CS_ERR_OK &&
                   cs_option(cs, CS_OPT_DETAIL, CS_OPT_ON) == CS_ERR_OK
               ? 0
               : -1;
}

static int teardown(void **state)
{
    (void)state;
    return cs_close(&cs) == CS_ERR_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_forgotten_between_calls),
        cmocka_unit_test(iter_remembers_it),
        cmocka_unit_test(accumulators_are_not_marked_as_read),
        cmocka_unit_test(adc_is_marked_as_setting_flags),
        cmocka_unit_test(memory_operands),
        cmocka_unit_test(core_registers_lie_in_a_row),
        cmocka_unit_test(m_profile_system_registers_decode),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
