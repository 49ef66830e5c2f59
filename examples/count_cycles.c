/* Runs a program from memory up to a function, reads a variable there, runs on to the end, and
 * prints the cycles of each function:
 *
 * cc examples/count_cycles.c $(pkg-config --cflags --libs etinysim) -o count_cycles
 * ./count_cycles a.elf stm32f407 done total */
#include <stdio.h>
#include <stdlib.h>

#include <etinysim/sim.h>

static void *read_file(const char *path, size_t *n)
{
    static char bytes[1 << 22];
    FILE *f = fopen(path, "rb");
    *n = f ? fread(bytes, 1, sizeof bytes, f) : 0;
    if (f)
        fclose(f);
    return *n ? bytes : NULL;
}

static void print(void *user, const char *bytes, size_t n)
{
    fwrite(bytes, 1, n, user);
}

static int fail(const struct etinysim_error *e, struct etinysim_sim *s)
{
    fprintf(stderr, "count_cycles: %s\n", e->text);
    etinysim_sim_close(s);
    return e->code ? e->code : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    struct etinysim_sim_options o = ETINYSIM_SIM_OPTIONS_INIT;
    struct etinysim_error e = {0};
    if (argc != 5) {
        fprintf(stderr, "usage: count_cycles ELF BOARD FUNCTION VARIABLE\n");
        return 2;
    }
    o.image_path = argv[1];
    o.image = read_file(argv[1], &o.image_bytes);
    o.board = argv[2];
    o.scopes = "*";
    o.console = print;
    o.user = stdout;
    struct etinysim_sim *s = etinysim_sim_open(&o, &e);
    if (!s)
        return fail(&e, NULL);

    struct etinysim_until until = ETINYSIM_UNTIL_INIT;
    until.function = argv[3];
    struct etinysim_counters c = ETINYSIM_COUNTERS_INIT;
    uint32_t address, size;
    uint8_t v[4];
    if (etinysim_sim_run(s, &until, &e) != ETINYSIM_STOP_ADDRESS)
        return fail(&e, s);
    etinysim_sim_counters(s, &c);
    if (!etinysim_sim_symbol(s, argv[4], &address, &size) ||
        !etinysim_sim_read(s, address, v, 4, &e))
        return fail(&e, s);
    printf("at %s: %llu cycles, %llu instructions, %s = %u\n", argv[3],
           (unsigned long long)c.cycles, (unsigned long long)c.instructions, argv[4],
           v[0] | v[1] << 8 | v[2] << 16 | (unsigned)v[3] << 24);

    if (etinysim_sim_run(s, NULL, &e) != ETINYSIM_STOP_ENDED)
        return fail(&e, s);
    struct etinysim_scope f = ETINYSIM_SCOPE_INIT;
    for (size_t i = 0; etinysim_sim_scope(s, i, &f); i++)
        if (f.entered)
            printf("%-12s %8llu cycles in %llu calls\n", f.name, (unsigned long long)f.cycles,
                   (unsigned long long)f.entered);
    etinysim_sim_counters(s, &c);
    printf("%-12s %8llu cycles, exit code %d\n", "all", (unsigned long long)c.cycles, c.exit_code);
    etinysim_sim_close(s);
    return 0;
}
