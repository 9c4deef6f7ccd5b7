/* SPDX-License-Identifier: Apache-2.0
 *
 * Everybody is asleep for good, and one of the things that they sleep in is no lock that is known:
 * the loader's, a stream's, a pipe, a socket whose other end is here.  With `paused` main has no
 * part in it and waits for no signal.
 */
// mode: run
// variants: loader stream pipe paused pair tcp
// hangs
// expect: deadlock confirmed
// json: "sleeps without a time limit" in f.why
// json: "waits" in roles(f) and "holds" in roles(f)
// json: any(x.function == "second" for s in f.stacks for x in s.frames)
// json: any(x.function == "first" for s in f.stacks for x in s.frames)
// json[loader]: any("_rtld" in (o.name or "") for o in f.objects)
// json[paused]: any(o.type == "recursive mutex" for o in f.objects)
// json[stream]: any(o.type == "futex" for o in f.objects)
// json[pipe]: any(o.type == "pipe" for o in f.objects)
// text[pipe]: waits to write to pipe P1
// text[pair]: waits to write to socket P1
// text[tcp]: waits to write to socket P1
#include "case.h"
#include <link.h>
#include <netinet/in.h>
#include <sys/socket.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *variant;
static FILE *stream;
static int ends[2];
static char page[4096];

static int is_piped(void)
{
	return !strcmp(variant, "pipe") || !strcmp(variant, "pair") || !strcmp(variant, "tcp");
}

/* Both ends of a connection over the loopback. */
static void connect_tcp(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof a;
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	CHECK(!bind(listener, (struct sockaddr *)&a, n) && !listen(listener, 1));
	CHECK(!getsockname(listener, (struct sockaddr *)&a, &n));
	ends[1] = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(!connect(ends[1], (struct sockaddr *)&a, n));
	ends[0] = accept(listener, NULL, NULL);
	CHECK(ends[0] >= 0 && !close(listener));
}

static void make_ends(void)
{
	if (!strcmp(variant, "tcp"))
		connect_tcp();
	else if (!strcmp(variant, "pair"))
		CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	else
		CHECK(!pipe(ends));
}

/* Called with the loader's lock held. */
static int with_lock(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)info, (void)size, (void)arg;
	turn_next();
	turn_await(2);
	pthread_mutex_lock(&lock);
	pthread_mutex_unlock(&lock);
	return 1;
}

static int look(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)info, (void)size, (void)arg;
	return 1;
}

static void *first(void *arg)
{
	if (!strcmp(variant, "stream")) {
		flockfile(stream);
		with_lock(NULL, 0, NULL);
		funlockfile(stream);
	} else if (is_piped()) {
		turn_next();
		turn_await(2);
		pthread_mutex_lock(&lock);
		CHECK(read(ends[0], page, sizeof page) > 0);
		pthread_mutex_unlock(&lock);
	} else {
		dl_iterate_phdr(with_lock, NULL);
	}
	return arg;
}

static void *second(void *arg)
{
	pthread_mutex_lock(&lock);
	turn_await(1);
	turn_next();
	if (!strcmp(variant, "stream"))
		putc('x', stream);
	else if (is_piped())
		while (write(ends[1], page, sizeof page) > 0)
			continue;
	else
		dl_iterate_phdr(look, NULL);
	pthread_mutex_unlock(&lock);
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t a, b;
	CHECK(argc == 2);
	variant = argv[1];
	make_ends();
	stream = tmpfile();
	CHECK(stream);
	pthread_create(&b, NULL, second, NULL);
	pthread_create(&a, NULL, first, NULL);
	if (!strcmp(variant, "paused"))
		pause();
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	return 0;
}
