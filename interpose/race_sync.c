/* SPDX-License-Identifier: Apache-2.0
 *
 * See race_sync.h: the functions that stand in the table of the real ones while an engine is
 * attached. Each tells of a release before the real call, of an acquisition after it has succeeded.
 * A reader's release is of use to writers only: it goes to the address behind the lock's own. */
#include "interpose/race_sync.h"
#include <string.h>
#include "interpose/channel.h"
#include "interpose/once.h"
#include "interpose/real.h"
#include "interpose/self.h"
#include "interpose/thread.h"

static const struct sn_race_sync *engine;
static struct sn_real below; /* the table as it was */

static int took(int result)
{
	return result == 0 || result == EOWNERDEAD;
}

#define ACQUIRES(name, object, parameters, arguments)                                              \
	static int race_##name parameters                                                          \
	{                                                                                          \
		int result = below.name arguments;                                                 \
		if (took(result))                                                                  \
			engine->acquire(object);                                                   \
		return result;                                                                     \
	}
#define RELEASES(name, object, parameters, arguments)                                              \
	static int race_##name parameters                                                          \
	{                                                                                          \
		engine->release(object);                                                           \
		return below.name arguments;                                                       \
	}

typedef const struct timespec *limit_t;

ACQUIRES(pthread_mutex_lock, m, (pthread_mutex_t * m), (m))
ACQUIRES(pthread_mutex_trylock, m, (pthread_mutex_t * m), (m))
ACQUIRES(pthread_mutex_timedlock, m, (pthread_mutex_t * m, limit_t t), (m, t))
ACQUIRES(pthread_mutex_clocklock, m, (pthread_mutex_t * m, clockid_t c, limit_t t), (m, c, t))
RELEASES(pthread_mutex_unlock, m, (pthread_mutex_t * m), (m))
ACQUIRES(mtx_lock, m, (mtx_t * m), (m))
ACQUIRES(mtx_trylock, m, (mtx_t * m), (m))
ACQUIRES(mtx_timedlock, m, (mtx_t * m, limit_t t), (m, t))
RELEASES(mtx_unlock, m, (mtx_t * m), (m))
ACQUIRES(pthread_spin_lock, l, (pthread_spinlock_t * l), (l))
ACQUIRES(pthread_spin_trylock, l, (pthread_spinlock_t * l), (l))
RELEASES(pthread_spin_unlock, l, (pthread_spinlock_t * l), (l))
ACQUIRES(sem_wait, s, (sem_t * s), (s))
ACQUIRES(sem_trywait, s, (sem_t * s), (s))
ACQUIRES(sem_timedwait, s, (sem_t * s, limit_t t), (s, t))
ACQUIRES(sem_clockwait, s, (sem_t * s, clockid_t c, limit_t t), (s, c, t))
RELEASES(sem_post, s, (sem_t * s), (s))
ACQUIRES(pthread_rwlock_rdlock, l, (pthread_rwlock_t * l), (l))
ACQUIRES(pthread_rwlock_tryrdlock, l, (pthread_rwlock_t * l), (l))
ACQUIRES(pthread_rwlock_timedrdlock, l, (pthread_rwlock_t * l, limit_t t), (l, t))
ACQUIRES(pthread_rwlock_clockrdlock, l, (pthread_rwlock_t * l, clockid_t c, limit_t t), (l, c, t))

static const volatile void *readers_of(const pthread_rwlock_t *l)
{
	return (const char *)l + 1;
}

#define WRITES(name, parameters, arguments)                                                        \
	static int race_##name parameters                                                          \
	{                                                                                          \
		int result = below.name arguments;                                                 \
		if (!result) {                                                                     \
			engine->acquire(l);                                                        \
			engine->acquire(readers_of(l));                                            \
		}                                                                                  \
		return result;                                                                     \
	}
WRITES(pthread_rwlock_wrlock, (pthread_rwlock_t * l), (l))
WRITES(pthread_rwlock_trywrlock, (pthread_rwlock_t * l), (l))
WRITES(pthread_rwlock_timedwrlock, (pthread_rwlock_t * l, limit_t t), (l, t))
WRITES(pthread_rwlock_clockwrlock, (pthread_rwlock_t * l, clockid_t c, limit_t t), (l, c, t))

static int race_pthread_rwlock_unlock(pthread_rwlock_t *l)
{
	/* Nobody reads while somebody writes, so a writer is the caller. */
	int writes = __atomic_load_n(&l->__data.__cur_writer, __ATOMIC_RELAXED) != 0;
	engine->release(writes ? l : readers_of(l));
	return below.pthread_rwlock_unlock(l);
}

/* Who comes before the last one is let go by it, so all release before any acquires; who comes to
 * the next round already has released a little too much. */
static int race_pthread_barrier_wait(pthread_barrier_t *b)
{
	engine->release(b);
	int result = below.pthread_barrier_wait(b);
	engine->acquire(b);
	return result;
}

static void mutex_is_back(const void **mutex)
{
	engine->acquire(*mutex);
}

/* The mutex is released in the wait, and taken again, also where the thread is cancelled in it. */
#define CONDITION(name, mutex_type, parameters, arguments)                                         \
	static int race_##name parameters                                                          \
	{                                                                                          \
		const void *mutex __attribute__((cleanup(mutex_is_back))) = m;                     \
		engine->release(mutex);                                                            \
		return below.name arguments;                                                       \
	}
CONDITION(cond_wait, pthread, (pthread_cond_t * c, pthread_mutex_t *m), (c, m))
CONDITION(cond_wait_old, pthread, (pthread_cond_t * c, pthread_mutex_t *m), (c, m))
CONDITION(cond_timedwait, pthread, (pthread_cond_t * c, pthread_mutex_t *m, limit_t t), (c, m, t))
CONDITION(cond_timedwait_old, pthread, (pthread_cond_t * c, pthread_mutex_t *m, limit_t t),
	  (c, m, t))
CONDITION(pthread_cond_clockwait, pthread,
	  (pthread_cond_t * c, pthread_mutex_t *m, clockid_t k, limit_t t), (c, m, k, t))
CONDITION(cnd_wait, c11, (cnd_t * c, mtx_t *m), (c, m))
CONDITION(cnd_timedwait, c11, (cnd_t * c, mtx_t *m, limit_t t), (c, m, t))

/* The innermost once call of the thread whose routine has not begun. */
struct once_call {
	const void *control;
	void (*routine)(void);
	struct once_call *outer;
};
static __thread struct once_call *pending __attribute__((tls_model("initial-exec")));

static void once_has_run(struct once_call **c)
{
	engine->release((*c)->control);
}

/* A routine that throws, or is cancelled, is run again by the next caller, who knows of it. */
static void run_once(void)
{
	struct once_call *c __attribute__((cleanup(once_has_run))) = pending;
	pending = c->outer;
	engine->acquire(c->control);
	c->routine();
}

static int race_pthread_once(pthread_once_t *control, void (*routine)(void))
{
	struct once_call c = {control, routine, pending};
	pending = &c;
	int result = below.pthread_once(control, run_once);
	if (pending == &c)
		pending = c.outer;
	engine->acquire(control);
	return result;
}

static void race_call_once(once_flag *control, void (*routine)(void))
{
	struct once_call c = {control, routine, pending};
	pending = &c;
	below.call_once(control, run_once);
	if (pending == &c)
		pending = c.outer;
	engine->acquire(control);
}

static void *run(void *p)
{
	struct sn_race_child *child = p;
	void *(*routine)(void *) = child->routine, *argument = child->argument;
	engine->begins(child);
	return routine(argument);
}

static int run_c11(void *p)
{
	struct sn_race_child *child = p;
	int (*routine)(void *) = child->routine_c11;
	void *argument = child->argument;
	engine->begins(child);
	return routine(argument);
}

static int race_pthread_create(pthread_t *id, const pthread_attr_t *attributes,
			       void *(*routine)(void *), void *argument)
{
	int detached = sn_thread_is_detached(attributes);
	struct sn_race_child *child = engine->creating(detached);
	if (!child)
		return below.pthread_create(id, attributes, routine, argument);
	child->routine = routine;
	child->argument = argument;
	int result = below.pthread_create(id, attributes, run, child);
	if (result)
		engine->not_created(child);
	else if (!detached) /* a detached one may be gone */
		engine->created(child, *id);
	return result;
}

static int race_thrd_create(thrd_t *id, thrd_start_t routine, void *argument)
{
	int detached = sn_thread_is_detached(NULL);
	struct sn_race_child *child = engine->creating(detached);
	if (!child)
		return below.thrd_create(id, routine, argument);
	child->routine_c11 = routine;
	child->argument = argument;
	int result = below.thrd_create(id, run_c11, child);
	if (result != thrd_success)
		engine->not_created(child);
	else if (!detached) /* a detached one may be gone */
		engine->created(child, *id);
	return result;
}

/* Before the real call: afterwards the id may be another thread's. */
#define ENDS(name, event, parameters, arguments)                                                   \
	static int race_##name parameters                                                          \
	{                                                                                          \
		struct sn_race_child *child = engine->find(id);                                    \
		int result = below.name arguments;                                                 \
		if (!result && child)                                                              \
			engine->event(child);                                                      \
		return result;                                                                     \
	}
ENDS(pthread_join, joined, (pthread_t id, void **value), (id, value))
ENDS(pthread_tryjoin_np, joined, (pthread_t id, void **value), (id, value))
ENDS(pthread_timedjoin_np, joined, (pthread_t id, void **value, limit_t t), (id, value, t))
ENDS(pthread_clockjoin_np, joined, (pthread_t id, void **value, clockid_t c, limit_t t),
     (id, value, c, t))
ENDS(pthread_detach, detached, (pthread_t id), (id))
ENDS(thrd_join, joined, (thrd_t id, int *value), (id, value))
ENDS(thrd_detach, detached, (thrd_t id), (id))

static int race_munmap(void *address, size_t bytes)
{
	engine->unmapping(address, bytes);
	return below.munmap(address, bytes);
}

#define FLOW_IN 1
#define FLOW_OUT 2

/* The calls by which one thread may hand another something through the kernel. */
static const struct {
	const char *name;
	int flow;
} flows[] = {
	{"read", FLOW_IN},
	{"__read_chk", FLOW_IN},
	{"pread", FLOW_IN},
	{"pread64", FLOW_IN},
	{"__pread_chk", FLOW_IN},
	{"__pread64_chk", FLOW_IN},
	{"readv", FLOW_IN},
	{"recv", FLOW_IN},
	{"__recv_chk", FLOW_IN},
	{"recvfrom", FLOW_IN},
	{"__recvfrom_chk", FLOW_IN},
	{"recvmsg", FLOW_IN},
	{"recvmmsg", FLOW_IN},
	{"accept", FLOW_IN},
	{"accept4", FLOW_IN},
	{"poll", FLOW_IN},
	{"__poll_chk", FLOW_IN},
	{"ppoll", FLOW_IN},
	{"__ppoll_chk", FLOW_IN},
	{"select", FLOW_IN},
	{"pselect", FLOW_IN},
	{"epoll_wait", FLOW_IN},
	{"epoll_pwait", FLOW_IN},
	{"msgrcv", FLOW_IN},
	{"mq_receive", FLOW_IN},
	{"fgets", FLOW_IN},
	{"fread", FLOW_IN},
	{"getline", FLOW_IN},
	{"sigwait", FLOW_IN},
	{"sigwaitinfo", FLOW_IN},
	{"sigtimedwait", FLOW_IN},
	{"__fgets_chk", FLOW_IN},
	{"__fread_chk", FLOW_IN},
	{"getdelim", FLOW_IN},
	{"__getdelim", FLOW_IN},
	{"write", FLOW_OUT},
	{"pwrite", FLOW_OUT},
	{"pwrite64", FLOW_OUT},
	{"writev", FLOW_OUT},
	{"send", FLOW_OUT},
	{"sendto", FLOW_OUT},
	{"sendmsg", FLOW_OUT},
	{"sendmmsg", FLOW_OUT},
	{"connect", FLOW_OUT},
	{"msgsnd", FLOW_OUT},
	{"mq_send", FLOW_OUT},
	{"fflush", FLOW_OUT},
	{"fclose", FLOW_OUT},
	{"sendfile", FLOW_OUT},
	{"sendfile64", FLOW_OUT},
	{"splice", FLOW_OUT},
	{"semop", FLOW_IN | FLOW_OUT},
	{"semtimedop", FLOW_IN | FLOW_OUT},
	{"flock", FLOW_IN | FLOW_OUT},
	{"lockf", FLOW_IN | FLOW_OUT},
	{"lockf64", FLOW_IN | FLOW_OUT},
};

static int flow_of(const char *name)
{
	for (size_t i = 0; i < sizeof flows / sizeof *flows; i++)
		if (!strcmp(flows[i].name, name))
			return flows[i].flow;
	return 0;
}

#define SN_BLOCKING(name, result, parameters, arguments)                                           \
	static int flow_##name;                                                                    \
	static result race_##name parameters                                                       \
	{                                                                                          \
		if (flow_##name & FLOW_OUT)                                                        \
			engine->release(engine->files);                                            \
		result value = below.name arguments;                                               \
		if (flow_##name & FLOW_IN)                                                         \
			engine->acquire(engine->files);                                            \
		return value;                                                                      \
	}
#include "interpose/blocking.def"
#undef SN_BLOCKING

static void stack_flows(void)
{
#define SN_BLOCKING(name, result, parameters, arguments)                                           \
	flow_##name = flow_of(#name);                                                              \
	if (below.name && flow_##name)                                                             \
		sn_real_table.name = race_##name;
#include "interpose/blocking.def"
#undef SN_BLOCKING
}

/* The formatter never comes to an end with these. */
/* clang-format off */
#define STACKED(X) \
	X(pthread_mutex_lock) X(pthread_mutex_trylock) X(pthread_mutex_timedlock) \
	X(pthread_mutex_clocklock) X(pthread_mutex_unlock) X(mtx_lock) X(mtx_trylock) \
	X(mtx_timedlock) X(mtx_unlock) X(pthread_spin_lock) X(pthread_spin_trylock) \
	X(pthread_spin_unlock) X(sem_wait) X(sem_trywait) X(sem_timedwait) X(sem_clockwait) \
	X(sem_post) X(pthread_rwlock_rdlock) X(pthread_rwlock_tryrdlock) \
	X(pthread_rwlock_timedrdlock) X(pthread_rwlock_clockrdlock) X(pthread_rwlock_wrlock) \
	X(pthread_rwlock_trywrlock) X(pthread_rwlock_timedwrlock) \
	X(pthread_rwlock_clockwrlock) X(pthread_rwlock_unlock) X(pthread_barrier_wait) \
	X(cond_wait) X(cond_wait_old) X(cond_timedwait) X(cond_timedwait_old) \
	X(pthread_cond_clockwait) X(cnd_wait) X(cnd_timedwait) X(pthread_once) X(call_once) \
	X(pthread_create) X(thrd_create) X(pthread_join) X(pthread_tryjoin_np) \
	X(pthread_timedjoin_np) X(pthread_clockjoin_np) X(pthread_detach) X(thrd_join) \
	X(thrd_detach) X(munmap)
/* clang-format on */

SN_EXPORT int sn_race_attach(const struct sn_race_sync *attached)
{
	struct sn_self *self = sn_self_get((uintptr_t)__builtin_frame_address(0));
	if (!self || engine)
		return -ENOSYS;
	engine = attached;
	if (sn_channel_real_table.snarl_send)
		sn_race_channel_comes();
	below = sn_real_table;
#define STACK(name)                                                                                \
	if (below.name)                                                                            \
		sn_real_table.name = race_##name;
	STACKED(STACK)
#undef STACK
	stack_flows();
	sn_fast_kinds = 0;
	sn_fast_reads = 0;
	sn_once_done = SN_ONCE_NEVER_DONE;
	return 0;
}

static void channel_release(const void *object)
{
	engine->release(object);
}

static void channel_acquire(const void *object)
{
	engine->acquire(object);
}

static void channel_pass(const void *from, const void *to)
{
	engine->pass(from, to);
}

void sn_race_channel_comes(void)
{
	static const struct snarl_order order = {channel_release, channel_acquire, channel_pass};
	if (!engine)
		return;
	if (sn_channel_watch)
		sn_channel_watch(&order);
	else
		engine->channel_comes();
}

SN_EXPORT uint32_t sn_race_serial(void)
{
	return sn_self_tls ? sn_self_tls->rec->serial : 0;
}
