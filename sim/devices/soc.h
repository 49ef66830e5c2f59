/* The microcontroller around the core: its peripherals, their interrupts, DMA and the clock tree.
 *
 * This room knows registers, time and interrupt numbers. It does not know the emulator, code,
 * blocks or scopes: what it needs of the machine comes through struct soc_port. Which peripherals a
 * board has is data: sim/devices/FAMILY.yaml.
 *
 * Times are core cycles since the run began. One soc belongs to one machine and is used by one
 * thread. */
#ifndef SIM_DEVICES_SOC_H
#define SIM_DEVICES_SOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "sim/boards/board.h"
#include "sim/devices/port.h"
#include "sim/devices/registers.h"

struct soc;

struct soc_options {
    const char *stub;    /* file of --stub, registers that read as told; NULL: none */
    const char *uart_in; /* [PORT=]FILE of --uart-in; NULL: none */
};

/* Reads the family's table and adds its registers to the board. ERR_INPUT when the table or a file
 * of the options is damaged. A board without a family has no peripherals. Strings of the options
 * are borrowed until soc_close. */
struct soc *soc_open(struct board *board, const struct soc_port *port, const struct soc_options *o,
                     struct err *e);
void soc_close(struct soc *s);
/* As after power-on, except for the backup domain and what the host still has to send. */
void soc_reset(struct soc *s);

/* The words that all registers keep, those of the core's private bus included. */
struct registers *soc_registers(struct soc *s);
/* A register of the backup domain, which a system reset leaves alone. */
bool soc_backup(const struct soc *s, uint32_t addr);
bool soc_watched(const struct soc *s); /* a watchdog runs */
/* Where the peripherals end: accesses from there to 0x60000000 are bus errors. */
uint32_t soc_peripherals_end(const struct soc *s);
uint32_t soc_mpu_regions(const struct soc *s);   /* 0: as the core has them */
uint32_t soc_systick_calib(const struct soc *s); /* SYST_CALIB */

/* Path of the file of the board's family. */
bool soc_family_path(const struct board *b, char *path, size_t size, struct err *e);

/* A line per kind of peripheral that the family of this board has, with names and addresses. */
bool soc_describe(const struct board *b, struct buf *out, struct err *e);

/* An access of 1, 2 or 4 bytes. False: no peripheral here answers, plain storage serves. */
bool soc_read(struct soc *s, uint32_t addr, unsigned size, uint32_t *v);
bool soc_write(struct soc *s, uint32_t addr, unsigned size, uint32_t v);

/* What hangs on the board. A pin is a number that soc_pin gives for "PA4"; -1: no such pin. */
int soc_pin(const struct soc *s, const char *name);
void soc_pin_drive(struct soc *s, int pin, bool level);
/* Calls back when the guest changes the pin, which is high while it is no output. False: too many
 * are watched. */
bool soc_pin_watch(struct soc *s, int pin, void (*changed)(void *self, bool level, uint64_t at),
                   void *self);
/* `exchange` gets each byte that the SPI of this name sends, and says what it receives meanwhile;
 * `at` is when the last bit was over. Which device is selected is theirs to know. ERR_INPUT: no
 * such SPI. */
bool soc_spi_slave(struct soc *s, const char *name,
                   uint8_t (*exchange)(void *self, uint8_t out, uint64_t at), void *self,
                   struct err *e);
/* A reset made every pin an input. */
void soc_pins_reset(struct soc *s);

/* Name of the register at an address, or of the peripheral it is of; "no known peripheral". */
void soc_name(const struct soc *s, uint32_t addr, char *out, size_t size);

/* The next byte of --uart-in rtt=FILE; false: there is none. */
bool soc_rtt_byte(struct soc *s, uint8_t *byte);

#endif
