#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_SAID = 1 << 20 };

/* In the child; returns errno of what failed. */
static int become(const char *const *argv, const char *dir, int out, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        return ESRCH;
    int null = open("/dev/null", O_RDWR);
    if (null >= 0 && dup2(null, 0) >= 0 && dup2(out, 1) >= 0 && dup2(out, 2) >= 0 &&
        (!dir || chdir(dir) == 0))
        execvp(argv[0], (char *const *)(uintptr_t)argv);
    return errno;
}

static void read_all(int fd, struct buf *said)
{
    char chunk[4096];
    ssize_t n;
    while ((n = read(fd, chunk, sizeof chunk)) != 0) {
        if (n < 0 && errno != EINTR)
            break;
        if (n > 0 && said->len < MOST_SAID)
            buf_add(said, chunk, (size_t)n);
    }
}

bool process_run(const char *const *argv, const char *dir, const char *package, struct buf *said,
                 int *status, struct err *e)
{
    int out[2], fail[2]; /* what the tool prints; errno of what failed before it began */
    if (pipe2(out, O_CLOEXEC) != 0)
        return err_set(e, ERR_ENV, "cannot run %s: %s", argv[0], strerror(errno));
    if (pipe2(fail, O_CLOEXEC) != 0) {
        close(out[0]);
        close(out[1]);
        return err_set(e, ERR_ENV, "cannot run %s: %s", argv[0], strerror(errno));
    }
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        int why = become(argv, dir, out[1], parent);
        ssize_t ignored = write(fail[1], &why, sizeof why);
        (void)ignored;
        _exit(127);
    }
    int why = pid < 0 ? errno : 0;
    close(out[1]);
    close(fail[1]);
    if (pid > 0) {
        read_all(out[0], said);
        if (read(fail[0], &why, sizeof why) != (ssize_t)sizeof why)
            why = 0;
    }
    close(out[0]);
    close(fail[0]);
    *status = 0;
    while (pid > 0 && waitpid(pid, status, 0) < 0)
        if (errno != EINTR)
            return err_set(e, ERR_ENV, "lost %s: %s", argv[0], strerror(errno));
    if (why == ENOENT)
        return err_set(e, ERR_ENV, "%s: not found, install %s (make deps)", argv[0], package);
    return !why || err_set(e, ERR_ENV, "cannot run %s: %s", argv[0], strerror(why));
}
