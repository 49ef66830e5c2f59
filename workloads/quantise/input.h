/* Values of a network's input, or of what its outputs should be, from files: .npy (numbers of any
 * width, in C order), .csv (numbers apart by commas, blanks or line ends), .png, and raw bytes of
 * int8. Whole numbers are levels of the tensors, as their type counts them; numbers with a point
 * are real values, and rounded to the nearest level. */
#ifndef WORKLOADS_QUANTISE_INPUT_H
#define WORKLOADS_QUANTISE_INPUT_H

#include "base/err.h"
#include "workloads/graph/network.h"
#include "workloads/images/image.h"

/* The input of one inference. ERR_INPUT: another number of values, or a value that its tensor
 * cannot hold. */
bool input_load(struct image_set *s, const struct network *net, const char *path, struct err *e);

/* Levels, as int8, of all outputs of a .tflite file, one after the other; the caller frees. */
int8_t *input_outputs(const struct network *net, const char *path, struct err *e);

#endif
