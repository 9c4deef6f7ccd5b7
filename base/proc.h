/* SPDX-License-Identifier: Apache-2.0
 *
 * /proc without libc: no allocation and no lock, so that it can be read in the process under test,
 * whatever its threads are at. */
#ifndef SN_BASE_PROC_H
#define SN_BASE_PROC_H

#include <stdint.h>

#define SN_PROC_TEXT_MAX 2048

/* The text of /proc/PID/NAME, or of /proc/PID/task/TID/NAME where tid is not 0; `name` begins with
 * a slash, `text` has SN_PROC_TEXT_MAX bytes. Its length or a negative errno. */
long sn_proc_read(uint32_t pid, uint32_t tid, const char *name, char *text);

/* The number that the text begins with; 0 where it begins with none. */
uint32_t sn_proc_number(const char *s);

/* The same of a hexadecimal number, with or without 0x; *s moves behind it. */
uint64_t sn_proc_hex(const char **s);

/* The set of signals in a line of a text of /proc/PID/status: "\nSigCgt:" and the like, with the end
 * of the line before, as the name in the first line may hold anything. */
uint64_t sn_proc_signals(const char *status, const char *line, uint64_t otherwise);

/* The system call that a thread sleeps in, with its first arguments. */
struct sn_proc_call {
	long number; /* -1: it is in none */
	uint64_t argument[4];
};
/* Returns 0, or a negative errno where the kernel does not tell. */
int sn_proc_call(uint32_t pid, uint32_t tid, struct sn_proc_call *c);

/* Whether the process's descriptor is a pipe. */
int sn_proc_is_pipe(uint32_t pid, uint32_t fd);

/* Calls `each` for the threads of a process, by their kernel ids, until it returns something else
 * than 0. Returns 0 or a negative errno. */
typedef int sn_proc_task(void *context, uint32_t tid);
int sn_proc_tasks(uint32_t pid, sn_proc_task *each, void *context);

#endif
