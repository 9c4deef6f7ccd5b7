/* SPDX-License-Identifier: Apache-2.0
 *
 * A once routine that asks for its own control waits for itself: by pthread_once, by C11's
 * call_once, for a control on the heap, and through another control in between. */
// variants: pthread c11 heap between
// expect: self-deadlock confirmed
// hangs
// stdout: -
// json: any(o.type == "once control" for o in f.objects)
// text: once control
// text: fix: Do not use a once control in the routine that it runs
#include "case.h"
#include <threads.h>

static pthread_once_t control = PTHREAD_ONCE_INIT, inner = PTHREAD_ONCE_INIT;
static once_flag flag = ONCE_FLAG_INIT;
static pthread_once_t *on_heap;

static void again(void)
{
	pthread_once(&control, again);
}

static void again_c11(void)
{
	call_once(&flag, again_c11);
}

static void again_on_heap(void)
{
	pthread_once(on_heap, again_on_heap);
}

static void through_inner(void)
{
	pthread_once(&inner, again);
}

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	on_heap = calloc(1, sizeof *on_heap);
	if (!strcmp(argv[1], "pthread"))
		pthread_once(&control, again);
	else if (!strcmp(argv[1], "c11"))
		call_once(&flag, again_c11);
	else if (!strcmp(argv[1], "heap"))
		pthread_once(on_heap, again_on_heap);
	else
		pthread_once(&control, through_inner);
	puts("not reached");
	return 0;
}
