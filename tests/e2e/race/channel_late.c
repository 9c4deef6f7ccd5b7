/* SPDX-License-Identifier: Apache-2.0
 *
 * Data handed over by a channel of libsnarl-channel, which the program is linked with ("linked") or
 * that comes in amid its run ("late"): its order is known all the same. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "snarl_channel/channel.h"

static __typeof__(snarl_channel_new) *make;
static __typeof__(snarl_send) *send_to;
static __typeof__(snarl_receive) *receive_from;
static struct snarl_channel *channel;
static int data;

static void *sender(void *unused)
{
	int token = 1;
	data = 1;
	send_to(channel, &token);
	return unused;
}

static void *receiver(void *unused)
{
	int token;
	if (!receive_from(channel, &token))
		data++;
	return unused;
}

static void find(const char *library)
{
	void *from = library ? dlopen(library, RTLD_NOW | RTLD_GLOBAL) : RTLD_DEFAULT;
	make = (__typeof__(make))dlsym(library ? RTLD_DEFAULT : from, "snarl_channel_new");
	send_to = (__typeof__(send_to))dlsym(RTLD_DEFAULT, "snarl_send");
	receive_from = (__typeof__(receive_from))dlsym(RTLD_DEFAULT, "snarl_receive");
}

int main(int count, char **arguments)
{
	pthread_t one, two;
	find(count > 2 ? arguments[2] : NULL);
	channel = make(sizeof(int), 1);
	pthread_create(&one, NULL, sender, NULL);
	pthread_create(&two, NULL, receiver, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	puts("done");
	return 0;
}
