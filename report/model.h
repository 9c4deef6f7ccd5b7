/* SPDX-License-Identifier: Apache-2.0
 *
 * What a report holds: processes, and findings made from theirs, with duplicates merged and the
 * suppressed taken out.  Private to report/. */
#ifndef SN_REPORT_MODEL_H
#define SN_REPORT_MODEL_H

#include "base/finding.h"
#include "base/reader.h"
#include "detect/detect.h"
#include "outside/seen.h"
#include "report/report.h"
#include "report/symbolise.h"

#define SN_ID_LENGTH 12

/* How a process ended, as JSON names it. */
enum sn_how { SN_HOW_EXIT, SN_HOW_SIGNAL, SN_HOW_EXEC, SN_HOW_RUNNING, SN_HOW_LOST };

struct sn_traced {
	const struct sn_frame *frame;
	uint64_t address;
};

/* A recorded stack, symbolised and trimmed; see stack.c. */
struct sn_trace {
	size_t count;
	struct sn_traced at[];
};

struct sn_process {
	struct sn_reader reader;
	const struct sn_view *view; /* of reader */
	struct sn_symboliser *symboliser;
	unsigned index; /* in order of sn_report_add */
	uint32_t cut;   /* searches over its recording that were cut off */
	enum sn_how how;
	int status;      /* exit status or signal */
	int timed_out;   /* it was killed because its time was up */
	int watched;     /* somebody watched its end, or it lives: clocks are of this boot */
	int ended_stuck; /* it was killed because it, or the run, was deadlocked */
	int stuck;       /* a deadlock was found in it */
	uint64_t end_ns; /* CLOCK_MONOTONIC of the end, or of the reading while it runs */
	int end_known;   /* 0: end_ns is the last sign of life that was recorded */
	struct sn_trace **traces;               /* by stack index; made on demand */
	struct sn_trace *glimpsed[SN_GLIMPSES]; /* the stacks of SN_STACK_GLIMPSED */
	uint32_t *lock_numbers;                 /* by lock index: the n of "Mn"; 0 not named yet */
	uint32_t *objects_named;                /* the report's */
	/* How it was seen from outside last; without threads where it was not. Of each of these the
	 * thread's record (0: none), and its stack. */
	uint8_t *note_met; /* by note: an expectation that was met */
	struct sn_seen seen;
	int seen_now; /* by this report */
	uint32_t *seen_records;
	uint32_t *seen_stacks;
	uint32_t *seen_owners; /* the thread that ended holding the lock that it waits for */
};

/* A thread that a merged finding is about as well. */
struct sn_instance {
	struct sn_process *process;
	uint32_t thread;
	struct sn_part waits; /* what it waited for; no thread: nothing */
};

struct sn_found {
	char id[SN_ID_LENGTH + 1];
	uint64_t functions; /* what the id is made of: the functions of its stacks */
	uint64_t place;     /* the lines of the innermost ones, and the objects by name; 0 any */
	enum sn_kind kind;
	enum sn_verdict verdict;
	enum sn_why why;
	uint32_t scope; /* the note of the scope that it belongs to; 0 none */
	struct sn_process *process;
	struct sn_part *parts;
	uint32_t part_count;
	uint32_t count;                /* times seen */
	uint64_t when_ns;              /* 0: judged after the end */
	unsigned sequence;             /* order of discovery */
	struct sn_instance *instances; /* the first part's thread of each that was merged */
	size_t instance_count;
	int alive;               /* of threads that were alive at the end: see alive.c */
	struct sn_found **sites; /* of the same locks at other places: see sites.c */
	size_t site_count;
};

struct sn_suppression;

/* What is left of a finding that was left out: others in the same functions must not take its id. */
struct sn_left_out {
	char id[SN_ID_LENGTH + 1];
	uint32_t kind;
	uint64_t functions, place;
};

struct sn_report {
	struct sn_options options;
	int color; /* of what is being written */
	struct sn_symboliser symboliser;
	struct sn_process **processes;
	size_t process_count;
	struct sn_found **found; /* with refuted ones; in telling order after sn_model_sort */
	size_t found_count;
	struct sn_suppression *suppressions;
	void *baseline; /* ids of an earlier report; NULL none */
	size_t suppression_count;
	struct sn_left_out *left_out; /* each id once */
	unsigned suppressed;
	uint32_t
		only_scope; /* findings of that scope are told, and no others; and one; 0: all are */
	unsigned sequence;
	uint64_t carried[SN_COUNTER_COUNT]; /* counted in recordings that are gone */
	/* How many of each class have a number: two locks of two processes have different ones. */
	uint32_t objects_named['Z' - 'A' + 1]; /* by their letters */
};

/* Adds a finding of the process: gives it its id, merges it with an equal one, or only counts it
 * where it is suppressed. Returns 0 or -ENOMEM. */
int sn_model_add(struct sn_report *r, struct sn_process *p, const struct sn_finding *finding,
		 uint32_t count, uint64_t when_ns);

/* sites.c */

/* The finding that tells of the same locks already, at other places; NULL where there is none. */
struct sn_found *sn_found_with_locks(const struct sn_report *r, const struct sn_found *f);

/* Adds what was found of the same locks elsewhere. Returns 0 or -ENOMEM. */
int sn_found_add_site(struct sn_found *to, struct sn_found *site);

/* Tells the best of its sites in full, when their verdicts have changed. */
void sn_found_settle(struct sn_found *f);

/* The steps of its sites that it does not show itself, each pair of call sites once, and the i-th
 * of them: what is held, and after it what is wanted. */
size_t sn_found_steps(const struct sn_found *f);
const struct sn_part *sn_found_step(const struct sn_found *f, size_t i);

/* Puts the findings into telling order: worst first, then by kind, then as they were found; and
 * numbers their locks in that order. */
void sn_model_sort(struct sn_report *r);

/* The number of refuted candidates with that reason. */
unsigned sn_model_refuted(const struct sn_report *r, enum sn_why why);

/* Whether a finding of the report bears that id. */
int sn_report_has(const struct sn_report *r, const char *id);

/* `to` shows what `from` showed: its process and its parts. `from` is left with the others, to be
 * freed. */
void sn_found_swap_parts(struct sn_found *to, struct sn_found *from);

/* alive.c: whether the finding is one of threads that were alive at the end, which are told in a
 * section of their own, and merged by where they were created. */
int sn_found_is_alive(const struct sn_found *f);
/* Where its first thread was created; NULL unknown. */
const struct sn_frame *sn_found_created(const struct sn_found *f);
/* The finding of the same place; gives `f` the id of its place where there is none; adds `from`,
 * whose instance has been added. Returns 0 or -ENOMEM. */
struct sn_found *sn_alive_same(const struct sn_report *r, const struct sn_found *f);
void sn_site_identify(const struct sn_report *r, struct sn_found *f);
int sn_alive_merge(struct sn_found *to, struct sn_found *from);
/* The same of threads that nobody joined. */
struct sn_found *sn_unjoined_same(const struct sn_report *r, const struct sn_found *f);

/* fingerprint.c: turns the ring's parts so that its earliest thread comes first, and writes the id,
 * which no address, number of a thread, process, or start of the ring changes. */
void sn_found_identify(struct sn_found *f);
/* Gives it an id of its own, beside another one in the same functions. */
void sn_found_identify_beside(struct sn_found *f);

/* The id of threads that were created at the nth place of a function. */
void sn_found_identify_site(struct sn_found *f, unsigned nth);

/* Whether its parts tell what happened in the order of time. A ring has no first step: there each
 * thread is told by itself. */
int sn_found_is_story(const struct sn_found *f);

/* Whether it is a deadlock of threads that wait for any of several others, which is no ring. */
int sn_found_is_knot(const struct sn_found *f);

/* The number of leading parts that make the ring of a deadlock or an inversion; 0 for others. */
uint32_t sn_found_ring(const struct sn_found *f);

/* The number of parts from `first` on that belong to the same thread, at most up to `end`. */
uint32_t sn_found_group(const struct sn_found *f, uint32_t first, uint32_t end);

/* The first part with that role, or a part of zeros. */
const struct sn_part *sn_found_part(const struct sn_found *f, enum sn_role role);

/* process.c */

/* Reads the open recording that is called `path`, and judges how it ended. Returns 0 or a negative
 * errno. */
int sn_process_open(struct sn_process **out, struct sn_report *r, int fd, const char *path,
		    const struct sn_outside *outside, char *error, size_t error_size);
void sn_process_close(struct sn_process *p);

/* hang.c: what can be known of a process that hangs, or hung when it ended; asks the kernel where
 * it still lives. */
void sn_process_hang(const struct sn_process *p, struct sn_hang *hang);

/* The trace of a recorded stack; never NULL, empty where there is none. */
const struct sn_trace *sn_process_trace(struct sn_process *p, uint32_t stack);

/* The n of the object's "Mn" or "Cn" in this report, given at the first call; 0 where there is no
 * such object. */
uint32_t sn_process_lock_number(struct sn_process *p, uint32_t lock);

/* The letter before it: M mutexes and other locks, C condition variables, S semaphores, B barriers,
 * F futexes, O once controls. */
char sn_process_lock_letter(const struct sn_process *p, uint32_t lock);

/* The variable of static storage that the lock is, or NULL. */
const struct sn_variable *sn_process_lock_variable(struct sn_process *p, uint32_t lock);

/* The next thread after `after` that holds the lock; 0 when there is none. */
uint32_t sn_process_holder(const struct sn_process *p, uint32_t lock, uint32_t after);

/* The function that the thread was created to run, or NULL where it is unknown. */
const char *sn_process_start_function(struct sn_process *p, uint32_t thread);

int sn_thread_is_live(const struct sn_thread_rec *t);

/* glimpse.c: fills the finding of what was seen from outside; 0 where the i-th was never taken, or
 * tells of threads and locks that are gone. */
int sn_process_glimpse(const struct sn_process *p, uint32_t i, struct sn_finding *f);

/* Whether both tell of the same hold of the same lock, the second one no more than the first. */
int sn_glimpse_covers(const struct sn_finding *glimpse, const struct sn_finding *other);

/* graft.c: adds what was seen from outside to the tables as they were read: threads that are not in
 * them, stacks, the files these lie in, and what threads sleep on that have not said so themselves.
 * To be called once, when the detectors have judged what the process recorded. `now`: it has just
 * been seen; `folder`: the open folder of its recording, or -1. */
void sn_process_graft(struct sn_process *p, int now, int folder);

/* Appends n records of zeros to a table: the index of the first, or 0; one of them; a string; the
 * next serial of a thread; a stack. */
uint32_t sn_graft_append(struct sn_process *p, enum sn_table t, uint32_t n);
void *sn_graft_record(struct sn_process *p, enum sn_table t, uint32_t i);
uint32_t sn_graft_text(struct sn_process *p, const char *text);
uint32_t sn_graft_serial(const struct sn_process *p);
uint32_t sn_graft_stack(struct sn_process *p, const uint64_t *pcs, uint32_t depth, uint32_t epoch);

/* owner.c: adds the thread of another process that ended holding the lock for which a thread that
 * was seen waits. Returns its record, or 0. */
uint32_t sn_owner_graft(struct sn_process *p, const struct sn_seen_thread *waiter, uint32_t lock,
			int folder);
/* The same for the others of a ring of which the waiter (a record) is the first: the record of the
 * second, behind which the others lie in their order. */
uint32_t sn_ring_graft(struct sn_process *p, const struct sn_seen_thread *first, uint32_t waiter,
		       int folder);
/* Fills the finding of the i-th thread that was seen; 0 where it waits for no such lock. */
int sn_owner_finding(const struct sn_process *p, uint32_t i, struct sn_finding *f);

/* The thread as it was seen, or NULL; *stack gets its stack. */
const struct sn_seen_thread *sn_process_seen(const struct sn_process *p, uint32_t thread,
					     uint32_t *stack);

/* Fills the finding of a process that sleeps for good as far as the kernel knows; 0 where it does
 * not. */
int sn_process_never(const struct sn_process *p, struct sn_finding *f);

/* stack.c */
struct sn_trace *sn_trace_new(struct sn_symboliser *s, const struct sn_view *v, uint32_t stack);
/* The same of addresses that are in no table. */
struct sn_trace *sn_trace_of(struct sn_symboliser *s, const struct sn_view *v, uint32_t epoch,
			     const uint64_t *pcs, uint32_t depth);

/* The frame to show the source of: the innermost that is not the system's, else the innermost; NULL
 * in an empty trace. */
const struct sn_frame *sn_trace_site(const struct sn_trace *t);

/* Whether frame i can be left out for brevity: a call of the system's inside a call that the
 * program made and that the words around the stack tell of anyway, or what was inlined from its
 * headers. */
int sn_trace_is_dull(const struct sn_trace *t, size_t i);

/* notes.c: what the program said of itself (snarl.h). */

/* What an object is called: as the program named it, else as the variable that it is; NULL where
 * neither is known. */
const char *sn_process_lock_name(struct sn_process *p, uint32_t lock);
/* The scope that the finding belongs to, where it has not been recorded in one: by its threads. */
uint32_t sn_note_scope_of(const struct sn_process *p, const struct sn_finding *f);
/* "suite/test": the scope's name with those around it, in `name`, of SN_SCOPE_NAME bytes. */
#define SN_SCOPE_NAME 256
const char *sn_note_scope_name(const struct sn_process *p, uint32_t scope, char *name);
enum sn_said { SN_SAID_NOTHING, SN_SAID_OTHERS, SN_SAID_ALLOWED, SN_SAID_ORDERED };
/* What the program's notes make of a finding: nothing; it is not of the scope that is asked for, or
 * told of already; it was allowed or expected; its locks are ordered, as declared. */
enum sn_said sn_note_judge(struct sn_report *r, struct sn_found *f);
/* Adds a finding for each expectation that was not met. Returns 0 or -ENOMEM. */
int sn_notes_unmet(struct sn_report *r, struct sn_process *p);
/* The reason by which an inversion of that finding is ruled out; "" where none was given. */
const char *sn_note_reason(const struct sn_found *f);

/* suppressions.c */
/* Whether the shell pattern fits a function, file, module, thread or lock of the finding. */
int sn_pattern_fits(const char *pattern, const struct sn_found *f);
int sn_suppressed(const struct sn_report *r, const struct sn_found *f);
/* The next line of the user's file from the *from-th on that has left nothing out; NULL: no more. */
const char *sn_suppression_unused(const struct sn_report *r, size_t *from);

/* baseline.c: whether an earlier report has a finding of that id. */
int sn_baseline_has(const struct sn_report *r, const char *id);
void sn_baseline_free(struct sn_report *r);
void sn_suppressions_free(struct sn_report *r);

const char *sn_basename(const char *path);

#endif
