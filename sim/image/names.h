/* Names of C++ and Rust functions as their source has them, by binutils' libiberty. */
#ifndef SIM_NAMES_H
#define SIM_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* The caller frees; NULL when the name is not mangled (or on no memory). Names longer than 4096
 * characters stay as they are. */
char *image_name_plain(const char *mangled);

/* What to print: the source's name, or the linker's when it is not mangled; cut to `size`. Returns
 * `out`. */
const char *image_name_text(const char *linker, char *out, size_t size);

/* Does the shell pattern match the linker's name, the source's with its parameters, or the source's
 * without them? */
bool image_name_matches(const char *glob, const char *linker);

#endif
