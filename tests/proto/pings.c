/* SPDX-License-Identifier: MIT */
/* pings.c - traffic by which a loss is noticed, while other things happen */

#include "pings.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon.h"

/**
 * pings_start() - Have pings sent, two hundred each second
 * @p:		Pings
 * @ns:		Whole name of the namespace that sends
 * @option:	Option of ping: "-n", or "-b" for a broadcast
 * @address:	To whom
 */
void pings_start(struct pings *p, const char *ns, const char *option,
		 const char *address)
{
	p->log_fd = memfd_create("pings", MFD_CLOEXEC);
	assert_true(p->log_fd >= 0);
	p->pid = fork();
	assert_true(p->pid >= 0);
	if (p->pid)
		return;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(p->log_fd, STDOUT_FILENO);
	dup2(p->log_fd, STDERR_FILENO);
	execlp("ip", "ip", "netns", "exec", ns, "ping", "-i", "0.005", option,
	       address, NULL);
	_exit(127);
}

/* Numbers have 16 bits. The last ping may be under way when all ends. */
static long count_answers(FILE *log)
{
	char line[256];
	long n = 0;

	while (fgets(line, sizeof(line), log)) {
		const char *text = strstr(line, "icmp_seq=");
		unsigned number;

		if (!text || sscanf(text, "icmp_seq=%u", &number) != 1)
			continue;
		n++;
		if (number != (n & 0xffff))
			fail_msg("instead of ping %ld: %s", n & 0xffff, line);
	}

	return n;
}

/**
 * pings_stop() - End pings; the test fails if one was lost, or came twice
 * @p:		Pings
 *
 * Return: how many were answered
 */
long pings_stop(struct pings *p)
{
	FILE *log;
	long n;

	assert_int_equal(waitpid(p->pid, NULL, WNOHANG), 0); /* it has lasted */
	kill(p->pid, SIGINT);
	assert_int_equal(waitpid(p->pid, NULL, 0), p->pid);
	assert_int_equal(lseek(p->log_fd, 0, SEEK_SET), 0);
	log = fdopen(p->log_fd, "r");
	assert_non_null(log);
	n = count_answers(log);
	fclose(log);
	return n;
}
