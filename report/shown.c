/* SPDX-License-Identifier: Apache-2.0
 *
 * See shown.h. A few copies at a time: as many as one call of printf may show. */
#include "report/shown.h"

#define COPIES 8
#define COPY_SIZE 8192 /* a longer one with something to escape is cut */

const char *sn_shown_as(const char *text, enum sn_output output)
{
	static char copies[COPIES][COPY_SIZE];
	static unsigned next;
	char *copy;

	if (sn_foreign_is_harmless(text, output))
		return text;
	copy = copies[next++ % COPIES];
	sn_foreign_escape(copy, COPY_SIZE, text, output);
	return copy;
}

const char *sn_shown(const char *text)
{
	return sn_shown_as(text, SN_OUTPUT_TEXT);
}
