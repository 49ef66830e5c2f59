#include "workloads/emit/toolchain.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/process.h"

bool toolchain_workdir_make(char *path, struct err *e)
{
    const char *tmp = getenv("TMPDIR");
    int n = snprintf(path, 4096, "%s/etinysim-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (n < 0 || n >= 4096 || !mkdtemp(path))
        return err_set(e, ERR_ENV, "%s: cannot make a work folder: %s", n < 4096 ? path : "TMPDIR",
                       strerror(errno));
    /* Without links and relative parts: the name under which the compiler writes it into debug
     * information, where firmware_compile replaces it. */
    char real[PATH_MAX];
    if (!realpath(path, real) || strlen(real) >= 4096) {
        rmdir(path);
        return err_set(e, ERR_ENV, "%s: not a usable work folder", path);
    }
    memcpy(path, real, strlen(real) + 1);
    return true;
}

void toolchain_workdir_remove(const char *path)
{
    DIR *d = opendir(path);
    if (!d)
        return;
    int fd = dirfd(d);
    for (struct dirent *f; (f = readdir(d));)
        if (strcmp(f->d_name, ".") && strcmp(f->d_name, ".."))
            unlinkat(fd, f->d_name, 0);
    closedir(d);
    rmdir(path);
}

bool toolchain_workdir_write(const char *dir, const char *name, const void *bytes, size_t n,
                             struct err *e)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "wb");
    bool ok = f && fwrite(bytes, 1, n, f) == n;
    int saved = errno;
    if (f && fclose(f) != 0) {
        ok = false;
        saved = errno;
    }
    return ok || err_set(e, ERR_ENV, "%s: cannot write: %s", path, strerror(saved));
}

/* The line that says what went wrong: the first that speaks of an error and is not the driver's
 * summary, else the first. */
static void pick_line(const char *text, char *out, size_t size)
{
    const char *best = text;
    for (const char *line = text; *line;
         line += strcspn(line, "\n") + (line[strcspn(line, "\n")] == '\n')) {
        size_t n = strcspn(line, "\n");
        if (strncmp(line, "collect2:", 9) &&
            (memmem(line, n, "error", 5) || memmem(line, n, "undefined", 9) ||
             memmem(line, n, "overlaps", 8))) {
            best = line;
            break;
        }
    }
    snprintf(out, size, "%.*s", (int)strcspn(best, "\n"), best);
}

bool toolchain_run(const char *const *argv, const char *dir, struct err *e)
{
    struct buf said = {0};
    int status;
    bool ok = process_run(argv, dir, "gcc-arm-none-eabi", &said, &status, e);
    if (ok && !(WIFEXITED(status) && WEXITSTATUS(status) == 0)) {
        char line[300];
        pick_line(buf_text(&said), line, sizeof line);
        ok = err_set(e, ERR_ENV, "%s failed: %s", argv[0], *line ? line : "without a message");
    }
    buf_free(&said);
    return ok;
}
