/* SPDX-License-Identifier: MIT */
/* test_pcapng_around.c - blocks whose payload lies elsewhere */

#include "pcapng.h"

#include "unit.h"

#include <stdlib.h>

static const uint8_t payload[100];

static struct pcapng_packet packet_new(uint32_t caplen, const char *comment)
{
	return (struct pcapng_packet){
		.interface_id = 3,
		.direction = PCAPNG_DIRECTION_OUTBOUND,
		.time_ns = UINT64_C(1700000000123456789),
		.data = payload,
		.caplen = caplen,
		.len = 1500,
		.comment = comment,
	};
}

static void all_but_the_payload_is_the_same(void **state)
{
	static const char *const comments[] = { NULL, "a", "four", "comment" };
	uint8_t whole[512], around[512];

	(void)state;
	for (uint32_t i = 0; i < 4 * 9; i++) {
		const struct pcapng_packet packet =
			packet_new(i / 4, comments[i % 4]);
		const size_t len =
			pcapng_put_packet(whole, sizeof(whole), &packet);
		const size_t behind = len - PCAPNG_PACKET_DATA - packet.caplen;

		assert_int_equal(
			pcapng_put_around(around, sizeof(around), &packet),
			PCAPNG_PACKET_DATA + behind);
		assert_memory_equal(around, whole, PCAPNG_PACKET_DATA);
		assert_memory_equal(around + PCAPNG_PACKET_DATA,
				    whole + len - behind, behind);
	}
}

/* In memory of exactly that size, so that ASan watches. */
static void what_does_not_fit_is_not_written(void **state)
{
	const struct pcapng_packet packet = packet_new(77, "comment");
	const size_t needed = pcapng_packet_size(&packet) - 77;

	(void)state;
	for (size_t size = 0; size <= needed; size++) {
		uint8_t *buf = malloc(size + !size);

		assert_non_null(buf);
		assert_int_equal(pcapng_put_around(buf, size, &packet),
				 size < needed ? 0 : needed);
		free(buf);
	}
}

static void a_payload_counts_for_the_size_of_a_block(void **state)
{
	struct pcapng_packet packet = packet_new(0, NULL);
	uint8_t buf[512];

	(void)state;
	packet.direction = PCAPNG_DIRECTION_UNKNOWN;
	packet.caplen = PCAPNG_BLOCK_MAX - PCAPNG_PACKET_DATA - 4;
	assert_int_equal(pcapng_put_around(buf, sizeof(buf), &packet),
			 PCAPNG_PACKET_DATA + 4);
	packet.caplen++;
	assert_int_equal(pcapng_put_around(buf, sizeof(buf), &packet), 0);
	packet.caplen = UINT32_MAX;
	assert_int_equal(pcapng_put_around(buf, sizeof(buf), &packet), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_but_the_payload_is_the_same),
		cmocka_unit_test(what_does_not_fit_is_not_written),
		cmocka_unit_test(a_payload_counts_for_the_size_of_a_block),
	};

	return cmocka_run_group_tests_name("pcapng_around", tests, NULL, NULL);
}
