/* SPDX-License-Identifier: Apache-2.0
 *
 * Keeps the folder of a run small, however many processes the program starts: where there are more
 * recordings than keep= and keep_mib= allow, those of ended processes are judged, each once and as
 * the report at the end would, and the oldest go that have nothing to tell that others do not.
 * What they counted is kept, and so is how many went.  Never removed: what has a finding of its
 * own, and what is still written.  Of those that ended with a shared lock, whose waiters may be
 * told by them (report/owner.c), as many stay again. */
#include "cli/run.h"
#include "base/sys.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOOK_MOST_NS 200000000u /* signals for the program wait meanwhile */

/* What has been found of a recording. */
enum state {
	UNKNOWN, /* it was not judged, or is still written */
	SPARE,
	SHARED, /* its process ended with a lock that others share */
	OWN     /* it has a finding that no other has */
};

struct kept {
	char *name;
	ino_t ino;
	uint64_t bytes, order;
	enum state state;
	int repeats; /* it has findings, which others have as well */
	uint64_t counters[SN_COUNTER_COUNT];
};

struct sweep {
	struct run *run;
	struct kept *all; /* in the order of the list that they were found in */
	size_t count;
	uint64_t judged, until_ns;
	uint64_t *marks; /* of all that is told by recordings that stay: a hash table, 0 is free */
	size_t mark_count, mark_room;
	uint64_t dropped[SN_COUNTER_COUNT];
};

struct sweep *sweep_new(struct run *run)
{
	struct sweep *s = calloc(1, sizeof(*s));

	if (s)
		s->run = run;
	return s;
}

static void free_kept(struct kept *all, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(all[i].name);
	free(all);
}

void sweep_free(struct sweep *s)
{
	if (!s)
		return;
	free_kept(s->all, s->count);
	free(s->marks);
	free(s);
}

static uint64_t *place_of(const struct sweep *s, uint64_t mark)
{
	size_t i = mark & (s->mark_room - 1);

	while (s->marks[i] && s->marks[i] != mark)
		i = (i + 1) & (s->mark_room - 1);
	return &s->marks[i];
}

static int grow_marks(struct sweep *s)
{
	struct sweep more = {.mark_room = s->mark_room ? 2 * s->mark_room : 64};

	more.marks = calloc(more.mark_room, sizeof(*more.marks));
	if (!more.marks)
		return -ENOMEM;
	for (size_t i = 0; i < s->mark_room; i++)
		if (s->marks[i])
			*place_of(&more, s->marks[i]) = s->marks[i];
	free(s->marks);
	s->marks = more.marks;
	s->mark_room = more.mark_room;
	return 0;
}

struct judgement {
	struct sweep *sweep;
	int is_new, any;
};

/* What cannot be noted counts as new: it stays. */
static void take_mark(void *context, uint64_t mark)
{
	struct judgement *j = context;
	struct sweep *s = j->sweep;
	uint64_t *place;

	j->any = 1;
	mark += !mark;
	if (2 * s->mark_count >= s->mark_room && grow_marks(s)) {
		j->is_new = 1;
		return;
	}
	place = place_of(s, mark);
	j->is_new |= !*place;
	s->mark_count += !*place;
	*place = mark;
}

static void judge(struct sweep *s, struct sn_report *r, struct kept *k)
{
	struct judgement j = {.sweep = s};

	sn_report_marks(r, take_mark, &j);
	for (unsigned c = 0; c < SN_COUNTER_COUNT; c++)
		k->counters[c] = sn_report_counter(r, c);
	k->order = ++s->judged;
	k->repeats = j.any;
	/* What its children have told is nowhere else. */
	j.is_new |= k->counters[SN_COUNTER_CHILDREN_TOLD] != 0;
	k->state = j.is_new ? OWN : sn_report_holds_shared(r) ? SHARED : SPARE;
}

/* The program's last image is what the run is about. */
static int has_ended(const struct run *run, int fd, const struct sn_header *h)
{
	if (h->ended_how == SN_ENDED_EXEC)
		return 1;
	if ((pid_t)h->pid == run->pid)
		return 0;
	return h->ended_how != SN_ENDED_RUNNING || !cli_recording_lives(fd, h);
}

static void look_into(struct sweep *s, struct sn_report *r, const struct cli_recording *one,
		      struct kept *k)
{
	const struct sn_outside unknown = {.folder = one->folder + 1};
	char error[CLI_ERROR_MAX];
	struct sn_header h;
	int fd = run_open_recording(s->run, one, &h);

	if (fd < 0 ? !one->pid || !kill((pid_t)one->pid, 0) || errno != ESRCH
		   : !has_ended(s->run, fd, &h)) {
		if (fd >= 0)
			close(fd);
		return;
	}
	/* One that never began, or cannot be read, tells nothing. */
	if (fd >= 0)
		sn_report_add_fd(r, fd, one->path, &unknown, error, sizeof(error));
	judge(s, r, k);
	sn_report_clear(r);
	if (fd >= 0)
		close(fd);
}

static const char *name_of(const struct cli_recording *one)
{
	const char *slash = strrchr(one->path, '/');

	return slash ? slash + 1 : one->path;
}

/* What is known of it already: lists are in the same order, so it is near where the last one was. */
static struct kept *known(const struct sweep *s, const char *name, size_t *near)
{
	for (size_t i = 0; i < s->count; i++) {
		size_t at = (*near + i) % s->count;
		if (s->all[at].name && !strcmp(s->all[at].name, name)) {
			*near = at + 1;
			return &s->all[at];
		}
	}
	return NULL;
}

/* Takes over what is known of those that are listed, and forgets the others. */
static int list(struct sweep *s, const struct cli_recordings *now)
{
	struct kept *all = calloc(now->count + 1, sizeof(*all));
	size_t near = 0;

	for (size_t i = 0; all && i < now->count; i++) {
		const char *name = name_of(&now->all[i]);
		struct kept *before = known(s, name, &near);
		struct stat st;
		if (fstatat(s->run->folder, name, &st, AT_SYMLINK_NOFOLLOW))
			memset(&st, 0, sizeof(st));
		if (before && before->ino == st.st_ino) {
			all[i] = *before;
			before->name = NULL;
		} else {
			all[i].name = strdup(name);
			all[i].ino = st.st_ino;
		}
		all[i].bytes = (uint64_t)st.st_blocks * 512;
	}
	if (!all)
		return -ENOMEM;
	free_kept(s->all, s->count);
	s->all = all;
	s->count = now->count;
	return 0;
}

static int is_too_much(const struct sweep *s, size_t count, uint64_t bytes)
{
	const struct sn_options *o = &s->run->options.parsed;

	return o->keep >= 0 && (count > (size_t)o->keep ||
				(o->keep_mib >= 0 && bytes > (uint64_t)o->keep_mib << 20));
}

static int by_order(const void *a, const void *b)
{
	const struct kept *x = *(struct kept *const *)a, *y = *(struct kept *const *)b;

	return x->order < y->order ? -1 : x->order > y->order;
}

static void remove_file(const struct sweep *s, struct kept *k)
{
	char seen[64];
	struct stat st;

	if (fstatat(s->run->folder, k->name, &st, AT_SYMLINK_NOFOLLOW) || st.st_ino != k->ino)
		return;
	unlinkat(s->run->folder, k->name, 0);
	snprintf(seen, sizeof(seen), "%.40s.seen", k->name);
	unlinkat(s->run->folder, seen, 0);
}

static void count_dropped(struct sweep *s, struct kept *const *gone, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (unsigned c = 0; c < SN_COUNTER_COUNT; c++)
			s->dropped[c] += gone[i]->counters[c];
		s->dropped[SN_COUNTER_DROPPED]++;
		s->dropped[SN_COUNTER_DROPPED_REPEATS] += gone[i]->repeats != 0;
	}
}

/* Said first: who kills us in between finds too many told, not too few. */
static void drop(struct sweep *s, struct kept **gone, size_t n)
{
	if (!n)
		return;
	count_dropped(s, gone, n);
	run_write_dropped(s->run, s->dropped);
	for (size_t i = 0; i < n; i++)
		remove_file(s, gone[i]);
}

/* The oldest of that state go until the others are few enough. */
static void drop_oldest(struct sweep *s, enum state state)
{
	struct kept **of_state = calloc(s->count + 1, sizeof(struct kept *));
	size_t n = 0, gone = 0;
	uint64_t bytes = 0;

	for (size_t i = 0; of_state && i < s->count; i++)
		if (s->all[i].state == state && s->all[i].name) {
			of_state[n++] = &s->all[i];
			bytes += s->all[i].bytes;
		}
	if (n)
		qsort(of_state, n, sizeof(struct kept *), by_order);
	/* The newest stays: where the program itself could not be watched, it shows that others were. */
	while (gone + 1 < n && is_too_much(s, n - gone, bytes))
		bytes -= of_state[gone++]->bytes;
	drop(s, of_state, gone);
	free(of_state);
}

/* Returns 1 where there was no time for all. */
static int look(struct sweep *s, const struct cli_recordings *now)
{
	struct sn_report *r;
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < s->count; i++)
		bytes += s->all[i].bytes;
	if (!is_too_much(s, s->count, bytes) || !(r = cli_report_new(&s->run->options.parsed)))
		return 0;
	for (i = 0; i < s->count && sn_now() < s->until_ns; i++)
		if (s->all[i].state == UNKNOWN && s->all[i].name)
			look_into(s, r, &now->all[i], &s->all[i]);
	sn_report_free(r);
	drop_oldest(s, SPARE);
	drop_oldest(s, SHARED);
	return i < s->count;
}

int sweep_look(struct sweep *s, int last)
{
	struct cli_recordings now = {0};
	int more = 0;

	if (!s || s->run->options.parsed.keep < 0)
		return 0;
	s->until_ns = last ? UINT64_MAX : sn_now() + LOOK_MOST_NS;
	if (!cli_recordings_add_folder(&now, s->run->folder, s->run->directory) && !list(s, &now))
		more = look(s, &now);
	cli_recordings_free(&now);
	return more;
}
