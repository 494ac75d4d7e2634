/* SPDX-License-Identifier: MIT */
/* test_usock.c - Unix sockets, and the descriptors they carry */

#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "usock.h"

static char dir[] = "/tmp/test_usock.XXXXXX";
static char path[sizeof(dir) + 8];

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/sock", dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	rmdir(dir);
	return 0;
}

/* How many descriptors this process has; opendir()'s own is always one. */
static size_t count_fds(void)
{
	DIR *fds = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(fds);
	while (readdir(fds))
		n++;
	closedir(fds);
	return n;
}

static void assert_flags(int fd)
{
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
}

static void a_socket_has_its_mode_whatever_the_umask(void **state)
{
	const mode_t umask_before = umask(0);
	struct stat st;
	struct err err;
	int fd;

	(void)state;
	fd = usock_listen(path, 0640, &err);
	assert_true(fd >= 0);
	assert_int_equal(umask(umask_before), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_flags(fd);
	close(fd);
	unlink(path);
}

static void a_path_that_is_taken_is_left_alone(void **state)
{
	struct err err;
	int fd, second;

	(void)state;
	fd = usock_listen(path, 0600, &err);
	assert_true(fd >= 0);
	second = usock_listen(path, 0600, &err);
	assert_int_equal(second, -EADDRINUSE);
	assert_non_null(strstr(err.msg, path));
	assert_int_equal(access(path, F_OK), 0);
	close(fd);
	unlink(path);
}

static void a_path_that_is_too_long_is_refused(void **state)
{
	char long_path[200];
	struct err err;

	(void)state;
	memset(long_path, 'x', sizeof(long_path));
	long_path[0] = '/';
	long_path[sizeof(long_path) - 1] = '\0';
	assert_int_equal(usock_listen(long_path, 0600, &err), -ENAMETOOLONG);
	assert_int_equal(usock_connect(long_path, &err), -ENAMETOOLONG);
}

static void nobody_listening_is_told_apart_from_no_socket(void **state)
{
	struct err err;
	int fd;

	(void)state;
	assert_int_equal(usock_connect(path, &err), -ENOENT);
	fd = usock_listen(path, 0600, &err);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(usock_connect(path, &err), -ECONNREFUSED);
	unlink(path);
}

static void a_full_backlog_does_not_block(void **state)
{
	int clients[1024];
	struct err err;
	size_t n = 0;
	int fd, r = 0;

	(void)state;
	fd = usock_listen(path, 0600, &err);
	assert_true(fd >= 0);
	while (n < 1000 && (r = usock_connect(path, &err)) >= 0)
		clients[n++] = r;
	assert_int_equal(r, -EAGAIN);
	while (n > 0)
		close(clients[--n]);
	close(fd);
	unlink(path);
}

static void the_peer_is_who_the_kernel_says(void **state)
{
	struct usock_peer peer;
	struct err err;
	int fd, client, server;

	(void)state;
	fd = usock_listen(path, 0600, &err);
	assert_true(fd >= 0);
	assert_int_equal(usock_accept(fd), -EAGAIN);
	client = usock_connect(path, &err);
	server = usock_accept(fd);
	assert_flags(client);
	assert_flags(server);
	assert_int_equal(usock_peer(server, &peer), 0);
	assert_int_equal(peer.pid, getpid());
	assert_int_equal(peer.uid, geteuid());
	assert_int_equal(peer.gid, getegid());
	close(server);
	close(client);
	close(fd);
	unlink(path);
}

static void pair(int fds[2])
{
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
}

static void bytes_go_through_and_an_end_is_seen(void **state)
{
	char buf[16];
	int fds[2];
	int passed = 99;

	(void)state;
	pair(fds);
	assert_int_equal(usock_recv(fds[1], buf, sizeof(buf), &passed),
			 -EAGAIN);
	assert_int_equal(passed, -1);
	assert_int_equal(usock_send(fds[0], "hello", 5, -1), 5);
	assert_int_equal(usock_recv(fds[1], buf, sizeof(buf), NULL), 5);
	close(fds[0]);
	assert_int_equal(usock_recv(fds[1], buf, sizeof(buf), &passed), 0);
	assert_int_equal(passed, -1);
	assert_int_equal(usock_send(fds[1], "x", 1, -1), -EPIPE);
	close(fds[1]);
}

static void a_descriptor_travels_and_is_closed_on_exec(void **state)
{
	const size_t before = count_fds();
	char buf[16];
	int fds[2], pipe_fds[2];
	int passed = -1;

	(void)state;
	pair(fds);
	assert_int_equal(pipe(pipe_fds), 0);
	assert_int_equal(usock_send(fds[0], "x\n", 2, pipe_fds[1]), 2);
	close(pipe_fds[1]);
	assert_int_equal(usock_recv(fds[1], buf, sizeof(buf), &passed), 2);
	assert_true(passed >= 0);
	assert_true(fcntl(passed, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(write(passed, "y", 1), 1);
	assert_int_equal(read(pipe_fds[0], buf, 1), 1);
	assert_int_equal(buf[0], 'y');
	close(passed);
	close(pipe_fds[0]);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(count_fds(), before);
}

static void several_descriptors_come_in_the_order_they_were_sent(void **state)
{
	const size_t before = count_fds();
	int fds[2], ends[2], passed[3];
	char buf[4];

	(void)state;
	pair(fds);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(usock_send_fds(fds[0], "x", 1, ends, 2), 1);
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(usock_recv_fds(fds[1], buf, 4, passed, 3), 1);
	assert_int_equal(write(passed[1], "y", 1), 1);
	assert_int_equal(read(passed[0], buf, 1), 1);
	assert_int_equal(passed[2], -1);
	close(passed[0]);
	close(passed[1]);

	/* None, and none that is left over from the last message. */
	assert_int_equal(usock_send_fds(fds[0], "x", 1, NULL, 0), 1);
	assert_int_equal(usock_recv_fds(fds[1], buf, 4, passed, 2), 1);
	assert_int_equal(passed[0], -1);
	assert_int_equal(passed[1], -1);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(count_fds(), before);
}

/* @n copies of @pass_fd with one byte, as a hostile peer would */
static void send_many(int fd, int pass_fd, size_t n)
{
	char control[CMSG_SPACE(200 * sizeof(int))] = { 0 };
	struct iovec iov = { .iov_base = (void *)"x", .iov_len = 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = CMSG_SPACE(n * sizeof(int)) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(n * sizeof(int));
	for (size_t i = 0; i < n; i++)
		memcpy(CMSG_DATA(cmsg) + i * sizeof(int), &pass_fd,
		       sizeof(int));
	assert_int_equal(sendmsg(fd, &msg, 0), 1);
}

static void surplus_descriptors_do_not_stay_open(void **state)
{
	const size_t before = count_fds();
	char buf[4];
	int fds[2];
	int passed;

	(void)state;
	pair(fds);
	for (size_t n = 1; n <= 200; n++) {
		send_many(fds[0], fds[0], n);
		assert_int_equal(usock_recv(fds[1], buf, 4, &passed), 1);
		assert_true(passed >= 0);
		close(passed);
		assert_int_equal(count_fds(), before + 2);

		send_many(fds[0], fds[0], n);
		assert_int_equal(usock_recv(fds[1], buf, 4, NULL), 1);
		assert_int_equal(count_fds(), before + 2);
	}
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_socket_has_its_mode_whatever_the_umask),
		cmocka_unit_test(a_path_that_is_taken_is_left_alone),
		cmocka_unit_test(a_path_that_is_too_long_is_refused),
		cmocka_unit_test(nobody_listening_is_told_apart_from_no_socket),
		cmocka_unit_test(a_full_backlog_does_not_block),
		cmocka_unit_test(the_peer_is_who_the_kernel_says),
		cmocka_unit_test(bytes_go_through_and_an_end_is_seen),
		cmocka_unit_test(a_descriptor_travels_and_is_closed_on_exec),
		cmocka_unit_test(
			several_descriptors_come_in_the_order_they_were_sent),
		cmocka_unit_test(surplus_descriptors_do_not_stay_open),
	};

	return cmocka_run_group_tests_name("usock", tests, setup, teardown);
}
