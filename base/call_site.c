/* SPDX-License-Identifier: Apache-2.0
 *
 * See call_site.h. The two near calls of x86-64: E8 with a distance of four bytes, and FF with a 2
 * in the middle of its second byte, which says where the target is and so how long it is. */
#include "base/call_site.h"

#if defined(__x86_64__)

/* The length of the indirect call that starts with this byte and the next two; 0: it is none. */
static unsigned indirect_length(const uint8_t *at)
{
	unsigned form = at[1] >> 6, where = at[1] & 7, length = 2;

	if (at[0] != 0xff || (at[1] >> 3 & 7) != 2)
		return 0;
	if (form == 3)
		return length;
	if (where == 4) {
		length++;
		where = at[2] & 7;
	} else if (!form && where == 5) {
		return length + 4; /* beside the instruction pointer */
	}
	if (form == 1)
		return length + 1;
	return form == 2 || where == 5 ? length + 4 : length;
}

int sn_is_call_site(const uint8_t before[SN_CALL_SITE_BYTES])
{
	const uint8_t *end = before + SN_CALL_SITE_BYTES;

	if (end[-5] == 0xe8)
		return 1;
	for (unsigned length = 2; length <= SN_CALL_SITE_BYTES; length++) {
		const uint8_t head[3] = {end[-(int)length], end[1 - (int)length],
					 length > 2 ? end[2 - (int)length] : 0};

		if (indirect_length(head) == length)
			return 1;
	}
	return 0;
}

#else

int sn_is_call_site(const uint8_t before[SN_CALL_SITE_BYTES])
{
	(void)before;
	return 1;
}

#endif
