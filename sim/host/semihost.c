/* Semihosting: the console, the clock, the end of the program, and files below one directory when
 * --semihost-root names it. Paths are walked component by component without following symbolic
 * links; `..` and absolute paths are refused, so that a guest reaches nothing else of the host. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/exec/engine.h"
#include "sim/host/host.h"

enum {
    MAX_HANDLES = 16,
    FIRST_HANDLE = 16,
    MAX_WRITTEN = 64 << 20, /* bytes over all files, gaps that a write leaves included */
    MAX_CREATED = 4096,     /* files */
    MAX_PATH = 512,
    MAX_TRANSFER = 1 << 20
};

struct semihost {
    int fd[MAX_HANDLES]; /* -1 = free */
    int root;            /* -1 = no files */
    uint64_t written;    /* bytes over all files, and gaps */
    int created;         /* files */
    int error;           /* of SYS_ERRNO */
};

bool semihost_open(struct machine *m, struct err *e)
{
    struct semihost *s = calloc(1, sizeof *s);
    if (!s)
        return err_nomem(e);
    for (int i = 0; i < MAX_HANDLES; i++)
        s->fd[i] = -1;
    s->root = -1;
    m->host->semihost = s;
    if (m->opt.semihost_root) {
        s->root = open(m->opt.semihost_root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (s->root < 0)
            return err_set(e, ERR_INPUT, "--semihost-root %s: %s", m->opt.semihost_root,
                           strerror(errno));
    }
    return true;
}

void semihost_close(struct machine *m)
{
    struct semihost *s = m->host->semihost;
    if (!s)
        return;
    for (int i = 0; i < MAX_HANDLES; i++)
        if (s->fd[i] >= 0)
            close(s->fd[i]);
    if (s->root >= 0)
        close(s->root);
    free(s);
    m->host->semihost = NULL;
}

static bool in_ram(const struct machine *m, uint32_t a, uint32_t n)
{
    int r = board_region(m->board, a, n);
    return r >= 0 && m->board->region[r].kind != REGION_FLASH;
}

static bool name_at(const struct machine *m, uint32_t a, uint32_t n, char out[MAX_PATH])
{
    const uint8_t *p = n < MAX_PATH ? engine_host(m, a, n) : NULL;
    if (!p || memchr(p, 0, n))
        return false;
    memcpy(out, p, n);
    out[n] = '\0';
    return true;
}

/* The directory that holds the last component of `path`, which becomes *leaf. -1 with errno when
 * refused. */
static int walk(const struct semihost *s, char *path, char **leaf)
{
    int dir = s->root < 0 ? -1 : dup(s->root);
    if (s->root < 0)
        errno = EACCES;
    for (char *at = path, *slash; dir >= 0; at = slash + 1) {
        slash = strchr(at, '/');
        if (slash)
            *slash = '\0';
        if (!*at || !strcmp(at, ".") || !strcmp(at, "..")) {
            close(dir);
            errno = EACCES;
            return -1;
        }
        if (!slash) {
            *leaf = at;
            return dir;
        }
        int next = openat(dir, at, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int why = errno;
        close(dir);
        errno = why;
        dir = next;
    }
    return -1;
}

/* The file that tells which extensions of semihosting are served: SYS_EXIT_EXTENDED, and stderr
 * beside stdout. */
static int open_features(void)
{
    static const uint8_t bytes[] = {'S', 'H', 'F', 'B', 3};
    int fd = memfd_create("semihosting-features", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd >= 0 && (write(fd, bytes, sizeof bytes) != sizeof bytes ||
                    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK) ||
                    lseek(fd, 0, SEEK_SET))) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static int32_t sys_open(struct machine *m, uint32_t block)
{
    static const int modes[12] = {O_RDONLY,
                                  O_RDONLY,
                                  O_RDWR,
                                  O_RDWR,
                                  O_WRONLY | O_CREAT | O_TRUNC,
                                  O_WRONLY | O_CREAT | O_TRUNC,
                                  O_RDWR | O_CREAT | O_TRUNC,
                                  O_RDWR | O_CREAT | O_TRUNC,
                                  O_WRONLY | O_CREAT | O_APPEND,
                                  O_WRONLY | O_CREAT | O_APPEND,
                                  O_RDWR | O_CREAT | O_APPEND,
                                  O_RDWR | O_CREAT | O_APPEND};
    struct semihost *s = m->host->semihost;
    char path[MAX_PATH], *leaf = NULL;
    uint32_t mode = engine_word(m, block + 4);
    if (mode > 11 || !name_at(m, engine_word(m, block), engine_word(m, block + 8), path))
        return -1;
    if (!strcmp(path, ":tt"))
        return mode < 4 ? 0 : mode < 8 ? 1 : 2;
    int slot = 0;
    while (slot < MAX_HANDLES && s->fd[slot] >= 0)
        slot++;
    if (slot == MAX_HANDLES) {
        s->error = EMFILE;
        return -1;
    }
    bool features = !strcmp(path, ":semihosting-features");
    int dir = features ? -1 : walk(s, path, &leaf), fd = -1;
    if (features) {
        fd = mode < 2 ? open_features() : -1;
        s->error = mode < 2 ? errno : EACCES;
    } else if (dir >= 0) {
        struct stat st;
        bool creates = modes[mode] & O_CREAT && fstatat(dir, leaf, &st, AT_SYMLINK_NOFOLLOW) != 0;
        if (creates && s->created == MAX_CREATED)
            errno = ENOSPC;
        else
            fd = openat(dir, leaf, modes[mode] | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
                        0644);
        s->created += creates && fd >= 0;
        if (fd >= 0 &&
            (fstat(fd, &st) || !S_ISREG(st.st_mode))) { /* no devices, pipes or directories */
            close(fd);
            fd = -1;
            errno = EACCES;
        }
        s->error = errno;
        close(dir);
    } else {
        s->error = errno;
    }
    if (fd < 0)
        return -1;
    s->fd[slot] = fd;
    return FIRST_HANDLE + slot;
}

static int *handle(struct machine *m, uint32_t h)
{
    int *fd = h >= FIRST_HANDLE && h < FIRST_HANDLE + MAX_HANDLES
                  ? &m->host->semihost->fd[h - FIRST_HANDLE]
                  : NULL;
    return fd && *fd >= 0 ? fd : NULL;
}

/* What writing `n` bytes to the file adds to `written`. A gap before them counts: a guest that
 * scatters bytes over a file would otherwise take a block of the host's disk for each of them. -1
 * if the file cannot be asked. */
static int64_t write_size(int fd, uint32_t n)
{
    struct stat st;
    off_t at = lseek(fd, 0, SEEK_CUR);
    int flags = fcntl(fd, F_GETFL);
    if (at < 0 || flags < 0 || fstat(fd, &st))
        return -1;
    return n + (flags & O_APPEND || at <= st.st_size ? 0 : (int64_t)(at - st.st_size));
}

/* How many bytes were not written or read. */
static uint32_t transfer(struct machine *m, uint32_t block, bool out)
{
    struct semihost *s = m->host->semihost;
    uint32_t h = engine_word(m, block), n = engine_word(m, block + 8), done = 0;
    uint8_t *p = n <= MAX_TRANSFER ? engine_host(m, engine_word(m, block + 4), n) : NULL;
    int *fd = handle(m, h);
    if (!p)
        return n;
    if (out && (h == 1 || h == 2)) {
        console_write(m, (const char *)p, n);
        return 0;
    }
    if (!fd)
        return n;
    int64_t size = out ? write_size(*fd, n) : 0;
    if (size < 0 || s->written + (uint64_t)size > MAX_WRITTEN) {
        s->error = ENOSPC;
        return n;
    }
    if (!out) { /* through the emulator, so that flash stays as it is and code written is seen */
        uint8_t *copy = malloc(n ? n : 1);
        ssize_t got = copy && in_ram(m, engine_word(m, block + 4), n) ? read(*fd, copy, n) : -1;
        if (got > 0 &&
            uc_mem_write(m->uc, engine_word(m, block + 4), copy, (size_t)got) == UC_ERR_OK)
            done = (uint32_t)got;
        observe_written(m, engine_word(m, block + 4), done);
        free(copy);
        return n - done;
    }
    while (done < n) {
        ssize_t k = write(*fd, p + done, n - done);
        if (k <= 0)
            break;
        done += (uint32_t)k;
    }
    s->written += (uint64_t)size;
    return n - done;
}

static uint32_t seek(struct machine *m, uint32_t block)
{
    int *fd = handle(m, engine_word(m, block));
    return fd && lseek(*fd, engine_word(m, block + 4), SEEK_SET) >= 0 ? 0 : UINT32_MAX;
}

static uint32_t length(struct machine *m, uint32_t block)
{
    int *fd = handle(m, engine_word(m, block));
    struct stat st;
    return fd && fstat(*fd, &st) == 0 && st.st_size <= INT32_MAX ? (uint32_t)st.st_size
                                                                 : UINT32_MAX;
}

static uint32_t remove_file(struct machine *m, uint32_t block)
{
    struct semihost *s = m->host->semihost;
    char path[MAX_PATH], *leaf;
    int dir = name_at(m, engine_word(m, block), engine_word(m, block + 4), path)
                  ? walk(s, path, &leaf)
                  : -1;
    if (dir < 0)
        return UINT32_MAX;
    int r = unlinkat(dir, leaf, 0);
    close(dir);
    return r ? UINT32_MAX : 0;
}

/* Where the program may put its heap and stack: what lies free between its data and the stack, or
 * as its symbols say. */
static bool heap_info(struct machine *m, uint32_t block)
{
    uint32_t base = m->layout.heap_base, limit = m->layout.heap_end;
    if (limit <= base) {
        base = (m->stack.limit + 7) & ~7u;
        limit = m->stack.top;
    }
    const uint32_t info[4] = {base, limit, m->stack.top, m->stack.limit};
    observe_written(m, block, sizeof info);
    return in_ram(m, block, sizeof info) &&
           uc_mem_write(m->uc, block, info, sizeof info) == UC_ERR_OK;
}

/* The command line is the name of the image, without its folder. */
static bool command_line(struct machine *m, uint32_t block)
{
    const char *slash = strrchr(m->opt.elf_path, '/'), *name = slash ? slash + 1 : m->opt.elf_path;
    uint32_t to = engine_word(m, block), room = engine_word(m, block + 4),
             n = (uint32_t)strlen(name);
    if (n >= room || !in_ram(m, to, n + 1) || !in_ram(m, block, 8))
        return false;
    observe_written(m, to, n + 1);
    observe_written(m, block + 4, 4);
    return uc_mem_write(m->uc, to, name, n + 1) == UC_ERR_OK &&
           uc_mem_write(m->uc, block + 4, &n, 4) == UC_ERR_OK;
}

bool semihost_call(struct machine *m)
{
    struct semihost *s = m->host->semihost;
    uint32_t op = 0, arg = 0, result = UINT32_MAX;
    uc_reg_read(m->uc, UC_ARM_REG_R0, &op);
    uc_reg_read(m->uc, UC_ARM_REG_R1, &arg);
    switch (op) {
    case 0x01: result = (uint32_t)sys_open(m, arg); break;
    case 0x02: { /* CLOSE */
        int *fd = handle(m, engine_word(m, arg));
        result = fd || engine_word(m, arg) < FIRST_HANDLE ? 0 : UINT32_MAX;
        if (fd) {
            close(*fd);
            *fd = -1;
        }
        break;
    }
    case 0x03: { /* WRITEC */
        const uint8_t *p = engine_host(m, arg, 1);
        if (p)
            console_write(m, (const char *)p, 1);
        break;
    }
    case 0x04: { /* WRITE0 */
        uint32_t n = 0;
        const uint8_t *p;
        while (n < MAX_TRANSFER && (p = engine_host(m, arg + n, 1)) != NULL && *p)
            n++;
        if ((p = engine_host(m, arg, n)) != NULL && n)
            console_write(m, (const char *)p, n);
        break;
    }
    case 0x05: result = transfer(m, arg, true); break;
    case 0x06: result = transfer(m, arg, false); break;
    case 0x08: result = (int32_t)engine_word(m, arg) < 0; break;   /* ISERROR */
    case 0x09: result = engine_word(m, arg) < FIRST_HANDLE; break; /* ISTTY */
    case 0x0a: result = seek(m, arg); break;
    case 0x0c: result = length(m, arg); break;
    case 0x0e: result = remove_file(m, arg); break;
    case 0x10:
        result = m->clocks.core_hz ? (uint32_t)(m->time.cycles * 100 / m->clocks.core_hz) : 0;
        break; /* CLOCK, hundredths of a second */
    /* TIME: runs would differ with the host's clock, so the modelled time begins in 1970 */
    case 0x11:
        result = m->clocks.core_hz ? (uint32_t)(m->time.cycles / m->clocks.core_hz) : 0;
        break;
    case 0x13: result = (uint32_t)s->error; break;
    case 0x15: result = command_line(m, arg) ? 0 : UINT32_MAX; break;
    case 0x16: result = heap_info(m, engine_word(m, arg)) ? 0 : UINT32_MAX; break;
    case 0x18: /* EXIT; ADP_Stopped_ApplicationExit */
        m->result.exit_code = arg == 0x20026 ? 0 : 1;
        return false;
    case 0x20: /* EXIT_EXTENDED: reason, code */
        m->result.exit_code =
            engine_word(m, arg) == 0x20026 ? (int)(engine_word(m, arg + 4) & 255) : 1;
        return false;
    case 0x31: result = (uint32_t)m->clocks.core_hz; break; /* TICKFREQ */
    case 0x30:                                              /* ELAPSED: 64-bit count of ticks */
        if (in_ram(m, arg, 8) && uc_mem_write(m->uc, arg, &m->time.cycles, 8) == UC_ERR_OK)
            result = 0;
        break;
    }
    uc_reg_write(m->uc, UC_ARM_REG_R0, &result);
    return true;
}
