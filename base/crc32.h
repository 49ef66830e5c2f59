/* The checksum of zip, PNG and Ethernet. */
#ifndef BASE_CRC32_H
#define BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* That of n more bytes behind those of which c is the checksum; 0 begins. */
uint32_t crc32_more(uint32_t c, const void *data, size_t n);

#endif
