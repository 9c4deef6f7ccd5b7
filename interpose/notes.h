/* SPDX-License-Identifier: Apache-2.0
 *
 * What the program says of itself through snarl.h, in the recording's table of notes: the report
 * reads it there (report/notes.c). Nothing here is on a hot path. */
#ifndef SN_INTERPOSE_NOTES_H
#define SN_INTERPOSE_NOTES_H

#include "interpose/held.h"

/* Adds a note of the calling thread; `text` may be NULL. Returns its index, or 0 where there is no
 * room. `fill` has the fields that are the caller's own. */
SN_COLD uint32_t sn_note_add(struct sn_self *self, struct sn_note_rec fill, const char *text,
			     struct sn_site site);

/* The newest note of that kind about the lock as it is now; 0: there is none. */
SN_COLD uint32_t sn_note_of(uint32_t what, uint32_t lock);

/* The object at that address, if it is known: fills object and generation. */
SN_COLD void sn_note_object(struct sn_self *self, const volatile void *address, uint32_t *object,
			    uint32_t *generation);

/* For a fork child. */
void sn_notes_reset(void);

/* level.c: the lock is wanted under what the thread holds, for the first time in this way. */
extern int sn_levels_used;
SN_COLD void sn_level_check(struct sn_self *self, uint32_t lock, uint32_t mode, uint32_t stack);
static inline void sn_level_look(struct sn_self *self, uint32_t lock, uint32_t mode, uint32_t stack)
{
	if (sn_unlikely(sn_levels_used))
		sn_level_check(self, lock, mode, stack);
}
void sn_level_say(const volatile void *lock, int level, int subclass);

/* scope.c */
void sn_scope_begin(const char *name);
int sn_scope_end(void);
int sn_scope_check(void);
const char *sn_scope_text(void);
int sn_scope_expect(const char *kind, const char *pattern);
int sn_scope_allow(const char *kind, const char *pattern);

/* scope_leaks.c: waits for threads of the scope to end, and records those that do not, and the locks
 * that the calling thread holds since the scope began. */
SN_COLD void sn_scope_leaks(struct sn_self *self, uint32_t scope);
/* Records a finding of the calling thread's scope, once. */
SN_COLD void sn_scope_tell(struct sn_self *self, const struct sn_finding *f);
/* Whether one scope is the other, or lies in it and has not been judged by itself. */
int sn_scope_is_in(uint32_t scope, uint32_t whole);

/* scope_orders.c: records the inversions that threads of the scope have a part in. */
SN_COLD void sn_scope_orders(struct sn_self *self, uint32_t scope);

#endif
