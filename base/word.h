/* SPDX-License-Identifier: Apache-2.0
 *
 * What a process of a run may ask of the command that runs it, over a local socket (SOCK_SEQPACKET,
 * an abstract name): one word to a connection, and one answer.  For processes that cannot use the
 * run's folder themselves, since they are another user's by now, or see another root.
 *
 * Neither side trusts the name: everybody may connect, and may take it when the run is over.  The
 * process looks whose socket it is before it says the key; the command does nothing without it. */
#ifndef SN_BASE_WORD_H
#define SN_BASE_WORD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/un.h>

enum sn_word_kind {
	SN_WORD_GIVE = 1, /* a file to record in: the answer has its name and a descriptor */
	SN_WORD_REMOVE,   /* the file that was given: there is nothing to tell in it */
	SN_WORD_ALONE, /* the process is watched, though there is no recording of it in the folder */
	SN_WORD_FAILED, /* such a process has told a finding that is to fail the run */
};

#define SN_WORD_KEY 16
#define SN_WORD_NAME 40

struct sn_word {
	uint32_t kind;
	uint32_t run; /* its number */
	uint8_t key[SN_WORD_KEY];
	uint64_t dev, ino; /* of the file */
	char name[SN_WORD_NAME];
};

struct sn_answer {
	int32_t error; /* 0, or a negative errno */
	char name[SN_WORD_NAME];
};

/* The environment's SNARL_RUN: who runs us. */
struct sn_run_name {
	uint32_t pid, number;
	uint32_t user; /* whose the command is */
	int has_key;
	uint8_t key[SN_WORD_KEY];
};

/* Room for it as text. */
#define SN_RUN_TEXT (4 * 11 + 2 * SN_WORD_KEY)

void sn_run_name_text(const struct sn_run_name *n, char text[SN_RUN_TEXT]);
/* Text of whatever kind; what it does not say is 0. */
void sn_run_name_read(struct sn_run_name *n, const char *text);

/* Where the command listens. Returns the address's length. */
unsigned sn_word_address(const struct sn_run_name *n, struct sockaddr_un *address);

#endif
