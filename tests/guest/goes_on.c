/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread writes into the file that is named for as long as it can; another one has ended and is
 * never joined, which makes the end of the process long: exit_goes_on.py. */
// mode: none
#include "case.h"
#include <fcntl.h>

static int file;

static void *writes(void *unused)
{
	for (;;) {
		CHECK(write(file, ".", 1) == 1);
		usleep(1000);
	}
	return unused;
}

static void *ends(void *unused)
{
	return unused;
}

int main(int count, char **arguments)
{
	pthread_t t;
	CHECK(count == 2 && (file = open(arguments[1], O_WRONLY | O_CREAT | O_TRUNC, 0600)) >= 0);
	CHECK(!pthread_create(&t, NULL, writes, NULL));
	for (int i = 0; i < 3; i++)
		CHECK(!pthread_create(&t, NULL, ends, NULL));
	usleep(20000);
	return 5;
}
