/* What accounting costs beside emulation: the EtinyNet-1.0 firmware in Unicorn alone, with core
 * cycles only, and with everything, each in a process of its own. Processor time, best of three. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sim/machine.h"

struct outcome {
    double open_s, run_s;
    uint64_t cycles;
    bool ok;
    char msg[sizeof((struct err *)0)->msg];
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static struct outcome measure(const struct machine_options *o)
{
    struct outcome r = {0};
    struct err e = {0};
    double start = now();
    struct machine *m = machine_open(o, &e);
    r.open_s = now() - start;
    if (m) {
        struct machine_totals t;
        start = now();
        r.ok = machine_run(m, &e) || e.code == ERR_LIMIT;
        r.run_s = now() - start;
        machine_summary(m, &t);
        r.cycles = t.cycles;
    }
    snprintf(r.msg, sizeof r.msg, "%s", e.msg);
    machine_close(m);
    return r;
}

/* In a child, so that nothing of one run warms or burdens the next. */
static struct outcome apart(const struct machine_options *o, long *peak_kb)
{
    struct outcome r = {.msg = "the child died"};
    int pipefd[2];
    if (pipe(pipefd))
        return r;
    pid_t child = fork();
    if (child == 0) {
        r = measure(o);
        _exit(write(pipefd[1], &r, sizeof r) != sizeof r);
    }
    close(pipefd[1]);
    struct rusage use = {0};
    int status;
    if (child < 0 || read(pipefd[0], &r, sizeof r) != (ssize_t)sizeof r)
        r.ok = false;
    if (child > 0)
        wait4(child, &status, 0, &use);
    close(pipefd[0]);
    if (use.ru_maxrss > *peak_kb)
        *peak_kb = use.ru_maxrss;
    return r;
}

static bool build(const char *board, const char *elf)
{
    const char *dir = getenv("BUILD");
    char cmd[600];
    snprintf(cmd, sizeof cmd,
             "%s/etinysim build etinynet-1.0 --board %s --input 224 -o %s >/dev/null",
             dir ? dir : "build", board, elf);
    return system(cmd) == 0;
}

static int board(const char *name, const char *exact_name, double exact_target, bool with_static)
{
    char elf[] = "/tmp/bench-XXXXXX";
    int fd = mkstemp(elf);
    if (fd < 0)
        return 1;
    close(fd);
    if (!build(name, elf)) {
        fprintf(stderr, "bench_sim: the firmware for %s cannot be built\n", name);
        unlink(elf);
        return 1;
    }
    static const enum machine_mode modes[3] = {MODE_BARE, MODE_STATIC, MODE_EXACT};
    double best[3] = {1e9, 1e9, 1e9}, start = 1e9;
    long peak = 0;
    uint64_t cycles = 0;
    bool ok = true;
    for (int round = 0; round < 3 && ok; round++)
        for (int i = 0; i < 3 && ok; i++) {
            struct machine_options o = {.elf_path = elf, .board = name, .mode = modes[i]};
            struct outcome r = apart(&o, &peak);
            if (!(ok = r.ok))
                fprintf(stderr, "bench_sim: %s: %s\n", name, r.msg);
            best[i] = r.run_s < best[i] ? r.run_s : best[i];
            cycles = r.cycles;
            if (i == 2 && r.open_s < start)
                start = r.open_s;
        }
    unlink(elf);
    if (!ok)
        return 1;
    if (with_static) {
        printf("bench: overhead_static %.3f ratio target <=1.15\n", best[1] / best[0]);
        printf("bench: peak_memory %.1f MB target <=200\n", (double)peak / 1024);
        printf("bench: startup %.1f ms target <=50\n", start * 1e3);
    }
    printf("bench: %s %.3f ratio target <=%.1f\n", exact_name, best[2] / best[0], exact_target);
    fprintf(stderr, "bench_sim: %s: %llu cycles, %.3f s bare, %.3f s static, %.3f s exact\n", name,
            (unsigned long long)cycles, best[0], best[1], best[2]);
    return 0;
}

int main(void)
{
    int rc = board("stm32f746", "overhead_exact_m7", 2.5, true);
    return board("stm32f412", "overhead_exact_m4", 2.0, false) | rc;
}
