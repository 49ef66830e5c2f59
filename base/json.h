/* JSON documents: trees of cJSON, built and printed through these functions, so that every number
 * keeps the digits that its owner chose and a failed allocation is not lost.
 *
 * `in` is an object, or an array when `key` is NULL; NULL makes a root. When there is no memory for
 * an addition, `in` becomes invalid and json_print of the whole tree fails, so that callers check
 * once. Additions to a NULL `in` do nothing. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

cJSON *json_root(void); /* an object */
cJSON *json_root_array(void);
cJSON *json_object(cJSON *in, const char *key);
cJSON *json_array(cJSON *in, const char *key);
/* bytes that are no UTF-8 become U+FFFD */
void json_text(cJSON *in, const char *key, const char *text);
void json_bool(cJSON *in, const char *key, bool v);
void json_int(cJSON *in, const char *key, int64_t v);
void json_uint(cJSON *in, const char *key, uint64_t v);
/* shortest that reads back equal; null when not finite */
void json_real(cJSON *in, const char *key, double v);
/* A number with the digits of a printf format. */
void json_number(cJSON *in, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void json_null(cJSON *in, const char *key);
/* A deep copy of `item`, which may be NULL: then nothing is added. */
void json_copy(cJSON *in, const char *key, const cJSON *item);
void json_raw(cJSON *in, const char *key, const char *json); /* text that is JSON already */

enum json_style {
    JSON_COMPACT,  /* {"a":1,"b":2} */
    JSON_SPACED,   /* {"a": 1, "b": 2} */
    JSON_INDENTED, /* a member a line */
};
/* Appends the tree and frees it. False, and out->failed, on no memory. */
bool json_print(cJSON *root, enum json_style style, struct buf *out);

#endif
