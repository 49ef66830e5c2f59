/* Where the project's own data files lie, and its version. */
#ifndef BASE_DATA_H
#define BASE_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <etinysim/version.h>

#include "base/err.h"

/* Path of a data file such as "sim/boards/stm32f407.yaml", looked for below $ETINYSIM_DATA, then in
 * ../share/etinysim beside the folder of the executable (of the shared library, if that is what is
 * running, which may lie one folder deeper below lib/), or in the source tree while that lies in
 * the folder it was built in. Writes into out;
 * false when it exists in none. */
bool data_path(char *out, size_t size, const char *relative);
/* The same for what every installation has: ERR_ENV, with the place that was looked at, when it is
 * missing. */
bool data_need(char *out, size_t size, const char *relative, struct err *e);

/* Names (without `.yaml`) of the files in a data folder, sorted; NULL-terminated, one free()
 * releases all. ERR_ENV without the folder. */
char **data_list(const char *folder, struct err *e);
/* The same for another ending, e.g. ".sql". */
char **data_list_ending(const char *folder, const char *ending, struct err *e);
/* False, with ERR_INPUT "unknown WHAT 'NAME', did you mean 'b'? known: a, b, c" (a suggestion only
 * where one is near), or ERR_ENV without the folder. */
bool data_not_found(const char *what, const char *folder, const char *ending, const char *name,
                    struct err *e);

/* For `NAME` arguments that may also be a path: a name with a '/' or ending in .yaml is taken as it
 * is, else FOLDER/NAME.yaml among the data. Errors as of data_not_found. */
bool data_find(char *out, size_t size, const char *what, const char *folder, const char *name,
               struct err *e);

/* "dir/NAME.yaml" -> "NAME", with anything but letters, digits, '.', '-' and '_' replaced, so that
 * it can be quoted anywhere. */
void data_stem(char *out, size_t size, const char *path);

/* SHA-256 of n bytes as 64 hexadecimal digits and NUL. */
void data_sha256(const void *data, size_t n, char out[65]);

#endif
