/* SPDX-License-Identifier: MIT */
/*
 * doctor_kernel.c - can this kernel do what a switch needs?
 *
 * Found out by trying, in a child process with a network namespace of its own:
 * configuration files say what a kernel should be, and often lie in another
 * container than we do.
 */

#include "doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	MAJOR_NEEDED = 5, /* 5.9: close_range() */
	MINOR_NEEDED = 9,
	MAJOR_WANTED = 6, /* 6.2: super-frames of UDP through a TAP */
	MINOR_WANTED = 2,
	MESSAGE_SIZE = 512,
};

static const char sudo[] = "sudo vswctl doctor";

static bool at_least(const int version[2], int major, int minor)
{
	return version[0] > major ||
	       (version[0] == major && version[1] >= minor);
}

/**
 * doctor_kernel() - Is the kernel new enough?
 * @doctor:	Doctor
 */
void doctor_kernel(struct doctor *doctor)
{
	static const char update[] = "apt install linux-image-amd64";
	struct utsname uts;
	int version[2] = { 0 };

	if (uname(&uts) < 0 ||
	    sscanf(uts.release, "%d.%d", &version[0], &version[1]) != 2)
		doctor_say(doctor, DOCTOR_WARNING, "uname -r",
			   "the kernel does not say which version it is");
	else if (!at_least(version, MAJOR_NEEDED, MINOR_NEEDED))
		doctor_say(doctor, DOCTOR_PROBLEM, update,
			   "Linux %s is too old: vswd needs %d.%d", uts.release,
			   MAJOR_NEEDED, MINOR_NEEDED);
	else if (!at_least(version, MAJOR_WANTED, MINOR_WANTED))
		doctor_say(doctor, DOCTOR_WARNING, update,
			   "Linux %s works, but cannot carry super-frames of "
			   "UDP: %d.%d can",
			   uts.release, MAJOR_WANTED, MINOR_WANTED);
	else
		doctor_say(doctor, DOCTOR_OK, NULL, "Linux %s", uts.release);
}

/* Return: what @try returned in a namespace of its own: 0 or an errno */
static int try_apart(int (*try)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (unshare(CLONE_NEWNET) < 0)
			_exit(errno);
		_exit(try());
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return EIO;
	return WEXITSTATUS(status);
}

static int try_nothing(void)
{
	return 0;
}

static struct nlmsghdr *put_veth_request(void *buf)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nlattr *info;

	nlh->nlmsg_type = RTM_NEWLINK;
	nlh->nlmsg_flags =
		NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "veth");
	mnl_attr_nest_end(nlh, info);
	return nlh;
}

static int try_veth(void)
{
	struct mnl_socket *nl = mnl_socket_open(NETLINK_ROUTE);
	char buf[MESSAGE_SIZE];
	struct nlmsghdr *nlh = put_veth_request(buf);
	ssize_t n;

	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return errno;
	n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
	if (n < 0 || mnl_cb_run(buf, (size_t)n, 0, 0, NULL, NULL) < 0)
		return errno;
	return 0;
}

static int try_packet(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &(int){ 1 },
				 sizeof(int)) < 0)
		return errno;
	return 0;
}

static void say_tried(struct doctor *doctor, int error, const char *fix,
		      const char *can, const char *cannot)
{
	if (!error)
		doctor_say(doctor, DOCTOR_OK, NULL, "%s", can);
	else if (error == EPERM || error == EACCES)
		doctor_say(doctor, DOCTOR_WARNING, sudo,
			   "%s was not tried: it takes more privileges",
			   doctor->check);
	else
		doctor_say(doctor, DOCTOR_PROBLEM, fix, "%s: %s", cannot,
			   strerror(error));
}

/**
 * doctor_namespaces() - Can network namespaces be made?
 * @doctor:	Doctor
 */
void doctor_namespaces(struct doctor *doctor)
{
	say_tried(doctor, try_apart(try_nothing),
		  "sysctl -w user.max_net_namespaces=20000",
		  "network namespaces can be made",
		  "network namespaces cannot be made");
}

/**
 * doctor_veth() - Can veth pairs be made?
 * @doctor:	Doctor
 */
void doctor_veth(struct doctor *doctor)
{
	say_tried(doctor, try_apart(try_veth), "modprobe veth",
		  "veth pairs can be made", "veth pairs cannot be made");
}

/**
 * doctor_packet() - Do packet sockets tell of offloads?
 * @doctor:	Doctor
 */
void doctor_packet(struct doctor *doctor)
{
	say_tried(doctor, try_apart(try_packet), "modprobe af_packet",
		  "packet sockets tell of offloads",
		  "packet sockets do not tell of offloads");
}

/* A service that is not root has to be let in by the device's mode. */
static void say_tun_works(struct doctor *doctor)
{
	struct stat st;

	if (getpwnam("vsw") && !stat("/dev/net/tun", &st) &&
	    (st.st_mode & 06) != 06)
		doctor_say(doctor, DOCTOR_WARNING, "chmod 666 /dev/net/tun",
			   "/dev/net/tun is closed to the user vsw, so the "
			   "service cannot attach by tap");
	else
		doctor_say(doctor, DOCTOR_OK, NULL,
			   "TAPs can be made, and tell of offloads");
}

/**
 * doctor_tun() - Can TAPs be made?
 * @doctor:	Doctor
 */
void doctor_tun(struct doctor *doctor)
{
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	unsigned features = 0;

	if (fd < 0 && (errno == EACCES || errno == EPERM))
		doctor_say(doctor, DOCTOR_WARNING, sudo,
			   "tun was not tried: /dev/net/tun is closed to us");
	else if (fd < 0)
		doctor_say(doctor, DOCTOR_PROBLEM,
			   errno == ENOENT
				   ? "modprobe tun; mkdir -p /dev/net; mknod "
				     "/dev/net/tun c 10 200"
				   : "modprobe tun",
			   "/dev/net/tun cannot be opened: %s",
			   strerror(errno));
	else if (ioctl(fd, TUNGETFEATURES, &features) < 0 ||
		 !(features & IFF_VNET_HDR))
		doctor_say(doctor, DOCTOR_PROBLEM, "modprobe tun",
			   "/dev/net/tun does not tell of offloads");
	else
		say_tun_works(doctor);
	if (fd >= 0)
		close(fd);
}
