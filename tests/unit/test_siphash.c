/* SPDX-License-Identifier: MIT */
/* test_siphash.c - the keyed hash */

#include "unit.h"

#include "siphash.h"

/* Key and result as in the reference implementation's vectors. */
static const struct siphash_key reference = { { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
						10, 11, 12, 13, 14, 15 } };

static void it_is_siphash_2_4(void **state)
{
	(void)state;
	assert_true(siphash_u64(&reference, 0x0706050403020100) ==
		    0x93f5f5799a932462);
}

static void another_key_gives_another_hash(void **state)
{
	struct siphash_key other = reference;

	(void)state;
	other.b[15] ^= 1;
	assert_true(siphash_u64(&reference, 7) != siphash_u64(&other, 7));
}

static void low_bits_spread_well_enough_for_a_table(void **state)
{
	unsigned int n_in_bucket[256] = { 0 };

	(void)state;
	/* Stations that differ in the upper bits only, as an attacker's do. */
	for (uint64_t i = 0; i < 25600; i++)
		n_in_bucket[siphash_u64(&reference, i << 40) % 256]++;
	for (int i = 0; i < 256; i++)
		assert_in_range(n_in_bucket[i], 50, 150);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_siphash_2_4),
		cmocka_unit_test(another_key_gives_another_hash),
		cmocka_unit_test(low_bits_spread_well_enough_for_a_table),
	};

	return cmocka_run_group_tests_name("siphash", tests, NULL, NULL);
}
