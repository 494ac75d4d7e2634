/* SPDX-License-Identifier: MIT */
/* test_savefile.c - each file of a capture is a capture by itself */

#include "savefile.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "macros.h"
#include "pcapng.h"
#include "pcapng_read.h"
#include "unit.h"

enum {
	CAPTURE_SIZE = 64 * 1024,
	FRAME_LEN = 100,
	PACKET_SIZE = 32 + FRAME_LEN, /* of its block */
};

struct fixture {
	char dir[40];
	char path[60];
	uint8_t capture[CAPTURE_SIZE];
	size_t len;
	uint8_t next; /* number of the next frame */
	/* what a file had in it */
	int sections, interfaces, packets;
	uint8_t first;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	strcpy(f->dir, "/tmp/vsw-savefile-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/file", f->dir);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[80];

	snprintf(command, sizeof(command), "rm -r %s", f->dir);
	if (system(command)) /* NOLINT(cert-env33-c): a name of our own */
		return -1;
	free(f);
	return 0;
}

static void put_head(struct fixture *f)
{
	f->len += pcapng_put_section(
		f->capture + f->len, CAPTURE_SIZE - f->len,
		&(struct pcapng_section){ .application = "test" });
}

static void put_interface(struct fixture *f, const char *name)
{
	f->len += pcapng_put_interface(
		f->capture + f->len, CAPTURE_SIZE - f->len,
		&(struct pcapng_interface){ .name = name });
}

static void put_packets(struct fixture *f, int n)
{
	while (n-- > 0) {
		uint8_t frame[FRAME_LEN] = { f->next++ };

		f->len += pcapng_put_packet(f->capture + f->len,
					    CAPTURE_SIZE - f->len,
					    &(struct pcapng_packet){
						    .data = frame,
						    .caplen = FRAME_LEN,
						    .len = FRAME_LEN,
					    });
	}
}

static void on_event(void *arg, const struct pcapng_event *event)
{
	struct fixture *f = arg;

	switch (event->type) {
	case PCAPNG_EVENT_SECTION:
		f->sections++;
		break;
	case PCAPNG_EVENT_INTERFACE:
		f->interfaces++;
		break;
	case PCAPNG_EVENT_PACKET:
		if (f->packets++ == 0)
			f->first = event->packet.data[0];
		break;
	case PCAPNG_EVENT_STATISTICS:
		break;
	}
}

/* The file has to be a capture, and to end with a block that is whole. */
static void expect_file(struct fixture *f, const char *suffix, int interfaces,
			int packets, uint8_t first)
{
	struct pcapng_read *reader = pcapng_read_new(on_event, f);
	static uint8_t buf[CAPTURE_SIZE];
	struct err err = { 0 };
	char path[80];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s%s", f->path, suffix);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail_msg("there is no %s", path);
	n = read(fd, buf, sizeof(buf));
	close(fd);
	assert_true(n >= 0);
	f->sections = f->interfaces = f->packets = 0;
	if (pcapng_read_feed(reader, buf, (size_t)n, &err) < 0)
		fail_msg("%s: %s", path, err.msg);
	assert_int_equal(pcapng_read_pending(reader), 0);
	pcapng_read_free(reader);
	assert_int_equal(f->sections, 1);
	assert_int_equal(f->interfaces, interfaces);
	assert_int_equal(f->packets, packets);
	if (packets)
		assert_int_equal(f->first, first);
}

static void expect_no_file(const struct fixture *f, const char *suffix)
{
	char path[80];
	struct stat st;

	snprintf(path, sizeof(path), "%s%s", f->path, suffix);
	assert_int_equal(stat(path, &st), -1);
}

static void save(struct fixture *f, uint64_t size_max, uint32_t n_files,
		 size_t piece)
{
	const struct savefile_config config = {
		.path = f->path,
		.size_max = size_max,
		.n_files = n_files,
	};
	struct savefile *file;
	struct err err = { 0 };

	assert_int_equal(savefile_open(&config, &file, &err), 0);
	for (size_t at = 0; at < f->len; at += piece) {
		const size_t n = f->len - at < piece ? f->len - at : piece;

		if (savefile_write(file, f->capture + at, n, &err) < 0)
			fail_msg("%s", err.msg);
	}
	assert_int_equal(savefile_close(file, &err), 0);
}

static void files_are_called_as_tcpdump_calls_them(void **state)
{
	static const struct {
		uint32_t n_files, n;
		const char *name;
	} cases[] = {
		{ 0, 0, "f" },     { 0, 1, "f1" },    { 0, 12, "f12" },
		{ 1, 0, "f0" },    { 1, 1, "f0" },    { 10, 9, "f9" },
		{ 10, 10, "f0" },  { 11, 3, "f03" },  { 11, 10, "f10" },
		{ 11, 11, "f00" }, { 100, 7, "f07" }, { 101, 7, "f007" },
	};
	char name[20];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct savefile_config config = {
			.path = "f",
			.n_files = cases[i].n_files,
		};

		savefile_name(&config, cases[i].n, name, sizeof(name));
		assert_string_equal(name, cases[i].name);
	}
}

static void every_file_begins_with_all_interfaces_so_far(void **state)
{
	struct fixture *f = *state;
	size_t head;

	put_head(f);
	put_interface(f, "web");
	put_interface(f, "db");
	head = f->len;
	put_packets(f, 5);
	put_interface(f, "late");
	put_packets(f, 5);

	/* Three to a file, be they in pieces that end wherever. */
	for (size_t piece = 1; piece < 300; piece += 37) {
		save(f, head + 3 * PACKET_SIZE, 0, piece);
		expect_file(f, "", 2, 3, 0);
		expect_file(f, "1", 3, 2, 3);
		expect_file(f, "2", 3, 2, 5);
		expect_file(f, "3", 3, 2, 7);
		expect_file(f, "4", 3, 1, 9);
		expect_no_file(f, "5");
	}
	save(f, 0, 0, f->len);
	expect_file(f, "", 3, 10, 0);
}

static void a_file_has_one_frame_at_least(void **state)
{
	struct fixture *f = *state;

	put_head(f);
	put_interface(f, "web");
	put_packets(f, 3);
	save(f, 1, 0, f->len);
	expect_file(f, "", 1, 1, 0);
	expect_file(f, "1", 1, 1, 1);
	expect_file(f, "2", 1, 1, 2);
	expect_no_file(f, "3");
}

static void of_a_ring_the_newest_files_are_kept(void **state)
{
	struct fixture *f = *state;

	put_head(f);
	put_interface(f, "web");
	put_packets(f, 14);
	save(f, 1, 11, 1000);
	expect_file(f, "00", 1, 1, 11);
	expect_file(f, "02", 1, 1, 13);
	expect_file(f, "03", 1, 1, 3);
	expect_file(f, "10", 1, 1, 10);
	expect_no_file(f, "11");
	expect_no_file(f, "");
}

/* A limit on the size of files refuses just as a full disk does. */
static void limit_files(rlim_t size)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void where_there_is_no_more_room_the_file_ends_whole(void **state)
{
	struct fixture *f = *state;
	struct savefile_config config = { .path = f->path };
	size_t head;

	signal(SIGXFSZ, SIG_IGN);
	put_head(f);
	put_interface(f, "web");
	head = f->len;
	put_packets(f, 10);
	for (size_t more = 0; more < PACKET_SIZE; more += 17) {
		struct savefile *file;
		struct err err = { 0 };
		int r;

		assert_int_equal(savefile_open(&config, &file, &err), 0);
		limit_files(head + 4 * PACKET_SIZE + more);
		r = savefile_write(file, f->capture, f->len, &err);
		limit_files(RLIM_INFINITY);
		assert_true(r < 0);
		assert_non_null(strstr(err.msg, f->path));
		assert_non_null(strstr(err.hint, "whole"));
		savefile_close(file, &err);
		expect_file(f, "", 1, 4, 0);
	}
}

static void nonsense_is_refused_and_what_was_before_is_kept(void **state)
{
	static const uint32_t lengths[] = {
		0, 4, 11, 30, PCAPNG_BLOCK_MAX + 4, UINT32_MAX
	};
	struct fixture *f = *state;
	struct savefile_config config = { .path = f->path };

	put_head(f);
	put_interface(f, "web");
	put_packets(f, 2);
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct savefile *file;
		struct err err = { 0 };
		uint32_t block[2] = { PCAPNG_BLOCK_PACKET, lengths[i] };

		memcpy(f->capture + f->len, block, sizeof(block));
		assert_int_equal(savefile_open(&config, &file, &err), 0);
		assert_true(savefile_write(file, f->capture,
					   f->len + sizeof(block), &err) < 0);
		assert_non_null(strstr(err.msg, "makes no sense"));
		savefile_close(file, &err);
		expect_file(f, "", 1, 2, 0);
	}
}

static void a_block_that_never_ended_is_left_out(void **state)
{
	struct fixture *f = *state;

	put_head(f);
	put_interface(f, "web");
	put_packets(f, 2);
	f->len -= 1;
	save(f, 0, 0, 50);
	expect_file(f, "", 1, 1, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_called_as_tcpdump_calls_them),
		cmocka_unit_test_setup_teardown(
			every_file_begins_with_all_interfaces_so_far, setup,
			teardown),
		cmocka_unit_test_setup_teardown(a_file_has_one_frame_at_least,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			of_a_ring_the_newest_files_are_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(
			where_there_is_no_more_room_the_file_ends_whole, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			nonsense_is_refused_and_what_was_before_is_kept, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			a_block_that_never_ended_is_left_out, setup, teardown),
	};

	return cmocka_run_group_tests_name("savefile", tests, NULL, NULL);
}
