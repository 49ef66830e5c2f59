/* Inside of sim/attached/: what a kind of attached device is. A kind is one file with a struct that
 * begins with a struct model and one struct attached_class, named in models.def. */
#ifndef SIM_ATTACHED_MODEL_H
#define SIM_ATTACHED_MODEL_H

#include "sim/attached/types.h"
#include "sim/devices/soc.h"

/* What the devices of a board share. */
struct model_board {
    struct soc *soc;
    struct soc_port port;
    struct attached_options options;
    struct attached_change *change;
    size_t nchanges;
    size_t room;
};

struct model {
    const struct attached_class *class;
    struct model_board *board;
    const char *option; /* as the user wrote it, for messages */
    int index;
    int irq_pin; /* -1: none */
    int event;   /* of `fire` */
    bool selected;
    uint64_t bytes; /* exchanged while it was selected */
};

/* The values of the keys that the user gave; a key that the class does not ask for is refused. */
enum { MODEL_MAX_KEYS = 12 };
struct model_keys {
    const char *option;
    char *text; /* a copy, cut at its separators: the caller frees */
    int n;
    struct {
        const char *key;
        const char *value;
        bool asked;
    } pair[MODEL_MAX_KEYS]; /* the first is NAME=SPI */
};
bool model_keys(struct model_keys *k, const char *option, struct err *e);
/* NULL: not given. */
const char *model_text(struct model_keys *k, const char *key);
/* False: given, and no number from least to most. */
bool model_number(struct model_keys *k, const char *key, uint64_t least, uint64_t most, uint64_t *v,
                  struct err *e);

bool model_all_asked(const struct model_keys *k, struct err *e);

struct attached_class {
    const char *name;
    size_t bytes; /* of its struct */
    bool (*open)(struct model *m, struct model_keys *keys, struct err *e);
    void (*close)(struct model *m); /* NULL: nothing to free */
    /* Chip select went low (true) or high. NULL: it does not matter. */
    void (*select)(struct model *m, bool selected, uint64_t at);
    /* A byte came in; the one that went out meanwhile. Only while it is selected. */
    uint8_t (*exchange)(struct model *m, uint8_t in, uint64_t at);
    /* What it asked for by model_arm. */
    void (*fire)(struct model *m, uint64_t at);
};

#define MODEL(name) extern const struct attached_class attached_##name;
#include "sim/attached/models.def"
#undef MODEL

void model_arm(struct model *m, uint64_t at); /* a core cycle; NEVER: not at all */
/* Core cycles that so many cycles of a clock of its own take, by the core's clock now. */
uint64_t model_cycles(const struct model *m, uint64_t n, double hz);
void model_irq(struct model *m, bool level);
void model_log(struct model_board *b, const struct attached_change *c);
void model_state(struct model *m, uint64_t at, const char *state, int layer);
const struct attached_options *model_options(const struct model *m);

#endif
