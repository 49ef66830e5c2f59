#include "cli/signals.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A signal handler has no argument of its own, so its state is the process's. */
static char folder[4096];      /* "" = none */
static const char *last_words; /* borrowed; NULL: none */
static volatile sig_atomic_t held, noted;

static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXFSZ};

/* In a child made by _Fork, which unlike fork may be called in a signal handler. */
static void remove_folder(void)
{
    if (!folder[0])
        return;
    pid_t pid = _Fork();
    if (pid == 0) {
        execl("/bin/rm", "rm", "-rf", "--", folder, (char *)NULL);
        _exit(127);
    }
    while (pid > 0 && waitpid(pid, NULL, 0) < 0)
        ;
    folder[0] = '\0';
}

/* A worker leads a group with the compiler it runs; a compiler's driver ends its own children on
 * SIGTERM. */
static void end_children(void)
{
    char text[4096];
    int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text);
    if (fd >= 0)
        close(fd);
    pid_t pid = 0;
    for (ssize_t i = 0; i < n; i++) {
        if (text[i] >= '0' && text[i] <= '9') {
            pid = pid * 10 + (text[i] - '0');
        } else if (pid) {
            if (kill(-pid, SIGKILL))
                kill(pid, SIGTERM);
            waitpid(pid, NULL, 0);
            pid = 0;
        }
    }
}

static void end_by(int signal_number)
{
    sigset_t only;
    ssize_t written = last_words ? write(2, last_words, strlen(last_words)) : 0;
    (void)written;
    end_children();
    remove_folder();
    signal(signal_number, SIG_DFL);
    sigemptyset(&only);
    sigaddset(&only, signal_number);
    raise(signal_number);
    sigprocmask(SIG_UNBLOCK, &only, NULL);
}

static void caught(int signal_number)
{
    if (held && !noted)
        noted = signal_number;
    else
        end_by(signal_number);
}

void signals_begin(void)
{
    const char *tmp = getenv("TMPDIR");
    int n = snprintf(folder, sizeof folder, "%s/etinysim-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    char *real =
        n > 0 && (size_t)n < sizeof folder && mkdtemp(folder) ? realpath(folder, NULL) : NULL;
    if (real && strlen(real) < sizeof folder && setenv("TMPDIR", real, 1) == 0) {
        strcpy(folder, real);
    } else {
        if (real)
            rmdir(real);
        folder[0] = '\0';
    }
    free(real);
    struct sigaction act = {.sa_handler = caught};
    sigfillset(&act.sa_mask);
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
        struct sigaction old;
        if (sigaction(ending[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) /* nohup */
            sigaction(ending[i], &act, NULL);
    }
}

const volatile sig_atomic_t *signals_hold(void)
{
    held = 1;
    return &noted;
}

void signals_say(const char *text)
{
    last_words = text;
}

void signals_end(void)
{
    if (noted) {
        fflush(NULL);
        end_by(noted);
    }
    if (folder[0] && rmdir(folder) != 0)
        remove_folder();
    folder[0] = '\0';
}
