#include "cli/catalogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/data.h"

static bool list(const struct catalogue *c, cJSON *json, struct buf *text, struct err *e)
{
    char **names = data_list(c->folder, e);
    bool ok = names != NULL;
    for (int i = 0; ok && names[i]; i++) {
        if (json)
            json_text(json, NULL, names[i]);
        else if (c->line)
            ok = c->line(names[i], text, e);
        else
            buf_str(text, names[i]);
        if (!json)
            buf_str(text, "\n");
    }
    free(names);
    return ok;
}

/* A copy of a description under another name. What it says of its sources is of the old one: it
 * becomes an assumption that tells so. */
static void renew(struct buf *out, const char *text, const char *from, const char *name)
{
    static const char mark[] = "source: ";
    buf_printf(out,
               "# Copied from %s: each number is assumed until it is read from a document of this "
               "one.\n# Then its `assumed` becomes `source: KEY`, a row of docs/sources.md.\n",
               from);
    bool named = false, head = true;
    for (const char *p = text, *end; *p; p = end) {
        end = p + strcspn(p, "\n");
        end += *end == '\n';
        head = head && *p == '#';
        if (head)
            continue; /* what the old file says of itself */
        if (!named && !strncmp(p, "name: ", 6)) {
            buf_printf(out, "name: %s\n", name);
            named = true;
            continue;
        }
        for (const char *at; (at = strstr(p, mark)) != NULL && at < end;) {
            const char *key = at + strlen(mark);
            size_t n = strcspn(key, ",} #\n");
            bool whole = at == p || at[-1] == ' ' || at[-1] == '{';
            buf_add(out, p, (size_t)((whole ? at : key) - p));
            if (whole)
                buf_printf(out, "assumed: \"copied from %s (%.*s), not checked\"", from, (int)n,
                           key);
            p = whole ? key + n : key;
        }
        buf_add(out, p, (size_t)(end - p));
    }
}

static bool make_new(const struct catalogue *c, const char *name, const char *from,
                     const char *file, cJSON *json, struct buf *said, struct err *e)
{
    char path[4096], own[200];
    struct buf text = {0}, out = {0};
    if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") != strlen(name) ||
        strlen(name) > 31 || !*name)
        return err_set(e, ERR_INPUT,
                       "new: '%.40s' is no name, expected at most 31 of a-z, 0-9, '-' and '.'",
                       name);
    if (!from)
        return err_set(e, ERR_INPUT, "new: --from NAME is missing, the one to copy");
    snprintf(own, sizeof own, "%s.yaml", name);
    FILE *there = fopen(file ? file : own, "r");
    if (there) {
        fclose(there);
        return err_set(e, ERR_INPUT, "%s: is there already", file ? file : own);
    }
    bool ok = data_find(path, sizeof path, c->kind, c->folder, from, e) &&
              buf_read_file(&text, path, 1 << 20, e);
    if (ok)
        renew(&out, buf_text(&text), from, name);
    ok = ok && (!out.failed || err_nomem(e)) && buf_write_file(&out, file ? file : own, e);
    if (ok && json)
        json_text(json, NULL, file ? file : own);
    else if (ok)
        buf_printf(said, "%s: a copy of %s; every command takes the file where it takes a name\n",
                   file ? file : own, from);
    buf_free(&text);
    buf_free(&out);
    return ok;
}

int catalogue_run(const struct command *cmd, const struct catalogue *c, int argc, char **argv)
{
    const char *from = NULL, *file = NULL;
    const struct option_spec copying[] = {
        {"--from", 's', &from, "NAME", "new: the one to copy", false},
        {"-o", 's', &file, "F.yaml", "new: where to (default: NAME.yaml)", true},
        {0},
    };
    const struct option_spec none[] = {{0}};
    const char *pos[3];
    struct cli_common common;
    struct err e = {0};
    struct buf out = {0};
    if (!cli_parse(cmd, argc, argv, c->kind ? copying : none, pos, 2, &common))
        return ERR_INPUT;
    if (common.help)
        return 0;
    const char *word = pos[0] ? pos[0] : "";
    bool show = !strcmp(word, "show") && pos[1], names = !strcmp(word, "list") && !pos[1];
    bool also = c->also && !strcmp(word, c->also) && !pos[1];
    cJSON *json = !common.json ? NULL : show ? json_root() : json_root_array();
    if (common.json && !json)
        err_nomem(&e);
    else if (show)
        c->show(pos[1], json, &out, &e);
    else if (names)
        list(c, json, &out, &e);
    else if (c->kind && !strcmp(word, "new") && pos[1])
        make_new(c, pos[1], from, file, json, &out, &e);
    else if (also)
        c->also_run(json, &out, &e);
    else
        err_set(&e, ERR_INPUT, "expected `list`%s `show NAME`%s%s%s (see etinysim %s --help)",
                c->also ? "," : " or", c->also ? " or `" : "", c->also ? c->also : "",
                c->also ? "`" : "", cmd->name);
    if (!e.code && out.failed)
        err_nomem(&e);
    if (!e.code && json)
        cli_json(json, JSON_INDENTED, &e);
    else
        cJSON_Delete(json);
    if (!e.code && !common.json)
        fputs(buf_text(&out), stdout);
    buf_free(&out);
    return e.code ? cli_fail(cmd, &e) : 0;
}
