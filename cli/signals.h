/* What a signal that ends the process leaves behind: no child that runs on, no temporary folder. */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <signal.h>

/* Makes a folder of this process below $TMPDIR (or /tmp) and lets TMPDIR name it, so that whatever
 * this process and its children leave there can be removed at once; without such a folder TMPDIR
 * stays. From then on SIGINT, SIGTERM, SIGHUP, SIGQUIT and SIGXFSZ end the children, remove the
 * folder, and end the process as that signal does. */
void signals_begin(void);

/* A command that has something to say when it is interrupted: the first signal from now on is only
 * noted in the result, which the command watches, and signals_end raises it. A second one ends the
 * process at once. */
const volatile sig_atomic_t *signals_hold(void);

/* What is written to stderr when a signal ends the process; borrowed, and may change. NULL:
 * nothing. */
void signals_say(const char *text);

/* Removes the folder. Does not return if a signal was noted. */
void signals_end(void);

#endif
