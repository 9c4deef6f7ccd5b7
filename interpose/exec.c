/* SPDX-License-Identifier: Apache-2.0
 *
 * exec: the recording ends with the image, unless the call fails.  A vfork child, which shares our
 * memory, is not us: it is passed through. */
#include <stdarg.h>
#include "interpose/process.h"
#include "interpose/real.h"

extern char **environ;

struct mark {
	int ours;
};

static struct mark before(void)
{
	struct mark m = {sn_process_is_ours() && !sn_shim.ended};
	if (m.ours) {
		sn_process_ended(SN_ENDED_EXEC, 0);
		if (sn_process_reports_itself())
			sn_process_tell();
	}
	return m;
}

/* The call came back: it failed, and the process goes on. */
static int after(struct mark m, int result)
{
	if (m.ours) {
		sn_shim.ended = 0;
		sn_shim.recorder.header->ended_mono_ns = 0;
		sn_shim.recorder.header->ended_how = SN_ENDED_RUNNING;
		/* Its file is gone already, with nothing in it: begin again. */
		if (sn_shim.dropped) {
			sn_self_tls = NULL;
			sn_start_child();
		}
	}
	return result;
}

SN_EXPORT int execve(const char *path, char *const argv[], char *const env[])
{
	struct mark m = before();
	return after(m, sn_real(execve)(path, argv, env));
}

SN_EXPORT int execv(const char *path, char *const argv[])
{
	struct mark m = before();
	return after(m, sn_real(execv)(path, argv));
}

SN_EXPORT int execvp(const char *file, char *const argv[])
{
	struct mark m = before();
	return after(m, sn_real(execvp)(file, argv));
}

SN_EXPORT int execvpe(const char *file, char *const argv[], char *const env[])
{
	struct mark m = before();
	return after(m, sn_real(execvpe)(file, argv, env));
}

SN_EXPORT int fexecve(int fd, char *const argv[], char *const env[])
{
	struct mark m = before();
	return after(m, sn_real(fexecve)(fd, argv, env));
}

SN_EXPORT int execveat(int fd, const char *path, char *const argv[], char *const env[], int flags)
{
	struct mark m = before();
	return after(m, sn_real(execveat)(fd, path, argv, env, flags));
}

/* The number of arguments up to and with the NULL. */
static size_t count(const char *first, va_list *list)
{
	size_t n = 1;
	for (const char *a = first; a; a = va_arg(*list, const char *))
		n++;
	return n;
}

/* Collects a variable argument list into an array on the caller's stack, as glibc does. */
#define COLLECT(first, argv, env)                                                                  \
	va_list list;                                                                              \
	va_start(list, first);                                                                     \
	char **argv = __builtin_alloca(count(first, &list) * sizeof *argv);                        \
	va_end(list);                                                                              \
	va_start(list, first);                                                                     \
	argv[0] = (char *)first;                                                                   \
	for (int i = 0; argv[i];)                                                                  \
		argv[++i] = va_arg(list, char *);                                                  \
	char *const *env __attribute__((unused)) = environ

SN_EXPORT int execl(const char *path, const char *first, ...)
{
	COLLECT(first, argv, env);
	va_end(list);
	struct mark m = before();
	return after(m, sn_real(execve)(path, argv, env));
}

SN_EXPORT int execle(const char *path, const char *first, ...)
{
	COLLECT(first, argv, env);
	env = va_arg(list, char *const *);
	va_end(list);
	struct mark m = before();
	return after(m, sn_real(execve)(path, argv, env));
}

SN_EXPORT int execlp(const char *file, const char *first, ...)
{
	COLLECT(first, argv, env);
	va_end(list);
	struct mark m = before();
	return after(m, sn_real(execvpe)(file, argv, env));
}
