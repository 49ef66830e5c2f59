/* The progress of a sweep on stderr: one line that is rewritten on a terminal, else a line for every point. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "study/sweep/sweep.h"

struct sweep_watch progress_watch(bool quiet);
void progress_end(bool quiet);

#endif
