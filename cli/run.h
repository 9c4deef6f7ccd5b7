/* SPDX-License-Identifier: Apache-2.0
 *
 * `snarl run` in pieces: run.c reads the options and puts the pieces together, output.c makes the
 * directory, library.c finds the shim, sanitized.c what stands in for libtsan, start.c starts the program, watch.c waits for it, live.c
 * looks at the recordings meanwhile, asleep.c says whether one is of a process that sleeps for
 * good, held.c whether a lock is held while others wait, quiet.c whether nobody moves any more,
 * abandoned.c whether the owner of a shared lock has gone, pools.c whether a pool is stuck,
 * sweep.c keeps the directory small, dropped.c keeps what that has cost, give.c answers processes
 * that cannot reach it, finish.c reports, apart.c in a process of its own, unwatched.c says why
 * nothing was recorded. */
#ifndef SN_CLI_RUN_H
#define SN_CLI_RUN_H

#include <signal.h>
#include <sys/resource.h>
#include <sys/types.h>
#include "base/word.h"
#include "cli/cli.h"
#include "detect/detect.h"
#include "outside/seen.h"

#define RUN_LIMITS 3

struct run {
	struct cli_options options;
	const char *dir;  /* as given; NULL: the default, or one beside it */
	char *dir_beside; /* what that is, where it had to be one beside */
	char *directory;  /* absolute */
	int folder;       /* the directory, open */
	int lock;         /* its mark, locked for as long as we run */
	/* The number of this run is in the headers of its recordings. */
	struct sn_run_name name;
	struct give *give;
	char *library;  /* absolute */
	char *command;  /* this command, absolute */
	char **program; /* its argv */
	const char *color;
	int chosen; /* formats were named */
	unsigned formats;
	int quiet;
	double timeout; /* seconds; 0: none */
	sigset_t old_mask;
	struct sigaction old_child;           /* what the program is to inherit for SIGCHLD */
	struct sigaction old_fsize;           /* and for SIGXFSZ */
	struct rlimit old_limits[RUN_LIMITS]; /* and its limits, see run.c */
	pid_t pid;
	int asked_to_stop; /* the last signal of those that ask a program to stop; 0: none came */
	struct sn_outside outside; /* how the program ended */
	struct live *live;
	struct sweep *sweep;
};

/* The file that makes a directory one of ours, and its first line. */
#define RUN_MARKER ".snarl"
#define RUN_MARK "SNARL-DATA 1\n"

/* Opens a directory that is this run's alone, and empties it of earlier recordings. Where none is
 * named, it is the default, or one beside it where another run uses that. Returns 0 or CLI_USAGE
 * (told). */
int run_make_directory(struct run *run);
void run_leave_directory(struct run *run);
/* Makes a report file of that name in the directory anew, never through a link. NULL: told. */
FILE *run_open_report(const struct run *run, const char *name);
/* Opens a recording of the directory and reads its header: a descriptor, or a negative errno where
 * it is not one, or not one of this run's processes. */
int run_open_recording(const struct run *run, const struct cli_recording *one, struct sn_header *h);

/* Finds libsnarl.so and this command. Returns 0 or CLI_USAGE (told). */
int run_find_library(struct run *run);

/* What is to be preloaded as well, for a program that needs libtsan, separated by a colon; to be freed.
 * NULL: nothing. */
char *run_race_libraries(const struct run *run);
/* Whether there are any. */
int run_needs_front(const struct run *run);

/* tsan_options.c: what TSAN_OPTIONS says to such a program. */
void run_tsan_options(struct run *run);

/* Gives the program its own limits back. */
void run_restore_limits(const struct run *run);

/* Starts the program with signals as they were. Returns 0, or the exit status (told). */
int run_start(struct run *run);

/* Listens for processes that cannot use the directory themselves, and answers them from
 * give_start() on. NULL: it does not, and gives `run->name` no key. */
struct give *give_new(struct run *run);
void give_start(struct give *g);
/* How many processes have said that they record in memory; and that one has told a finding that is
 * to fail the run. */
unsigned give_alone(const struct give *g);
unsigned give_failed(const struct give *g);
void give_free(struct give *g);

enum run_end {
	RUN_ENDED,
	RUN_TIMED_OUT, /* it still runs */
	RUN_STUCK,     /* it is deadlocked, and has not seen it itself */
};

/* Waits for one of these. The signals of `set` are blocked. */
enum run_end run_watch(struct run *run, const sigset_t *set);

/* Kills the program and every followed process that still lives. */
void run_kill(struct run *run);

/* The ids of findings that have been printed. Starts as zeros. */
struct told {
	struct json_t *ids;
};
void told_add(struct told *told, struct sn_report *r);
int told_covers(const struct told *told, struct sn_report *r); /* all of r's findings are in it */
void told_free(struct told *told);

/* Looks at the recordings of a running program, and prints deadlocks as they happen. */
struct live *live_new(struct run *run);
/* Returns 1 when the program is deadlocked without having seen it, and is to be ended for it. */
int live_poll(struct live *l);
/* Whether everything in `r` has been printed. */
int live_told(const struct live *l, struct sn_report *r);
/* Keeps a picture of all that runs now. */
void live_picture(struct live *l);
void live_free(struct live *l);

/* What the headers of a recording said at the last looks. Starts as zeros. */
struct asleep {
	uint64_t since_ns; /* CLOCK_MONOTONIC; 0: somebody was awake */
	uint32_t live, blocked;
	int closed; /* times that the whole recording and the kernel said so, too */
};
/* Whether, as this look confirms, the process behind the recording sleeps for good and has not told
 * so itself. Returns 1 once. */
int asleep_for_good(struct asleep *a, int fd, const char *path, const struct sn_header *h,
		    uint64_t now_ns);

/* What the last looks at the threads of a process saw. Starts as zeros. */
struct quiet {
	uint64_t due_ns, since_ns; /* the next look; since when nobody has moved */
	uint64_t mark;
	int asked; /* and what came of it */
	uint64_t picture_ns, pause_ns;
};
/* Whether the process behind the recording sleeps for good by all that the kernel knows, and has
 * not told so itself. Returns 1 once for each time that it falls asleep. `alone`: it is one of many
 * with one thread, of which no pictures are kept, and which may rest. */
int quiet_look(struct quiet *q, int folder, const char *path, int fd, const struct sn_header *h,
	       int alone, uint64_t now_ns);
/* Keeps a picture of it as it is now, in the folder that it lies in. */
void quiet_picture(int folder, const char *path, int fd, const struct sn_header *h);

/* When the next look is due, and of how many waiters it has been told. Starts as zeros. */
struct abandoned {
	uint64_t due_ns;
	uint32_t told;
	/* The main threads of several processes, where they wait for each other for good. */
	uint32_t ring_count;
	struct sn_ring_member ring[SN_RING_MOST];
};
/* Whether more threads than before wait for locks whose owners, in other processes, have ended. */
int abandoned_look(struct abandoned *a, int fd, const struct sn_header *h, uint64_t now_ns);

/* When the next look is due, and how long after the one before; whether it has been told. Starts as
 * zeros. */
struct pools {
	uint64_t due_ns, pause_ns;
	int told;
};
/* Whether a pool of the process has been found stuck. Returns 1 once. */
int pools_look(struct pools *p, int fd, const struct sn_header *h, uint64_t now_ns);

/* A lock that a thread holds while another waits for it, by what makes it the same at two looks. */
struct held_one {
	uint32_t holder_serial, lock, generation, passes, stack;
	uint64_t since_ns; /* when it was seen first */
};
#define HELD_MOST 16
/* What the last look saw, and what has been told. Starts as zeros. */
struct held {
	uint64_t due_ns;
	uint32_t count, told_count;
	struct held_one seen[HELD_MOST];
	uint64_t told[SN_GLIMPSES];
};
/* Looks whether a lock has been held for long while others wait. Returns how many of these it has
 * newly noted in the recording. */
int held_look(struct held *s, int fd, const struct sn_header *h, const struct sn_options *o,
	      uint64_t now_ns);

/* The same for a process that has seen it itself, with two looks in a row. */
void held_look_once(int fd, const struct sn_options *o);

/* Keeps the directory small: removes recordings of ended processes that tell nothing new. Takes some
 * time at most, and returns 1 where that was not enough; `last`: takes what it takes. */
struct sweep *sweep_new(struct run *run);
int sweep_look(struct sweep *s, int last);
void sweep_free(struct sweep *s);
/* Writes what they had counted, and how many they were, into the directory's mark. */
void run_write_dropped(const struct run *run, const uint64_t counters[SN_COUNTER_COUNT]);

/* Ends what still runs where it timed out or is stuck, reports, and returns the exit status of the
 * whole. */
int run_finish(struct run *run, enum run_end how);
/* The same of a program that has ended, in a process of its own: where libraries end that for want
 * of memory, one line says so, and the program's status stays. */
int run_finish_apart(struct run *run);

/* Says why the program was not watched. */
void run_explain_unwatched(const char *program);
/* The file that a program's name means (PATH is searched); malloc'd, or NULL. */
char *run_find_program(const char *program);
/* The interpreter that a #! line or the ELF header asks for and that is not there; malloc'd or
 * NULL. */
char *run_missing_interpreter(const char *path);

#endif
