/* SPDX-License-Identifier: Apache-2.0
 *
 * Topics: who gets what is published, what becomes of a full queue under each policy, and coming
 * and going while others publish. */
#include "callers.h"
#include "snarl_channel/topic.h"

static int publish(struct snarl_topic *t, int value)
{
	return snarl_topic_publish(t, &value);
}

/* The next element, which must be there. */
static int next(struct snarl_subscription *s)
{
	int value = -1;

	assert_int_equal(snarl_subscription_try_receive(s, &value), 0);
	return value;
}

static void assert_empty(struct snarl_subscription *s)
{
	int value;

	assert_int_equal(snarl_subscription_try_receive(s, &value), -EAGAIN);
}

static void everybody_gets_every_element(void **state)
{
	struct snarl_topic *t = snarl_topic_new(sizeof(int));
	struct snarl_subscription *a, *b;

	(void)state;
	assert_int_equal(publish(t, 1), 0);
	a = snarl_topic_subscribe(t, 4, SNARL_FULL_BLOCK);
	assert_int_equal(publish(t, 2), 1);
	b = snarl_topic_subscribe(t, 4, SNARL_FULL_DROP_NEWEST);
	assert_int_equal(publish(t, 3), 2);
	assert_int_equal(next(a), 2);
	assert_int_equal(next(a), 3);
	assert_empty(a);
	assert_int_equal(next(b), 3);
	assert_empty(b);
	snarl_subscription_release(a);
	assert_int_equal(publish(t, 4), 1);
	assert_int_equal(next(b), 4);
	snarl_subscription_release(b);
	assert_int_equal(publish(t, 5), 0);
	snarl_topic_release(t);
}

static void a_full_queue_drops_by_its_policy(void **state)
{
	struct snarl_topic *t = snarl_topic_new(sizeof(int));
	struct snarl_subscription *newest = snarl_topic_subscribe(t, 2, SNARL_FULL_DROP_NEWEST);
	struct snarl_subscription *oldest = snarl_topic_subscribe(t, 2, SNARL_FULL_DROP_OLDEST);

	(void)state;
	assert_int_equal(publish(t, 1), 2);
	assert_int_equal(publish(t, 2), 2);
	assert_int_equal(publish(t, 3), 1);
	assert_int_equal(publish(t, 4), 1);
	assert_int_equal(next(newest), 1);
	assert_int_equal(next(newest), 2);
	assert_int_equal(next(oldest), 3);
	assert_int_equal(next(oldest), 4);
	assert_empty(newest);
	assert_empty(oldest);
	assert_int_equal(snarl_subscription_dropped(newest), 2);
	assert_int_equal(snarl_subscription_dropped(oldest), 2);
	snarl_subscription_release(newest);
	snarl_subscription_release(oldest);
	snarl_topic_release(t);
}

static void one_that_is_too_slow_is_closed_and_told(void **state)
{
	struct snarl_topic *t = snarl_topic_new(sizeof(int));
	struct snarl_subscription *s = snarl_topic_subscribe(t, 1, SNARL_FULL_CLOSE);
	struct snarl_subscription *good = snarl_topic_subscribe(t, 3, SNARL_FULL_CLOSE);
	int value;

	(void)state;
	assert_int_equal(publish(t, 1), 2);
	assert_int_equal(publish(t, 2), 1);
	assert_int_equal(publish(t, 3), 1);
	assert_int_equal(next(s), 1);
	assert_int_equal(snarl_subscription_receive(s, &value), -EOVERFLOW);
	assert_int_equal(snarl_subscription_dropped(s), 1);
	assert_int_equal(snarl_subscription_close(s), -EALREADY);
	assert_int_equal(snarl_subscription_close(good), 0);
	assert_int_equal(next(good), 1);
	assert_int_equal(next(good), 2);
	assert_int_equal(next(good), 3);
	assert_int_equal(snarl_subscription_receive(good, &value), -EPIPE);
	snarl_subscription_release(s);
	snarl_subscription_release(good);
	snarl_topic_release(t);
}

struct publishing {
	struct snarl_topic *topic;
	int value;
	int64_t deadline;
	struct snarl_context *context;
};

static int publish_it(void *argument)
{
	struct publishing *p = argument;

	if (p->context)
		return snarl_topic_publish_with(p->topic, &p->value, p->context);
	if (p->deadline)
		return snarl_topic_publish_until(p->topic, &p->value, p->deadline);
	return snarl_topic_publish(p->topic, &p->value);
}

static void a_publisher_waits_for_who_wants_it(void **state)
{
	struct snarl_topic *t = snarl_topic_new(sizeof(int));
	struct snarl_subscription *s = snarl_topic_subscribe(t, 1, SNARL_FULL_BLOCK);
	struct publishing p = {.topic = t, .value = 2};
	struct caller c;

	(void)state;
	assert_int_equal(publish(t, 1), 1);
	start_blocked(&c, publish_it, &p);
	assert_int_equal(next(s), 1);
	assert_int_equal(end_call(&c), 1);
	assert_int_equal(next(s), 2);
	assert_int_equal(snarl_subscription_dropped(s), 0);
	snarl_subscription_release(s);
	snarl_topic_release(t);
}

/* The first two are full: the wait for the first uses up all the time there is, and the rest still
 * get what they have room for. */
static void a_wait_that_ends_costs_one_subscriber_the_element(void **state)
{
	struct snarl_topic *t = snarl_topic_new(sizeof(int));
	struct snarl_context *context = snarl_context_with_cancel(NULL);
	struct snarl_subscription *full = snarl_topic_subscribe(t, 1, SNARL_FULL_BLOCK);
	struct snarl_subscription *also = snarl_topic_subscribe(t, 1, SNARL_FULL_BLOCK);
	struct snarl_subscription *free_one = snarl_topic_subscribe(t, 9, SNARL_FULL_BLOCK);
	struct publishing p = {.topic = t, .value = 2, .context = context};
	struct publishing late = {.topic = t, .value = 3, .deadline = snarl_now()};
	struct caller c;

	(void)state;
	assert_int_equal(publish(t, 1), 3);
	start_blocked(&c, publish_it, &p);
	snarl_context_cancel(context);
	assert_int_equal(end_call(&c), 1);
	assert_int_equal(publish_it(&late), 1);
	assert_int_equal(publish_it(&p), -ECANCELED);
	p.value = 4;
	assert_int_equal(snarl_topic_try_publish(t, &p.value), 1);
	assert_int_equal(snarl_subscription_dropped(full), 3);
	assert_int_equal(snarl_subscription_dropped(also), 3);
	for (int i = 1; i <= 4; i++)
		assert_int_equal(next(free_one), i);
	snarl_subscription_release(full);
	snarl_subscription_release(also);
	snarl_subscription_release(free_one);
	snarl_topic_release(t);
	snarl_context_release(context);
}

static void publishers_take_turns(void **state)
{
	struct snarl_topic *t = snarl_topic_new(sizeof(int));
	struct snarl_subscription *s = snarl_topic_subscribe(t, 1, SNARL_FULL_BLOCK);
	struct publishing first = {.topic = t, .value = 1}, second = {.topic = t, .value = 2};
	struct caller one, two;
	int value = 9;

	(void)state;
	assert_int_equal(publish(t, 0), 1);
	start_blocked(&one, publish_it, &first);
	start_blocked(&two, publish_it, &second);
	assert_int_equal(snarl_topic_try_publish(t, &value), -EAGAIN);
	assert_int_equal(snarl_topic_publish_until(t, &value, snarl_now()), -ETIMEDOUT);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(snarl_subscription_receive(s, &value), 0);
		assert_int_equal(value, i);
	}
	assert_int_equal(end_call(&one), 1);
	assert_int_equal(end_call(&two), 1);
	snarl_subscription_release(s);
	snarl_topic_release(t);
}

/* The one that is waited for goes, while the next in the list is new. */
static void a_subscriber_may_go_while_it_is_waited_for(void **state)
{
	struct snarl_topic *t = snarl_topic_new(sizeof(int));
	struct snarl_subscription *s = snarl_topic_subscribe(t, 1, SNARL_FULL_BLOCK), *later;
	struct publishing p = {.topic = t, .value = 2};
	struct caller c;

	(void)state;
	assert_int_equal(publish(t, 1), 1);
	start_blocked(&c, publish_it, &p);
	later = snarl_topic_subscribe(t, 1, SNARL_FULL_BLOCK);
	assert_int_equal(snarl_subscription_close(s), 0);
	assert_int_equal(end_call(&c), 0);
	assert_int_equal(next(s), 1);
	assert_empty(later);
	snarl_subscription_release(s);
	snarl_subscription_release(later);
	snarl_topic_release(t);
}

static void the_next_ones_may_go_while_one_is_waited_for(void **state)
{
	struct snarl_topic *t = snarl_topic_new(sizeof(int));
	struct snarl_subscription *s[4];
	struct publishing p = {.topic = t, .value = 2};
	struct caller c;

	(void)state;
	for (int i = 0; i < 4; i++)
		s[i] = snarl_topic_subscribe(t, i ? 2 : 1, SNARL_FULL_BLOCK);
	assert_int_equal(publish(t, 1), 4);
	start_blocked(&c, publish_it, &p);
	snarl_subscription_release(s[1]);
	snarl_subscription_release(s[2]);
	assert_int_equal(next(s[0]), 1);
	assert_int_equal(end_call(&c), 2);
	assert_int_equal(next(s[0]), 2);
	assert_int_equal(next(s[3]), 1);
	assert_int_equal(next(s[3]), 2);
	snarl_subscription_release(s[0]);
	snarl_subscription_release(s[3]);
	snarl_topic_release(t);
}

static int receive_it(void *argument)
{
	int value;

	return snarl_subscription_receive(argument, &value);
}

static void closing_ends_everything(void **state)
{
	struct snarl_topic *t = snarl_topic_new(sizeof(int));
	struct snarl_subscription *full = snarl_topic_subscribe(t, 1, SNARL_FULL_BLOCK);
	struct snarl_subscription *empty = snarl_topic_subscribe(t, 2, SNARL_FULL_BLOCK);
	struct publishing p = {.topic = t, .value = 2};
	struct caller publisher, turn, receiver;

	(void)state;
	assert_int_equal(publish(t, 1), 2);
	assert_int_equal(next(empty), 1);
	start_blocked(&publisher, publish_it, &p);
	start_blocked(&turn, publish_it, &p);
	start_blocked(&receiver, receive_it, empty);
	assert_int_equal(snarl_topic_close(t), 0);
	assert_int_equal(snarl_topic_close(t), -EALREADY);
	assert_int_equal(end_call(&publisher), 0);
	assert_int_equal(end_call(&turn), -EPIPE);
	assert_int_equal(end_call(&receiver), -EPIPE);
	assert_int_equal(publish(t, 3), -EPIPE);
	assert_null(snarl_topic_subscribe(t, 1, SNARL_FULL_BLOCK));
	assert_int_equal(errno, EPIPE);
	assert_int_equal(next(full), 1);
	assert_int_equal(receive_it(full), -EPIPE);
	snarl_subscription_release(full);
	snarl_subscription_release(empty);
	snarl_topic_release(t);
}

static void the_last_release_closes(void **state)
{
	struct snarl_topic *t = snarl_topic_retain(snarl_topic_new(sizeof(int)));
	struct snarl_subscription *s = snarl_topic_subscribe(t, 1, SNARL_FULL_BLOCK);

	(void)state;
	snarl_subscription_release(snarl_subscription_retain(s));
	snarl_topic_release(t);
	assert_int_equal(publish(t, 1), 1);
	snarl_topic_release(t);
	assert_int_equal(next(s), 1);
	assert_int_equal(receive_it(s), -EPIPE);
	snarl_subscription_release(s);
}

static void a_subscription_can_be_selected(void **state)
{
	struct snarl_topic *t = snarl_topic_new(sizeof(int));
	struct snarl_subscription *s = snarl_topic_subscribe(t, 1, SNARL_FULL_DROP_OLDEST);
	struct snarl_context *ended = snarl_context_with_cancel(NULL);
	int value = 0;
	struct snarl_case one = {snarl_subscription_channel(s), &value, SNARL_RECEIVE, 0};

	(void)state;
	assert_int_equal(snarl_try_select(&one, 1), -EAGAIN);
	publish(t, 1);
	publish(t, 2);
	assert_int_equal(snarl_select(&one, 1), 0);
	assert_int_equal(value, 2);
	assert_int_equal(snarl_subscription_receive_until(s, &value, snarl_now()), -ETIMEDOUT);
	snarl_context_cancel(ended);
	assert_int_equal(snarl_subscription_receive_with(s, &value, ended), -ECANCELED);
	snarl_context_release(ended);
	snarl_subscription_release(s);
	snarl_topic_release(t);
}

#define PUBLISHERS 2
#define READERS 3
#define ROUNDS 2000

struct crowd {
	struct snarl_topic *topic;
	struct snarl_subscription *subscription;
	int first;
	int seen[PUBLISHERS * ROUNDS];
	int count;
};

static int publish_many(void *argument)
{
	struct crowd *k = argument;

	for (int i = 0; i < ROUNDS; i++)
		if (publish(k->topic, k->first + i) < READERS)
			return -EIO;
	return 0;
}

static int read_all(void *argument)
{
	struct crowd *k = argument;
	int e;

	while (!(e = snarl_subscription_receive(k->subscription, &k->seen[k->count])))
		k->count++;
	return e;
}

/* Comes, perhaps reads a little, and goes, all the time. */
static int come_and_go(void *argument)
{
	struct crowd *k = argument;
	struct snarl_subscription *s;
	int value;

	for (int i = 0; (s = snarl_topic_subscribe(k->topic, 1,
						   (i % 2) ? SNARL_FULL_BLOCK : SNARL_FULL_CLOSE));
	     i++) {
		if (i % 3)
			snarl_subscription_try_receive(s, &value);
		snarl_subscription_release(s);
	}
	return -errno;
}

static void all_see_one_order_while_others_come_and_go(void **state)
{
	static struct crowd readers[READERS], publishers[PUBLISHERS];
	struct caller reading[READERS], publishing[PUBLISHERS], restless;
	struct snarl_topic *t = snarl_topic_new(sizeof(int));
	struct crowd rest = {.topic = t};

	(void)state;
	for (int i = 0; i < READERS; i++) {
		readers[i].count = 0;
		readers[i].subscription = snarl_topic_subscribe(t, (size_t)i + 1, SNARL_FULL_BLOCK);
		start_call(&reading[i], read_all, &readers[i]);
	}
	start_call(&restless, come_and_go, &rest);
	for (int i = 0; i < PUBLISHERS; i++) {
		publishers[i] = (struct crowd){.topic = t, .first = i * ROUNDS};
		start_call(&publishing[i], publish_many, &publishers[i]);
	}
	for (int i = 0; i < PUBLISHERS; i++)
		assert_int_equal(end_call(&publishing[i]), 0);
	assert_int_equal(snarl_topic_close(t), 0);
	assert_int_equal(end_call(&restless), -EPIPE);
	for (int i = 0; i < READERS; i++) {
		assert_int_equal(end_call(&reading[i]), -EPIPE);
		assert_int_equal(readers[i].count, PUBLISHERS * ROUNDS);
		assert_memory_equal(readers[i].seen, readers[0].seen, sizeof(readers[0].seen));
		snarl_subscription_release(readers[i].subscription);
	}
	snarl_topic_release(t);
}

static int make_and_use(void)
{
	struct snarl_topic *t = snarl_topic_new(sizeof(int));
	struct snarl_subscription *s = t ? snarl_topic_subscribe(t, 2, SNARL_FULL_BLOCK) : NULL;
	int e = s ? 0 : -errno;

	if (s)
		assert_int_equal(publish(t, 1), 1);
	snarl_subscription_release(s);
	snarl_topic_release(t);
	return e;
}

static void each_allocation_may_fail(void **state)
{
	(void)state;
	assert_int_equal(fail_each_allocation(make_and_use), 3);
}

static void misuse_is_refused(void **state)
{
	struct snarl_topic *t = snarl_topic_new(sizeof(int));
	int value = 0;

	(void)state;
	assert_null(snarl_topic_new(SIZE_MAX));
	assert_int_equal(errno, EINVAL);
	assert_null(snarl_topic_subscribe(t, 0, SNARL_FULL_BLOCK));
	assert_int_equal(errno, EINVAL);
	assert_null(snarl_topic_subscribe(t, 1, SNARL_FULL_REJECT));
	assert_int_equal(errno, EINVAL);
	assert_null(snarl_topic_subscribe(NULL, 1, SNARL_FULL_BLOCK));
	assert_int_equal(snarl_topic_publish(t, NULL), -EINVAL);
	assert_int_equal(snarl_topic_publish(NULL, &value), -EINVAL);
	assert_int_equal(snarl_topic_close(NULL), -EINVAL);
	assert_int_equal(snarl_subscription_receive(NULL, &value), -EINVAL);
	assert_int_equal(snarl_subscription_close(NULL), -EINVAL);
	assert_int_equal(snarl_subscription_dropped(NULL), 0);
	assert_null(snarl_subscription_channel(NULL));
	assert_null(snarl_topic_retain(NULL));
	assert_null(snarl_subscription_retain(NULL));
	snarl_topic_release(NULL);
	snarl_subscription_release(NULL);
	snarl_topic_release(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everybody_gets_every_element),
		cmocka_unit_test(a_full_queue_drops_by_its_policy),
		cmocka_unit_test(one_that_is_too_slow_is_closed_and_told),
		cmocka_unit_test(a_publisher_waits_for_who_wants_it),
		cmocka_unit_test(a_wait_that_ends_costs_one_subscriber_the_element),
		cmocka_unit_test(publishers_take_turns),
		cmocka_unit_test(a_subscriber_may_go_while_it_is_waited_for),
		cmocka_unit_test(the_next_ones_may_go_while_one_is_waited_for),
		cmocka_unit_test(closing_ends_everything),
		cmocka_unit_test(the_last_release_closes),
		cmocka_unit_test(a_subscription_can_be_selected),
		cmocka_unit_test(all_see_one_order_while_others_come_and_go),
		cmocka_unit_test(each_allocation_may_fail),
		cmocka_unit_test(misuse_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
