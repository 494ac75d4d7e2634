/* SPDX-License-Identifier: MIT */
/* extcap.c - what Wireshark asks its helpers, and what they answer */

#include "extcap.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "capture.h"
#include "client.h"
#include "cmd.h"
#include "deadline.h"
#include "filter.h"
#include "find.h"
#include "options.h"
#include "problem.h"
#include "value.h"
#include "version.h"

enum {
	LIST_PATIENCE_MS = 1000, /* for each switch: Wireshark waits to start */
	WORDS_MAX = 24, /* of the command line made for vswctl's own parser */
	DISPLAY_SIZE = 400,
};

static const char prefix[] = "vsw-";

enum option_id {
	OPTION_INTERFACES = 256,
	OPTION_DLTS,
	OPTION_CONFIG,
	OPTION_CAPTURE,
	OPTION_INTERFACE,
	OPTION_FIFO,
	OPTION_FILTER,
	OPTION_IGNORED, /* that Wireshark knows, and we have no use for */
	OPTION_SNAPLEN,
	OPTION_DIRECTION,
	OPTION_DROPS,
	OPTION_COLLAPSE,
	OPTION_SEGMENT,
	OPTION_VERSION,
};

static const struct option long_options[] = {
	{ "extcap-interfaces", no_argument, NULL, OPTION_INTERFACES },
	{ "extcap-dlts", no_argument, NULL, OPTION_DLTS },
	{ "extcap-config", no_argument, NULL, OPTION_CONFIG },
	{ "capture", no_argument, NULL, OPTION_CAPTURE },
	{ "extcap-interface", required_argument, NULL, OPTION_INTERFACE },
	{ "fifo", required_argument, NULL, OPTION_FIFO },
	{ "extcap-capture-filter", required_argument, NULL, OPTION_FILTER },
	{ "extcap-version", optional_argument, NULL, OPTION_IGNORED },
	{ "extcap-control-in", required_argument, NULL, OPTION_IGNORED },
	{ "extcap-control-out", required_argument, NULL, OPTION_IGNORED },
	{ "snaplen", required_argument, NULL, OPTION_SNAPLEN },
	{ "direction", required_argument, NULL, OPTION_DIRECTION },
	{ "drops", required_argument, NULL, OPTION_DROPS },
	{ "collapse", required_argument, NULL, OPTION_COLLAPSE },
	{ "segment", required_argument, NULL, OPTION_SEGMENT },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

/* What Wireshark wants. */
struct wanted {
	bool interfaces, dlts, config, capture, version;
	bool drops, collapse, segment;
	const char *interface, *fifo, *filter, *snaplen, *direction;
};

/* Preferences may be typed, in whichever case. */
static bool is_true(const char *value)
{
	return !strcasecmp(value, "true") || !strcmp(value, "1");
}

static bool read_options(int argc, char **argv, struct wanted *wanted)
{
	int id;

	optind = 0; /* from the start, whoever has used getopt() before */
	while ((id = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (id) {
		case OPTION_INTERFACES:
			wanted->interfaces = true;
			break;
		case OPTION_DLTS:
			wanted->dlts = true;
			break;
		case OPTION_CONFIG:
			wanted->config = true;
			break;
		case OPTION_CAPTURE:
			wanted->capture = true;
			break;
		case OPTION_INTERFACE:
			wanted->interface = optarg;
			break;
		case OPTION_FIFO:
			wanted->fifo = optarg;
			break;
		case OPTION_FILTER:
			wanted->filter = optarg;
			break;
		case OPTION_SNAPLEN:
			wanted->snaplen = optarg;
			break;
		case OPTION_DIRECTION:
			wanted->direction = optarg;
			break;
		case OPTION_DROPS:
			wanted->drops = is_true(optarg);
			break;
		case OPTION_COLLAPSE:
			wanted->collapse = is_true(optarg);
			break;
		case OPTION_SEGMENT:
			wanted->segment = is_true(optarg);
			break;
		case OPTION_VERSION:
			wanted->version = true;
			break;
		case OPTION_IGNORED:
			break;
		default:
			return false; /* getopt_long() has said why */
		}
	}

	return true;
}

/**
 * extcap_parse_interface() - Take the name of an interface apart
 * @name:	"vsw-lab0", "vsw-lab0:web"
 * @ret:	Its parts; untouched on failure
 *
 * Return: 0, or -EINVAL if no interface of ours can be called so
 */
int extcap_parse_interface(const char *name, struct extcap_interface *ret)
{
	const size_t prefix_len = sizeof(prefix) - 1;
	struct extcap_interface interface = { .port = "" };
	const char *colon = strchr(name, ':');
	const char *end = colon ? colon : name + strlen(name);
	size_t len;

	if (strncmp(name, prefix, prefix_len))
		return -EINVAL;
	name += prefix_len;
	len = (size_t)(end - name);
	if (len >= sizeof(interface.switch_name))
		return -EINVAL;
	memcpy(interface.switch_name, name, len);
	if (name_check_switch(interface.switch_name, NULL) < 0)
		return -EINVAL;
	if (colon) {
		if (name_check_port(colon + 1, NULL) < 0)
			return -EINVAL;
		memcpy(interface.port, colon + 1, strlen(colon + 1));
	}

	*ret = interface;
	return 0;
}

/* Braces mean something to Wireshark, and cannot be quoted. */
static void without_braces(char *text)
{
	for (; *text; text++) {
		if (*text == '{' || *text == '}')
			*text = '_';
	}
}

static void list_port(FILE *out, const char *name, const json_t *port)
{
	const char *port_name = json_string_value(value_get(port, "port"));
	char place[VALUE_PLACE_SIZE], display[DISPLAY_SIZE];
	char shown[DISPLAY_SIZE];

	if (!port_name || strpbrk(port_name, "{}") ||
	    name_check_port(port_name, NULL) < 0)
		return;
	value_place(port, place);
	snprintf(display, sizeof(display), "%s, %s", place,
		 value_text(port, "ifname"));
	name_printable(display, strlen(display), shown, sizeof(shown));
	without_braces(shown);
	fprintf(out,
		"interface {value=%s%s:%s}"
		"{display=vsw %s, port %s (%s)}\n",
		prefix, name, port_name, name, port_name, shown);
}

static void list_switch(void *arg, const char *name, struct client *client)
{
	json_t *params = json_object(), *result;
	struct problem ignored;
	const json_t *port;
	FILE *out = arg;
	size_t i;

	fprintf(out,
		"interface {value=%s%s}"
		"{display=vsw %s, all ports}\n",
		prefix, name, name);
	if (client_call_pages(client, cmd_specs[CMD_SHOW_PORTS]->method, params,
			      &result, &ignored) == STATUS_DONE) {
		json_array_foreach(value_get(result, "ports"), i, port)
			list_port(out, name, port);
		json_decref(result);
	}
	json_decref(params);
}

static void list(FILE *out)
{
	fprintf(out, "extcap {version=%s}{display=vsw}\n", VSW_VERSION);
	find_each(mtime_from_ms(LIST_PATIENCE_MS), list_switch, out);
}

static void configure(FILE *out, const struct extcap_interface *interface)
{
	fputs("arg {number=0}{call=--snaplen}{display=Bytes kept of each frame}"
	      "{type=unsigned}{range=1,262144}{default=262144}\n"
	      "arg {number=1}{call=--drops}{display=Dropped frames only}"
	      "{tooltip=The reason is the packet's comment}"
	      "{type=boolean}{default=false}\n"
	      "arg {number=2}{call=--segment}"
	      "{display=Super-frames as a wire would carry them}"
	      "{type=boolean}{default=false}\n"
	      "arg {number=3}{call=--direction}{display=Direction}"
	      "{tooltip=Frames that come in at a port, or leave by it}"
	      "{type=selector}\n"
	      "value {arg=3}{value=both}{display=Both}{default=true}\n"
	      "value {arg=3}{value=in}{display=In}{default=false}\n"
	      "value {arg=3}{value=out}{display=Out}{default=false}\n",
	      out);
	if (interface->port[0])
		return;
	fputs("arg {number=4}{call=--collapse}"
	      "{display=Each frame once, not once a port}"
	      "{tooltip=Where it went is the packet's comment}"
	      "{type=boolean}{default=false}\n",
	      out);
}

/* "Both" is what Wireshark passes where nobody has chosen. */
static bool has_direction(const struct wanted *wanted)
{
	return wanted->direction && strcmp(wanted->direction, "both");
}

/* What would be typed for vswctl, so that one parser knows all the rules. */
static int make_words(const struct wanted *wanted,
		      const struct extcap_interface *interface,
		      const char *words[WORDS_MAX + 1])
{
	int n = 0;

	words[n++] = "vswdump";
	words[n++] = "--name";
	words[n++] = interface->switch_name;
	words[n++] = "capture";
	words[n++] = "--write";
	words[n++] = wanted->fifo;
	if (wanted->filter && wanted->filter[0]) {
		words[n++] = "--filter";
		words[n++] = wanted->filter;
	}
	if (wanted->snaplen) {
		words[n++] = "--snaplen";
		words[n++] = wanted->snaplen;
	}
	if (has_direction(wanted)) {
		words[n++] = "--direction";
		words[n++] = wanted->direction;
	}
	if (wanted->drops)
		words[n++] = "--drops";
	if (wanted->collapse)
		words[n++] = "--collapse";
	if (wanted->segment)
		words[n++] = "--segment";
	words[n++] = "--"; /* a port may be called -1 */
	if (interface->port[0])
		words[n++] = interface->port;
	words[n] = NULL;
	return n;
}

static enum status capture_into(const struct wanted *wanted,
				const struct extcap_interface *interface,
				struct problem *problem)
{
	const char *words[WORDS_MAX + 1];
	const int n_words = make_words(wanted, interface, words);
	struct client *client = NULL;
	struct options options;
	enum status status;

	/* options_parse() reads argv as main() has it, and changes nothing. */
	status = options_parse(&options, n_words, (char **)words, problem);
	options.quiet = true; /* Wireshark shows what we say as an error */
	if (status == STATUS_DONE)
		status = options_check(&options, problem);
	if (status == STATUS_DONE)
		status = capture_prepare(&options, problem);
	if (status == STATUS_DONE)
		status = find_switch(options.name, deadline_in(options.timeout),
				     &client, problem);
	if (status == STATUS_DONE)
		status = capture_run(client, &options, problem);
	client_close(client);
	options_fini(&options);
	return status;
}

/* Silence says that it is right. */
static void check_filter(FILE *out, const char *filter)
{
	struct problem problem;
	json_t *bpf;

	if (filter_compile(filter, &bpf, &problem) == STATUS_DONE)
		json_decref(bpf);
	else
		fprintf(out, "%s\n", problem.err.msg);
}

static int usage(void)
{
	fputs("vswdump: this is a helper of Wireshark, which runs it from its "
	      "extcap folder\n"
	      "  hint: vswctl capture records frames without it\n",
	      stderr);
	return STATUS_USAGE;
}

static int report(const struct problem *problem)
{
	fprintf(stderr, "vswdump: %s\n", problem->err.msg);
	if (problem->err.hint[0])
		fprintf(stderr, "  hint: %s\n", problem->err.hint);
	return (int)problem->status;
}

/*
 * Wireshark waits for its pipe to be opened, and for its end: without either
 * it would wait for ever, though we have failed. At the end of the pipe it
 * looks for what we said, so that comes before.
 */
static int capture(const struct wanted *wanted,
		   const struct extcap_interface *interface)
{
	const int fd = open(wanted->fifo, O_WRONLY | O_CLOEXEC);
	struct problem problem = { .status = STATUS_DONE };
	int r = STATUS_DONE;

	if (fd < 0) {
		err_errno(&problem.err, "cannot open %.80s", wanted->fifo);
		problem_take(&problem, STATUS_FAILED);
		return report(&problem);
	}

	if (capture_into(wanted, interface, &problem) != STATUS_DONE)
		r = report(&problem);
	close(fd);
	return r;
}

/**
 * extcap_run() - Answer one question of Wireshark's, or capture
 * @argc:	As main() got it
 * @argv:	As main() got it
 * @out:	Where answers go; captures go where Wireshark says
 *
 * Return: what to exit with
 */
int extcap_run(int argc, char **argv, FILE *out)
{
	struct extcap_interface interface;
	struct wanted wanted = { 0 };
	struct problem problem = { .status = STATUS_DONE };

	if (!read_options(argc, argv, &wanted))
		return STATUS_USAGE;
	if (wanted.version) {
		fprintf(out, "vswdump %s\n", VSW_VERSION);
		return STATUS_DONE;
	}
	if (wanted.interfaces) {
		list(out);
		return STATUS_DONE;
	}
	if (!wanted.interface)
		return usage();
	if (extcap_parse_interface(wanted.interface, &interface) < 0) {
		problem_set(&problem, STATUS_NOT_FOUND,
			    "there is no interface '%.80s'", wanted.interface);
		return report(&problem);
	}

	if (wanted.dlts)
		fputs("dlt {number=1}{name=EN10MB}{display=Ethernet}\n", out);
	else if (wanted.config)
		configure(out, &interface);
	else if (wanted.capture && wanted.fifo)
		return capture(&wanted, &interface);
	else if (wanted.filter && !wanted.capture)
		check_filter(out, wanted.filter);
	else
		return usage();

	return STATUS_DONE;
}
