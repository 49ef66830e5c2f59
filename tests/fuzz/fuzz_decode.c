/* The decoder beside Unicorn, two halfwords at a time: what Unicorn executes as one instruction,
 * the decoder knows with the same size, or calls undefined. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicorn/unicorn.h>

#include "isa/isa.h"

static const uint32_t CODE = 0x08000000, RAM = 0x20000000;
static bool undefined, stopped;

static bool on_undefined(uc_engine *uc, void *user)
{
    (void)uc, (void)user;
    undefined = true;
    return false;
}
static void on_interrupt(uc_engine *uc, uint32_t n, void *user)
{
    (void)n, (void)user;
    stopped = true;
    uc_emu_stop(uc);
}
static bool on_invalid(uc_engine *uc, uc_mem_type t, uint64_t a, int n, int64_t v, void *user)
{
    (void)uc, (void)t, (void)a, (void)n, (void)v, (void)user;
    stopped = true;
    return false;
}

static uc_engine *engine(void)
{
    uc_engine *uc = NULL;
    uc_hook h;
    if (uc_open(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS, &uc) ||
        uc_ctl_set_cpu_model(uc, UC_CPU_ARM_CORTEX_M4) ||
        uc_mem_map(uc, CODE, 0x1000, UC_PROT_ALL) || uc_mem_map(uc, RAM, 0x10000, UC_PROT_ALL) ||
        uc_hook_add(uc, &h, UC_HOOK_INSN_INVALID, (__extension__(void *)(on_undefined)), NULL, 1,
                    0) ||
        uc_hook_add(uc, &h, UC_HOOK_INTR, (__extension__(void *)(on_interrupt)), NULL, 1, 0) ||
        uc_hook_add(uc, &h, UC_HOOK_MEM_INVALID, (__extension__(void *)(on_invalid)), NULL, 1, 0))
        abort();
    return uc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uc_engine *uc;
    static struct isa *isa;
    static uc_context *fresh;
    struct err e = {0};
    if (!uc) {
        uc = engine();
        if (uc_context_alloc(uc, &fresh) || uc_context_save(uc, fresh))
            abort();
    }
    if (!isa && !(isa = isa_open("cortex-m4", &e)))
        return 0;
    for (size_t at = 0; at + 4 <= size && at < 64; at += 4) {
        uint8_t code[8] = {data[at], data[at + 1], data[at + 2], data[at + 3],
                           0x00,     0xbf,         0x00,         0xbf},
                it = 0;
        unsigned first = (unsigned)(code[0] | code[1] << 8);
        if ((first & 0xff00) == 0xbf00)
            continue; /* hints stop Unicorn; an IT block is one step for it */
        uint32_t und = 0, pc = 0;
        struct insn in[4];
        e = (struct err){0};
        int n = isa_decode(isa, code, sizeof code, CODE, &it, in, 4, &und);
        uc_context_restore(uc, fresh);
        for (int r = 0; r < 15; r++)
            uc_reg_write(uc,
                         r < 13    ? UC_ARM_REG_R0 + r
                         : r == 13 ? UC_ARM_REG_R13
                                   : UC_ARM_REG_R14,
                         &(uint32_t){RAM + 0x8000 + 16u * (unsigned)r});
        uc_reg_write(uc, UC_ARM_REG_XPSR, &(uint32_t){0x01000000});
        uc_mem_write(uc, CODE, code, sizeof code);
        uc_ctl_remove_cache(uc, CODE, CODE + sizeof code);
        undefined = stopped = false;
        uc_err err = uc_emu_start(uc, CODE | 1, CODE + 0x800, 0, 1);
        uc_reg_read(uc, UC_ARM_REG_PC, &pc);
        if (err != UC_ERR_OK || undefined || stopped)
            continue;
        /* Unicorn executes some undefined and unpredictable encodings; a block that holds one
         * faults before it gets there. */
        bool known = n > 0 && und != CODE;
        if (!known && und != CODE && e.code == ERR_NONE) {
            fprintf(stderr, "%02x%02x %02x%02x: neither decoded nor refused\n", code[1], code[0],
                    code[3], code[2]);
            abort();
        }
        if (known && !(in[0].flags & INSN_BRANCH) && !(in[0].writes & 1u << 15) &&
            pc != CODE + in[0].size && pc != CODE) {
            fprintf(stderr, "%02x%02x %02x%02x: %u bytes, Unicorn goes to 0x%08x\n", code[1],
                    code[0], code[3], code[2], in[0].size, pc);
            abort();
        }
    }
    return 0;
}
