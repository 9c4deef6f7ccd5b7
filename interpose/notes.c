/* SPDX-License-Identifier: Apache-2.0
 *
 * See notes.h. Notes about objects are found by them through chains in the table itself. */
#include "interpose/notes.h"
#include <string.h>
#include "interpose/identity.h"

#define HEADS 1024u
static uint32_t heads[HEADS];

#define TEXT_MOST 4096u

void sn_notes_reset(void)
{
	memset(heads, 0, sizeof heads);
	sn_levels_used = 0;
}

static uint32_t *head_of(uint32_t object)
{
	return &heads[object % HEADS];
}

static void put(uint32_t note, const struct sn_note_rec *fill)
{
	struct sn_note_rec *rec = sn_rec_note(&sn_shim.recorder, note);
	uint32_t what = fill->what;
	*rec = *fill;
	rec->what = SN_NOTE_NONE;
	if (rec->object) {
		rec->next = *head_of(rec->object);
		__atomic_store_n(head_of(rec->object), note, __ATOMIC_RELEASE);
	}
	/* A reader skips a note that is not complete. */
	__atomic_store_n(&rec->what, what, __ATOMIC_RELEASE);
}

uint32_t sn_note_add(struct sn_self *self, struct sn_note_rec fill, const char *text,
		     struct sn_site site)
{
	struct sn_recorder *r = &sn_shim.recorder;
	uint32_t note = 0, state = self->state;
	fill.stack = sn_trace(self, site.ra, site.cfa);
	fill.thread = self->thread;
	fill.serial = self->rec->serial;
	sn_busy_begin(self, site.cfa);
	if (text)
		fill.text = sn_recorder_text(r, text, (uint32_t)strnlen(text, TEXT_MOST));
	if (!sn_lock_take(&sn_shim.lock)) {
		note = sn_recorder_append(r, SN_TABLE_NOTE, 1);
		if (note)
			put(note, &fill);
		sn_lock_give(&sn_shim.lock);
	}
	self->state = state;
	return note;
}

uint32_t sn_note_of(uint32_t what, uint32_t lock)
{
	const struct sn_recorder *r = &sn_shim.recorder;
	uint32_t note = lock ? __atomic_load_n(head_of(lock), __ATOMIC_ACQUIRE) : 0;
	for (; note; note = sn_rec_note(r, note)->next) {
		const struct sn_note_rec *rec = sn_rec_note(r, note);
		if (rec->what == what && rec->object == lock &&
		    rec->generation == sn_rec_lock(r, lock)->generation)
			return note;
	}
	return 0;
}

void sn_note_object(struct sn_self *self, const volatile void *address, uint32_t *object,
		    uint32_t *generation)
{
	*object = address ? sn_identity_at(self, (const void *)address) : 0;
	*generation = *object ? self->locks[*object].generation : 0;
}
