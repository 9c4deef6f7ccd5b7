/* SPDX-License-Identifier: Apache-2.0
 *
 * See folder.h. */
#include "interpose/folder.h"
#include "base/environment.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "interpose/ask.h"
#include "interpose/shim.h"

#define OPEN_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

static char directory[SN_PATH_MAX - 64];
static int temporary;
static unsigned unguessed;
static long named_for;

int sn_folder_is_temporary(void)
{
	return temporary;
}

const char *sn_folder_path(void)
{
	return directory;
}

static void name_temporary(void)
{
	const char *tmp = getenv("TMPDIR");
	named_for = sn_sys(SYS_geteuid);
	snprintf(directory, sizeof directory, "%s/snarl-%ld", tmp && *tmp ? tmp : "/tmp",
		 named_for);
}

void sn_folder_choose(unsigned nonce)
{
	const char *output = getenv(sn_environment_name(SN_ENV_SNARL_OUTPUT));
	unguessed = nonce;
	temporary = !output || !*output;
	if (temporary)
		name_temporary();
	else
		snprintf(directory, sizeof directory, "%s", output);
}

/* The mode bits that somebody else must not have. */
static int is_ours(int fd, unsigned bits)
{
	struct stat st = {0};
	return sn_sys(SYS_fstat, fd, &st) == 0 && (long)st.st_uid == sn_sys(SYS_geteuid) &&
	       !(st.st_mode & bits);
}

static int open_ours(unsigned bits)
{
	/* That of a run is there, or is out of reach: behind another root nothing is made. */
	if (!sn_shim.run)
		sn_sys(SYS_mkdirat, AT_FDCWD, directory, 0700);
	long fd = sn_sys(SYS_openat, AT_FDCWD, directory, OPEN_FLAGS | O_NOFOLLOW);
	if (fd < 0 || is_ours((int)fd, bits))
		return (int)fd;
	sn_sys(SYS_close, fd);
	return -EPERM;
}

#define OTHER_NAMES 8

/* Everybody may make files in /tmp: where somebody has made one of our name, another serves, in
 * the end one that nobody can have guessed. `snarl report` finds them as well. */
static int open_other(void)
{
	size_t length = strlen(directory);
	int fd = -EPERM;
	for (int i = 1; i <= OTHER_NAMES + 1 && fd < 0; i++) {
		snprintf(directory + length, sizeof directory - length,
			 i <= OTHER_NAMES ? ".%x" : ".%08x",
			 i <= OTHER_NAMES ? (unsigned)i : unguessed);
		fd = open_ours(0077);
	}
	if (fd < 0)
		directory[length] = 0;
	return fd;
}

static int open_temporary(void)
{
	/* A program may have become another user since. */
	if (named_for != sn_sys(SYS_geteuid))
		name_temporary();
	int fd = open_ours(0077);
	return fd >= 0 || fd == -ENOENT ? fd : open_other();
}

/* What the user names himself is his to know; that of `snarl run` is its alone. */
int sn_folder_open(void)
{
	if (temporary)
		return open_temporary();
	if (sn_shim.run)
		return open_ours(S_IWOTH);
	sn_sys(SYS_mkdirat, AT_FDCWD, directory, 0700);
	return (int)sn_sys(SYS_openat, AT_FDCWD, directory, OPEN_FLAGS);
}

void sn_folder_remove_recording(void)
{
	const struct sn_recorder *r = &sn_shim.recorder;
	const char *slash = strrchr(r->path, '/');
	struct stat st = {0};
	int fd = sn_folder_open(), gone = 0;
	if (slash && fd >= 0 &&
	    sn_sys(SYS_newfstatat, fd, slash + 1, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_dev == r->dev && st.st_ino == r->ino)
		gone = sn_sys(SYS_unlinkat, fd, slash + 1, 0) == 0;
	if (fd >= 0)
		sn_sys(SYS_close, fd);
	if (slash && !gone && sn_shim.run)
		sn_ask_remove(slash + 1, r->dev, r->ino);
	/* Fails where others are in it. */
	if (temporary)
		sn_sys(SYS_unlinkat, AT_FDCWD, directory, AT_REMOVEDIR);
}
