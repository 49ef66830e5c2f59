/* Strict loader for descriptions (YAML 1.1 subset: maps, lists, plain and quoted scalars; no
 * anchors, tags or several documents). Nothing is guessed: an unknown or missing or repeated key,
 * `480MHz` where a number belongs, or a value out of range is an ERR_INPUT with file and line.
 *
 * Use: load, read every key of a map with desc_map_*(), then desc_map_done() refuses the keys
 * nobody asked for. Nodes and the strings they give are owned by the document. Hexadecimal (0x...)
 * and `_` between digits are allowed in integers. Limits: 1 MiB of text, 32 levels. */
#ifndef BASE_DESC_H
#define BASE_DESC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct desc;
struct desc_node;

/* NULL with ERR_INPUT (no such file, no YAML of this kind) or ERR_ENV; release with desc_free.
 * `name` stands for the file in messages. */
struct desc *desc_load(const char *path, struct err *e);
struct desc *desc_parse(const char *name, const char *text, size_t len, struct err *e);
const struct desc_node *desc_root(const struct desc *d);
void desc_free(struct desc *d);

bool desc_is_map(const struct desc_node *n);
bool desc_is_list(const struct desc_node *n);
bool desc_is_scalar(const struct desc_node *n);
/* Error at the node's file and line; returns false. */
bool desc_err(const struct desc_node *n, struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Lists: length 0 for what is no list. */
size_t desc_list_len(const struct desc_node *n);
const struct desc_node *desc_list_at(const struct desc_node *n, size_t i);

/* Maps. Asking for a key marks it as known. desc_map_get gives NULL when absent. */
const struct desc_node *desc_map_get(const struct desc_node *map, const char *key);
const struct desc_node *desc_map_need(const struct desc_node *map, const char *key, struct err *e);
bool desc_map_done(const struct desc_node *map, struct err *e);

/* From here on a missing key does not end the reading: desc_map_need and what calls it give the
 * least value, the first word, an empty map or list in its place. desc_complete() ends that and
 * must be called: false, with one ERR_INPUT that names all missing keys by map, whatever error
 * followed from them; else `ok`, what the reading returned, and its error. */
void desc_collect_missing(struct desc *d);
bool desc_complete(struct desc *d, bool ok, struct err *e);

/* For maps whose keys are data: the i-th entry, marked as known. */
size_t desc_map_len(const struct desc_node *map);
const char *desc_map_key_at(const struct desc_node *map, size_t i, const struct desc_node **value);

/* Scalars. All return false and fill *e when the node is not of that type or out of [min, max]. */
bool desc_u64(const struct desc_node *n, uint64_t min, uint64_t max, uint64_t *out, struct err *e);
bool desc_i64(const struct desc_node *n, int64_t min, int64_t max, int64_t *out, struct err *e);
bool desc_real(const struct desc_node *n, double min, double max, double *out, struct err *e);
bool desc_bool(const struct desc_node *n, bool *out, struct err *e);
bool desc_str(const struct desc_node *n, const char **out, struct err *e);
/* *out becomes the index into the NULL-terminated `names`. */
bool desc_enum(const struct desc_node *n, const char *const *names, int *out, struct err *e);

/* Required keys. */
bool desc_map_u64(const struct desc_node *m, const char *key, uint64_t min, uint64_t max,
                  uint64_t *out, struct err *e);
bool desc_map_real(const struct desc_node *m, const char *key, double min, double max, double *out,
                   struct err *e);
bool desc_map_str(const struct desc_node *m, const char *key, const char **out, struct err *e);
bool desc_map_enum(const struct desc_node *m, const char *key, const char *const *names, int *out,
                   struct err *e);
/* Optional keys: *out keeps its value when the key is absent. */
bool desc_opt_u64(const struct desc_node *m, const char *key, uint64_t min, uint64_t max,
                  uint64_t *out, struct err *e);
bool desc_opt_real(const struct desc_node *m, const char *key, double min, double max, double *out,
                   struct err *e);
bool desc_opt_bool(const struct desc_node *m, const char *key, bool *out, struct err *e);
bool desc_opt_str(const struct desc_node *m, const char *key, const char **out, struct err *e);
bool desc_opt_enum(const struct desc_node *m, const char *key, const char *const *names, int *out,
                   struct err *e);

/* `source: KEY` or `assumed: REASON`, exactly one of them. *text is KEY, or "assumed: REASON"
 * (owned by the document), *assumed says which. KEY is a key of docs/sources.md. */
bool desc_map_source(const struct desc_node *m, const char **text, bool *assumed, struct err *e);

#endif
