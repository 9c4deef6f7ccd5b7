# SPDX-License-Identifier: Apache-2.0
"""What other users, and the program itself, put in the way of recordings and reports: nothing of theirs is read as ours,
written to or removed, and nothing hangs.  Where the tests run as root, "nobody" is the other user."""
import glob
import os
import shutil

NOBODY = 65534
MARK = "SNARL-DATA 1\n"


def root(t, name):
    if os.getuid() == 0:
        return True
    t.skip(f"{name}: needs two users, and root to play both")
    return False


def folder(t, name, mode=0o755, owner=None):
    os.chmod(t.work, 0o755)
    path = t.path(name)
    os.mkdir(path)
    os.chmod(path, mode)
    if owner is not None:
        os.chown(path, owner, owner)
    return path


def file(path, text, owner=None, mode=0o644):
    with open(path, "w", encoding="ascii") as out:
        out.write(text)
    os.chmod(path, mode)
    if owner is not None:
        os.chown(path, owner, owner)
    return path


def order(t, temporary, *arguments, **env):
    command = ["sh", "-c", 'ulimit -c 0; exec "$@"', "-", t.program("guest", "order"), *arguments]
    return t.run(command, cwd=t.work, TMPDIR=temporary, LD_PRELOAD=t.shim, **env)


def run(t, data, *command, cwd=None):
    return t.run([t.snarl, "run", *(["-o", data] if data else []), "--", *(command or [t.program("guest", "order")])],
                 cwd=cwd or t.work)


def refused(t, name, data, why, cwd=None):
    result = run(t, data, cwd=cwd)
    t.same(f"{name}: status", 2, result.status)
    t.check(f"{name}: says why", why in result.err, result.err)


def test_folder_made_first(t):
    if not root(t, "folder made first"):
        return
    shared = folder(t, "shared", 0o1777)
    theirs = folder(t, "shared/snarl-0", 0o777, NOBODY)
    shutil.copy(t.program("guest", "order"), t.path("shared/snarl-0/1.snarl"))
    result = order(t, shared)
    t.same("folder made first: status", 66, result.status)
    t.check("folder made first: reported", "lock-order-inversion" in result.err, result.err)
    order(t, shared, "crash")
    t.same("folder made first: nothing of ours is in it", ["1.snarl"], os.listdir(theirs))
    ours = glob.glob(t.path("shared/snarl-0.*"))
    t.same("folder made first: ours has another name", 1, len(ours))
    t.same("folder made first: and is ours alone", 0o40700, os.stat(ours[0]).st_mode)
    os.utime(t.path("shared/snarl-0/1.snarl"), (2e9, 2e9))
    result = t.run([t.snarl, "report"], cwd=t.work, TMPDIR=shared)
    t.same("folder made first: the report finds ours", 66, result.status)
    t.check("folder made first: and says so", f"reading {ours[0]}/" in result.err, result.err)


SWAPS = r"""
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
static sem_t first;
static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static void take(pthread_mutex_t *x, pthread_mutex_t *y)
{
	pthread_mutex_lock(x);
	pthread_mutex_lock(y);
	pthread_mutex_unlock(y);
	pthread_mutex_unlock(x);
}
static void *other(void *p)
{
	take(&b, &a);
	sem_post(&first);
	return p;
}
int main(int argc, char **argv)
{
	char name[4096], away[4096];
	pthread_t t;
	FILE *f;
	pthread_create(&t, NULL, other, NULL);
	sem_wait(&first);
	take(&a, &b);
	pthread_join(t, NULL);
	snprintf(away, sizeof away, "%s.away", argv[1]);
	if (argc > 2) {
		snprintf(name, sizeof name, "%s.%d", argv[1], getpid());
		return symlink(argv[2], name);
	}
	if (rename(argv[1], away) || mkdir(argv[1], 0700))
		return 1;
	snprintf(name, sizeof name, "%s/%d.snarl", argv[1], getpid());
	f = fopen(name, "w");
	return !f || fputs("theirs", f) < 0 || fclose(f) || chown(argv[1], 65534, 65534);
}
"""


def test_files_swapped(t):
    if not root(t, "files swapped"):
        return
    shared = folder(t, "shared", 0o777)
    swaps = t.compile("swaps", SWAPS, "-pthread")
    result = t.run([swaps, t.path("shared/snarl-0")], TMPDIR=shared, LD_PRELOAD=t.shim)
    t.same("files swapped: status", 66, result.status)
    t.check("files swapped: reported from what was open", "lock-order-inversion" in result.err, result.err)
    t.same("files swapped: theirs is not removed", ["theirs"],
           [t.read(f) for f in glob.glob(t.path("shared/snarl-0/*.snarl"))])


def test_recording_is_none(t):
    """A FIFO, a link and a device in place of recordings."""
    data = folder(t, "data")
    os.mkfifo(t.path("data/11.snarl"))
    os.symlink(file(t.path("secret"), "secret", mode=0o600), t.path("data/12.snarl"))
    os.symlink("/dev/zero", t.path("data/13.snarl"))
    result = t.run([t.snarl, "report", data])
    t.same("no recordings: status", 2, result.status)
    t.same("no recordings: one line each", [True] * 3,
           [f"{data}/{n}.snarl: not a regular file" in result.err for n in (11, 12, 13)])
    result = t.run([t.snarl, "report", t.path("data/11.snarl")])
    t.same("a FIFO by name: status", 2, result.status)


def test_report_is_a_link(t):
    secret = file(t.path("secret"), "secret", mode=0o600)
    data = folder(t, "data")
    file(t.path("data/.snarl"), MARK)
    os.symlink(secret, t.path("data/report.txt"))
    t.same("report a link before: status", 66, run(t, data).status)
    t.same("report a link before: what it led to", "secret", t.read(secret))
    t.check("report a link before: the report is there", "lock-order" in t.read("data/report.txt"))
    script = f'ln -s {secret} {data}/report.txt; ln {secret} {data}/report.json; exec "$@"'
    t.same("report a link meanwhile: status", 66,
           run(t, data, "sh", "-c", script, "-", t.program("guest", "order")).status)
    t.same("report a link meanwhile: what it led to", "secret", t.read(secret))
    t.check("report a link meanwhile: the reports are there",
            "lock-order" in t.read("data/report.txt") and "lock-order" in t.read("data/report.json"))


def test_log_is_a_link(t):
    swaps = t.compile("swaps", SWAPS, "-pthread")
    secret = file(t.path("secret"), "secret", mode=0o600)
    result = t.preloaded([swaps, t.path("log"), secret], SNARL_OPTIONS=f"log_path={t.path('log')}")
    t.same("log a link: status", 66, result.status)
    t.same("log a link: what it led to", "secret", t.read(secret))
    t.check("log a link: reported on standard error", "lock-order-inversion" in result.err, result.err)


def test_foreign_folder(t):
    if not root(t, "foreign folder"):
        return
    data = folder(t, "data", 0o755, NOBODY)
    refused(t, "empty foreign folder", data, "it belongs to another user")
    file(t.path("data/.snarl"), MARK, NOBODY)
    file(t.path("data/11.snarl"), "theirs", NOBODY)
    refused(t, "marked foreign folder", data, "it belongs to another user")
    t.same("marked foreign folder: all is there", [".snarl", "11.snarl"], sorted(os.listdir(data)))


def test_foreign_mark(t):
    """In a folder of ours: a mark, and a recording, of somebody else."""
    if not root(t, "foreign mark"):
        return
    data = folder(t, "data")
    file(t.path("data/.snarl"), MARK, NOBODY)
    refused(t, "foreign mark", data, "its .snarl belongs to another user")
    os.chown(t.path("data/.snarl"), 0, 0)
    file(t.path("data/11.snarl"), "theirs", NOBODY)
    refused(t, "foreign recording", data, "a file of another user is in it")
    t.same("foreign recording: is there", "theirs", t.read("data/11.snarl"))


def test_mark_is_none(t):
    data = folder(t, "data")
    os.mkfifo(t.path("data/.snarl"))
    refused(t, "mark a FIFO", data, "its .snarl is no regular file")
    os.unlink(t.path("data/.snarl"))
    os.symlink(file(t.path("mark"), MARK), t.path("data/.snarl"))
    refused(t, "mark a link", data, "its .snarl is a link")


def test_everybody_may_write(t):
    data = folder(t, "data", 0o1777)
    refused(t, "a folder that everybody may write to", data, "everybody may write to it")
    t.same("a folder that everybody may write to: is as it was", [], os.listdir(data))


def test_default_in_the_way(t):
    """Where everybody may make files: the default folder is somebody else's, or a link to one of ours."""
    shared = folder(t, "shared", 0o1777)
    run(t, t.path("earlier"))
    before = sorted(os.listdir(t.path("earlier")))
    os.symlink(t.path("earlier"), t.path("shared/snarl.data"))
    refused(t, "the default is a link", None, "a link", cwd=shared)
    t.same("the default is a link: nothing is removed", before, sorted(os.listdir(t.path("earlier"))))
    os.unlink(t.path("shared/snarl.data"))
    if not root(t, "the default is another user's"):
        return
    folder(t, "shared/snarl.data", 0o777, NOBODY)
    file(t.path("shared/snarl.data/.snarl"), MARK, NOBODY)
    refused(t, "the default is another user's", None, "it belongs to another user", cwd=shared)


def test_folder_swapped(t):
    """The run's folder gives way to a link: nothing lands where that leads.  What starts later is given its recording
    by the command, which still has the folder itself, so its finding fails the run."""
    data, elsewhere = t.path("data"), folder(t, "elsewhere")
    script = f'mv {data} {data}.away; ln -s {elsewhere} {data}; "$1"; exit 5'
    result = run(t, data, "sh", "-c", script, "-", t.program("guest", "order"))
    t.same("folder swapped: status", 66, result.status)
    t.same("folder swapped: nothing is where the link leads", [], os.listdir(elsewhere))
