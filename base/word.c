/* SPDX-License-Identifier: Apache-2.0
 *
 * See word.h. */
#include "base/word.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

void sn_run_name_text(const struct sn_run_name *n, char text[SN_RUN_TEXT])
{
	int at = snprintf(text, SN_RUN_TEXT, "%u:%u", n->pid, n->number);

	if (!n->has_key)
		return;
	at += snprintf(text + at, (size_t)(SN_RUN_TEXT - at), ":%u:", n->user);
	for (unsigned i = 0; i < SN_WORD_KEY; i++)
		at += snprintf(text + at, (size_t)(SN_RUN_TEXT - at), "%02x", n->key[i]);
}

static int digit(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

static int read_key(struct sn_run_name *n, const char *text)
{
	for (unsigned i = 0; i < SN_WORD_KEY; i++, text += 2) {
		int high = digit(text[0]), low = high < 0 ? -1 : digit(text[1]);
		if (low < 0)
			return 0;
		n->key[i] = (uint8_t)(high << 4 | low);
	}
	return !*text;
}

void sn_run_name_read(struct sn_run_name *n, const char *text)
{
	char *end;

	memset(n, 0, sizeof(*n));
	n->pid = (uint32_t)strtoul(text, &end, 10);
	if (*end == ':')
		n->number = (uint32_t)strtoul(end + 1, &end, 10);
	if (*end == ':')
		n->user = (uint32_t)strtoul(end + 1, &end, 10);
	n->has_key = *end == ':' && read_key(n, end + 1);
}

unsigned sn_word_address(const struct sn_run_name *n, struct sockaddr_un *address)
{
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	int length = snprintf(address->sun_path + 1, sizeof(address->sun_path) - 1, "snarl-%u-%u",
			      n->pid, n->number);
	return (unsigned)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
}
