/* Which instruction sets the machine accepts and refuses on each core and FPU, one small program an
 * instruction. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/machine.h"

enum extension { BASE, DSP, FPV4, FPV5, DOUBLE, NONE, COPROCESSOR };

/* Encodings as the GNU assembler makes them; r1 holds an address of SRAM. Those of NONE: Armv8-M
 * Architecture Reference Manual (DDI 0553) and ARMv7-A; no Armv7-M core has them. */
static const struct {
    uint16_t first, second;
    enum extension extension;
    const char *text;
} encoding[] = {
    {0xfb92, 0xf0f3, BASE, "sdiv r0, r2, r3"},
    {0xfbb2, 0xf0f3, BASE, "udiv r0, r2, r3"},
    {0xfab2, 0xf082, BASE, "clz r0, r2"},
    {0xfa92, 0xf0a2, BASE, "rbit r0, r2"},
    {0xfb02, 0x4013, BASE, "mls r0, r2, r3, r4"},
    {0xfba3, 0x0204, BASE, "umull r0, r2, r3, r4"},
    {0xe851, 0x0f00, BASE, "ldrex r0, [r1]"},
    {0xe8d1, 0x0f4f, BASE, "ldrexb r0, [r1]"},
    {0xe8c1, 0x2f50, BASE, "strexh r0, r2, [r1]"},
    {0xf3c2, 0x00c3, BASE, "ubfx r0, r2, #3, #4"},
    {0xf302, 0x0007, BASE, "ssat r0, #8, r2"},
    {0xf241, 0x2034, BASE, "movw r0, #4660"},
    {0xf3bf, 0x8f5f, BASE, "dmb sy"},
    {0xf891, 0xf000, BASE, "pld [r1]"},
    {0xf3ef, 0x8011, BASE, "mrs r0, BASEPRI"},
    {0xfa82, 0xf003, DSP, "sadd8 r0, r2, r3"},
    {0xfb22, 0x4003, DSP, "smlad r0, r2, r3, r4"},
    {0xfbc3, 0x02c4, DSP, "smlald r0, r2, r3, r4"},
    {0xfbe3, 0x0264, DSP, "umaal r0, r2, r3, r4"},
    {0xfa83, 0xf082, DSP, "qadd r0, r2, r3"},
    {0xeac2, 0x0003, DSP, "pkhbt r0, r2, r3"},
    {0xfa22, 0xf083, DSP, "sxtab16 r0, r2, r3"},
    {0xfb52, 0x4003, DSP, "smmla r0, r2, r3, r4"},
    {0xf322, 0x0007, DSP, "ssat16 r0, #8, r2"},
    {0xfb72, 0xf003, DSP, "usad8 r0, r2, r3"},
    {0xfaa2, 0xf083, DSP, "sel r0, r2, r3"},
    {0xee30, 0x0a81, FPV4, "vadd.f32 s0, s1, s2"},
    {0xeea0, 0x0a81, FPV4, "vfma.f32 s0, s1, s2"},
    {0xee80, 0x0a81, FPV4, "vdiv.f32 s0, s1, s2"},
    {0xeeb1, 0x0ae0, FPV4, "vsqrt.f32 s0, s1"},
    {0xeeb3, 0x0a60, FPV4, "vcvtb.f16.f32 s0, s1"},
    {0xeebd, 0x0ae0, FPV4, "vcvt.s32.f32 s0, s1"},
    {0xec52, 0x0b11, FPV4, "vmov r0, r2, d1"},
    {0xed91, 0x0b00, FPV4, "vldr d0, [r1]"},
    {0xeef1, 0x0a10, FPV4, "vmrs r0, fpscr"},
    {0xeeb7, 0x0a00, FPV4, "vmov.f32 s0, #112"},
    {0xfe20, 0x0a81, FPV5, "vselge.f32 s0, s1, s2"},
    {0xfe80, 0x0a81, FPV5, "vmaxnm.f32 s0, s1, s2"},
    {0xfe80, 0x0ac1, FPV5, "vminnm.f32 s0, s1, s2"},
    {0xfeb8, 0x0a60, FPV5, "vrinta.f32 s0, s1"},
    {0xeeb6, 0x0ae0, FPV5, "vrintz.f32 s0, s1"},
    {0xeeb7, 0x0a60, FPV5, "vrintx.f32 s0, s1"},
    {0xfebc, 0x0ae0, FPV5, "vcvta.s32.f32 s0, s1"},
    {0xfebf, 0x0a60, FPV5, "vcvtm.u32.f32 s0, s1"},
    {0xee31, 0x0b02, DOUBLE, "vadd.f64 d0, d1, d2"},
    {0xeea1, 0x0b02, DOUBLE, "vfma.f64 d0, d1, d2"},
    {0xee81, 0x0b02, DOUBLE, "vdiv.f64 d0, d1, d2"},
    {0xeeb1, 0x0bc1, DOUBLE, "vsqrt.f64 d0, d1"},
    {0xeeb4, 0x0b41, DOUBLE, "vcmp.f64 d0, d1"},
    {0xeeb7, 0x0ae0, DOUBLE, "vcvt.f64.f32 d0, s1"},
    {0xeebd, 0x0bc1, DOUBLE, "vcvt.s32.f64 s0, d1"},
    {0xeeb7, 0x0b00, DOUBLE, "vmov.f64 d0, #112"},
    {0xfe81, 0x0b02, DOUBLE, "vmaxnm.f64 d0, d1, d2"},
    {0xeeb6, 0x0bc1, DOUBLE, "vrintz.f64 d0, d1"},
    {0xeeb0, 0x0bc1, DOUBLE, "vabs.f64 d0, d1"},
    {0xe8d1, 0x0faf, NONE, "lda (Armv8-M)"},
    {0xe8c1, 0x0faf, NONE, "stl (Armv8-M)"},
    {0xe8d1, 0x0fef, NONE, "ldaex (Armv8-M)"},
    {0xe8c1, 0x0fe2, NONE, "stlex (Armv8-M)"},
    {0xe8d1, 0x027f, NONE, "ldrexd r0, r2, [r1] (A profile)"},
    {0xe8c1, 0x2370, NONE, "strexd r0, r2, r3, [r1] (A profile)"},
    {0xf3ef, 0x800a, NONE, "mrs r0, MSPLIM (Armv8-M)"},
    {0xe841, 0xf000, NONE, "tt (Armv8-M)"},
    {0xe841, 0xf080, NONE, "tta (Armv8-M)"},
    {0xe97f, 0xe97f, NONE, "sg (Armv8-M)"},
    {0xec31, 0x0a00, NONE, "vlldm (Armv8-M)"},
    {0xec21, 0x0a00, NONE, "vlstm (Armv8-M)"},
    {0xec9f, 0x0a01, NONE, "vscclrm (Armv8.1-M)"},
    {0xf040, 0xe001, NONE, "dls (Armv8.1-M)"},
    {0xea50, 0x8001, NONE, "csel (Armv8.1-M)"},
    {0xef00, 0x0840, NONE, "vadd.i8 q (MVE)"},
    {0xfac2, 0xf083, NONE, "crc32b (A profile)"},
    {0xf7f0, 0x8000, NONE, "smc (A profile)"},
    {0xf7e0, 0x8000, NONE, "hvc (A profile)"},
    {0xee07, 0x0f15, COPROCESSOR, "mcr p15"},
    {0xed91, 0x1f00, COPROCESSOR, "vldrw q (MVE)"},
};

/* Accepted up to which extension, by board: FPv4-SP-D16, FPv5-SP-D16 and FPv5-D16. */
static const struct {
    const char *board;
    enum extension most;
} board[] = {{"stm32f407", FPV4}, {"stm32f746", FPV5}, {"stm32h743", DOUBLE}};

/* Enables the FPU, executes the instruction and exits with 0; HardFault exits with UFSR. */
static const uint16_t program[] = {
    /* ldr r0, =CPACR; mov r1, #0xf00000; str; dsb; isb */
    0x4807,
    0xf44f,
    0x0170,
    0x6001,
    0xf3bf,
    0x8f4f,
    0xf3bf,
    0x8f6f,
    /* ldr r1, =0x20000100; nop; here; movs r2, #0; b exit */
    0x4904,
    0xbf00,
    0,
    0,
    0x2200,
    0xe00c,
    0xbf00,
    0xbf00,
    0xed88,
    0xe000,
    0x0100,
    0x2000,
    0xf3af,
    0x8000,
    0xf3af,
    0x8000,
    0x4804,
    /* HardFault: r2 = CFSR >> 16; exit: SYS_EXIT_EXTENDED */
    0x6802,
    0x0c12,
    0x4904,
    0x4804,
    0x6008,
    0x604a,
    0x2020,
    0xbeab,
    0xe7fe,
    0xed28,
    0xe000,
    0x0200,
    0x2000,
    0x0026,
    0x0002,
};
enum { HERE = 10, CODE = 0x100, HARD = 0x130 };

/* UFSR behind the instruction, -1 = the run did not end as it should. */
static int ufsr(const char *on, uint16_t first, uint16_t second)
{
    uint8_t image[CODE + sizeof program] = {0};
    const uint32_t vector[] = {0x20001000, 0x08000000 + CODE + 1, 0, 0x08000000 + HARD + 1};
    char path[] = "/tmp/extension-XXXXXX";
    struct err e = {0};
    struct machine_totals t = {.exit_code = -1};
    memcpy(image, vector, sizeof vector);
    memcpy(image + CODE, program, sizeof program);
    memcpy(image + CODE + 2 * HERE, &first, 2);
    memcpy(image + CODE + 2 * HERE + 2, &second, 2);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, image, sizeof image), sizeof image);
    close(fd);
    struct machine_options o = {
        .elf_path = path, .board = on, .base = 1 + UINT64_C(0x08000000), .max_cycles = 100000};
    struct machine *m = machine_open(&o, &e);
    unlink(path);
    assert_non_null(m);
    machine_run(m, &e);
    machine_summary(m, &t);
    int code = e.code == ERR_NONE || e.code == ERR_GUEST ? t.exit_code : -1;
    machine_close(m);
    return code;
}

static void each_core_has_its_extensions_and_no_others(void **state)
{
    unsigned wrong = 0;
    (void)state;
    for (size_t b = 0; b < sizeof board / sizeof *board; b++)
        for (size_t i = 0; i < sizeof encoding / sizeof *encoding; i++) {
            int want = encoding[i].extension == COPROCESSOR    ? 8
                       : encoding[i].extension > board[b].most ? 1
                                                               : 0;
            int got = ufsr(board[b].board, encoding[i].first, encoding[i].second);
            if (got != want) {
                print_message("%s: %s: UFSR %d, expected %d\n", board[b].board, encoding[i].text,
                              got, want);
                wrong++;
            }
        }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_core_has_its_extensions_and_no_others)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
