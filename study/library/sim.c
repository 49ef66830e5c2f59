/* include/etinysim/sim.h over sim/machine.h. */
#include <etinysim/sim.h>

#include <stdlib.h>
#include <string.h>

#include "isa/isa.h"
#include "sim/machine.h"
#include "study/library/library.h"

struct etinysim_sim {
    struct machine *machine;
};

struct etinysim_sim *etinysim_sim_open(const struct etinysim_sim_options *options,
                                       struct etinysim_error *error)
{
    struct etinysim_sim_options o;
    struct err e = {0};
    struct etinysim_sim *s = NULL;
    if (!library_take(&o, sizeof o, options, &e))
        ;
    else if (!o.image && !o.image_path)
        err_set(&e, ERR_INPUT, "no image, expected image or image_path");
    else if (!o.board && !o.board_text)
        err_set(&e, ERR_INPUT, "no board, expected board or board_text");
    else if (!(s = calloc(1, sizeof *s)))
        err_nomem(&e);
    if (s) {
        const struct machine_options m = {
            .elf_path = o.image_path ? o.image_path : "image",
            .image = o.image,
            .image_bytes = o.image_bytes,
            .base = o.raw ? (uint64_t)o.raw_base + 1 : 0,
            .board = o.board ? o.board : "board",
            .board_text = o.board_text,
            .scopes = o.scopes,
            .max_cycles = o.max_cycles,
            .max_seconds = o.max_seconds,
            .clock_hz = o.clock_hz,
            .console = o.console,
            .console_user = o.user,
        };
        s->machine = machine_open(&m, &e);
    }
    if (library_error(error, &e))
        return s;
    free(s);
    return NULL;
}

void etinysim_sim_close(struct etinysim_sim *s)
{
    if (s)
        machine_close(s->machine);
    free(s);
}

static enum etinysim_stop go(struct etinysim_sim *s, const struct machine_until *until,
                             struct etinysim_error *error)
{
    static const enum etinysim_stop stop[] = {
        [MACHINE_ENDED] = ETINYSIM_STOP_ENDED,     [MACHINE_CYCLE] = ETINYSIM_STOP_CYCLE,
        [MACHINE_ADDRESS] = ETINYSIM_STOP_ADDRESS, [MACHINE_EXCEPTION] = ETINYSIM_STOP_EXCEPTION,
        [MACHINE_STEPPED] = ETINYSIM_STOP_STEPPED,
    };
    struct err e = {0};
    enum machine_why why = MACHINE_ENDED;
    machine_go(s->machine, until, &why, &e);
    return library_error(error, &e) ? stop[why] : ETINYSIM_STOP_ERROR;
}

enum etinysim_stop etinysim_sim_run(struct etinysim_sim *s, const struct etinysim_until *until,
                                    struct etinysim_error *error)
{
    struct etinysim_until u = ETINYSIM_UNTIL_INIT;
    struct err e = {0};
    if (until && !library_take(&u, sizeof u, until, &e)) {
        library_error(error, &e);
        return ETINYSIM_STOP_ERROR;
    }
    struct machine_until m = {.cycle = u.cycle,
                              .at_address = u.at_address,
                              .address = u.address,
                              .exceptions = u.exceptions};
    if (u.function) {
        uint32_t size;
        if (u.at_address)
            err_set(&e, ERR_INPUT, "an address and a function, expected one of them");
        else if (!machine_symbol(s->machine, u.function, &m.address, &size))
            err_set(&e, ERR_INPUT, "no function '%.200s' in the image", u.function);
        if (!library_error(error, &e))
            return ETINYSIM_STOP_ERROR;
        m.at_address = true;
    }
    return go(s, &m, error);
}

enum etinysim_stop etinysim_sim_step(struct etinysim_sim *s, uint64_t n,
                                     struct etinysim_error *error)
{
    if (n)
        return go(s, &(const struct machine_until){.instructions = n}, error);
    library_error(error, &(const struct err){0});
    return ETINYSIM_STOP_STEPPED;
}

void etinysim_sim_counters(struct etinysim_sim *s, struct etinysim_counters *out)
{
    struct machine_totals t;
    machine_flush(s->machine);
    machine_summary(s->machine, &t);
    const struct etinysim_counters c = {
        .cycles = t.cycles,
        .instructions = t.instructions,
        .clock_hz = t.clock_hz,
        .stack_bytes = t.stack_bytes,
        .exit_code = t.exit_code,
    };
    library_give(out, &c, sizeof c);
}

bool etinysim_sim_scope(struct etinysim_sim *s, size_t index, struct etinysim_scope *out)
{
    struct machine_scope m;
    machine_flush(s->machine);
    if (!machine_scope(s->machine, index, &m))
        return false;
    const struct etinysim_scope c = {
        .name = m.name, .entered = m.entered, .cycles = m.cycles, .instructions = m.instructions};
    library_give(out, &c, sizeof c);
    return true;
}

const char *etinysim_stall_name(size_t index)
{
    return index < STALL_COUNT ? isa_stall_names[index] : NULL;
}

bool etinysim_sim_stall(struct etinysim_sim *s, size_t index, const char *stall, uint64_t *cycles,
                        struct etinysim_error *error)
{
    struct err e = {0};
    struct machine_totals t;
    struct machine_scope m;
    size_t i = 0;
    while (i < STALL_COUNT && strcmp(isa_stall_names[i], stall))
        i++;
    machine_flush(s->machine);
    if (i == STALL_COUNT) {
        err_set(&e, ERR_INPUT, "no stall '%.40s'", stall);
    } else if (index == ETINYSIM_ALL) {
        machine_summary(s->machine, &t);
        *cycles = t.stall[i];
    } else if (machine_scope(s->machine, index, &m)) {
        *cycles = m.stall[i];
    } else {
        err_set(&e, ERR_INPUT, "no scope %zu", index);
    }
    return library_error(error, &e);
}

/* Does [address, address + n) lie in 4 GiB? */
static bool fits(uint32_t address, size_t n, struct err *e)
{
    return n <= UINT32_MAX - address ||
           err_set(e, ERR_INPUT, "0x%08x: %zu bytes reach beyond 4 GiB", address, n);
}

bool etinysim_sim_read(struct etinysim_sim *s, uint32_t address, void *out, size_t n,
                       struct etinysim_error *error)
{
    struct err e = {0};
    if (n && fits(address, n, &e))
        machine_read(s->machine, address, out, (uint32_t)n, &e);
    return library_error(error, &e);
}

bool etinysim_sim_write(struct etinysim_sim *s, uint32_t address, const void *bytes, size_t n,
                        struct etinysim_error *error)
{
    struct err e = {0};
    if (n && fits(address, n, &e))
        machine_write(s->machine, address, bytes, (uint32_t)n, &e);
    return library_error(error, &e);
}

bool etinysim_sim_symbol(const struct etinysim_sim *s, const char *name, uint32_t *address,
                         uint32_t *size)
{
    uint32_t a, n;
    if (!machine_symbol(s->machine, name, &a, &n))
        return false;
    if (address)
        *address = a;
    if (size)
        *size = n;
    return true;
}

uint32_t etinysim_sim_register(const struct etinysim_sim *s, unsigned n)
{
    return n <= 16 ? machine_register(s->machine, n) : 0;
}

const char *etinysim_sim_console(const struct etinysim_sim *s)
{
    return machine_uart(s->machine);
}

const char *etinysim_sim_warnings(const struct etinysim_sim *s)
{
    return machine_warnings(s->machine);
}

const char *etinysim_sim_fault(const struct etinysim_sim *s)
{
    return machine_fault_text(s->machine);
}
