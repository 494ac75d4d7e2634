/* SPDX-License-Identifier: MIT */
/*
 * savefile.h - a capture in one file, or in several
 *
 * Bytes of a pcapng capture go in, in pieces of any size. Whatever happens to
 * the disk, to us or to the switch, each file is a capture by itself: blocks
 * are written whole, what a full disk has cut is taken back, and every file
 * begins with the section and all interfaces described so far.
 */
#ifndef SAVEFILE_H
#define SAVEFILE_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct savefile;

struct savefile_config {
	const char *path;
	uint64_t size_max; /* of a file; 0 for no limit, and one file */
	uint32_t n_files; /* keep so many; 0 for all */
};

int savefile_open(const struct savefile_config *config, struct savefile **ret,
		  struct err *err);
int savefile_write(struct savefile *file, const void *data, size_t len,
		   struct err *err);
int savefile_close(struct savefile *file, struct err *err);
void savefile_name(const struct savefile_config *config, uint32_t n, char *buf,
		   size_t size);

#endif /* SAVEFILE_H */
