/* Simulates the programs ELF BOARD ... one after the other, then all at once in threads of their
 * own, then in pieces, and compares what was counted. */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <etinysim/npu.h>
#include <etinysim/sim.h>

enum { MAX_JOBS = 8, MAX_STALLS = 32 };

struct job {
    const char *elf, *board;
    uint64_t piece; /* cycles, 0: in one */
    uint64_t cycles, instructions, stall[MAX_STALLS], macs, npu_cycles;
    char console[256];
    struct etinysim_error error;
    bool ok;
};

static void *simulate(void *arg)
{
    struct job *j = arg;
    struct etinysim_sim_options o = ETINYSIM_SIM_OPTIONS_INIT;
    struct etinysim_npu_options p = ETINYSIM_NPU_OPTIONS_INIT;
    struct etinysim_counters c = ETINYSIM_COUNTERS_INIT;
    struct etinysim_npu_result r = ETINYSIM_NPU_RESULT_INIT;
    struct etinysim_until u = ETINYSIM_UNTIL_INIT;
    enum etinysim_stop stop = ETINYSIM_STOP_CYCLE;
    o.image_path = j->elf;
    o.board = j->board;
    p.network = "etinynet-0.75";
    p.accelerator = "tinynpu";
    struct etinysim_sim *s = etinysim_sim_open(&o, &j->error);
    struct etinysim_npu *n = s ? etinysim_npu_open(&p, &j->error) : NULL;
    for (u.cycle = j->piece; n && stop == ETINYSIM_STOP_CYCLE; u.cycle += j->piece) {
        stop = etinysim_sim_run(s, &u, &j->error);
        etinysim_sim_counters(s, &c);
    }
    j->ok = n && stop == ETINYSIM_STOP_ENDED;
    if (j->ok) {
        j->cycles = c.cycles;
        j->instructions = c.instructions;
        for (size_t i = 0; etinysim_stall_name(i) && i < MAX_STALLS; i++)
            j->ok &= etinysim_sim_stall(s, ETINYSIM_ALL, etinysim_stall_name(i), &j->stall[i],
                                        &j->error);
        snprintf(j->console, sizeof j->console, "%.255s", etinysim_sim_console(s));
        etinysim_npu_result(n, &r);
        j->macs = r.macs;
        j->npu_cycles = r.cycles;
    }
    etinysim_npu_close(n);
    etinysim_sim_close(s);
    return NULL;
}

static bool same(const struct job *a, const struct job *b, const char *how)
{
    bool ok = b->ok && a->cycles == b->cycles && a->instructions == b->instructions &&
              a->macs == b->macs && a->npu_cycles == b->npu_cycles &&
              !memcmp(a->stall, b->stall, sizeof a->stall) && !strcmp(a->console, b->console);
    if (!ok)
        fprintf(stderr, "%s on %s %s: %llu cycles, expected %llu %s\n", b->elf, b->board, how,
                (unsigned long long)b->cycles, (unsigned long long)a->cycles, b->error.text);
    return ok;
}

int main(int argc, char **argv)
{
    struct job alone[MAX_JOBS] = {0}, beside[MAX_JOBS] = {0}, parts = {0};
    pthread_t thread[MAX_JOBS];
    int n = (argc - 1) / 2;
    bool ok = n > 1 && n <= MAX_JOBS;
    for (int i = 0; ok && i < n; i++) {
        alone[i] = beside[i] = (struct job){.elf = argv[1 + 2 * i], .board = argv[2 + 2 * i]};
        simulate(&alone[i]);
        ok = same(&alone[i], &alone[i], "alone");
    }
    for (int i = 0; ok && i < n; i++)
        ok = pthread_create(&thread[i], NULL, simulate, &beside[i]) == 0;
    for (int i = 0; ok && i < n; i++)
        pthread_join(thread[i], NULL);
    for (int i = 0; i < n; i++)
        ok = ok && same(&alone[i], &beside[i], "beside others");
    for (int i = 0; ok && i < n; i++) {
        parts = (struct job){
            .elf = alone[i].elf, .board = alone[i].board, .piece = 1 + alone[i].cycles / 1009};
        simulate(&parts);
        ok = same(&alone[i], &parts, "in pieces");
    }
    for (int i = 0; ok && i < n; i++)
        printf("%s on %s: %llu cycles\n", alone[i].elf, alone[i].board,
               (unsigned long long)alone[i].cycles);
    return !ok;
}
