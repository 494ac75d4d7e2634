/* SPDX-License-Identifier: MIT */
/* test_page_pipe.c - bytes for a pipe, which gets the pages they lie in */

#include "page_pipe.h"

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	BLOCK = 100 * 1000,
	MUCH = 8 * PAGE_PIPE_SLOT_SIZE, /* all slots are used again */
	PIPE_SIZE = 1 << 20,
	KEPT_MAX = 64,
};

/*
 * The stream is a sequence of blocks; byte k of block n is pattern(n, k), so
 * whoever reads knows what comes next.
 */
struct fixture {
	struct page_pipe pipe;
	int fds[2];
	size_t n_put, len_put; /* the block that is put next; bytes so far */
	size_t got; /* bytes read */
};

static uint8_t pattern(size_t n, size_t k)
{
	return (uint8_t)(n * 31 + k * 7 + (k >> 8) + (k >> 16));
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_int_equal(pipe2(f->fds, O_CLOEXEC | O_NONBLOCK), 0);
	fcntl(f->fds[1], F_SETPIPE_SZ, PIPE_SIZE);
	assert_int_equal(page_pipe_init(&f->pipe, f->fds[1]), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	page_pipe_fini(&f->pipe);
	close(f->fds[0]);
	close(f->fds[1]);
	free(f);
	return 0;
}

/* Return: where the block lies; NULL without room */
static const uint8_t *put(struct fixture *f, size_t len)
{
	uint8_t *at;

	if (page_pipe_room(&f->pipe) < len)
		return NULL;
	at = page_pipe_reserve(&f->pipe, len);
	assert_non_null(at);
	for (size_t k = 0; k < len; k++)
		at[k] = pattern(f->n_put, k);
	page_pipe_put(&f->pipe, len);
	f->n_put++;
	f->len_put += len;
	return at;
}

static void assert_block(const uint8_t *data, size_t n, size_t len)
{
	for (size_t k = 0; k < len; k++) {
		if (data[k] != pattern(n, k))
			fail_msg("byte %zu of block %zu is changed", k, n);
	}
}

/* Read what is there, which has to be the next of blocks of @len bytes each. */
static void drain(struct fixture *f, size_t len)
{
	static uint8_t buf[65536];
	ssize_t n;

	while ((n = read(f->fds[0], buf, sizeof(buf))) > 0) {
		for (ssize_t i = 0; i < n; i++, f->got++) {
			if (buf[i] != pattern(f->got / len, f->got % len))
				fail_msg("byte %zu is another", f->got);
		}
	}
}

static void what_is_put_comes_out_in_order(void **state)
{
	static const size_t lens[] = { 100, 5000, BLOCK };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		f->n_put = f->len_put = f->got = 0;
		while (f->len_put < MUCH) {
			for (int k = 0; k < 7; k++)
				put(f, lens[i]);
			while (!page_pipe_write(&f->pipe))
				drain(f, lens[i]);
		}
		drain(f, lens[i]);
		assert_int_equal(f->got, f->len_put);
		assert_int_equal(f->pipe.pending, 0);
	}
}

static void what_is_put_again_comes_out_again_and_takes_no_room(void **state)
{
	static uint8_t got[4 * BLOCK];
	struct fixture *f = *state;
	const uint8_t *at;

	for (int round = 0; round < 200; round++) {
		const size_t first = f->n_put;
		size_t room, len = 0;
		ssize_t n;

		at = put(f, BLOCK);
		room = page_pipe_room(&f->pipe);
		page_pipe_put_again(&f->pipe, at, BLOCK);
		page_pipe_put_again(&f->pipe, at, BLOCK);
		assert_int_equal(page_pipe_room(&f->pipe), room);
		put(f, 333);
		assert_int_equal(page_pipe_write(&f->pipe), 1);
		while ((n = read(f->fds[0], got + len, sizeof(got) - len)) > 0)
			len += (size_t)n;
		assert_int_equal(len, 3 * BLOCK + 333);
		for (size_t i = 0; i < 3; i++)
			assert_block(got + i * BLOCK, first, BLOCK);
		assert_block(got + 3 * BLOCK, first + 1, 333);
		assert_int_equal(page_pipe_room(&f->pipe),
				 PAGE_PIPE_PENDING_MAX);
	}
}

/* Each block comes twice, and some while others of their memory wait. */
static void what_is_put_again_waits_like_all_else(void **state)
{
	static uint8_t block[2 * BLOCK];
	struct fixture *f = *state;
	size_t n_got = 0, len = 0;

	while (n_got < MUCH / BLOCK) {
		const uint8_t *at;
		ssize_t n;

		while ((at = put(f, BLOCK)) && page_pipe_room(&f->pipe))
			page_pipe_put_again(&f->pipe, at, BLOCK);
		assert_null(at);
		page_pipe_write(&f->pipe);
		for (int i = 0; i < 2; i++) {
			n = read(f->fds[0], block + len, sizeof(block) - len);
			assert_true(n > 0);
			len += (size_t)n;
			if (len < sizeof(block))
				continue;
			assert_block(block, n_got, BLOCK);
			assert_block(block + BLOCK, n_got, BLOCK);
			len = 0;
			n_got++;
		}
	}
}

/* Nothing that a reader holds is written to again, whoever holds it. */
static void what_a_reader_holds_is_never_changed(void **state)
{
	static uint8_t got[BLOCK];
	struct fixture *f = *state;
	int kept[KEPT_MAX][2];

	/* Each block is moved on into a pipe of its own, and stays there. */
	for (size_t i = 0; i < KEPT_MAX; i++) {
		assert_int_equal(pipe2(kept[i], O_CLOEXEC | O_NONBLOCK), 0);
		assert_true(fcntl(kept[i][1], F_SETPIPE_SZ, 2 * BLOCK) > 0);
		put(f, BLOCK);
		assert_int_equal(page_pipe_write(&f->pipe), 1);
		assert_int_equal(splice(f->fds[0], NULL, kept[i][1], NULL,
					BLOCK, SPLICE_F_NONBLOCK),
				 BLOCK);
		f->got += BLOCK;
	}
	/* And one stays where it was put. */
	put(f, 30000);
	assert_int_equal(page_pipe_write(&f->pipe), 1);

	for (size_t i = 0; i < KEPT_MAX; i++) {
		assert_int_equal(read(kept[i][0], got, BLOCK), BLOCK);
		assert_block(got, i, BLOCK);
		close(kept[i][0]);
		close(kept[i][1]);
	}
	assert_int_equal(read(f->fds[0], got, sizeof(got)), 30000);
	assert_block(got, KEPT_MAX, 30000);
}

/* Some are given away, and some written, whose memory is used for the next. */
static void what_a_reader_has_teed_is_never_changed(void **state)
{
	static uint8_t got[BLOCK];
	struct fixture *f = *state;
	int kept[2];
	size_t n = 0;

	assert_int_equal(pipe2(kept, O_CLOEXEC | O_NONBLOCK), 0);
	assert_true(fcntl(kept[1], F_SETPIPE_SZ, PIPE_SIZE) > 0);
	put(f, BLOCK); /* before that, nothing is given away */
	assert_int_equal(page_pipe_write(&f->pipe), 1);
	drain(f, BLOCK);
	for (n = 1; n < 10; n++) {
		const size_t len = n % 2 ? 20001 : 501;

		put(f, len);
		assert_int_equal(page_pipe_write(&f->pipe), 1);
		assert_int_equal(tee(f->fds[0], kept[1], len, 0), len);
		assert_int_equal(read(f->fds[0], got, sizeof(got)), len);
		assert_block(got, n, len);
	}
	while (f->len_put < MUCH) {
		put(f, BLOCK);
		assert_int_equal(page_pipe_write(&f->pipe), 1);
		assert_true(read(f->fds[0], got, sizeof(got)) > 0);
	}
	for (n = 1; n < 10; n++) {
		const size_t len = n % 2 ? 20001 : 501;

		assert_int_equal(read(kept[0], got, len), len);
		assert_block(got, n, len);
	}
	close(kept[0]);
	close(kept[1]);
}

static void a_reader_that_stops_costs_memory_to_a_limit(void **state)
{
	struct fixture *f = *state;
	size_t len;

	while (put(f, BLOCK))
		page_pipe_write(&f->pipe);
	len = f->len_put;
	assert_true(len <= PIPE_SIZE + PAGE_PIPE_PENDING_MAX);
	assert_true(len > PAGE_PIPE_PENDING_MAX - BLOCK);
	for (int i = 0; i < 10; i++)
		assert_int_equal(page_pipe_write(&f->pipe), 0);

	/* When it goes on it gets all, and there is room for all slots again. */
	for (int round = 0; round < 20; round++) {
		drain(f, BLOCK);
		page_pipe_write(&f->pipe);
		while (put(f, BLOCK))
			continue;
		assert_int_equal(page_pipe_write(&f->pipe), 0);
	}
	do
		drain(f, BLOCK);
	while (!page_pipe_write(&f->pipe));
	drain(f, BLOCK);
	assert_int_equal(f->got, f->len_put);
}

/* As many pieces as there is room for, and then what needs no asking. */
static void pieces_have_a_limit_too(void **state)
{
	struct fixture *f = *state;
	const uint8_t *at = put(f, 8192);
	size_t n = 8192, got = 0;
	uint8_t buf[65536];
	ssize_t r;

	while (page_pipe_room(&f->pipe)) {
		page_pipe_put_again(&f->pipe, at, 8192);
		put(f, 10);
		n += 8192 + 10;
	}
	assert_true(n > 3 * PAGE_PIPE_PENDING_MAX);
	put(f, 0);
	assert_non_null(page_pipe_reserve(&f->pipe, 100));
	page_pipe_put(&f->pipe, 100);
	n += 100;
	while (!page_pipe_write(&f->pipe)) {
		r = read(f->fds[0], buf, sizeof(buf));
		assert_true(r > 0);
		got += (size_t)r;
	}
	while ((r = read(f->fds[0], buf, sizeof(buf))) > 0)
		got += (size_t)r;
	assert_int_equal(got, n);
	assert_int_equal(page_pipe_room(&f->pipe), PAGE_PIPE_PENDING_MAX);
}

static void a_reader_that_is_gone_is_reported(void **state)
{
	struct fixture *f = *state;

	signal(SIGPIPE, SIG_IGN);
	put(f, BLOCK);
	assert_int_equal(page_pipe_write(&f->pipe), 1);
	close(f->fds[0]);
	put(f, BLOCK);
	assert_int_equal(page_pipe_write(&f->pipe), -EPIPE);
	put(f, 10);
	assert_int_equal(page_pipe_write(&f->pipe), -EPIPE);
	f->fds[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* In KiB, of this process. */
static long resident(void)
{
	char line[128];
	long kib = -1;
	FILE *status = fopen("/proc/self/status", "re");

	assert_non_null(status);
	while (fgets(line, sizeof(line), status)) {
		if (sscanf(line, "VmRSS: %ld", &kib) == 1)
			break;
	}
	fclose(status);
	return kib;
}

static void what_was_given_away_is_not_ours_any_more(void **state)
{
	struct fixture *f = *state;
	long before;

	for (int i = 0; i < 10; i++) {
		put(f, BLOCK);
		assert_int_equal(page_pipe_write(&f->pipe), 1);
		drain(f, BLOCK);
	}
	before = resident();
	while (f->len_put < 8 * MUCH) {
		put(f, BLOCK);
		assert_int_equal(page_pipe_write(&f->pipe), 1);
		drain(f, BLOCK);
	}
	assert_true(resident() - before < 3 * PAGE_PIPE_SLOT_SIZE / 1024);
}

static void a_quiet_pipe_takes_little_memory(void **state)
{
	struct fixture *f = *state;
	const long before = resident();

	while (f->len_put < 4 << 20) {
		put(f, 1000);
		assert_int_equal(page_pipe_write(&f->pipe), 1);
		drain(f, 1000);
	}
	assert_true(resident() - before < 512);
}

#define PIPE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PIPE_TEST(what_is_put_comes_out_in_order),
		PIPE_TEST(what_is_put_again_comes_out_again_and_takes_no_room),
		PIPE_TEST(what_is_put_again_waits_like_all_else),
		PIPE_TEST(what_a_reader_holds_is_never_changed),
		PIPE_TEST(what_a_reader_has_teed_is_never_changed),
		PIPE_TEST(a_reader_that_stops_costs_memory_to_a_limit),
		PIPE_TEST(pieces_have_a_limit_too),
		PIPE_TEST(a_reader_that_is_gone_is_reported),
		PIPE_TEST(what_was_given_away_is_not_ours_any_more),
		PIPE_TEST(a_quiet_pipe_takes_little_memory),
	};

	return cmocka_run_group_tests_name("page_pipe", tests, NULL, NULL);
}
