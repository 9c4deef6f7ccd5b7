/* SPDX-License-Identifier: Apache-2.0
 *
 * The exported calls on channels.  Each is a thin layer over an internal one, so that a detector
 * may put itself before the exported name without hearing of the library's own use of channels. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/sys.h"
#include "channel/channel.h"

static int abort_on_misuse;

SNARL_API int snarl_channel_abort_on_misuse(int on)
{
	return __atomic_exchange_n(&abort_on_misuse, on, __ATOMIC_RELAXED);
}

void sn_misuse(const char *what)
{
	if (!__atomic_load_n(&abort_on_misuse, __ATOMIC_RELAXED))
		return;
	sn_sys(SYS_write, 2, what, strlen(what));
	abort();
}

static int sent(int e)
{
	if (__builtin_expect(e == -EPIPE, 0))
		sn_misuse("snarl-channel: send on a closed channel\n");
	return e;
}

/* A program's deadline is never taken for a try, however early it is. */
static int64_t real(int64_t deadline)
{
	return deadline == SN_TRY ? SN_TRY + 1 : deadline;
}

SNARL_API struct snarl_channel *snarl_channel_new(size_t element_size, size_t capacity)
{
	return sn_channel_new(element_size, capacity);
}

SNARL_API struct snarl_channel *snarl_channel_retain(struct snarl_channel *c)
{
	return sn_channel_retain(c);
}

SNARL_API void snarl_channel_release(struct snarl_channel *c)
{
	sn_channel_release(c);
}

SNARL_API int snarl_channel_close(struct snarl_channel *c)
{
	int e = sn_channel_close(c);

	if (e == -EALREADY)
		sn_misuse("snarl-channel: channel closed twice\n");
	return e;
}

SNARL_API size_t snarl_channel_length(struct snarl_channel *c)
{
	return sn_channel_length(c);
}

SNARL_API size_t snarl_channel_capacity(struct snarl_channel *c)
{
	return c ? c->capacity : 0;
}

SNARL_API size_t snarl_channel_element_size(struct snarl_channel *c)
{
	return c ? c->element : 0;
}

SNARL_API int snarl_channel_is_closed(struct snarl_channel *c)
{
	return sn_channel_is_closed(c);
}

SNARL_API int snarl_send(struct snarl_channel *c, const void *value)
{
	return sent(sn_send(c, value, SNARL_FOREVER, NULL));
}

SNARL_API int snarl_try_send(struct snarl_channel *c, const void *value)
{
	return sent(sn_send(c, value, SN_TRY, NULL));
}

SNARL_API int snarl_send_until(struct snarl_channel *c, const void *value, int64_t deadline)
{
	return sent(sn_send(c, value, real(deadline), NULL));
}

SNARL_API int snarl_send_with(struct snarl_channel *c, const void *value, struct snarl_context *k)
{
	return sent(sn_send(c, value, SNARL_FOREVER, k));
}

SNARL_API int snarl_receive(struct snarl_channel *c, void *value)
{
	return sn_receive(c, value, SNARL_FOREVER, NULL);
}

SNARL_API int snarl_try_receive(struct snarl_channel *c, void *value)
{
	return sn_receive(c, value, SN_TRY, NULL);
}

SNARL_API int snarl_receive_until(struct snarl_channel *c, void *value, int64_t deadline)
{
	return sn_receive(c, value, real(deadline), NULL);
}

SNARL_API int snarl_receive_with(struct snarl_channel *c, void *value, struct snarl_context *k)
{
	return sn_receive(c, value, SNARL_FOREVER, k);
}

static int selected(struct snarl_case *cases, int i)
{
	if (i >= 0 && cases[i].direction == SNARL_SEND)
		sent(cases[i].result);
	return i;
}

SNARL_API int snarl_select(struct snarl_case *cases, size_t count)
{
	return selected(cases, sn_select(cases, count, 0, SNARL_FOREVER, NULL));
}

SNARL_API int snarl_try_select(struct snarl_case *cases, size_t count)
{
	return selected(cases, sn_select(cases, count, 0, SN_TRY, NULL));
}

SNARL_API int snarl_select_until(struct snarl_case *cases, size_t count, int64_t deadline)
{
	return selected(cases, sn_select(cases, count, 0, real(deadline), NULL));
}

SNARL_API int snarl_select_with(struct snarl_case *cases, size_t count, struct snarl_context *k)
{
	return selected(cases, sn_select(cases, count, 0, SNARL_FOREVER, k));
}

SNARL_API int snarl_select_ordered(struct snarl_case *cases, size_t count)
{
	return selected(cases, sn_select(cases, count, 1, SNARL_FOREVER, NULL));
}

SNARL_API int snarl_try_select_ordered(struct snarl_case *cases, size_t count)
{
	return selected(cases, sn_select(cases, count, 1, SN_TRY, NULL));
}

SNARL_API int snarl_select_ordered_until(struct snarl_case *cases, size_t count, int64_t deadline)
{
	return selected(cases, sn_select(cases, count, 1, real(deadline), NULL));
}

SNARL_API int snarl_select_ordered_with(struct snarl_case *cases, size_t count,
					struct snarl_context *k)
{
	return selected(cases, sn_select(cases, count, 1, SNARL_FOREVER, k));
}
