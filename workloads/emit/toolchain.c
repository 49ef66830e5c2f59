#include "workloads/emit/toolchain.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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
    int out[2], fail[2]; /* what the tool prints; errno of a failed exec */
    if (pipe2(out, O_CLOEXEC) != 0)
        return err_set(e, ERR_ENV, "cannot run %s: %s", argv[0], strerror(errno));
    if (pipe2(fail, O_CLOEXEC) != 0) {
        close(out[0]);
        close(out[1]);
        return err_set(e, ERR_ENV, "cannot run %s: %s", argv[0], strerror(errno));
    }
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        if (null >= 0 && dup2(null, 0) >= 0 && dup2(out[1], 1) >= 0 && dup2(out[1], 2) >= 0 &&
            chdir(dir) == 0) {
            execvp(argv[0], (char *const *)(uintptr_t)argv);
        }
        int why = errno;
        ssize_t ignored = write(fail[1], &why, sizeof why);
        (void)ignored;
        _exit(127);
    }
    int start_errno = pid < 0 ? errno : 0;
    close(out[1]);
    close(fail[1]);
    struct buf text = {0};
    char chunk[4096];
    for (ssize_t n; pid > 0 && (n = read(out[0], chunk, sizeof chunk)) != 0;) {
        if (n < 0 && errno != EINTR)
            break;
        if (n > 0 && text.len < 1 << 20)
            buf_add(&text, chunk, (size_t)n);
    }
    if (pid > 0 && read(fail[0], &start_errno, sizeof start_errno) != (ssize_t)sizeof start_errno)
        start_errno = 0;
    close(out[0]);
    close(fail[0]);
    int status = 0;
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    bool ok = pid > 0 && !start_errno && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!ok && start_errno == ENOENT)
        err_set(e, ERR_ENV, "%s: not found, install gcc-arm-none-eabi (make deps)", argv[0]);
    else if (!ok && start_errno)
        err_set(e, ERR_ENV, "cannot run %s: %s", argv[0], strerror(start_errno));
    else if (!ok) {
        char line[300];
        pick_line(buf_text(&text), line, sizeof line);
        err_set(e, ERR_ENV, "%s failed: %s", argv[0], *line ? line : "without a message");
    }
    buf_free(&text);
    return ok;
}
