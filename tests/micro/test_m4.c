/* Every rule of the Cortex-M4 and its exceptions, one kernel each. */
#include "tests/micro/kernel.c"

#define KERNELS                                                                                                       \
    /* classes */                                                                                                     \
    KERNEL(alu, STRAIGHT, 0, "adds r0,#1; lsls r1,r2; mvns r3,r4; uxtb r5,r6", C("add", 0) + C("shift", 0) + C("mov", 0) + C("extend", 0)) \
    KERNEL(inline_shift_is_free, STRAIGHT, 0, "add.w r0,r1,r2,lsl #3", C("add", 0))                                   \
    KERNEL(multiply, STRAIGHT, 0, "mul r0,r1,r2; mla r3,r0,r1,r2; smull r4,r5,r0,r1; smlal r4,r5,r0,r1; smlad r0,r1,r2,r3", \
           C("mul", 0) + C("mla", 0) + C("mull", 0) + C("mlal", 0) + C("dual_mla", 0))                                \
    KERNEL(load_multiple, STRAIGHT, 0, "ldm r0,{r1-r4}; pop {r1,r2,r3}", C("load_many", 4) + C("load_many", 3))       \
    KERNEL(store_multiple, STRAIGHT, 0, "stm r0!,{r1-r4}; push {r1,r2,r3}", C("store_many", 4) + C("store_many", 3))  \
    KERNEL(pair, STRAIGHT, 0, "ldrd r0,r1,[r2]; strd r0,r1,[r2,#8]", C("load_pair", 2) + C("store_pair", 2))          \
    KERNEL(pairs_do_not_overlap, STRAIGHT, 0, "ldr.w r4,[r5]; ldrd r0,r1,[r2]", C("load", 1) + C("load_pair", 2))     \
    /* loads */                                                                                                       \
    KERNEL(load_then_alu, STRAIGHT, 0, "ldr r0,[r1]; adds r2,#1", C("load", 1) + C("add", 0))                         \
    KERNEL(load_use, STRAIGHT, 0, "ldr r0,[r1]; adds r0,#1", C("load", 1) + C("add", 0))                              \
    KERNEL(load_pipelined, STRAIGHT, 0, "ldr r0,[r1]; ldr r2,[r1,#4]; ldr r3,[r1,#8]; adds r4,#1",                     \
           3 * C("load", 1) + 2 * R("load_pipelined") + C("add", 0))                                                  \
    KERNEL(narrow_loads_pipeline, STRAIGHT, 0, "ldrb r0,[r1]; ldrsh r2,[r1,r3]; adds r4,#1; nop",                     \
           2 * C("load_narrow", 1) + R("load_pipelined") + C("add", 0) + C("nop", 0))                                 \
    KERNEL(loaded_address_breaks_the_chain, STRAIGHT, 0, "ldr r1,[r1]", C("load", 1))                                 \
    KERNEL(loaded_index_breaks_the_chain, STRAIGHT, 0, "ldr r2,[r1,r2]", C("load", 1))                                \
    KERNEL(load_same_base, STRAIGHT, 0, "ldr r0,[r1],#4", C("load", 1) + R("load_pipelined") + R("load_same_base"))   \
    KERNEL(other_bases_chain, STRAIGHT, 0, "ldr r0,[r1],#4; ldr r2,[r3],#4", 2 * (C("load", 1) + R("load_pipelined"))) \
    KERNEL(literals_chain, STRAIGHT, 0, "ldr r0,[pc,#8]; ldr r2,[pc,#16]; adds r3,#1; adds r3,#1",                    \
           2 * C("load", 1) + R("load_pipelined") + 2 * C("add", 0))                                                  \
    KERNEL(literal_then_data, STRAIGHT, 0, "ldr r0,[pc,#8]; ldr r2,[r1]; adds r3,#1; adds r3,#1",                     \
           2 * C("load", 1) + R("load_pipelined") + R("block_change") + 2 * C("add", 0))                              \
    KERNEL(data_then_literal, STRAIGHT, 0, "ldr r2,[r1]; ldr r0,[pc,#8]; adds r3,#1; adds r3,#1",                     \
           2 * C("load", 1) + R("load_pipelined") + R("block_change") + 2 * C("add", 0))                              \
    KERNEL(literal_then_store, STRAIGHT, 0, "ldr r0,[pc,#8]; str r0,[r1]; adds r3,#1; adds r3,#1",                    \
           C("load", 1) + C("store", 1) + R("store_after_load") + R("block_change") + 2 * C("add", 0))                \
    KERNEL(load_nop, STRAIGHT, 0, "ldr r0,[r1]; nop", C("load", 1) + C("nop", 0) + R("load_nop"))                     \
    KERNEL(address_dependency, STRAIGHT, 0, "adds r1,#1; ldr r0,[r1]", C("add", 0) + C("load", 1) + R("address_dependency")) \
    KERNEL(index_dependency, STRAIGHT, 0, "adds r2,#1; str r0,[r1,r2]", C("add", 0) + C("store", 1) + R("store_index") + R("address_dependency")) \
    KERNEL(one_between_is_enough, STRAIGHT, 0, "adds r1,#1; adds r2,#1; ldr r0,[r1]; adds r3,#1", 3 * C("add", 0) + C("load", 1)) \
    KERNEL(store_data_is_no_address, STRAIGHT, 0, "adds r0,#1; str r0,[r1]", C("add", 0) + C("store", 1))             \
    /* stores */                                                                                                      \
    KERNEL(stores, STRAIGHT, 0, "str r0,[r1]; str r2,[r1,#4]", 2 * C("store", 1))                                     \
    KERNEL(store_same_base, STRAIGHT, 0, "str r0,[r1],#4", C("store", 1) + R("store_same_base"))                      \
    KERNEL(stores_to_other_bases, STRAIGHT, 0, "str r0,[r1],#4; str r0,[r2],#4", 2 * C("store", 1))                   \
    KERNEL(store_after_load, STRAIGHT, 0, "ldr r0,[r1]; str r0,[r2]; adds r3,#1; adds r3,#1",                         \
           C("load", 1) + C("store", 1) + R("store_after_load") + 2 * C("add", 0))                                    \
    KERNEL(store_to_loaded_address, STRAIGHT, 0, "ldr r2,[r1]; str r0,[r2]; adds r3,#1; adds r3,#1",                  \
           C("load", 1) + C("store", 1) + 2 * C("add", 0))                                                            \
    KERNEL(load_after_store, STRAIGHT, 0, "str r0,[r1]; ldr r2,[r1,#4]; adds r3,#1; adds r3,#1",                      \
           C("store", 1) + C("load", 1) + R("load_after_store") + 2 * C("add", 0))                                    \
    KERNEL(load_multiple_after_store, STRAIGHT, 0, "str r0,[r1]; ldm r1!,{r2,r3}; adds r3,#1; adds r3,#1",            \
           C("store", 1) + C("load_many", 2) + R("load_after_store") + 2 * C("add", 0))                               \
    KERNEL(store_multiple_after_store, STRAIGHT, 0, "str r0,[r1]; stm r4!,{r2,r3}", C("store", 1) + C("store_many", 2)) \
    KERNEL(store_index, STRAIGHT, 0, "str r0,[r1,r2]; adds r3,#1", C("store", 1) + R("store_index") + C("add", 0))    \
    KERNEL(store_nop, STRAIGHT, 0, "str r0,[r1,r2]; nop", C("store", 1) + R("store_index") + C("nop", 0) + R("store_nop")) \
    /* branches */                                                                                                    \
    KERNEL(not_taken, STRAIGHT, 0, "cmp r0,#0; beq 9f; 9:", C("cmp", 0) + C("branch_cond", 0))                        \
    KERNEL(refill_direct, LOOP, 0, "subs r0,#1; bne .-2", C("add", 0) + C("branch_cond", 0) + R("refill_direct"))     \
    KERNEL(refill_direct_always, LOOP, 0, "nop; b .-2", C("nop", 0) + C("branch", 0) + R("refill_direct"))            \
    KERNEL(compare_branch, LOOP, 0, "nop; cbz r0, .+6", C("nop", 0) + C("compare_branch", 0) + R("refill_compare"))   \
    KERNEL(refill_return, LOOP, 0, "nop; bx lr", C("nop", 0) + C("branch_reg", 0) + R("refill_return"))               \
    KERNEL(refill_indirect, LOOP, 0, "nop; bx r3", C("nop", 0) + C("branch_reg", 0) + R("refill_indirect"))           \
    KERNEL(call_through_lr, LOOP, 0, "nop; blx lr", C("nop", 0) + C("branch_reg", 0) + R("refill_indirect"))          \
    KERNEL(pop_pc, LOOP, 0, "nop; pop {r4,pc}", C("nop", 0) + C("branch_load", 2) + R("refill_indirect"))             \
    KERNEL(mov_pc, LOOP, 0, "nop; mov pc,r0", C("nop", 0) + C("branch_reg", 0) + R("refill_indirect"))                \
    KERNEL(refill_load, LOOP, 0, "nop; ldr pc,[r0]", C("nop", 0) + C("branch_load", 1) + R("refill_load"))            \
    KERNEL(refill_table, LOOP, 0, "nop; tbb [pc,r0]", C("nop", 0) + C("table_branch", 1) + R("refill_table"))         \
    KERNEL(refill_wide, LOOP, 2, "add.w r0,r1,r2; b .-4", C("add", 0) + C("branch", 0) + R("refill_direct") + R("refill_wide")) \
    KERNEL(aligned_wide_target, LOOP, 4, "add.w r0,r1,r2; b .-4", C("add", 0) + C("branch", 0) + R("refill_direct"))  \
    KERNEL(branch_breaks_the_chain, LOOP, 0, "ldr r0,[r1]; b .-2", C("load", 1) + C("branch", 0) + R("refill_direct")) \
    /* misaligned wide instructions */                                                                                \
    KERNEL(two_wide, STRAIGHT, 2, "add.w r0,r1,r2; add.w r0,r1,r2; adds r3,#1; adds r3,#1", 4 * C("add", 0))          \
    KERNEL(wide_run, STRAIGHT, 2, "add.w r0,r1,r2; add.w r0,r1,r2; add.w r0,r1,r2; adds r3,#1; adds r3,#1", 5 * C("add", 0) + R("wide_run")) \
    KERNEL(once_a_run, STRAIGHT, 2, "add.w r0,r1,r2; add.w r0,r1,r2; add.w r0,r1,r2; add.w r0,r1,r2; add.w r0,r1,r2; adds r3,#1; adds r3,#1", \
           7 * C("add", 0) + R("wide_run"))                                                                           \
    KERNEL(aligned_wide, STRAIGHT, 0, "add.w r0,r1,r2; add.w r0,r1,r2; add.w r0,r1,r2; add.w r0,r1,r2", 4 * C("add", 0)) \
    /* IT */                                                                                                          \
    KERNEL(it_folded, STRAIGHT, 0, "cmp r0,#0; it eq; addeq r1,#1; nop", C("cmp", 0) + C("add", 0) + C("nop", 0))     \
    KERNEL(it_after_wide, STRAIGHT, 0, "cmp.w r0,#0; it eq; addeq r1,#1", C("cmp", 0) + C("it", 0) + C("add", 0))     \
    KERNEL(it_load_passes, STRAIGHT, 0, "cmp r0,#0; it eq; ldreq r1,[r2]; adds r3,#1", C("cmp", 0) + C("load", 1) + C("add", 0)) \
    KERNEL(skipped, SKIP, 0, "cmp r0,#0; it eq; ldreq r1,[r2]; adds r3,#1", C("cmp", 0) + 1 + R("skipped") + C("add", 0)) \
    KERNEL(skipped_multiple, SKIP, 0, "cmp r0,#0; itt eq; ldmeq r1!,{r2-r5}; udiveq r1,r2,r3", C("cmp", 0) + 2 * (1 + R("skipped"))) \
    KERNEL(skipped_return, SKIP, 0, "cmp r0,#0; it eq; popeq {r4,pc}; nop", C("cmp", 0) + 1 + C("nop", 0))            \
    KERNEL(conditional_return, LOOP, 0, "cmp r0,#0; it eq; popeq {r4,pc}", C("cmp", 0) + C("branch_load", 2) + R("refill_indirect")) \
    /* FPU */                                                                                                         \
    KERNEL(fp_independent, STRAIGHT, 0, "vadd.f32 s0,s1,s2; vmul.f32 s3,s4,s5", C("fp_add", 0) + C("fp_mul", 0))      \
    KERNEL(fp_dependency, STRAIGHT, 0, "vadd.f32 s0,s0,s1", C("fp_add", 0) + R("fp_dependency"))                      \
    KERNEL(fp_addend_is_late, STRAIGHT, 0, "vmul.f32 s0,s1,s2; vfma.f32 s0,s3,s4", C("fp_mul", 0) + C("fp_fma", 0))   \
    KERNEL(fp_factor_is_not, STRAIGHT, 0, "vmul.f32 s0,s1,s2; vfma.f32 s5,s0,s4", C("fp_mul", 0) + C("fp_fma", 0) + R("fp_dependency")) \
    KERNEL(fp_loads, STRAIGHT, 0, "vldr s0,[r0]; vldr d1,[r0]; vldm r0,{s4-s7}; vstr s0,[r0]; vpush {d8}",            \
           C("fp_load", 1) + C("fp_load2", 2) + C("fp_load_many", 4) + C("fp_store", 1) + C("fp_store_many", 2))      \
    KERNEL(fp_moves, STRAIGHT, 0, "vmov s0,r0; vmov r1,s2; vmov s4,s5,r2,r3", C("fp_from_core", 0) + C("fp_to_core", 0) + C("fp_from_core2", 0)) \
    KERNEL(fp_divide_alone, STRAIGHT, 0, "vdiv.f32 s0,s1,s2", C("fp_div", 0) + R("fp_busy"))                          \
    KERNEL(fp_divide_beside_integers, STRAIGHT, 0, "vdiv.f32 s0,s1,s2; adds r0,#1; adds r1,#1; adds r2,#1; adds r3,#1", \
           C("fp_div", 0) + R("fp_busy"))                                                                             \
    KERNEL(fp_sqrt_hidden, STRAIGHT, 0, "vsqrt.f32 s0,s1; push {r0-r7}; pop {r0-r7}", C("fp_sqrt", 0) + C("store_many", 8) + C("load_many", 8))

#define KERNEL(name, how, offset, text, expected)                                                                     \
    static int expect_##name(void)                                                                                    \
    {                                                                                                                 \
        return expected;                                                                                              \
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
