/* Every rule of the Cortex-M7 and its exceptions, one kernel each. The figures are literal, from
 *   jnk0le's measurements on an STM32H743 (github.com/jnk0le/random, pipeline cycle
 *     test/doc/cortex_m7.md): what issues together, 8 cycles of a mispredicted branch or 6 where
 *     the flags were set 3 cycles ahead, 2 from an inline shift's operand, words of even and odd
 *     banks that load together, n/2 cycles of a load or store of n registers;
 *   LLVM's ARMScheduleM7.td: latencies of multiplications, narrow loads and saturating operations,
 *     16 cycles of VDIV.F32;
 *   rust-embedded/cortex-m issue 430: a loop that starts in the last halfword of a 64-bit fetch
 *     takes one cycle more. */
#include "tests/micro/kernel.c"

#define KERNELS                                                                                    \
    /* pairs */                                                                                    \
    KERNEL(independent_additions, STRAIGHT, 0,                                                     \
           "add.w r0,r8,r9; add.w r1,r8,r9; add.w r2,r8,r9; add.w r3,r8,r9", 2)                    \
    KERNEL(chained_logic, STRAIGHT, 0, "eor.w r0,r0,r1; eor.w r0,r0,r2", 2 * 1) /* late_late */    \
    KERNEL(carry_chain, STRAIGHT, 0, "adcs r0,r1; adcs r2,r3", 2 * 1)           /* flags */        \
    KERNEL(alu_and_load, STRAIGHT, 0, "add.w r0,r8,r9; ldr.w r1,[r10]", 1)                         \
    KERNEL(alu_and_store, STRAIGHT, 0, "add.w r0,r8,r9; str.w r1,[r10]", 1)                        \
    KERNEL(load_and_store, STRAIGHT, 0, "ldr.w r0,[r8]; str.w r1,[r10]", 1)                        \
    KERNEL(two_stores, STRAIGHT, 0, "str.w r0,[r8]; str.w r1,[r10]", 2)                            \
    KERNEL(multiply_and_alu, STRAIGHT, 0, "smull r0,r1,r8,r9; add.w r2,r10,r11", 1)                \
    KERNEL(two_multiplies, STRAIGHT, 0, "smull r0,r1,r8,r9; smull r2,r3,r8,r9", 2)                 \
    KERNEL(multiply_and_store, STRAIGHT, 0, "smull r0,r1,r8,r9; str.w r2,[r10]", 2)                \
    KERNEL(multiply_and_load, STRAIGHT, 0, "smlad r0,r8,r9,r0; ldr.w r2,[r10]", 1)                 \
    KERNEL(move_both_halves, STRAIGHT, 0, "movw r0,#1; movt r0,#2", 1)                             \
    KERNEL(two_shifted_operands, STRAIGHT, 0, "add.w r0,r8,r9,lsl #1; add.w r1,r8,r9,lsl #2", 2)   \
    KERNEL(two_rotated_constants, STRAIGHT, 0, "eor r0,r8,#0x1fc0; eor r1,r8,#0x1fc0", 2)          \
    KERNEL(repeated_constants, STRAIGHT, 0, "eor r0,r8,#0x1b1b1b1b; eor r1,r8,#0x1b1b1b1b", 1)     \
    KERNEL(two_plain_shifts, STRAIGHT, 0, "lsr.w r0,r8,#3; ror.w r1,r8,r9", 1)                     \
    KERNEL(two_extractors, STRAIGHT, 0, "ubfx r0,r8,#1,#2; uxtb.w r1,r9", 2)                       \
    KERNEL(extractor_is_older, STRAIGHT, 0, "uxtb.w r0,r8; add.w r1,r8,r9", 1)                     \
    KERNEL(extractor_needs_the_shifter, STRAIGHT, 0, "rev.w r0,r8; add.w r1,r8,r9,lsl #2", 2)      \
    KERNEL(extension_does_not, STRAIGHT, 0, "uxtb.w r0,r8; add.w r1,r8,r9,lsl #2", 1)              \
    KERNEL(extractor_is_never_younger, LOOP, 0, "add.w r1,r8,r9; uxtb.w r0,r8; b .-8", 2)          \
    KERNEL(not_taken_branch_pairs, STRAIGHT, 0, "beq 9f; 9: add.w r0,r8,r9; nop; nop", 2)          \
    /* loads in pairs */                                                                           \
    KERNEL(other_bank, STRAIGHT, 0, "ldr.w r0,[r8]; ldr.w r1,[r8,#4]", 1)                          \
    KERNEL(same_bank, STRAIGHT, 0, "ldr.w r0,[r8]; ldr.w r1,[r8,#8]", 2)                           \
    KERNEL(unknown_banks, STRAIGHT, 0, "ldr.w r0,[r8]; ldr.w r1,[r9,#4]",                          \
           2 - 0) /* load_pair_unknown */                                                          \
    KERNEL(load_multiple, STRAIGHT, 0, "ldm r8,{r0-r3}; push {r0-r2}",                             \
           2 + 2) /* load_many, store_many */                                                      \
    KERNEL(multiple_is_alone, STRAIGHT, 0, "ldm r8,{r0-r1}; add.w r2,r9,r10",                      \
           1 + 1) /* load_many, add */                                                             \
    KERNEL(load_pair_is_alone, STRAIGHT, 0, "ldrd r0,r1,[r8]; strd r2,r3,[r9]",                    \
           1 + 1) /* load_pair, store_pair */                                                      \
    /* latencies */                                                                                \
    KERNEL(early_result_same_cycle, STRAIGHT, 0, "add.w r0,r8,r9; eor.w r1,r0,r10",                \
           1 + 0) /* early_late */                                                                 \
    KERNEL(early_result_to_address, STRAIGHT, 0, "add.w r0,r8,r9; ldr.w r1,[r0]",                  \
           1 + 1)                                                            /* early_early */     \
    KERNEL(late_to_shifted_operand, STRAIGHT, 0, "eor.w r0,r8,r0,ror #5", 2) /* late_early */      \
    KERNEL(late_to_address, STRAIGHT, 0, "eor.w r0,r0,r8; ldr.w r0,[r0]; nop.w; nop.w",            \
           2 + 1) /* late_early, load to late */                                                   \
    KERNEL(load_to_alu, STRAIGHT, 0, "ldr.w r0,[r8]; eor.w r0,r0,r9; str.w r0,[r8]; nop.w",        \
           1 + 1)                                                       /* load to late */         \
    KERNEL(load_to_address, STRAIGHT, 0, "ldr.w r0,[r0]", 2)            /* load to early */        \
    KERNEL(narrow_load_to_address, STRAIGHT, 0, "ldrb.w r0,[r0]", 3)    /* load_narrow to early */ \
    KERNEL(load_to_shifted_operand, STRAIGHT, 0, "ldr.w r0,[r8,r0]", 2) /* load to early */        \
    KERNEL(load_to_multiplier, STRAIGHT, 0, "ldr.w r1,[r8]; mul r0,r1,r9; push {r0}",              \
           2 + 1 + 1) /* load to early, store_many */                                              \
    KERNEL(narrow_load_to_addend, STRAIGHT, 0, "ldrb.w r0,[r8]; smlabb r1,r9,r10,r0; push {r1}",   \
           2 - 1 + 1 + 1) /* load_narrow to late, store_many */                                    \
    KERNEL(store_data_same_cycle, STRAIGHT, 0, "eor.w r0,r8,r9; str.w r0,[r10]", 1)                \
    KERNEL(loaded_data_stored_same_cycle, STRAIGHT, 0, "ldrb.w r0,[r8]; str.w r0,[r9]", 1)         \
    KERNEL(multiply_chain, STRAIGHT, 0, "mul r0,r0,r1", 2) /* mul to late */                       \
    KERNEL(multiply_to_shifted_operand, STRAIGHT, 0, "mul r0,r1,r2; add.w r1,r8,r0,lsl #3",        \
           3 + 1) /* mul to early, late_late */                                                    \
    KERNEL(accumulate_chain, STRAIGHT, 0, "smlald r0,r1,r8,r9", 2 - 1) /* dual_mlal to late */     \
    KERNEL(reverse_to_address, STRAIGHT, 0, "rev.w r0,r0; ldr.w r0,[r0]",                          \
           2 + 2) /* reverse to early, load to early */                                            \
    KERNEL(reverse_to_alu, STRAIGHT, 0, "rev.w r0,r8; eor.w r1,r0,r9",                             \
           1 + 0) /* reverse to late */                                                            \
    KERNEL(extend_to_address, STRAIGHT, 0, "uxtb.w r0,r0; ldr.w r0,[r0]; nop.w",                   \
           2 + 1) /* extend to early, load to late */                                              \
    KERNEL(writeback_chain, STRAIGHT, 0, "ldr.w r0,[r8],#4", 1) /* writeback_early */              \
    KERNEL(writeback_to_late, STRAIGHT, 0, "ldr.w r0,[r8],#4; eor.w r1,r8,r9",                     \
           1 + 0) /* writeback_late */                                                             \
    KERNEL(flags_to_select, STRAIGHT, 0, "uadd8 r0,r8,r9; sel r1,r8,r9", 1 + 1) /* flags */        \
    /* multi-cycle and unpaired */                                                                 \
    KERNEL(divide_alone, STRAIGHT, 0, "udiv r0,r8,r9; add.w r1,r8,r9", 3 + 1) /* div, add */       \
    KERNEL(skipped_costs_as_much, SKIP, 0, "cmp.w r8,#0; it eq; ldmeq.w r9,{r0-r3}; nop",          \
           1 + 2 + 1) /* load_many */                                                              \
    /* branches */                                                                                 \
    KERNEL(two_instruction_loop, LOOP, 0, "subs r0,#1; bne .-2", 1)                                \
    KERNEL(loop_across_two_words, LOOP, 6, "subs r0,#1; bne .-2",                                  \
           2) /* fetch_bytes; rust-cortex-m-430 */                                                 \
    KERNEL(loop_in_one_word, LOOP, 4, "subs r0,#1; bne .-2", 1)                                    \
    /* A branch pairs with its target, behind LDM, which is alone. Five instructions of four \
     * bytes lie in three words. */     \
    KERNEL(branch_pairs_with_its_target, LOOP, 0, "mov r2,r8; ldm r1!,{r3,r4}; b .-4", 2)          \
    KERNEL(fetch_is_not_ahead, LOOP, 0,                                                            \
           "mov.w r0,r8; mov.w r1,r8; mov.w r2,r8; mov.w r3,r8; b.w .-16", 3)                      \
    /* The store buffer: 4 cycles a byte or halfword in one bank, 2 in two. */                     \
    KERNEL(bytes_to_one_bank, STRAIGHT, 0, "strb.w r0,[r8]; strb.w r1,[r8]", 8) /* store_narrow */ \
    KERNEL(halfwords_to_two_banks, STRAIGHT, 0, "strh.w r0,[r8]; strh.w r1,[r8,#4]",               \
           4) /* store_narrow_bank */                                                              \
    KERNEL(spaced_bytes_are_hidden, STRAIGHT, 0, "strb.w r0,[r8]; ldm r9,{r0-r7}; nop; nop",       \
           1 + 4 + 1)                                                                              \
    /* Sequences that were measured as such. */                                                    \
    KERNEL(load_to_mixed_operands, STRAIGHT, 0, "ldr.w r0,[r8]; eor.w r1,r0,r9,ror #5; push {r0}", \
           2 + 1 + 1)                                                                              \
    KERNEL(load_to_plain_operands, STRAIGHT, 0, "ldr.w r0,[r8]; eor.w r1,r0,r9; push {r0}",        \
           1 + 1 + 1)                                                                              \
    KERNEL(load_to_extend_add, STRAIGHT, 0, "ldr.w r0,[r8]; uxtab r1,r0,r9; push {r0}", 2 + 1 + 1) \
    KERNEL(byte_to_mixed_operands, STRAIGHT, 0,                                                    \
           "ldrb.w r0,[r8]; eor.w r1,r0,r9,ror #5; push {r0}", 2 + 1 + 1)                          \
    KERNEL(byte_to_multiplier, STRAIGHT, 0, "ldrb.w r0,[r8]; mul r1,r0,r9; push {r0}", 2 + 1 + 1)  \
    KERNEL(writeback_to_early_alu, STRAIGHT, 0,                                                    \
           "push {r0}; ldr.w r0,[r8],#4; add.w r3,r9,r10; add.w r1,r8,r9; "                        \
           "nop.w; eor.w r2,r10,r1,ror #3",                                                        \
           1 + 1 + 2 + 1)                                                                          \
    KERNEL(core_to_fp_not_same_cycle, STRAIGHT, 0, "push {r1}; add.w r0,r8,r9; vmov s0,r0", 1 + 2) \
    KERNEL(mla_and_fma, STRAIGHT, 0,                                                               \
           "vmla.f32 s0,s8,s9; vfma.f32 s1,s8,s9; vmla.f32 s2,s8,s9; vfma.f32 s3,s8,s9; "          \
           "vmla.f32 s4,s8,s9; vfma.f32 s5,s8,s9",                                                 \
           9) /* fp_mla_fma */                                                                     \
    KERNEL(fp_divide_and_integer, STRAIGHT, 0, "vdiv.f32 s0,s8,s9; add.w r0,r8,r9", 16)            \
    KERNEL(fp64_multiply_and_integer, STRAIGHT, 0, "vmul.f64 d0,d4,d5; add.w r0,r8,r9", 5)         \
    KERNEL(mispredict, MISS, 0, "subs r0,#1; bne .-2", 1 + 8) /* mispredict */                     \
    KERNEL(flags_just_too_late, MISS, 0, "subs r0,#1; mul r1,r1,r8; mul r1,r1,r8; bne .-10",       \
           1 + 2 + 8) /* mul to late, mispredict */                                                \
    KERNEL(mispredict_early_flags, MISS, 0,                                                        \
           "subs.w r0,#1; mul r1,r8,r8; mul r2,r8,r8; mul r3,r8,r8; mul r4,r8,r8; bne .-20",       \
           1 + 3 + 6) /* early_flags_age, mispredict_early_flags */                                \
    KERNEL(mispredicted_compare_branch, MISS, 0, "add.w r1,r8,r9; cbz r0,.+6",                     \
           1 + 8)                                                        /* mispredict */          \
    KERNEL(mispredicted_return, MISS, 0, "add.w r1,r8,r9; bx lr", 1 + 8) /* mispredict */          \
    /* FPU, single precision */                                                                    \
    KERNEL(fp_add_chain, STRAIGHT, 0, "vadd.f32 s0,s0,s1", 3) /* fp_add to arithmetic */           \
    KERNEL(fp_independent, STRAIGHT, 0, "vadd.f32 s0,s8,s9; vmul.f32 s1,s8,s9", 2)                 \
    KERNEL(fp_and_integer, STRAIGHT, 0, "vmul.f32 s0,s8,s9; add.w r0,r8,r9", 1)                    \
    KERNEL(fma_chain, STRAIGHT, 0, "vfma.f32 s0,s8,s9", 3) /* fp_fma to addend */                  \
    KERNEL(fma_interleaved, STRAIGHT, 0,                                                           \
           "vfma.f32 s0,s8,s9; vfma.f32 s1,s8,s9; vfma.f32 s2,s8,s9", 3)                           \
    KERNEL(fma_factor, STRAIGHT, 0, "vfma.f32 s0,s0,s9", 5) /* fp_fma to arithmetic */             \
    KERNEL(mla_chain, STRAIGHT, 0, "vmla.f32 s0,s8,s9",                                            \
           4 - 1) /* fp_mla to addend, fp_mla_addend */                                            \
    KERNEL(add_waits_for_mac, STRAIGHT, 0, "vfma.f32 s0,s8,s9; vadd.f32 s1,s8,s9",                 \
           1 + 3) /* fp_mac_block */                                                               \
    KERNEL(load_never_with_mac, STRAIGHT, 0,                                                       \
           "vfma.f32 s0,s8,s9; vldr s1,[r8]; vfma.f32 s2,s8,s9; vldr s3,[r8]; vfma.f32 s4,s8,s9; " \
           "vldr s5,[r8]",                                                                         \
           6)                                                                                      \
    KERNEL(load_with_add, STRAIGHT, 0, "vadd.f32 s0,s8,s9; vldr s1,[r8]", 1)                       \
    KERNEL(load_to_addend, STRAIGHT, 0, "vldr s0,[r8]; vfma.f32 s0,s8,s9; push {r0}",              \
           3 + 1 + 1) /* fp_load to addend, store_many */                                          \
    KERNEL(fp_to_core, STRAIGHT, 0, "vadd.f32 s0,s8,s9; vmov r0,s0; push {r0}",                    \
           3 + 1 + 1) /* fp_add to core, store_many */                                             \
    KERNEL(fp_pair_to_alu, STRAIGHT, 0, "vmov r0,r1,d4; eor.w r2,r1,r9",                           \
           1 + 1) /* fp_to_core2 to late */                                                        \
    KERNEL(fp_pair_to_address, STRAIGHT, 0, "vmov r0,r1,d4; ldr.w r2,[r0]",                        \
           2 + 1) /* fp_to_core2 to early */                                                       \
    KERNEL(core_to_fp, STRAIGHT, 0, "vmov s0,r0; vadd.f32 s1,s0,s9; push {r0}",                    \
           3 + 1 + 1) /* fp_from_core to arithmetic, store_many */                                 \
    KERNEL(fp_store_data, STRAIGHT, 0, "vfma.f32 s0,s8,s9; vstr s0,[r8]; push {r0}",               \
           3 + 1 + 1) /* fp_fma to store, store_many */                                            \
    KERNEL(fp_divide, STRAIGHT, 0, "vdiv.f32 s0,s8,s9; vsqrt.f32 s1,s8",                           \
           16 + 14) /* fp_div, fp_sqrt */                                                          \
    KERNEL(fp_loads_wide, STRAIGHT, 0, "vldr d0,[r8]; vldm r8,{s4-s7}; vstr d0,[r8]",              \
           1 + 2 + 1) /* fp_load2, fp_load_many, fp_store2 */                                      \
    /* FPU, double precision */                                                                    \
    KERNEL(fp64_multiply, STRAIGHT, 0, "vmul.f64 d0,d4,d5", 5) /* fp64_mul */                      \
    KERNEL(fp64_multiply_chain, STRAIGHT, 0, "vmul.f64 d0,d0,d5",                                  \
           5 + 3 - 1) /* fp64_mul, fp64_mul to arithmetic */                                       \
    KERNEL(fp64_divide, STRAIGHT, 0, "vdiv.f64 d0,d4,d5", 30) /* fp64_div */

#define KERNEL(name, how, offset, text, expected) \
    static int expect_##name(void)                \
    {                                             \
        return expected;                          \
    }
KERNELS
#undef KERNEL

static struct kernel kernels[] = {
#define KERNEL(name, how, offset, text, expected) {#name, how, offset, text, expect_##name},
    KERNELS
#undef KERNEL
};

int main(void)
{
    return run_kernels("cortex-m7", kernels, sizeof kernels / sizeof *kernels);
}
