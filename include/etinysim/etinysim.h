/* What all parts of libetinysim share: version, errors, rules.
 *
 * Errors     A function that can fail returns false or NULL and fills the struct etinysim_error it
 *            is given, which may be NULL. The library never prints and never ends the process.
 * Ownership  etinysim_X_open makes, etinysim_X_close releases; NULL may be closed. Options and
 *            buffers stay the caller's and may go once the call returns. A `const char *` that
 *            comes out belongs to the object that was asked.
 * Threads    There is no global state. Different objects may be used in different threads at the
 *            same time; one object only by one thread at a time.
 * Data       Boards, cores, networks and accelerators are files below share/etinysim of the prefix
 *            that the shared library was installed to. $ETINYSIM_DATA, when set, comes first; a
 *            statically linked program that does not lie in that prefix's bin needs it
 *            (pkg-config --variable=datadir etinysim).
 * Sizes      A struct whose first member is `size` may grow at its end. It is made with its _INIT
 *            macro, so that a library that is newer than the program fills only what the program
 *            knows. */
#ifndef ETINYSIM_ETINYSIM_H
#define ETINYSIM_ETINYSIM_H

#include <etinysim/version.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define ETINYSIM_API __attribute__((visibility("default")))
#else
#define ETINYSIM_API
#endif

enum etinysim_code {
    ETINYSIM_OK = 0,
    ETINYSIM_INPUT = 2,       /* bad input: `file:line: what was wrong, what was expected` */
    ETINYSIM_GUEST = 3,       /* the simulated program faulted */
    ETINYSIM_LIMIT = 4,       /* max_cycles or max_seconds was reached */
    ETINYSIM_ENVIRONMENT = 5, /* no memory, or a data file is missing */
};

struct etinysim_error {
    int code;       /* enum etinysim_code; other values may come */
    char text[512]; /* one line without a newline at its end; "" without an error */
};

/* ETINYSIM_VERSION of the library that runs, which may differ from that of the headers. */
ETINYSIM_API const char *etinysim_version(void);

#ifdef __cplusplus
}
#endif

#endif
