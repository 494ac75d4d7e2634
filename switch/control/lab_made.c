/* SPDX-License-Identifier: MIT */
/*
 * lab_made.c - which namespaces labs have declared, and which were made here
 *
 * Those that were made are written down, a line each: inode, with the age above
 * its 32 bits (see pin.c), and name. A name that stands for another namespace
 * by now is nobody's business of ours, so a line too many does no harm: to make
 * one more adds a line, and the file is written anew when half of it is old.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "labs.h"
#include "log.h"
#include "pin.h"
#include "rundir.h"
#include "vswitch.h"

static const char suffix[] = "made";
#define LINE_FORMAT "%llu %s\n"

static bool path_of(const struct labs *labs, char path[PATH_MAX])
{
	return rundir_path(path, PATH_MAX, labs->sw->name, suffix);
}

/* Return: how many lines */
static size_t write_lines(const struct labs *labs, FILE *file)
{
	const char *name;
	size_t n = 0;
	json_t *value;

	json_object_foreach(labs->namespaces, name, value)
	{
		const ino_t ino = (ino_t)json_integer_value(value);

		if (!ino)
			continue;
		fprintf(file, LINE_FORMAT, (unsigned long long)ino, name);
		n++;
	}
	return n;
}

static bool is_any_made(const struct labs *labs)
{
	const char *name;
	json_t *ino;

	json_object_foreach(labs->namespaces, name, ino)
	{
		if (json_integer_value(ino))
			return true;
	}

	return false;
}

static void complain(void)
{
	log_warning(LOG_CONTROL,
		    "cannot write down which namespaces were made: %s",
		    strerror(errno));
}

/* A few lines in memory: /run is no disk. The old ones stay if it fails. */
static void save(struct labs *labs)
{
	char path[PATH_MAX], new_path[PATH_MAX + 4];
	size_t n = 0;
	FILE *file;

	labs->n_made_lines = 0;
	if (!path_of(labs, path))
		return;
	if (!is_any_made(labs)) {
		unlink(path);
		return;
	}

	snprintf(new_path, sizeof(new_path), "%s.new", path);
	file = fopen(new_path, "we");
	if (file)
		n = write_lines(labs, file);
	if (!file || fclose(file) || rename(new_path, path) < 0) {
		complain();
		unlink(new_path);
		return;
	}

	labs->n_made_lines = n;
}

static bool is_mostly_old(const struct labs *labs)
{
	return labs->n_made_lines > 2 * json_object_size(labs->namespaces);
}

/* If it is there only in part, the next would be spoilt: then all of it anew. */
static void save_one(struct labs *labs, const char *name, ino_t ino)
{
	char path[PATH_MAX];
	int fd = -1, n;

	if (labs->n_made_lines && !is_mostly_old(labs) && path_of(labs, path))
		fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (fd < 0) {
		save(labs);
		return;
	}

	n = dprintf(fd, LINE_FORMAT, (unsigned long long)ino, name);
	labs->n_made_lines = n < 0 ? 0 : labs->n_made_lines + 1;
	if (n < 0)
		complain();
	close(fd);
}

static void save_one_less(struct labs *labs)
{
	if (!is_mostly_old(labs) && is_any_made(labs))
		return;

	save(labs);
}

/**
 * lab_made_load() - Remember what a daemon of this name has made before
 * @labs:	Labs
 */
void lab_made_load(struct labs *labs)
{
	char path[PATH_MAX], name[NAME_MAX + 1];
	unsigned long long ino;
	FILE *file = path_of(labs, path) ? fopen(path, "re") : NULL;

	if (!file)
		return;

	while (fscanf(file, "%llu %255[^\n]", &ino, name) == 2) {
		if (pin_inode(name) == (ino_t)ino)
			json_object_set_new(labs->namespaces, name,
					    json_integer((json_int_t)ino));
	}
	fclose(file);
}

/**
 * lab_made_note() - A namespace is declared from now on
 * @labs:	Labs
 * @name:	Its name
 * @ino:	Its inode, if it was made here; else 0
 */
void lab_made_note(struct labs *labs, const char *name, ino_t ino)
{
	if (!ino && json_object_get(labs->namespaces, name))
		return;

	json_object_set_new(labs->namespaces, name,
			    json_integer((json_int_t)ino));
	if (ino)
		save_one(labs, name, ino);
}

/**
 * lab_made_forget() - A namespace is declared no longer
 * @labs:	Labs
 * @name:	Its name
 */
void lab_made_forget(struct labs *labs, const char *name)
{
	const bool made = lab_made_inode(labs, name);

	json_object_del(labs->namespaces, name);
	if (made)
		save_one_less(labs);
}

/**
 * lab_made_inode() - Was this namespace made here?
 * @labs:	Labs
 * @name:	Its name
 *
 * Return: the inode it had, or 0
 */
ino_t lab_made_inode(const struct labs *labs, const char *name)
{
	return (ino_t)json_integer_value(
		json_object_get(labs->namespaces, name));
}

/**
 * lab_made_remove_all() - Remove the namespaces that were made here
 * @labs:	Labs of a switch whose ports are gone
 *
 * Waits for the kernel, so it is for a daemon that stops.
 */
void lab_made_remove_all(struct labs *labs)
{
	const char *name;
	struct err err;
	json_t *ino;

	json_object_foreach(labs->namespaces, name, ino)
	{
		if (pin_remove(name, (ino_t)json_integer_value(ino), &err) < 0)
			log_warning(LOG_HOST, "%s", err.msg);
	}
	json_object_clear(labs->namespaces);
	save(labs);
}
