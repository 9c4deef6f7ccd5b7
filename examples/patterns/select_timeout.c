/* SPDX-License-Identifier: Apache-2.0
 *
 * Select with a time-out.  Whoever waits says for how long, and has something else to do when
 * nothing comes.  The deadline is that of the call; a timer channel as a case of its own serves
 * when several waits share one.
 *
 * Wrong: examples/channel/select_without_way_out.c.
 *
 *	nothing yet
 *	got 42 */
#include <errno.h>
#include <snarl_channel.h>
#include <stdio.h>

SNARL_CHANNEL_OF(numbers, int);

int main(void)
{
	struct numbers *answers = numbers_new(1), *questions = numbers_new(0);
	int answer = 0, question = 7;
	struct snarl_case cases[] = {
		numbers_receive_case(answers, &answer),
		numbers_send_case(questions, &question),
	};

	if (snarl_select_until(cases, 2, snarl_in(5 * SNARL_MILLISECOND)) == -ETIMEDOUT)
		printf("nothing yet\n");
	numbers_send(answers, 42);
	if (snarl_select_until(cases, 2, snarl_in(SNARL_SECOND)) == 0)
		printf("got %d\n", answer);
	numbers_release(answers);
	numbers_release(questions);
	return 0;
}
