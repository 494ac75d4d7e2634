/* SPDX-License-Identifier: MIT */
/* ethtool.c - which offloads a namespace may use on its end of a cable */

#include "ethtool.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <libmnl/libmnl.h>
#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "err.h"
#include "macros.h"
#include "rtnl.h"

enum {
	MAX_FEATURES = 256, /* Linux 6.18 has 63 */
	N_WORDS = MAX_FEATURES / 32,
	USO_MAJOR = 6, /* the kernel from which on a virtio-net header ... */
	USO_MINOR = 2, /* ... has a code for UDP segmentation */
};

/*
 * What a virtio-net header can't say. A packet socket refuses such a frame to
 * its reader (-EINVAL), or describes it wrongly, which is worse.
 */
static const char *const indescribable[] = {
	/* Super-frames of other kinds than TCP and UDP straight over IP. */
	"tx-gre-segmentation",
	"tx-gre-csum-segmentation",
	"tx-ipxip4-segmentation",
	"tx-ipxip6-segmentation",
	"tx-udp_tnl-segmentation",
	"tx-udp_tnl-csum-segmentation",
	"tx-tunnel-remcsum-segmentation",
	"tx-sctp-segmentation",
	"tx-esp-segmentation",
	"tx-gso-partial",
	/* A list of segments with headers of their own: arrives as one frame
	 * whose segments after the first are taken for payload. */
	"tx-gso-list",
	/* Accurate ECN: CWR stays as it is on every segment. The header has
	 * only the older rule, by which the first segment alone keeps it. */
	"tx-tcp-accecn-segmentation",
	/* No super-frame, but a checksum left to be filled in that is a CRC32c.
	 * The header says only that two bytes at an offset are missing, so
	 * whoever completes it writes an internet checksum over half of it. */
	"tx-checksum-sctp",
};

struct ethtool {
	struct rtnl *genl; /* in the back room */
	uint16_t family;
	uint32_t n_bits; /* offloads this kernel knows */
	uint32_t mask[N_WORDS]; /* those to switch off, by their numbers */
};

static struct nlmsghdr *start_genl(struct rtnl *nl, uint16_t family,
				   uint8_t command)
{
	struct nlmsghdr *req = rtnl_start(nl, family, 0);
	struct genlmsghdr *genl;

	genl = mnl_nlmsg_put_extra_header(req, sizeof(*genl));
	genl->cmd = command;
	genl->version = 1;
	return req;
}

static void put_device(struct nlmsghdr *req, uint16_t header, int ifindex,
		       uint32_t flags)
{
	struct nlattr *nest = mnl_attr_nest_start(req, header);

	if (ifindex)
		mnl_attr_put_u32(req, ETHTOOL_A_HEADER_DEV_INDEX,
				 (uint32_t)ifindex);
	if (flags)
		mnl_attr_put_u32(req, ETHTOOL_A_HEADER_FLAGS, flags);
	mnl_attr_nest_end(req, nest);
}

static int on_family(const struct nlmsghdr *msg, void *user)
{
	struct ethtool *ethtool = user;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, msg, GENL_HDRLEN)
	{
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID &&
		    mnl_attr_validate(attr, MNL_TYPE_U16) >= 0)
			ethtool->family = mnl_attr_get_u16(attr);
	}
	return ethtool->family ? 0 : -EBADMSG;
}

static int learn_family(struct ethtool *ethtool, struct err *err)
{
	struct nlmsghdr *req =
		start_genl(ethtool->genl, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	int r;

	mnl_attr_put_strz(req, CTRL_ATTR_FAMILY_NAME, ETHTOOL_GENL_NAME);
	r = rtnl_ask(ethtool->genl, req, on_family, ethtool);
	if (r == -ENOENT) {
		r = err_set(err, -EOPNOTSUPP,
			    "this kernel has no ethtool netlink");
		err_hint(err, "Linux 5.6 or later with CONFIG_ETHTOOL_NETLINK"
			      " has it");
	} else if (r < 0) {
		rtnl_error(ethtool->genl, r, err,
			   "cannot ask for ethtool netlink");
	}
	return r;
}

static bool uso_describable(void)
{
	struct utsname u;
	unsigned major;
	unsigned minor;

	if (uname(&u) < 0 || sscanf(u.release, "%u.%u", &major, &minor) != 2)
		return false;
	return major > USO_MAJOR || (major == USO_MAJOR && minor >= USO_MINOR);
}

static bool describable(const char *feature)
{
	for (size_t i = 0; i < ARRAY_SIZE(indescribable); i++)
		if (!strcmp(feature, indescribable[i]))
			return false;
	return strcmp(feature, "tx-udp-segmentation") || uso_describable();
}

/* One string of the set: the number of an offload, and its name. */
static int take_name(struct ethtool *ethtool, const struct nlattr *string)
{
	const struct nlattr *attr;
	const char *name = NULL;
	uint32_t bit = MAX_FEATURES;

	mnl_attr_for_each_nested(attr, string)
	{
		if (mnl_attr_get_type(attr) == ETHTOOL_A_STRING_INDEX)
			rtnl_get_u32(attr, &bit);
		else if (mnl_attr_get_type(attr) == ETHTOOL_A_STRING_VALUE &&
			 mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
			name = mnl_attr_get_str(attr);
	}
	if (bit >= MAX_FEATURES || !name)
		return -EOVERFLOW;
	if (bit >= ethtool->n_bits)
		ethtool->n_bits = bit + 1;
	if (!describable(name))
		ethtool->mask[bit / 32] |= UINT32_C(1) << bit % 32;
	return 0;
}

/* Go down a level: the first attribute of @type in @nest. */
static const struct nlattr *find(const struct nlattr *nest, uint16_t type)
{
	const struct nlattr *attr;

	if (!nest)
		return NULL;
	mnl_attr_for_each_nested(attr, nest)
	{
		if (mnl_attr_get_type(attr) == type)
			return attr;
	}
	return NULL;
}

static int on_names(const struct nlmsghdr *msg, void *user)
{
	const struct nlattr *strings = NULL;
	const struct nlattr *attr;
	int r;

	mnl_attr_for_each(attr, msg, GENL_HDRLEN)
	{
		if (mnl_attr_get_type(attr) == ETHTOOL_A_STRSET_STRINGSETS)
			strings = find(attr, ETHTOOL_A_STRINGSETS_STRINGSET);
	}
	strings = find(strings, ETHTOOL_A_STRINGSET_STRINGS);
	if (!strings)
		return -EBADMSG;
	mnl_attr_for_each_nested(attr, strings)
	{
		r = take_name(user, attr);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Numbers of offloads differ between kernels, and some have fewer of them. */
static int learn_names(struct ethtool *ethtool, struct err *err)
{
	struct nlmsghdr *req = start_genl(ethtool->genl, ethtool->family,
					  ETHTOOL_MSG_STRSET_GET);
	struct nlattr *sets;
	struct nlattr *set;
	int r;

	put_device(req, ETHTOOL_A_STRSET_HEADER, 0, 0);
	sets = mnl_attr_nest_start(req, ETHTOOL_A_STRSET_STRINGSETS);
	set = mnl_attr_nest_start(req, ETHTOOL_A_STRINGSETS_STRINGSET);
	mnl_attr_put_u32(req, ETHTOOL_A_STRINGSET_ID, ETH_SS_FEATURES);
	mnl_attr_nest_end(req, set);
	mnl_attr_nest_end(req, sets);
	r = rtnl_ask(ethtool->genl, req, on_names, ethtool);
	if (r < 0)
		rtnl_error(ethtool->genl, r, err,
			   "cannot ask for the names of offloads");
	return r;
}

/**
 * ethtool_new() - Learn how this kernel numbers its offloads
 * @ret_ethtool: Where to put it
 * @err:	What went wrong
 *
 * To be called in the back room.
 *
 * Return: 0; -EOPNOTSUPP if the kernel has no ethtool netlink; or -errno
 */
int ethtool_new(struct ethtool **ret_ethtool, struct err *err)
{
	struct ethtool *ethtool = calloc(1, sizeof(*ethtool));
	int r;

	if (!ethtool)
		return err_set(err, -ENOMEM, "out of memory");
	r = rtnl_new(&ethtool->genl, NETLINK_GENERIC, err);
	if (!r)
		r = learn_family(ethtool, err);
	if (!r)
		r = learn_names(ethtool, err);
	if (r < 0)
		ethtool_free(ethtool);
	else
		*ret_ethtool = ethtool;
	return r;
}

/**
 * ethtool_free() - Forget it
 * @ethtool:	What ethtool_new() returned, or NULL
 */
void ethtool_free(struct ethtool *ethtool)
{
	if (!ethtool)
		return;
	rtnl_free(ethtool->genl);
	free(ethtool);
}

/**
 * ethtool_limit_offloads() - Switch off what a virtio-net header can't describe
 * @ethtool:	How this kernel numbers its offloads
 * @genl:	Generic netlink socket in the interface's namespace
 * @ifindex:	The far end of a cable
 *
 * Every other offload stays as it is.
 *
 * Return: 0 or -errno, to be put into a sentence by rtnl_error()
 */
int ethtool_limit_offloads(const struct ethtool *ethtool, struct rtnl *genl,
			   int ifindex)
{
	static const uint32_t all_off[N_WORDS];
	const size_t size = (ethtool->n_bits + 31) / 32 * sizeof(all_off[0]);
	struct nlmsghdr *req =
		start_genl(genl, ethtool->family, ETHTOOL_MSG_FEATURES_SET);
	struct nlattr *wanted;

	put_device(req, ETHTOOL_A_FEATURES_HEADER, ifindex,
		   ETHTOOL_FLAG_OMIT_REPLY);
	wanted = mnl_attr_nest_start(req, ETHTOOL_A_FEATURES_WANTED);
	mnl_attr_put_u32(req, ETHTOOL_A_BITSET_SIZE, ethtool->n_bits);
	mnl_attr_put(req, ETHTOOL_A_BITSET_VALUE, size, all_off);
	mnl_attr_put(req, ETHTOOL_A_BITSET_MASK, size, ethtool->mask);
	mnl_attr_nest_end(req, wanted);
	return rtnl_ask(genl, req, NULL, NULL);
}

/**
 * ethtool_settle() - Have the kernel act on a change of carrier now
 * @ethtool:	How this kernel numbers its offloads
 * @ifindex:	Interface in the back room
 *
 * When the second end of a cable comes up, the first one has a carrier but
 * drops what it is given until a kernel thread has come round to it. Asking
 * ethtool for the state of the link makes the kernel do it here and now.
 *
 * Return: 0 or -errno; a failure costs a frame or two, and nothing else
 */
int ethtool_settle(const struct ethtool *ethtool, int ifindex)
{
	struct nlmsghdr *req = start_genl(ethtool->genl, ethtool->family,
					  ETHTOOL_MSG_LINKSTATE_GET);

	put_device(req, ETHTOOL_A_LINKSTATE_HEADER, ifindex, 0);
	return rtnl_ask(ethtool->genl, req, NULL, NULL);
}
