/* SPDX-License-Identifier: Apache-2.0
 *
 * See seen.h: how a picture is taken. */
#include "outside/seen.h"
#include "base/sys.h"
#include "outside/closed.h"
#include "outside/owner.h"
#include "outside/pipe.h"
#include "outside/socket.h"

#include <stdlib.h>
#include <string.h>

const struct sn_seen_thread *sn_seen_find(const struct sn_seen *s, uint32_t tid)
{
	for (uint32_t i = 0; tid && i < s->thread_count; i++)
		if (s->threads[i].task.tid == tid)
			return &s->threads[i];
	return NULL;
}

static int take_tasks(struct sn_seen *s)
{
	struct sn_task *all;
	int n = sn_task_list(&all, s->pid);

	if (n < 0)
		return n;
	s->threads = calloc((size_t)n + 1, sizeof(*s->threads));
	s->thread_count = s->threads ? (uint32_t)n : 0;
	for (uint32_t i = 0; i < s->thread_count; i++)
		s->threads[i].task = all[i];
	free(all);
	return s->threads ? 0 : -ENOMEM;
}

static void ask_pipe(struct sn_seen_thread *t)
{
	t->pipe = sn_pipe_of(&t->call, &t->writes);
	if (t->pipe)
		return;
	t->pipe = sn_socket_of(&t->call, &t->writes);
	t->socket = t->pipe != 0;
}

static void ask(struct sn_seen *s)
{
	for (uint32_t i = 0; i < s->thread_count; i++) {
		struct sn_remote *r = &s->threads[i].call;
		int rc = sn_remote_ask(r, s->pid, s->threads[i].task.tid);

		if (rc)
			*r = (struct sn_remote){0};
		if (rc == -EPERM || rc == -EACCES)
			s->flags |= SN_SEEN_DENIED;
	}
	for (uint32_t i = 0; i < s->thread_count; i++) {
		struct sn_seen_thread *t = &s->threads[i];

		sn_seen_ask_owner(s, t);
		if (t->task.state == 'S' && t->call.tid)
			ask_pipe(t);
	}
}

/* The same threads, and none of them has moved since. */
static int holds_still(const struct sn_seen *s)
{
	struct sn_task *now;
	int n = sn_task_list(&now, s->pid), same = n == (int)s->thread_count;

	for (int i = 0; same && i < n; i++)
		same = now[i].tid == s->threads[i].task.tid &&
		       now[i].state == s->threads[i].task.state &&
		       now[i].switches == s->threads[i].task.switches;
	free(now);
	return same;
}

static int has_module(const struct sn_seen *s, uint64_t address)
{
	for (uint32_t i = 0; i < s->module_count; i++)
		if (address >= s->modules[i].start && address < s->modules[i].end)
			return 1;
	return 0;
}

static void add_module(struct sn_seen *s, const struct sn_mapped *m)
{
	uint32_t n = s->module_count, size = m->build_id_size;
	struct sn_seen_module *more = s->modules, *to;

	if (strlen(m->path) >= sizeof(to->path))
		return;
	if (!(n & (n - 1)))
		more = realloc(more, (n ? 2u * n : 1u) * sizeof(*more));
	if (!more)
		return;
	s->modules = more;
	to = &more[s->module_count++];
	*to = (struct sn_seen_module){.start = m->start, .end = m->end, .bias = m->bias};
	to->build_id_size = size < SN_BUILD_ID_MAX ? size : SN_BUILD_ID_MAX;
	memcpy(to->build_id, m->build_id, m->build_id ? to->build_id_size : 0);
	strcpy(to->path, m->path);
}

static void take_modules(struct sn_seen *s, struct sn_walker *w, const struct sn_remote *r)
{
	struct sn_mapped m;

	for (uint32_t i = 0; i < r->depth; i++)
		if (!has_module(s, r->pcs[i]) && !sn_walker_module(w, r->pcs[i] - 1, &m))
			add_module(s, &m);
}

/* The module that owns the word that a thread sleeps on. */
static void take_owner(struct sn_seen *s, struct sn_walker *w, const struct sn_seen_thread *t)
{
	uint64_t futex = sn_seen_futex(t);
	struct sn_mapped m;

	if (futex && !has_module(s, futex) && !sn_walker_module(w, futex, &m))
		add_module(s, &m);
}

static void walk(struct sn_seen *s, enum sn_walk how)
{
	struct sn_walker *w = sn_walker_open(s->pid);

	for (uint32_t i = 0; w && i < s->thread_count; i++) {
		struct sn_remote *r = &s->threads[i].call;

		if (!r->tid)
			continue;
		if (!sn_walker_walk(w, r, how) && r->running && sn_walker_is_denied(w))
			s->flags |= SN_SEEN_NO_STOP;
		take_modules(s, w, r);
		take_owner(s, w, &s->threads[i]);
	}
	sn_walker_close(w);
}

int sn_seen_take(struct sn_seen *s, uint32_t pid, enum sn_walk how)
{
	int rc;

	*s = (struct sn_seen){
		.pid = pid, .when_ns = sn_now(), .flags = how == SN_WALK_LAST ? SN_SEEN_LAST : 0};
	rc = take_tasks(s);
	if (rc)
		return rc;
	ask(s);
	/* Asked before anybody is stopped. */
	if (sn_seen_is_closed(s) && holds_still(s))
		s->flags |= SN_SEEN_NEVER;
	if (how != SN_WALK_NOT)
		walk(s, how);
	return 0;
}

void sn_seen_free(struct sn_seen *s)
{
	free(s->threads);
	free(s->modules);
	*s = (struct sn_seen){0};
}
