/* SPDX-License-Identifier: MIT */
/*
 * netns_id.h - what tells a network namespace from one that comes after it
 *
 * The kernel gives the inode of a namespace that has ended to the next one
 * that is made, so the inode alone would take another's for ours. It has 32
 * bits; above them goes when the namespace was made, in ms and as far as it
 * fits, so that the number stays positive.
 */
#ifndef NETNS_ID_H
#define NETNS_ID_H

#include <sys/stat.h>
#include <sys/types.h>

/**
 * netns_id() - Number of a network namespace, never the same for two
 * @st:		Of the file that it is mounted on
 *
 * It is what NAME.made holds, see switch/control/lab_made.c.
 *
 * Return: the number
 */
static inline ino_t netns_id(const struct stat *st)
{
	const unsigned long long made_ms =
		(unsigned long long)st->st_ctim.tv_sec * 1000 +
		(unsigned long long)st->st_ctim.tv_nsec / 1000000;

	return (ino_t)((made_ms & 0x7fffffff) << 32 | (unsigned)st->st_ino);
}

#endif /* NETNS_ID_H */
