/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls of libc, each with a byte that it reads or writes and one beside it that it does not.  One
 * thread stores to the byte, then another makes the call: "NAME in" must be reported, "NAME out"
 * must not.  Turns are relaxed atomics, which order nothing. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int turn, ends[2], pair[2], count = 8;
static FILE *stream;
static struct {
	char text[256] __attribute__((aligned(16)));
	char guard[64];
} shared;
#define S (shared.text)
/* What the compiler cannot know, it cannot do by itself. */
static volatile size_t eight = 8;
static char other[256] = "abcdefgh";
static volatile long sink;

static void length(void)
{
	sink = (long)strlen(S);
}
static void bounded(void)
{
	sink = (long)strnlen(S, eight);
}
static void compared(void)
{
	sink = memcmp(S, other, eight);
}
static void strings(void)
{
	sink = strcmp(other, S);
}
static void found(void)
{
	sink = strchr(S, 'h') != NULL;
}
static void within(void)
{
	sink = strstr(S, "gh") != NULL;
}
static void copied(void)
{
	strcpy(S, other);
}
static void filled(void)
{
	strncpy(S, "ab", eight);
}
static void appended(void)
{
	S[0] = 0;
	strcat(S, other);
}
static void doubled(void)
{
	char *twin = strdup(S);
	sink = twin[0];
	free(twin);
}
static void formatted(void)
{
	snprintf(S, eight + 1, "%d-%s", 12345, "abcdefg");
}
static void printed(void)
{
	char text[300];
	snprintf(text, sizeof text, "%5ld %-4.1f %c %s", 7L, 1.5, 'x', S);
	sink = text[0];
}
static void precise(void)
{
	char text[300];
	snprintf(text, sizeof text, "%*d %.*s", 3, 7, (int)eight, S);
	sink = text[0];
}
static void listed(const char *format, ...)
{
	char text[300];
	va_list list;
	va_start(list, format);
	vsnprintf(text, sizeof text, format, list);
	va_end(list);
	sink = text[0];
}
static void listed_text(void)
{
	listed("%s%s", "x", S);
}
static void to_stream(void)
{
	fprintf(stream, "%s", S);
}
static void put_text(void)
{
	fputs(S, stream);
}
static void put_bytes(void)
{
	sink = (long)fwrite(S, 2, 4, stream);
}
static void written(void)
{
	sink = write(ends[1], S, eight);
}
static void sent(void)
{
	sink = send(pair[0], S, eight, 0);
}
static void gathered(void)
{
	struct iovec parts[2] = {{other, 3}, {S, eight}};
	sink = writev(ends[1], parts, 2);
}
/* There is less than what is asked for. */
static void got(void)
{
	sink = read(ends[0], S, 100);
}
static void received(void)
{
	sink = recv(pair[1], S, 100, 0);
}
static void scattered(void)
{
	char first[3];
	struct iovec parts[2] = {{first, 3}, {S, 100}};
	sink = readv(ends[0], parts, 2);
}
static void messages(void)
{
	struct iovec part = {S, 100};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	sink = recvmsg(pair[1], &message, 0);
}
static int compare(const void *a, const void *b)
{
	return *(const char *)a - *(const char *)b;
}
static void sorted(void)
{
	qsort(S, eight, 1, compare);
}
static void now(void)
{
	time((time_t *)(void *)S);
}
static void broken_down(void)
{
	time_t at = 0;
	localtime_r(&at, (struct tm *)(void *)S);
}
static void line(void)
{
	sink = fgets(S, 100, stream) != NULL;
}
static void block(void)
{
	sink = (long)fread(S, 1, eight, stream);
}
static void address(void)
{
	struct in_addr at = {htonl(0x01020304)};
	inet_ntop(AF_INET, &at, S, 100);
}
static void child(void)
{
	pid_t pid = fork();
	if (!pid)
		_exit(0);
	waitpid(pid, (int *)(void *)S, 0);
}

static const struct variant {
	const char *name;
	void (*call)(void);
	int in, out;
	const char *there; /* to be read from the pipe or socket; or what S is */
} variants[] = {
	{"strlen", length, 8, 9, 0},
	{"strnlen", bounded, 7, 8, 0},
	{"memcmp", compared, 7, 8, 0},
	{"strcmp", strings, 8, 9, 0},
	{"strchr", found, 7, 8, 0},
	{"strstr", within, 7, 8, 0},
	{"strcpy", copied, 8, 9, 0},
	{"strncpy", filled, 7, 8, 0},
	{"strcat", appended, 8, 9, 0},
	{"strdup", doubled, 8, 9, 0},
	{"snprintf", formatted, 8, 9, 0},
	{"printed", printed, 8, 9, 0},
	{"precision", precise, 7, 8, 0},
	{"vsnprintf", listed_text, 8, 9, 0},
	{"fprintf", to_stream, 8, 9, 0},
	{"fputs", put_text, 8, 9, 0},
	{"fwrite", put_bytes, 7, 8, 0},
	{"write", written, 7, 8, 0},
	{"send", sent, 7, 8, 0},
	{"writev", gathered, 7, 8, 0},
	{"read", got, 7, 8, "pipe"},
	{"recv", received, 7, 8, "socket"},
	{"readv", scattered, 4, 5, "pipe"},
	{"recvmsg", messages, 7, 8, "socket"},
	{"qsort", sorted, 7, 8, 0},
	{"time", now, 7, 8, 0},
	{"localtime_r", broken_down, 9, sizeof(struct tm), 0},
	{"fgets", line, 8, 9, "stream"},
	{"fread", block, 7, 8, "stream"},
	{"inet_ntop", address, 7, 8, 0},
	{"waitpid", child, 3, 4, 0},
};

static const struct variant *chosen;
static int at;

static void *first(void *unused)
{
	S[at] = at == 8 ? 0 : (char)('a' + at);
	__atomic_store_n(&turn, 1, __ATOMIC_RELAXED);
	return unused;
}

static void *second(void *unused)
{
	while (!__atomic_load_n(&turn, __ATOMIC_RELAXED))
		sched_yield();
	chosen->call();
	return unused;
}

static int make(const char *there)
{
	static char lines[] = "abcdefgh";
	stream = there && !strcmp(there, "stream") ? fmemopen(lines, 8, "r") : tmpfile();
	if (!stream || pipe(ends) || socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return 0;
	if (there && !strcmp(there, "pipe"))
		return write(ends[1], "abcdefgh", 8) == 8;
	if (there && !strcmp(there, "socket"))
		return write(pair[0], "abcdefgh", 8) == 8;
	return 1;
}

int main(int arguments, char **argument)
{
	pthread_t one, two;
	for (size_t i = 0; arguments > 2 && i < sizeof variants / sizeof *variants; i++)
		if (!strcmp(variants[i].name, argument[1]))
			chosen = &variants[i];
	if (arguments == 2)
		for (size_t i = 0; i < sizeof variants / sizeof *variants; i++)
			puts(variants[i].name);
	if (!chosen || !make(chosen->there))
		return 2;
	at = strcmp(argument[2], "in") ? chosen->out : chosen->in;
	memcpy(S, "abcdefgh", (size_t)count + 1);
	pthread_create(&one, NULL, first, NULL);
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	puts("done");
	return 0;
}
