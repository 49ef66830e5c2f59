/* Names of C++ and Rust functions as their source has them, by binutils' libiberty. */
#ifndef SIM_NAMES_H
#define SIM_NAMES_H

/* The caller frees; NULL when the name is not mangled (or on no memory). Names longer than 4096 characters stay as
 * they are. */
char *name_plain(const char *mangled);

#endif
