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

int catalogue_run(const struct command *cmd, const struct catalogue *c, int argc, char **argv)
{
    const struct option_spec none[] = {{0}};
    const char *pos[3];
    struct cli_common common;
    struct err e = {0};
    struct buf out = {0};
    if (!cli_parse(cmd, argc, argv, none, pos, 2, &common))
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
