/* SPDX-License-Identifier: Apache-2.0
 *
 * Actors: what they are sent, asked and told by their timers, and how they stop. */
#include "callers.h"
#include "snarl_channel/actor.h"
#include "snarl_channel/future.h"
#include "snarl_channel/task.h"

#define HOUR (3600 * SNARL_SECOND)

/* What the actors of these tests know.  Only their own tasks write to it before they have stopped.
 */
struct probe {
	long handled;
	long last;
	long discarded;
	long stopped;
	int64_t timer;
	int result;
	struct snarl_channel *entered; /* told that a handler has begun */
	struct snarl_channel *gate;    /* and waits here */
	struct snarl_promise *kept;
};

/* A message says itself what is to be done. */
struct order {
	void (*run)(struct snarl_actor *self, struct snarl_message *m, struct probe *p);
	struct probe *probe;
	long number;
};

static void handle(struct snarl_actor *self, struct snarl_message *m, void *state)
{
	struct order *o = m->body;
	struct probe *p = state;

	p->handled++;
	p->last = o->number;
	if (o->run)
		o->run(self, m, p);
}

static void discard(void *body)
{
	((struct order *)body)->probe->discarded++;
}

static void stopped(void *state)
{
	((struct probe *)state)->stopped++;
}

static struct snarl_actor *start(struct probe *p, size_t mailbox, struct snarl_context *parent)
{
	struct snarl_behaviour b = {"probe", mailbox, handle, discard, stopped};
	struct snarl_actor *a;

	memset(p, 0, sizeof(*p));
	p->entered = snarl_channel_new(0, 1);
	p->gate = snarl_channel_new(0, 0);
	a = snarl_actor_new(&b, p, parent);
	assert_non_null(a);
	return a;
}

static void finish(struct snarl_actor *a, struct probe *p)
{
	assert_int_equal(snarl_actor_stop(a), 0);
	assert_int_equal(snarl_actor_wait_until(a, snarl_in(PATIENCE)), 0);
	assert_int_equal(p->stopped, 1);
	snarl_actor_release(a);
	snarl_channel_release(p->entered);
	snarl_channel_release(p->gate);
}

/* Holds the actor up until the gate is sent to or closed, or its context ends. */
static void hold(struct snarl_actor *self, struct snarl_message *m, struct probe *p)
{
	(void)self;
	(void)m;
	snarl_send(p->entered, NULL);
	p->result = snarl_receive_with(p->gate, NULL, snarl_task_context());
}

/* The actor is in `hold` when this returns. */
static void hold_up(struct snarl_actor *a, struct probe *p, struct order *o)
{
	*o = (struct order){hold, p, -1};
	assert_int_equal(snarl_actor_send(a, o), 0);
	assert_int_equal(snarl_receive_until(p->entered, NULL, snarl_in(PATIENCE)), 0);
}

static void let_go(struct probe *p)
{
	assert_int_equal(snarl_send_until(p->gate, NULL, snarl_in(PATIENCE)), 0);
}

static void in_order(struct snarl_actor *self, struct snarl_message *m, struct probe *p)
{
	(void)self;
	assert_int_equal(((struct order *)m->body)->number, p->handled);
	assert_null(m->reply);
	assert_int_equal(m->timer, 0);
}

static void messages_are_handled_in_order_and_the_mailbox_is_drained(void **state)
{
	struct order orders[100];
	struct probe p;
	struct snarl_actor *a = start(&p, 3, NULL);

	(void)state;
	for (long i = 0; i < 100; i++) {
		orders[i] = (struct order){in_order, &p, i + 1};
		assert_int_equal(snarl_actor_send(a, &orders[i]), 0);
	}
	assert_int_equal(snarl_actor_stop(a), 0);
	assert_int_equal(snarl_actor_send(a, &orders[0]), -EPIPE);
	assert_int_equal(snarl_actor_stop(a), 0);
	assert_int_equal(snarl_actor_wait(a), 0);
	assert_int_equal(p.handled, 100);
	assert_int_equal(p.discarded, 0);
	assert_int_equal(snarl_actor_try_wait(a), 0);
	finish(a, &p);
}

struct sending {
	struct snarl_actor *actor;
	struct order *order;
	struct snarl_context *context;
};

static int send_it(void *argument)
{
	struct sending *s = argument;

	if (s->context)
		return snarl_actor_send_with(s->actor, s->order, s->context);
	return snarl_actor_send(s->actor, s->order);
}

static void a_full_mailbox_makes_its_senders_wait(void **state)
{
	struct snarl_context *context = snarl_context_with_cancel(NULL);
	struct order held, first = {0}, second = {0}, third = {0};
	struct probe p;
	struct snarl_actor *a = start(&p, 1, NULL);
	struct sending waits = {a, &second, NULL}, gives_up = {a, &third, context};
	struct caller one, other;

	(void)state;
	hold_up(a, &p, &held);
	assert_int_equal(snarl_actor_try_send(a, &first), 0);
	assert_int_equal(snarl_actor_try_send(a, &second), -EAGAIN);
	assert_int_equal(snarl_actor_send_until(a, &second, snarl_now()), -ETIMEDOUT);
	start_blocked(&one, send_it, &waits);
	start_blocked(&other, send_it, &gives_up);
	snarl_context_cancel(context);
	assert_int_equal(end_call(&other), -ECANCELED);
	let_go(&p);
	assert_int_equal(end_call(&one), 0);
	finish(a, &p);
	assert_int_equal(p.handled, 3);
	snarl_context_release(context);
}

static void stopping_ends_the_waits_of_senders(void **state)
{
	struct order held, first = {0}, second = {0};
	struct probe p;
	struct snarl_actor *a = start(&p, 1, NULL);
	struct sending waits = {a, &second, NULL};
	struct caller one;

	(void)state;
	hold_up(a, &p, &held);
	assert_int_equal(snarl_actor_send(a, &first), 0);
	start_blocked(&one, send_it, &waits);
	assert_int_equal(snarl_actor_stop(a), 0);
	assert_int_equal(end_call(&one), -EPIPE);
	assert_int_equal(snarl_actor_try_wait(a), -EAGAIN);
	assert_int_equal(snarl_actor_wait_until(a, snarl_now()), -ETIMEDOUT);
	let_go(&p);
	finish(a, &p);
	assert_int_equal(p.handled, 2);
}

static void stopping_at_once_discards_what_waits(void **state)
{
	struct order held, first = {0}, asked = {0};
	struct snarl_future *answer;
	struct probe p;
	struct snarl_actor *a = start(&p, 4, NULL);

	(void)state;
	hold_up(a, &p, &held);
	first.probe = asked.probe = &p;
	assert_int_equal(snarl_actor_send(a, &first), 0);
	assert_int_equal(snarl_actor_request(a, &asked, free, &answer), 0);
	assert_int_equal(snarl_actor_stop(a), 0);
	assert_int_equal(snarl_actor_stop_now(a), 0);
	assert_int_equal(snarl_future_get_until(answer, NULL, snarl_in(PATIENCE)), -EPIPE);
	snarl_future_release(answer);
	finish(a, &p);
	assert_int_equal(p.result, -ECANCELED);
	assert_int_equal(p.handled, 1);
	assert_int_equal(p.discarded, 2);
}

static void an_actor_ends_with_its_parent(void **state)
{
	struct snarl_context *cancelled = snarl_context_with_cancel(NULL);
	struct snarl_context *late = snarl_context_with_timeout(NULL, SNARL_MILLISECOND);
	struct order o = {0};
	struct probe p;
	struct snarl_actor *a = start(&p, 1, cancelled);

	(void)state;
	snarl_context_cancel(cancelled);
	assert_int_equal(snarl_actor_send(a, &o), -EPIPE);
	assert_int_equal(snarl_actor_after(a, 0, &o), -EPIPE);
	finish(a, &p);
	a = start(&p, 1, late);
	assert_int_equal(snarl_actor_wait_until(a, snarl_in(PATIENCE)), 0);
	finish(a, &p);
	snarl_context_release(cancelled);
	snarl_context_release(late);
}

static void square(struct snarl_actor *self, struct snarl_message *m, struct probe *p)
{
	long *value = malloc(sizeof(*value));

	(void)self;
	(void)p;
	*value = ((struct order *)m->body)->number * ((struct order *)m->body)->number;
	assert_int_equal(snarl_promise_fulfil(m->reply, value), 0);
}

static void refuse(struct snarl_actor *self, struct snarl_message *m, struct probe *p)
{
	(void)self;
	(void)p;
	snarl_promise_fail(m->reply, -EDOM);
}

static void asking_waits_for_the_answer(void **state)
{
	struct probe p;
	struct snarl_actor *a = start(&p, 0, NULL);
	struct order good = {square, &p, 12}, bad = {refuse, &p, 0}, mute = {NULL, &p, 0};
	void *value = NULL;
	int sent = 0;

	(void)state;
	assert_int_equal(snarl_actor_ask(a, &good, free, &value, &sent), 0);
	assert_int_equal(sent, 1);
	assert_int_equal(*(long *)value, 144);
	free(value);
	assert_int_equal(snarl_actor_ask_until(a, &good, free, NULL, NULL, snarl_in(PATIENCE)), 0);
	assert_int_equal(snarl_actor_ask_with(a, &bad, free, &value, &sent, NULL), -EDOM);
	assert_int_equal(snarl_actor_ask(a, &mute, free, &value, NULL), -EPIPE);
	snarl_actor_stop(a);
	assert_int_equal(snarl_actor_ask(a, &good, free, &value, &sent), -EPIPE);
	assert_int_equal(sent, 0);
	finish(a, &p);
}

static void keep(struct snarl_actor *self, struct snarl_message *m, struct probe *p)
{
	p->kept = snarl_promise_retain(m->reply);
	hold(self, m, p);
}

static int destroyed; /* values given to count_destroyed */

static void count_destroyed(void *value)
{
	(void)value;
	__atomic_fetch_add(&destroyed, 1, __ATOMIC_SEQ_CST);
}

static void a_late_answer_is_destroyed(void **state)
{
	struct probe p;
	struct snarl_actor *a = start(&p, 1, NULL);
	struct order o = {keep, &p, 0};
	void *value = &p;
	int sent;

	(void)state;
	destroyed = 0;
	assert_int_equal(snarl_actor_ask_until(a, &o, count_destroyed, &value, &sent,
					       snarl_in(SNARL_MILLISECOND)),
			 -ETIMEDOUT);
	assert_int_equal(sent, 1);
	assert_ptr_equal(value, &p);
	let_go(&p);
	finish(a, &p);
	assert_int_equal(snarl_promise_fulfil(p.kept, &p), 0);
	assert_int_equal(destroyed, 0);
	snarl_promise_release(p.kept);
	assert_int_equal(destroyed, 1);
}

struct asking {
	struct snarl_actor *actor;
	struct order *order;
	struct snarl_context *context;
	void *value;
	int sent;
};

static int ask_it(void *argument)
{
	struct asking *k = argument;

	return snarl_actor_ask_with(k->actor, k->order, NULL, &k->value, &k->sent, k->context);
}

static void a_context_ends_asking(void **state)
{
	struct snarl_context *context = snarl_context_with_cancel(NULL);
	struct probe p;
	struct snarl_actor *a = start(&p, 1, NULL);
	struct order o = {keep, &p, 0};
	struct asking k = {a, &o, context, NULL, 0};
	struct caller c;

	(void)state;
	start_blocked(&c, ask_it, &k);
	assert_int_equal(snarl_receive(p.entered, NULL), 0);
	snarl_context_cancel(context);
	assert_int_equal(end_call(&c), -ECANCELED);
	assert_int_equal(k.sent, 1);
	assert_int_equal(ask_it(&k), -ECANCELED);
	assert_int_equal(k.sent, 0);
	let_go(&p);
	finish(a, &p);
	snarl_promise_release(p.kept);
	snarl_context_release(context);
}

static void an_answer_may_come_when_the_handler_has_returned(void **state)
{
	struct probe p;
	struct snarl_actor *a = start(&p, 1, NULL);
	struct order o = {keep, &p, 0};
	struct snarl_future *f;
	void *value;

	(void)state;
	assert_int_equal(snarl_actor_request(a, &o, NULL, &f), 0);
	assert_int_equal(snarl_receive(p.entered, NULL), 0);
	let_go(&p);
	finish(a, &p);
	assert_int_equal(snarl_future_try_get(f, &value), -EAGAIN);
	snarl_promise_fulfil(p.kept, &o);
	snarl_promise_release(p.kept);
	assert_int_equal(snarl_future_get(f, &value), 0);
	assert_ptr_equal(value, &o);
	snarl_future_release(f);
}

static void wait_for_itself(struct snarl_actor *self, struct snarl_message *m, struct probe *p)
{
	struct order *o = m->body;
	struct snarl_future *f;

	assert_int_equal(snarl_actor_wait(self), -EDEADLK);
	assert_int_equal(snarl_actor_ask(self, o, NULL, NULL, NULL), -EDEADLK);
	o->run = NULL;
	assert_int_equal(snarl_actor_request(self, o, NULL, &f), 0);
	snarl_future_release(f);
	assert_int_equal(snarl_actor_try_send(self, o), -EAGAIN);
	assert_int_equal(snarl_actor_send(self, o), -EDEADLK);
	assert_int_equal(snarl_actor_send_until(self, o, SNARL_FOREVER), -EDEADLK);
	snarl_send(p->entered, NULL);
}

static void an_actor_does_not_wait_for_itself(void **state)
{
	struct probe p;
	struct snarl_actor *a = start(&p, 1, NULL);
	struct order o = {wait_for_itself, &p, 0};

	(void)state;
	assert_int_equal(snarl_actor_send(a, &o), 0);
	assert_int_equal(snarl_receive_until(p.entered, NULL, snarl_in(PATIENCE)), 0);
	finish(a, &p);
	assert_int_equal(p.handled, 2);
}

static void stop_itself(struct snarl_actor *self, struct snarl_message *m, struct probe *p)
{
	struct order *o = m->body;

	(void)p;
	o->run = NULL;
	assert_int_equal(snarl_actor_send(self, o), 0);
	assert_int_equal(snarl_actor_stop_now(self), 0);
	assert_int_equal(snarl_actor_send(self, o), -EPIPE);
	assert_int_equal(snarl_context_error(snarl_task_context()), -ECANCELED);
}

static void an_actor_may_stop_itself(void **state)
{
	struct probe p;
	struct snarl_actor *a = start(&p, 2, NULL);
	struct order o = {stop_itself, &p, 0};

	(void)state;
	assert_int_equal(snarl_actor_send(a, &o), 0);
	assert_int_equal(snarl_actor_wait(a), 0);
	assert_int_equal(p.handled, 1);
	assert_int_equal(p.discarded, 1);
	finish(a, &p);
}

static void leave(struct snarl_actor *self, struct snarl_message *m, struct probe *p)
{
	(void)self;
	(void)m;
	(void)p;
	pthread_exit(NULL);
}

static void an_actor_that_leaves_its_thread_has_stopped(void **state)
{
	struct probe p;
	struct snarl_actor *a = start(&p, 2, NULL);
	struct order o = {leave, &p, 0};

	(void)state;
	assert_int_equal(snarl_actor_ask(a, &o, NULL, NULL, NULL), -EPIPE);
	assert_int_equal(snarl_actor_wait(a), 0);
	finish(a, &p);
}

/* The handle that was released is the last one until the actor takes one of its own. */
static void take_and_give_up(struct snarl_actor *self, struct snarl_message *m, struct probe *p)
{
	hold(self, m, p);
	snarl_actor_release(snarl_actor_retain(self));
	snarl_actor_release(snarl_actor_retain(self));
}

static void told_stopped(void *state)
{
	snarl_channel_close(((struct probe *)state)->gate);
}

static void the_last_release_stops_it_after_its_messages(void **state)
{
	struct snarl_behaviour b = {NULL, 2, handle, NULL, told_stopped};
	struct probe p = {.entered = snarl_channel_new(0, 1), .gate = snarl_channel_new(0, 0)};
	struct snarl_actor *a = snarl_actor_new(&b, &p, NULL);
	struct order first = {take_and_give_up, &p, 1}, second = {NULL, &p, 2};

	(void)state;
	assert_int_equal(snarl_actor_send(a, &first), 0);
	assert_int_equal(snarl_actor_send(a, &second), 0);
	assert_int_equal(snarl_receive(p.entered, NULL), 0);
	snarl_actor_release(snarl_actor_retain(a));
	snarl_actor_release(a);
	let_go(&p);
	assert_int_equal(snarl_receive_until(p.gate, NULL, snarl_in(PATIENCE)), -EPIPE);
	assert_int_equal(p.handled, 2);
	assert_int_equal(p.last, 2);
	snarl_channel_release(p.entered);
	snarl_channel_release(p.gate);
}

static void tell(struct snarl_actor *self, struct snarl_message *m, struct probe *p)
{
	(void)self;
	assert_null(m->reply);
	p->timer = m->timer;
	snarl_send(p->entered, NULL);
}

static void a_timer_calls_once(void **state)
{
	struct probe p;
	struct snarl_actor *a = start(&p, 1, NULL);
	struct order o = {tell, &p, 7};
	int64_t late = snarl_actor_after(a, HOUR, &o), soon;

	(void)state;
	assert_true(late > 0);
	soon = snarl_actor_after(a, 1, &o);
	assert_true(soon > 0 && soon != late);
	assert_int_equal(snarl_receive_until(p.entered, NULL, snarl_in(PATIENCE)), 0);
	assert_int_equal(snarl_actor_forget(a, soon), -ENOENT);
	assert_int_equal(snarl_actor_forget(a, late), 0);
	assert_int_equal(snarl_actor_forget(a, late), -ENOENT);
	finish(a, &p);
	assert_int_equal(p.handled, 1);
	assert_int_equal(p.timer, soon);
}

static void forget_the_third(struct snarl_actor *self, struct snarl_message *m, struct probe *p)
{
	if (p->handled == 3) {
		assert_int_equal(snarl_actor_forget(self, m->timer), 0);
		tell(self, m, p);
	}
}

static void a_timer_calls_again_and_again(void **state)
{
	struct probe p;
	struct snarl_actor *a = start(&p, 1, NULL);
	struct order o = {forget_the_third, &p, 0};
	struct order last = {NULL, &p, 0};

	(void)state;
	assert_true(snarl_actor_every(a, SNARL_MICROSECOND, &o) > 0);
	assert_int_equal(snarl_receive_until(p.entered, NULL, snarl_in(PATIENCE)), 0);
	assert_int_equal(snarl_actor_send(a, &last), 0);
	finish(a, &p);
	assert_int_equal(p.handled, 4);
}

static void note(struct snarl_actor *self, struct snarl_message *m, struct probe *p)
{
	struct order *o = m->body;

	(void)self;
	p->result = p->result * 10 + (int)o->number;
	if (o->number == 3)
		snarl_send(p->entered, NULL);
}

/* Both are there when the actor looks. */
static void timers_go_before_messages(void **state)
{
	struct probe p;
	struct snarl_actor *a = start(&p, 2, NULL);
	struct order held, message = {note, &p, 3}, timer = {note, &p, 2};

	(void)state;
	hold_up(a, &p, &held);
	assert_int_equal(snarl_actor_send(a, &message), 0);
	assert_true(snarl_actor_after(a, -1, &timer) > 0);
	let_go(&p);
	assert_int_equal(snarl_receive_until(p.entered, NULL, snarl_in(PATIENCE)), 0);
	finish(a, &p);
	assert_int_equal(p.result, 23);
}

static void an_ever_busy_timer_lets_messages_through(void **state)
{
	struct probe p;
	struct snarl_actor *a = start(&p, 0, NULL);
	struct order timer = {NULL, &p, 0}, message = {NULL, &p, 0};

	(void)state;
	assert_true(snarl_actor_every(a, 1, &timer) > 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(snarl_actor_send_until(a, &message, snarl_in(PATIENCE)), 0);
	finish(a, &p);
	assert_true(p.handled >= 100);
}

static void timers_come_in_the_order_of_their_times(void **state)
{
	struct probe p;
	struct snarl_actor *a = start(&p, 1, NULL);
	struct order held, orders[3];

	(void)state;
	hold_up(a, &p, &held);
	assert_true(snarl_actor_after(a, HOUR, &held) > 0);
	for (int i = 0; i < 3; i++) {
		orders[i] = (struct order){note, &p, i + 1};
		assert_true(snarl_actor_after(a, 0, &orders[i]) > 0);
	}
	assert_true(snarl_actor_after(a, HOUR / 2, &held) > 0);
	let_go(&p);
	assert_int_equal(snarl_receive_until(p.entered, NULL, snarl_in(PATIENCE)), 0);
	finish(a, &p);
	assert_int_equal(p.result, 123);
}

static void timers_end_when_the_actor_stops(void **state)
{
	struct probe p;
	struct snarl_actor *a = start(&p, 1, NULL);
	struct order held, timer = {NULL, &p, 0};

	(void)state;
	assert_true(snarl_actor_every(a, HOUR, &timer) > 0);
	hold_up(a, &p, &held);
	assert_true(snarl_actor_after(a, 0, &timer) > 0);
	assert_int_equal(snarl_actor_stop(a), 0);
	assert_int_equal(snarl_actor_after(a, 0, &timer), -EPIPE);
	assert_int_equal(snarl_actor_every(a, 1, &timer), -EPIPE);
	let_go(&p);
	finish(a, &p);
	assert_int_equal(p.handled, 1);
}

#define SENDERS 4

struct sender {
	struct snarl_actor *actor;
	struct order order;
	int messages;
};

static int send_many(void *argument)
{
	struct sender *s = argument;
	int e = 0;

	for (int i = 0; i < s->messages && !e; i++)
		e = i % 2 ? snarl_actor_send(s->actor, &s->order)
			  : snarl_actor_ask(s->actor, &s->order, free, NULL, NULL);
	return e;
}

static void maybe_square(struct snarl_actor *self, struct snarl_message *m, struct probe *p)
{
	if (m->reply)
		square(self, m, p);
}

static void many_send_at_once(void **state)
{
	struct sender senders[SENDERS];
	struct caller callers[SENDERS];
	struct probe p;
	struct snarl_actor *a = start(&p, 2, NULL);

	(void)state;
	for (int i = 0; i < SENDERS; i++) {
		senders[i] = (struct sender){a, {maybe_square, &p, i}, 2000};
		start_call(&callers[i], send_many, &senders[i]);
	}
	for (int i = 0; i < SENDERS; i++)
		assert_int_equal(end_call(&callers[i]), 0);
	finish(a, &p);
	assert_int_equal(p.handled, SENDERS * 2000);
}

static int make_and_use(void)
{
	struct snarl_behaviour b = {NULL, 1, handle, NULL, NULL};
	struct probe p = {0};
	struct order o = {NULL, &p, 0};
	struct snarl_actor *a = snarl_actor_new(&b, &p, NULL);
	struct snarl_future *f;
	int64_t timer;
	int e;

	if (!a)
		return -errno;
	e = snarl_actor_request(a, &o, NULL, &f);
	if (!e)
		snarl_future_release(f);
	timer = e ? e : snarl_actor_after(a, HOUR, &o);
	snarl_actor_stop(a);
	assert_int_equal(snarl_actor_wait(a), 0);
	snarl_actor_release(a);
	return timer < 0 ? (int)timer : 0;
}

static void each_allocation_may_fail(void **state)
{
	(void)state;
	assert_int_equal(make_and_use(), 0);
	assert_true(fail_each_allocation(make_and_use) >= 7);
}

static void misuse_is_refused(void **state)
{
	struct snarl_behaviour none = {0};
	struct snarl_future *f;

	(void)state;
	assert_null(snarl_actor_new(NULL, NULL, NULL));
	assert_int_equal(errno, EINVAL);
	assert_null(snarl_actor_new(&none, NULL, NULL));
	assert_int_equal(errno, EINVAL);
	assert_null(snarl_actor_retain(NULL));
	snarl_actor_release(NULL);
	assert_int_equal(snarl_actor_send(NULL, NULL), -EINVAL);
	assert_int_equal(snarl_actor_request(NULL, NULL, NULL, &f), -EINVAL);
	assert_int_equal(snarl_actor_ask(NULL, NULL, NULL, NULL, NULL), -EINVAL);
	assert_int_equal(snarl_actor_after(NULL, 0, NULL), -EINVAL);
	assert_int_equal(snarl_actor_every(NULL, 1, NULL), -EINVAL);
	assert_int_equal(snarl_actor_forget(NULL, 1), -EINVAL);
	assert_int_equal(snarl_actor_stop(NULL), -EINVAL);
	assert_int_equal(snarl_actor_stop_now(NULL), -EINVAL);
	assert_int_equal(snarl_actor_wait(NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_handled_in_order_and_the_mailbox_is_drained),
		cmocka_unit_test(a_full_mailbox_makes_its_senders_wait),
		cmocka_unit_test(stopping_ends_the_waits_of_senders),
		cmocka_unit_test(stopping_at_once_discards_what_waits),
		cmocka_unit_test(an_actor_ends_with_its_parent),
		cmocka_unit_test(asking_waits_for_the_answer),
		cmocka_unit_test(a_late_answer_is_destroyed),
		cmocka_unit_test(a_context_ends_asking),
		cmocka_unit_test(an_answer_may_come_when_the_handler_has_returned),
		cmocka_unit_test(an_actor_does_not_wait_for_itself),
		cmocka_unit_test(an_actor_may_stop_itself),
		cmocka_unit_test(an_actor_that_leaves_its_thread_has_stopped),
		cmocka_unit_test(the_last_release_stops_it_after_its_messages),
		cmocka_unit_test(a_timer_calls_once),
		cmocka_unit_test(a_timer_calls_again_and_again),
		cmocka_unit_test(timers_go_before_messages),
		cmocka_unit_test(an_ever_busy_timer_lets_messages_through),
		cmocka_unit_test(timers_come_in_the_order_of_their_times),
		cmocka_unit_test(timers_end_when_the_actor_stops),
		cmocka_unit_test(many_send_at_once),
		cmocka_unit_test(each_allocation_may_fail),
		cmocka_unit_test(misuse_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
