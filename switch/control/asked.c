/* SPDX-License-Identifier: MIT */
/* asked.c - what port.attach was asked for, out of its arguments */

#include "asked.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cidr.h"
#include "err.h"

static const char *text(const json_t *params, const char *key)
{
	return json_string_value(json_object_get(params, key));
}

static int take_lists(struct asked *asked, const json_t *params,
		      struct err *err)
{
	const json_t *ip = json_object_get(params, "ip");
	const json_t *gateway = json_object_get(params, "gateway");
	const size_t n_ip = json_array_size(ip);
	const size_t n_gateways = json_array_size(gateway);

	asked->addresses = calloc(n_ip + 1, sizeof(asked->addresses[0]));
	asked->gateways = calloc(n_gateways + 1, sizeof(asked->gateways[0]));
	if (!asked->addresses || !asked->gateways)
		return err_set(err, -ENOMEM, "out of memory");

	for (size_t i = 0; i < n_ip; i++) {
		int r = cidr_parse(json_string_value(json_array_get(ip, i)),
				   &asked->addresses[i], err);
		if (r < 0)
			return r;
	}

	for (size_t i = 0; i < n_gateways; i++) {
		int r = ip_parse(json_string_value(json_array_get(gateway, i)),
				 &asked->gateways[i], err);
		if (r < 0)
			return r;
	}

	asked->request.addresses = asked->addresses;
	asked->request.n_addresses = n_ip;
	asked->request.gateways = asked->gateways;
	asked->request.n_gateways = n_gateways;
	return 0;
}

/**
 * asked_take() - Take the arguments of port.attach
 * @asked:	In the caller's memory; asked_free() it in either case
 * @params:	Arguments, checked; have to last as long
 * @err:	On failure, one sentence
 *
 * Return: 0, or -errno
 */
int asked_take(struct asked *asked, const json_t *params, struct err *err)
{
	const char *type = text(params, "type"), *mac = text(params, "mac");

	*asked = (struct asked){
		.request = {
			.target = text(params, "target"),
			.port = text(params, "port"),
			.ifname = text(params, "ifname"),
			.kind = type && !strcmp(type, "tap") ? CABLE_TAP
							     : CABLE_VETH,
			.mtu = (unsigned)json_integer_value(
				json_object_get(params, "mtu")),
			.may_exist = json_is_true(
				json_object_get(params, "may_exist")),
			.persist = json_is_true(
				json_object_get(params, "persist")),
		},
	};
	if (mac && eth_addr_parse(mac, &asked->mac))
		asked->request.mac = &asked->mac;
	return take_lists(asked, params, err);
}

/**
 * asked_free() - Let go of what asked_take() took
 * @asked:	All zero, or what asked_take() filled in
 */
void asked_free(struct asked *asked)
{
	free(asked->addresses);
	free(asked->gateways);
}
