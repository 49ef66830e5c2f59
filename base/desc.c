#include "base/desc.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/buf.h"

enum { MAX_TEXT = 1 << 20, MAX_DEPTH = 32 };

/* ABSENT: what desc_map_need gives for a key that is missing while such keys are collected. */
enum kind { SCALAR, LIST, MAP, ABSENT };

struct desc_node {
    enum kind kind;
    int line;
    struct desc *doc;
    char *text;  /* SCALAR */
    bool quoted; /* SCALAR: '..' or "..", never a number or a boolean */
    size_t n, cap;
    struct desc_node **item; /* LIST, MAP */
    char **key;              /* MAP, parallel to item */
    bool *known;             /* MAP: somebody asked for it */
    size_t *slot;            /* MAP: hash table of its keys, index + 1, 0 = free */
    size_t slots;            /* a power of two, more than twice as many as keys */
    char *source;            /* MAP: text built by desc_map_source */
};

struct desc {
    char *path;
    struct desc_node *root;
    bool collects;
    struct desc_node absent;
    char word[8];       /* the text of `absent`, as short as any word that is read */
    struct buf missing; /* "keys 'a', 'b' are missing; line 7: key 'c' is missing" */
    struct buf keys;    /* the same, of the map at map_line: "'a', 'b'" */
    int first_line, map_line, nkeys;
};

static void node_free(struct desc_node *n)
{
    if (!n)
        return;
    for (size_t i = 0; i < n->n; i++) {
        node_free(n->item[i]);
        if (n->key)
            free(n->key[i]);
    }
    free(n->item);
    free(n->key);
    free(n->known);
    free(n->slot);
    free(n->text);
    free(n->source);
    free(n);
}

void desc_free(struct desc *d)
{
    if (!d)
        return;
    node_free(d->root);
    buf_free(&d->missing);
    buf_free(&d->keys);
    free(d->path);
    free(d);
}

/* The slot of the key, or the free one where it belongs. */
static size_t *slot_of(const struct desc_node *n, const char *key)
{
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */
    for (const char *c = key; *c; c++)
        h = (h ^ (unsigned char)*c) * 0x100000001b3u;
    size_t k = (size_t)(h ^ h >> 32) & (n->slots - 1);
    while (n->slot[k] && strcmp(n->key[n->slot[k] - 1], key))
        k = (k + 1) & (n->slots - 1);
    return &n->slot[k];
}

/* Index of the key, n->n when it is not there. */
static size_t key_index(const struct desc_node *n, const char *key)
{
    size_t at = n->slots ? *slot_of(n, key) : 0;
    return at ? at - 1 : n->n;
}

static bool index_keys(struct desc_node *n, size_t slots)
{
    size_t *table = calloc(slots, sizeof *table);
    if (!table)
        return false;
    free(n->slot);
    n->slot = table;
    n->slots = slots;
    for (size_t i = 0; i < n->n; i++)
        *slot_of(n, n->key[i]) = i + 1;
    return true;
}

static bool push(struct desc_node *n, char *key, struct desc_node *item)
{
    if (n->n == n->cap) {
        size_t cap = n->cap ? n->cap * 2 : 8;
        struct desc_node **it = realloc(n->item, cap * sizeof *it);
        if (it)
            n->item = it;
        char **k = n->kind == MAP ? realloc(n->key, cap * sizeof *k) : NULL;
        if (k)
            n->key = k;
        bool *u = n->kind == MAP ? realloc(n->known, cap * sizeof *u) : NULL;
        if (u)
            n->known = u;
        if (!it || (n->kind == MAP && (!k || !u || !index_keys(n, 4 * cap))))
            return false;
        n->cap = cap;
    }
    n->item[n->n] = item;
    if (n->kind == MAP) {
        *slot_of(n, key) = n->n + 1;
        n->key[n->n] = key;
        n->known[n->n] = false;
    }
    n->n++;
    return true;
}

static bool next_event(yaml_parser_t *p, const struct desc *d, yaml_event_t *ev, struct err *e)
{
    if (yaml_parser_parse(p, ev))
        return true;
    return err_at(e, d->path, (int)p->problem_mark.line + 1, "not valid YAML: %s",
                  p->problem ? p->problem : "unreadable");
}

static struct desc_node *build(yaml_parser_t *p, struct desc *d, yaml_event_t *ev, int depth,
                               struct err *e);

static bool fill(yaml_parser_t *p, struct desc *d, struct desc_node *n, int depth, struct err *e)
{
    for (;;) {
        yaml_event_t ev;
        if (!next_event(p, d, &ev, e))
            return false;
        if (ev.type == YAML_SEQUENCE_END_EVENT || ev.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&ev);
            return true;
        }
        char *key = NULL;
        if (n->kind == MAP) {
            int line = (int)ev.start_mark.line + 1;
            if (ev.type != YAML_SCALAR_EVENT) {
                yaml_event_delete(&ev);
                return err_at(e, d->path, line, "a key must be a plain word");
            }
            key = strdup((const char *)ev.data.scalar.value);
            yaml_event_delete(&ev);
            if (!key)
                return err_nomem(e);
            if (key_index(n, key) < n->n) {
                err_at(e, d->path, line, "key '%s' is given twice", key);
                free(key);
                return false;
            }
            if (!next_event(p, d, &ev, e)) {
                free(key);
                return false;
            }
        }
        struct desc_node *item = build(p, d, &ev, depth + 1, e);
        if (!item || !push(n, key, item)) {
            if (item)
                err_nomem(e);
            node_free(item);
            free(key);
            return false;
        }
    }
}

/* Takes over *ev. */
static struct desc_node *build(yaml_parser_t *p, struct desc *d, yaml_event_t *ev, int depth,
                               struct err *e)
{
    struct desc_node *n = calloc(1, sizeof *n);
    if (!n) {
        yaml_event_delete(ev);
        err_nomem(e);
        return NULL;
    }
    n->doc = d;
    n->line = (int)ev->start_mark.line + 1;
    bool ok = true;
    const yaml_char_t *anchor = NULL, *tag = NULL;
    switch (ev->type) {
    case YAML_SCALAR_EVENT:
        anchor = ev->data.scalar.anchor;
        tag = ev->data.scalar.tag;
        n->kind = SCALAR;
        n->quoted = ev->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
        n->text = strdup((const char *)ev->data.scalar.value);
        if (!n->text)
            ok = err_nomem(e);
        else if (strlen(n->text) != ev->data.scalar.length)
            ok = err_at(e, d->path, n->line, "a zero byte inside a value");
        break;
    case YAML_SEQUENCE_START_EVENT:
        anchor = ev->data.sequence_start.anchor;
        tag = ev->data.sequence_start.tag;
        n->kind = LIST;
        break;
    case YAML_MAPPING_START_EVENT:
        anchor = ev->data.mapping_start.anchor;
        tag = ev->data.mapping_start.tag;
        n->kind = MAP;
        break;
    default: ok = err_at(e, d->path, n->line, "aliases are not supported; write the value out");
    }
    if (ok && (anchor || tag))
        ok = err_at(e, d->path, n->line, "anchors and tags are not supported; write the value out");
    yaml_event_delete(ev);
    if (ok && n->kind != SCALAR) {
        if (depth >= MAX_DEPTH)
            ok = err_at(e, d->path, n->line, "nested deeper than %d levels", MAX_DEPTH);
        else
            ok = fill(p, d, n, depth, e);
    }
    if (!ok) {
        node_free(n);
        return NULL;
    }
    return n;
}

struct desc *desc_parse(const char *name, const char *text, size_t len, struct err *e)
{
    struct desc *d = calloc(1, sizeof *d);
    if (!d || !(d->path = strdup(name))) {
        free(d);
        err_nomem(e);
        return NULL;
    }
    yaml_parser_t p;
    if (!yaml_parser_initialize(&p)) {
        desc_free(d);
        err_nomem(e);
        return NULL;
    }
    yaml_parser_set_input_string(&p, (const unsigned char *)text, len);
    bool ok = true;
    for (bool end = false; ok && !end;) {
        yaml_event_t ev;
        if (!(ok = next_event(&p, d, &ev, e)))
            break;
        switch (ev.type) {
        case YAML_STREAM_END_EVENT:
            end = true;
            yaml_event_delete(&ev);
            break;
        case YAML_STREAM_START_EVENT:
        case YAML_DOCUMENT_START_EVENT:
        case YAML_DOCUMENT_END_EVENT: yaml_event_delete(&ev); break;
        default:
            if (d->root) {
                ok = err_at(e, name, (int)ev.start_mark.line + 1,
                            "a second document; one is expected");
                yaml_event_delete(&ev);
            } else {
                d->root = build(&p, d, &ev, 0, e);
                ok = d->root != NULL;
            }
        }
    }
    yaml_parser_delete(&p);
    if (ok && (!d->root || d->root->kind != MAP))
        ok = err_at(e, name, d->root ? d->root->line : 1, "expected a map of keys and values");
    if (!ok) {
        desc_free(d);
        return NULL;
    }
    return d;
}

struct desc *desc_load(const char *path, struct err *e)
{
    struct buf text = {0};
    struct desc *d = NULL;
    if (buf_read_file(&text, path, MAX_TEXT, e))
        d = desc_parse(path, buf_text(&text), text.len, e);
    buf_free(&text);
    return d;
}

const struct desc_node *desc_root(const struct desc *d)
{
    return d->root;
}

bool desc_is_map(const struct desc_node *n)
{
    return n->kind == MAP || n->kind == ABSENT;
}

bool desc_is_list(const struct desc_node *n)
{
    return n->kind == LIST || n->kind == ABSENT;
}

bool desc_is_scalar(const struct desc_node *n)
{
    return n->kind == SCALAR || n->kind == ABSENT;
}

bool desc_err(const struct desc_node *n, struct err *e, const char *fmt, ...)
{
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (!n) /* the value of a key that stands for a missing one */
        return err_set(e, ERR_INPUT, "%s", text);
    return err_at(e, n->doc->path, n->line, "%s", text);
}

size_t desc_list_len(const struct desc_node *n)
{
    return n && n->kind == LIST ? n->n : 0;
}

const struct desc_node *desc_list_at(const struct desc_node *n, size_t i)
{
    return n->item[i];
}

const struct desc_node *desc_map_get(const struct desc_node *map, const char *key)
{
    if (!map || map->kind != MAP)
        return NULL;
    size_t i = key_index(map, key);
    if (i == map->n)
        return NULL;
    map->known[i] = true;
    return map->item[i];
}

/* The missing keys of one map become a clause of the message. */
static void end_clause(struct desc *d)
{
    if (!d->nkeys)
        return;
    if (d->missing.len)
        buf_printf(&d->missing, "; line %d: ", d->map_line);
    buf_printf(&d->missing, d->nkeys > 1 ? "keys %s are missing" : "key %s is missing",
               buf_text(&d->keys));
    d->missing.failed |= d->keys.failed;
    buf_free(&d->keys);
    d->nkeys = 0;
}

static const struct desc_node *absent(const struct desc_node *map, const char *key)
{
    struct desc *d = map->doc;
    if (d->map_line != map->line)
        end_clause(d);
    if (!d->first_line)
        d->first_line = map->line;
    d->map_line = map->line;
    strcpy(d->word, "none");
    buf_printf(&d->keys, "%s'%s'", d->nkeys++ ? ", " : "", key);
    d->absent = (struct desc_node){.kind = ABSENT, .line = map->line, .doc = d, .text = d->word};
    return &d->absent;
}

void desc_collect_missing(struct desc *d)
{
    d->collects = true;
}

bool desc_complete(struct desc *d, bool ok, struct err *e)
{
    d->collects = false;
    if (!d->first_line)
        return ok;
    end_clause(d);
    if (d->missing.failed)
        return err_nomem(e);
    if (e && e->code == ERR_INPUT)
        *e = (struct err){.code = ERR_NONE};
    return err_at(e, d->path, d->first_line, "%s", buf_text(&d->missing));
}

const struct desc_node *desc_map_need(const struct desc_node *map, const char *key, struct err *e)
{
    if (map->kind == ABSENT)
        return map;
    if (map->kind != MAP) {
        desc_err(map, e, "expected a map with the key '%s'", key);
        return NULL;
    }
    const struct desc_node *n = desc_map_get(map, key);
    if (!n && map->doc->collects)
        return absent(map, key);
    if (!n)
        desc_err(map, e, "key '%s' is missing", key);
    return n;
}

bool desc_map_done(const struct desc_node *map, struct err *e)
{
    for (size_t i = 0; map->kind == MAP && i < map->n; i++)
        if (!map->known[i])
            return desc_err(map->item[i], e, "unknown key '%s'", map->key[i]);
    return true;
}

size_t desc_map_len(const struct desc_node *map)
{
    return map && map->kind == MAP ? map->n : 0;
}

const char *desc_map_key_at(const struct desc_node *map, size_t i, const struct desc_node **value)
{
    map->known[i] = true;
    *value = map->item[i];
    return map->key[i];
}

static bool scalar(const struct desc_node *n, const char *what, struct err *e)
{
    if (n->kind != SCALAR)
        return desc_err(n, e, "expected %s, found a %s", what, n->kind == MAP ? "map" : "list");
    return true;
}

/* Copies the digits without `_` separators; a `_` must stand between digits. */
static bool digits(const struct desc_node *n, char *out, size_t size)
{
    size_t k = 0;
    const char *t = n->text;
    if (n->quoted || !*t)
        return false;
    for (size_t i = 0; t[i]; i++) {
        if (t[i] == '_') {
            if (i == 0 || t[i - 1] == '_' || !t[i + 1])
                return false;
            continue;
        }
        if (t[i] == ' ' || k + 1 >= size)
            return false;
        out[k++] = t[i];
    }
    out[k] = '\0';
    return true;
}

bool desc_u64(const struct desc_node *n, uint64_t min, uint64_t max, uint64_t *out, struct err *e)
{
    char t[64], *end;
    if (n->kind == ABSENT)
        return *out = min, true;
    if (!scalar(n, "a whole number", e))
        return false;
    errno = 0;
    uint64_t v = 0;
    bool ok = digits(n, t, sizeof t) && t[0] >= '0' && t[0] <= '9';
    if (ok) {
        bool hex = t[0] == '0' && (t[1] == 'x' || t[1] == 'X');
        v = strtoull(t, &end, hex ? 16 : 10);
        ok = errno == 0 && *end == '\0';
    }
    if (!ok)
        return desc_err(n, e, "'%s' is not a whole number", n->text);
    if (v < min || v > max)
        return desc_err(n, e, "%llu is out of range, expected %llu to %llu", (unsigned long long)v,
                        (unsigned long long)min, (unsigned long long)max);
    *out = v;
    return true;
}

bool desc_i64(const struct desc_node *n, int64_t min, int64_t max, int64_t *out, struct err *e)
{
    char t[64], *end;
    if (n->kind == ABSENT)
        return *out = min, true;
    if (!scalar(n, "a whole number", e))
        return false;
    errno = 0;
    long long v = 0;
    bool ok = digits(n, t, sizeof t);
    if (ok) {
        v = strtoll(t, &end, 10);
        ok = errno == 0 && *end == '\0' && end != t;
    }
    if (!ok)
        return desc_err(n, e, "'%s' is not a whole number", n->text);
    if (v < min || v > max)
        return desc_err(n, e, "%lld is out of range, expected %lld to %lld", v, (long long)min,
                        (long long)max);
    *out = v;
    return true;
}

bool desc_real(const struct desc_node *n, double min, double max, double *out, struct err *e)
{
    char t[64], *end;
    if (n->kind == ABSENT)
        return *out = min, true;
    if (!scalar(n, "a number", e))
        return false;
    bool ok = digits(n, t, sizeof t) && strspn(t, "0123456789+-.eE") == strlen(t);
    double v = 0;
    if (ok) {
        v = strtod(t, &end);
        ok = *end == '\0' && end != t && isfinite(v);
    }
    if (!ok)
        return desc_err(n, e, "'%s' is not a number", n->text);
    if (v < min || v > max)
        return desc_err(n, e, "%g is out of range, expected %g to %g", v, min, max);
    *out = v;
    return true;
}

bool desc_bool(const struct desc_node *n, bool *out, struct err *e)
{
    if (n->kind == ABSENT)
        return *out = false, true;
    if (!scalar(n, "true or false", e))
        return false;
    if (!n->quoted && !strcmp(n->text, "true"))
        *out = true;
    else if (!n->quoted && !strcmp(n->text, "false"))
        *out = false;
    else
        return desc_err(n, e, "'%s' is neither true nor false", n->text);
    return true;
}

bool desc_str(const struct desc_node *n, const char **out, struct err *e)
{
    if (n->kind == ABSENT)
        return *out = n->text, true;
    if (!scalar(n, "a word", e))
        return false;
    if (!*n->text)
        return desc_err(n, e, "an empty value, expected a word");
    *out = n->text;
    return true;
}

bool desc_enum(const struct desc_node *n, const char *const *names, int *out, struct err *e)
{
    if (n->kind == ABSENT)
        return *out = 0, true;
    if (!scalar(n, "a word", e))
        return false;
    struct buf list = {0};
    for (int i = 0; names[i]; i++) {
        if (!strcmp(names[i], n->text)) {
            buf_free(&list);
            *out = i;
            return true;
        }
        buf_printf(&list, "%s%s", i ? ", " : "", names[i]);
    }
    desc_err(n, e, "'%s' is none of: %s", n->text, buf_text(&list));
    buf_free(&list);
    return false;
}

bool desc_map_u64(const struct desc_node *m, const char *key, uint64_t min, uint64_t max,
                  uint64_t *out, struct err *e)
{
    const struct desc_node *n = desc_map_need(m, key, e);
    return n && desc_u64(n, min, max, out, e);
}

bool desc_map_real(const struct desc_node *m, const char *key, double min, double max, double *out,
                   struct err *e)
{
    const struct desc_node *n = desc_map_need(m, key, e);
    return n && desc_real(n, min, max, out, e);
}

bool desc_map_str(const struct desc_node *m, const char *key, const char **out, struct err *e)
{
    const struct desc_node *n = desc_map_need(m, key, e);
    return n && desc_str(n, out, e);
}

bool desc_map_enum(const struct desc_node *m, const char *key, const char *const *names, int *out,
                   struct err *e)
{
    const struct desc_node *n = desc_map_need(m, key, e);
    return n && desc_enum(n, names, out, e);
}

bool desc_opt_u64(const struct desc_node *m, const char *key, uint64_t min, uint64_t max,
                  uint64_t *out, struct err *e)
{
    const struct desc_node *n = desc_map_get(m, key);
    return !n || desc_u64(n, min, max, out, e);
}

bool desc_opt_real(const struct desc_node *m, const char *key, double min, double max, double *out,
                   struct err *e)
{
    const struct desc_node *n = desc_map_get(m, key);
    return !n || desc_real(n, min, max, out, e);
}

bool desc_opt_bool(const struct desc_node *m, const char *key, bool *out, struct err *e)
{
    const struct desc_node *n = desc_map_get(m, key);
    return !n || desc_bool(n, out, e);
}

bool desc_opt_str(const struct desc_node *m, const char *key, const char **out, struct err *e)
{
    const struct desc_node *n = desc_map_get(m, key);
    return !n || desc_str(n, out, e);
}

bool desc_opt_enum(const struct desc_node *m, const char *key, const char *const *names, int *out,
                   struct err *e)
{
    const struct desc_node *n = desc_map_get(m, key);
    return !n || desc_enum(n, names, out, e);
}

bool desc_map_source(const struct desc_node *m, const char **text, bool *assumed, struct err *e)
{
    const struct desc_node *src = desc_map_get(m, "source"), *why = desc_map_get(m, "assumed");
    if (m->kind == ABSENT || (!src && !why && m->doc->collects)) {
        *assumed = false;
        return desc_str(m->kind == ABSENT ? m : absent(m, "source' or 'assumed"), text, e);
    }
    if (!src == !why)
        return desc_err(m, e, "expected exactly one of 'source: KEY' and 'assumed: REASON'");
    if (!desc_str(src ? src : why, text, e))
        return false;
    *assumed = why != NULL;
    if (why) {
        struct desc_node *own = (struct desc_node *)m; /* the document owns the built text */
        struct buf b = {0};
        buf_printf(&b, "assumed: %s", why->text);
        if (b.failed)
            return err_nomem(e);
        free(own->source);
        own->source = b.data;
        *text = own->source;
    }
    return true;
}
