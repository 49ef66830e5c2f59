/* The progress of a sweep on stderr: one line that is rewritten on a terminal, else a line for
 * every point. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "study/sweep/sweep.h"

/* Callbacks for sweep_run that print; `quiet`: none. */
struct sweep_watch progress_watch(bool quiet);
/* Erases the rewritten line. */
void progress_end(bool quiet);

#endif
