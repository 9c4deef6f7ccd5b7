/* SPDX-License-Identifier: Apache-2.0
 *
 * A stream's reader waits for a message; closing the stream should put an error into the reader's
 * buffer but does not, and the main thread gives up after a while.  Stuck: the reader, receiving
 * from the buffer.  Repaired: closing sends the error. */
// needs: channel
// variants: bug joined fixed
// hangs[joined]
// expect[bug]: leaked-worker confirmed
// expect[joined]: deadlock confirmed
// expect[fixed]: silent
// stuck[bug]: reader waits channel
// stdout[joined]: -
// stuck[joined]: reader waits channel
// stuck[joined]: main waits reader
#include "kernel.h"

struct stream {
	struct snarl_channel *buffer;
	struct snarl_channel *done;
};

static pid_t reader_tid;

static void *read_message(void *argument)
{
	const struct stream *s = argument;
	int message;

	publish_tid(&reader_tid);
	snarl_receive(s->buffer, &message);
	snarl_channel_close(s->done);
	snarl_channel_release(s->buffer);
	snarl_channel_release(s->done);
	return NULL;
}

static void close_stream(const struct stream *s)
{
	int error = -1;

	if (fixed)
		snarl_send(s->buffer, &error);
}

int main(int argc, char **argv)
{
	kernel_start(argc, argv);
	struct stream stream = {snarl_channel_retain(channel(0)), snarl_channel_retain(channel(0))};
	struct snarl_task *reader = spawn("reader", read_message, &stream);
	await_blocked(&reader_tid);
	close_stream(&stream);
	int64_t patience = fixed ? 60 * SNARL_SECOND : 20 * SNARL_MILLISECOND;
	if (snarl_receive_until(stream.done, NULL, snarl_in(patience)) == -ETIMEDOUT)
		puts("gives up");
	snarl_channel_release(stream.buffer);
	snarl_channel_release(stream.done);
	return leave(reader);
}
