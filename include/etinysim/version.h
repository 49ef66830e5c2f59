/* The version of etinysim; the build, the program and etinysim.pc take it from here.
 *
 * The interface of the library is compatible while MAJOR stays; before 1.0, while MAJOR and
 * MINOR stay. */
#ifndef ETINYSIM_VERSION_H
#define ETINYSIM_VERSION_H

#define ETINYSIM_VERSION_MAJOR 0
#define ETINYSIM_VERSION_MINOR 1
#define ETINYSIM_VERSION_PATCH 0
#define ETINYSIM_VERSION "0.1.0"

#endif
