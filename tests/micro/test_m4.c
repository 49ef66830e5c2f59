/* Every rule of the Cortex-M4 and its exceptions, one kernel each. The figures are literal, from
 *   Arm's Cortex-M4 TRM (DDI 0439), section 3.3.1: 1 cycle of data processing and of every
 *     multiplication, 2 of a load, 1 + N of a transfer of N words; section 7: 14 of VDIV and VSQRT,
 *     1 more where an FP result is used at once;
 *   Arm's Cortex-M3 TRM (DDI 0337), section 3.3.2: loads in a row overlap, a store behind a load
 *     hides, an address made by the instruction before waits 1, LDR PC takes at least 5 and TBB at
 *     least 6;
 *   jnk0le's measurements on an STM32F407 (github.com/jnk0le/random, pipeline cycle
 *     test/doc/cortex_m3m4.md): chains of loads with write-back, loads of different memories, NOP
 *     behind a load;
 *   compendium.i-0.nl, Cortex-M4 alignment: 1 more for a run of three 32-bit instructions at 2 mod
 *     4. */
#include "tests/micro/kernel.c"

#define KERNELS                                                                                    \
    /* classes */                                                                                  \
    KERNEL(alu, STRAIGHT, 0, "adds r0,#1; lsls r1,r2; mvns r3,r4; uxtb r5,r6",                     \
           1 + 1 + 1 + 1) /* add, shift, mov, extend */                                            \
    KERNEL(inline_shift_is_free, STRAIGHT, 0, "add.w r0,r1,r2,lsl #3", 1) /* add */                \
    KERNEL(                                                                                        \
        multiply, STRAIGHT, 0,                                                                     \
        "mul r0,r1,r2; mla r3,r0,r1,r2; smull r4,r5,r0,r1; smlal r4,r5,r0,r1; smlad r0,r1,r2,r3",  \
        1 + 1 + 1 + 1 + 1) /* mul, mla, mull, mlal, dual_mla */                                    \
    KERNEL(load_multiple, STRAIGHT, 0, "ldm r0,{r1-r4}; pop {r1,r2,r3}", 5 + 4) /* load_many */    \
    KERNEL(store_multiple, STRAIGHT, 0, "stm r0!,{r1-r4}; push {r1,r2,r3}",                        \
           5 + 4) /* store_many */                                                                 \
    KERNEL(pair, STRAIGHT, 0, "ldrd r0,r1,[r2]; strd r0,r1,[r2,#8]",                               \
           3 + 3) /* load_pair, store_pair */                                                      \
    KERNEL(pairs_do_not_overlap, STRAIGHT, 0, "ldr.w r4,[r5]; ldrd r0,r1,[r2]",                    \
           2 + 3) /* load, load_pair */                                                            \
    /* loads */                                                                                    \
    KERNEL(load_then_alu, STRAIGHT, 0, "ldr r0,[r1]; adds r2,#1", 2 + 1) /* load, add */           \
    KERNEL(load_use, STRAIGHT, 0, "ldr r0,[r1]; adds r0,#1", 2 + 1)      /* load, add */           \
    KERNEL(load_pipelined, STRAIGHT, 0, "ldr r0,[r1]; ldr r2,[r1,#4]; ldr r3,[r1,#8]; adds r4,#1", \
           3 * 2 - 2 * 1 + 1) /* load, load_pipelined, add */                                      \
    KERNEL(narrow_loads_pipeline, STRAIGHT, 0, "ldrb r0,[r1]; ldrsh r2,[r1,r3]; adds r4,#1; nop",  \
           2 * 2 - 1 + 1 + 1) /* load_narrow, load_pipelined, add, nop */                          \
    KERNEL(loaded_address_breaks_the_chain, STRAIGHT, 0, "ldr r1,[r1]", 2)  /* load */             \
    KERNEL(loaded_index_breaks_the_chain, STRAIGHT, 0, "ldr r2,[r1,r2]", 2) /* load */             \
    KERNEL(load_same_base, STRAIGHT, 0, "ldr r0,[r1],#4",                                          \
           2 - 1 + 1) /* load, load_pipelined, load_same_base */                                   \
    KERNEL(other_bases_chain, STRAIGHT, 0, "ldr r0,[r1],#4; ldr r2,[r3],#4",                       \
           2 * (2 - 1)) /* load, load_pipelined */                                                 \
    KERNEL(literals_chain, STRAIGHT, 0, "ldr r0,[pc,#8]; ldr r2,[pc,#16]; adds r3,#1; adds r3,#1", \
           2 * 2 - 1 + 2 * 1) /* load, load_pipelined, add */                                      \
    KERNEL(literal_then_data, STRAIGHT, 0, "ldr r0,[pc,#8]; ldr r2,[r1]; adds r3,#1; adds r3,#1",  \
           2 * 2 - 1 + 1 + 2 * 1) /* load, load_pipelined, block_change, add */                    \
    KERNEL(data_then_literal, STRAIGHT, 0, "ldr r2,[r1]; ldr r0,[pc,#8]; adds r3,#1; adds r3,#1",  \
           2 * 2 - 1 + 1 + 2 * 1) /* load, load_pipelined, block_change, add */                    \
    KERNEL(literal_then_store, STRAIGHT, 0, "ldr r0,[pc,#8]; str r0,[r1]; adds r3,#1; adds r3,#1", \
           2 + 1 - 1 + 1 + 2 * 1) /* load, store, store_after_load, block_change, add */           \
    KERNEL(load_nop, STRAIGHT, 0, "ldr r0,[r1]; nop", 2 + 1 - 1) /* load, nop, load_nop */         \
    KERNEL(address_dependency, STRAIGHT, 0, "adds r1,#1; ldr r0,[r1]",                             \
           1 + 2 + 1) /* add, load, address_dependency */                                          \
    KERNEL(index_dependency, STRAIGHT, 0, "adds r2,#1; str r0,[r1,r2]",                            \
           1 + 1 + 1 + 1) /* add, store, store_index, address_dependency */                        \
    KERNEL(one_between_is_enough, STRAIGHT, 0, "adds r1,#1; adds r2,#1; ldr r0,[r1]; adds r3,#1",  \
           3 * 1 + 2) /* add, load */                                                              \
    KERNEL(store_data_is_no_address, STRAIGHT, 0, "adds r0,#1; str r0,[r1]",                       \
           1 + 1) /* add, store */                                                                 \
    /* stores */                                                                                   \
    KERNEL(stores, STRAIGHT, 0, "str r0,[r1]; str r2,[r1,#4]", 2 * 1) /* store */                  \
    KERNEL(store_same_base, STRAIGHT, 0, "str r0,[r1],#4", 1 + 1)     /* store, store_same_base */ \
    KERNEL(stores_to_other_bases, STRAIGHT, 0, "str r0,[r1],#4; str r0,[r2],#4",                   \
           2 * 1) /* store */                                                                      \
    KERNEL(store_after_load, STRAIGHT, 0, "ldr r0,[r1]; str r0,[r2]; adds r3,#1; adds r3,#1",      \
           2 + 1 - 1 + 2 * 1) /* load, store, store_after_load, add */                             \
    KERNEL(store_to_loaded_address, STRAIGHT, 0,                                                   \
           "ldr r2,[r1]; str r0,[r2]; adds r3,#1; adds r3,#1",                                     \
           2 + 1 + 2 * 1) /* load, store, add */                                                   \
    KERNEL(load_after_store, STRAIGHT, 0, "str r0,[r1]; ldr r2,[r1,#4]; adds r3,#1; adds r3,#1",   \
           1 + 2 + 1 + 2 * 1) /* store, load, load_after_store, add */                             \
    KERNEL(load_multiple_after_store, STRAIGHT, 0,                                                 \
           "str r0,[r1]; ldm r1!,{r2,r3}; adds r3,#1; adds r3,#1",                                 \
           1 + 3 + 1 + 2 * 1) /* store, load_many, load_after_store, add */                        \
    KERNEL(store_multiple_after_store, STRAIGHT, 0, "str r0,[r1]; stm r4!,{r2,r3}",                \
           1 + 3) /* store, store_many */                                                          \
    KERNEL(store_index, STRAIGHT, 0, "str r0,[r1,r2]; adds r3,#1",                                 \
           1 + 1 + 1) /* store, store_index, add */                                                \
    KERNEL(store_nop, STRAIGHT, 0, "str r0,[r1,r2]; nop",                                          \
           1 + 1 + 1 - 1) /* store, store_index, nop, store_nop */                                 \
    /* branches */                                                                                 \
    KERNEL(not_taken, STRAIGHT, 0, "cmp r0,#0; beq 9f; 9:", 1 + 1) /* cmp, branch_cond */          \
    KERNEL(refill_direct, LOOP, 0, "subs r0,#1; bne .-2",                                          \
           1 + 1 + 1) /* add, branch_cond, refill_direct */                                        \
    KERNEL(refill_direct_always, LOOP, 0, "nop; b .-2",                                            \
           1 + 1 + 1) /* nop, branch, refill_direct */                                             \
    KERNEL(compare_branch, LOOP, 0, "nop; cbz r0, .+6",                                            \
           1 + 1 + 2) /* nop, compare_branch, refill_compare */                                    \
    KERNEL(refill_return, LOOP, 0, "nop; bx lr", 1 + 1 + 1) /* nop, branch_reg, refill_return */   \
    KERNEL(refill_indirect, LOOP, 0, "nop; bx r3",                                                 \
           1 + 1 + 2) /* nop, branch_reg, refill_indirect */                                       \
    KERNEL(call_through_lr, LOOP, 0, "nop; blx lr",                                                \
           1 + 1 + 2)                                      /* nop, branch_reg, refill_indirect */  \
    KERNEL(pop_pc, LOOP, 0, "nop; pop {r4,pc}", 1 + 3 + 2) /* nop, branch_load, refill_indirect */ \
    KERNEL(mov_pc, LOOP, 0, "nop; mov pc,r0", 1 + 1 + 2)   /* nop, branch_reg, refill_indirect */  \
    KERNEL(refill_load, LOOP, 0, "nop; ldr pc,[r0]",                                               \
           1 + 2 + 3) /* nop, branch_load, refill_load */                                          \
    KERNEL(load_pc_from_stack, LOOP, 0, "nop; ldr pc,[sp],#4",                                     \
           1 + 2 + 2) /* nop, branch_load, refill_indirect */                                      \
    KERNEL(load_pc_near_stack, LOOP, 0, "nop; ldr pc,[sp,#8]",                                     \
           1 + 2 + 2) /* nop, branch_load, refill_indirect */                                      \
    KERNEL(refill_table, LOOP, 0, "nop; tbb [pc,r0]",                                              \
           1 + 3 + 3) /* nop, table_branch, refill_table */                                        \
    KERNEL(refill_wide, LOOP, 2, "add.w r0,r1,r2; b .-4",                                          \
           1 + 1 + 1 + 1) /* add, branch, refill_direct, refill_wide */                            \
    KERNEL(aligned_wide_target, LOOP, 4, "add.w r0,r1,r2; b .-4",                                  \
           1 + 1 + 1) /* add, branch, refill_direct */                                             \
    KERNEL(branch_breaks_the_chain, LOOP, 0, "ldr r0,[r1]; b .-2",                                 \
           2 + 1 + 1) /* load, branch, refill_direct */                                            \
    /* misaligned wide instructions */                                                             \
    KERNEL(two_wide, STRAIGHT, 2, "add.w r0,r1,r2; add.w r0,r1,r2; adds r3,#1; adds r3,#1",        \
           4 * 1) /* add */                                                                        \
    KERNEL(wide_run_behind_short, STRAIGHT, 2,                                                     \
           "add.w r0,r1,r2; add.w r0,r1,r2; add.w r0,r1,r2; adds r3,#1; adds r3,#1", 5 * 1)        \
    KERNEL(wide_run_behind_store, STRAIGHT, 0,                                                     \
           "str r4,[r5]; add.w r0,r1,r2; add.w r0,r1,r2; add.w r0,r1,r2; adds r3,#1",              \
           1 + 3 * 1 + 1 + 1) /* store, add, wide_run, add */                                      \
    KERNEL(wide_run_behind_load, STRAIGHT, 0,                                                      \
           "ldr r4,[r5]; add.w r0,r1,r2; add.w r0,r1,r2; add.w r0,r1,r2; adds r3,#1",              \
           2 + 3 * 1 + 1 + 1) /* load, add, wide_run, add */                                       \
    KERNEL(two_wide_behind_load, STRAIGHT, 0,                                                      \
           "ldr r4,[r5]; add.w r0,r1,r2; add.w r0,r1,r2; adds r3,#1", 2 + 2 * 1 + 1)               \
    KERNEL(once_a_run, STRAIGHT, 0,                                                                \
           "ldr r4,[r5]; add.w r0,r1,r2; add.w r0,r1,r2; add.w r0,r1,r2; add.w r0,r1,r2; add.w "   \
           "r0,r1,r2; add.w r0,r1,r2; adds r3,#1",                                                 \
           2 + 6 * 1 + 1 + 1) /* load, add, wide_run, add */                                       \
    KERNEL(wide_run_again, STRAIGHT, 0,                                                            \
           "ldr r4,[r5]; add.w r0,r1,r2; add.w r0,r1,r2; add.w r0,r1,r2; str.w r4,[r5]; add.w "    \
           "r0,r1,r2; add.w r0,r1,r2; add.w r0,r1,r2; adds r3,#1",                                 \
           2 + 3 + 1 + 1 + 3 + 1 + 1) /* load, add, wide_run, store, add, wide_run, add */         \
    KERNEL(aligned_wide, STRAIGHT, 0,                                                              \
           "add.w r0,r1,r2; add.w r0,r1,r2; add.w r0,r1,r2; add.w r0,r1,r2", 4 * 1) /* add */      \
    /* IT */                                                                                       \
    KERNEL(it_folded, STRAIGHT, 0, "cmp r0,#0; it eq; addeq r1,#1; nop",                           \
           1 + 1 + 1) /* cmp, add, nop */                                                          \
    KERNEL(it_after_wide, STRAIGHT, 0, "cmp.w r0,#0; it eq; addeq r1,#1",                          \
           1 + 1 + 1) /* cmp, it, add */                                                           \
    KERNEL(it_load_passes, STRAIGHT, 0, "cmp r0,#0; it eq; ldreq r1,[r2]; adds r3,#1",             \
           1 + 2 + 1) /* cmp, load, add */                                                         \
    KERNEL(skipped, SKIP, 0, "cmp r0,#0; it eq; ldreq r1,[r2]; adds r3,#1",                        \
           1 + 1 + 0 + 1) /* cmp, skipped, add */                                                  \
    KERNEL(skipped_multiple, SKIP, 0, "cmp r0,#0; itt eq; ldmeq r1!,{r2-r5}; udiveq r1,r2,r3",     \
           1 + 2 * (1 + 0)) /* cmp, skipped */                                                     \
    KERNEL(skipped_return, SKIP, 0, "cmp r0,#0; it eq; popeq {r4,pc}; nop",                        \
           1 + 1 + 1) /* cmp, nop */                                                               \
    KERNEL(conditional_return, LOOP, 0, "cmp r0,#0; it eq; popeq {r4,pc}",                         \
           1 + 3 + 2) /* cmp, branch_load, refill_indirect */                                      \
    /* FPU */                                                                                      \
    KERNEL(fp_independent, STRAIGHT, 0, "vadd.f32 s0,s1,s2; vmul.f32 s3,s4,s5",                    \
           1 + 1)                                                  /* fp_add, fp_mul */            \
    KERNEL(fp_dependency, STRAIGHT, 0, "vadd.f32 s0,s0,s1", 1 + 1) /* fp_add, fp_dependency */     \
    KERNEL(fp_addend_is_late, STRAIGHT, 0, "vmul.f32 s0,s1,s2; vfma.f32 s0,s3,s4",                 \
           1 + 3) /* fp_mul, fp_fma */                                                             \
    KERNEL(fp_factor_is_not, STRAIGHT, 0, "vmul.f32 s0,s1,s2; vfma.f32 s5,s0,s4",                  \
           1 + 3 + 1) /* fp_mul, fp_fma, fp_dependency */                                          \
    KERNEL(fp_loads, STRAIGHT, 0,                                                                  \
           "vldr s0,[r0]; vldr d1,[r0]; vldm r0,{s4-s7}; vstr s0,[r0]; vpush {d8}",                \
           2 + 3 + 5 + 2 + 3) /* fp_load, fp_load2, fp_load_many, fp_store, fp_store_many */       \
    KERNEL(fp_moves, STRAIGHT, 0, "vmov s0,r0; vmov r1,s2; vmov s4,s5,r2,r3",                      \
           1 + 1 + 2) /* fp_from_core, fp_to_core, fp_from_core2 */                                \
    KERNEL(fp_divide_alone, STRAIGHT, 0, "vdiv.f32 s0,s1,s2", 1 + 13) /* fp_div, fp_busy */        \
    KERNEL(fp_divide_beside_integers, STRAIGHT, 0,                                                 \
           "vdiv.f32 s0,s1,s2; adds r0,#1; adds r1,#1; adds r2,#1; adds r3,#1",                    \
           1 + 13) /* fp_div, fp_busy */                                                           \
    KERNEL(fp_sqrt_hidden, STRAIGHT, 0, "vsqrt.f32 s0,s1; push {r0-r7}; pop {r0-r7}",              \
           1 + 9 + 9) /* fp_sqrt, store_many, load_many */

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
    return run_kernels("cortex-m4", kernels, sizeof kernels / sizeof *kernels);
}
