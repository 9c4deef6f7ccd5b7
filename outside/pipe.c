/* SPDX-License-Identifier: Apache-2.0
 *
 * See pipe.h. What /proc shows of a descriptor is a link whose name is the pipe's inode and whose
 * mode says which end it is. A FIFO with a name may be opened by anybody at any time: it is not
 * looked at. */
#include "outside/pipe.h"
#include "outside/descriptor.h"
#include "outside/others.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

uint64_t sn_pipe_of(const struct sn_remote *r, int *writes)
{
	switch ((long)r->system_call - 1) {
	case SYS_read:
	case SYS_readv:
		*writes = 0;
		break;
	case SYS_write:
	case SYS_writev:
		*writes = 1;
		break;
	default:
		return 0;
	}
	return sn_descriptor_inode(r->pid, (unsigned)r->argument[0], "pipe");
}

struct end {
	uint64_t inode;
	mode_t mode; /* of the link that shows it */
};

static int is_end(int folder, const char *name, const void *what)
{
	const struct end *end = what;
	struct stat st;

	return sn_descriptor_inode_at(folder, name, "pipe") == end->inode &&
	       !fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) && (st.st_mode & end->mode) != 0;
}

static int has_end(uint32_t pid, const void *what)
{
	return sn_descriptor_any(pid, is_end, what);
}

int sn_pipe_is_own(uint32_t pid, uint64_t inode, int writes)
{
	const struct end other = {inode, writes ? S_IRUSR : S_IWUSR};

	return has_end(pid, &other) > 0 && !sn_others_have(pid, has_end, &other);
}
