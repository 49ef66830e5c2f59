/* A network on an accelerator as hardware: the RTL of costmodel/rtl/ with its parameters set, the
 * layer program, the images of the memories, an image and what is to come out, written as a folder.
 * Serves descriptions whose `timing` is lockstep; docs/rtl.md. */
#ifndef COSTMODEL_RTL_H
#define COSTMODEL_RTL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "costmodel/npu.h"
#include "workloads/kernels/qmodel.h"

/* A layer of the program, by the fields of rtl/program.def. */
enum rtl_field {
#define FIELD(name, bits) RTL_##name,
#include "costmodel/rtl/program.def"
#undef FIELD
    RTL_FIELDS
};

/* ERR_INPUT: a layer, a width or a shape that the RTL does not have. `image` is that of the
 * network, and `q` its integers; both must match the model's widths. The folder is made if it does
 * not exist. */
bool rtl_write(const struct npu *n, const struct qmodel *q, const int8_t *image, const char *dir,
               struct err *e);

#endif
