# SPDX-License-Identifier: Apache-2.0
"""Programs that run and end: a benchmark, a database, an interpreter, version control, a pool of our own."""
import os
import re

from real import compare

# Searches and packs a repository, both with several threads.
GIT_WORK = """\
cd repository
git -c grep.threads=4 grep -c fox
git -c pack.threads=4 -c core.multiPackIndex=false repack -q -a -d -f
git -c index.threads=4 status --short
git fsck --full 2>&1
git log --format=%s | cksum
"""


def sysbench(t, name, *arguments):
    if not compare.want(t, "sysbench"):
        return
    compare.same(t, f"sysbench-{name}", "sysbench", ["sysbench", name, "--threads=4", "--time=0", *arguments, "run"],
                 shown=lambda out: re.findall("total number of events.*|Number of threads.*", out))


def test_sysbench_threads(t):
    sysbench(t, "threads", "--events=400", "--thread-yields=100")


def test_sysbench_mutex(t):
    sysbench(t, "mutex", "--mutex-num=64", "--mutex-locks=5000", "--mutex-loops=100")


def test_rocksdb(t):
    """What db_bench prints are times: only the names of what it ran can be compared."""
    if not compare.want(t, "db_bench"):
        return
    options = ["--benchmarks=fillrandom,readrandom,readwhilewriting,compact", "--num=5000", "--threads=4",
               "--write_buffer_size=262144", "--max_background_jobs=4", "--compression_type=none"]
    script = f'rm -rf {t.path("db")}; exec "$@" 2> /dev/null'
    compare.same(t, "rocksdb", "db_bench", ["sh", "-c", script, "-", "db_bench", f"--db={t.path('db')}", *options],
                 shown=lambda out: sorted(re.findall(r"(?m)^[a-z]+ +:", out)))


def test_python(t):
    if not compare.want(t, "python3"):
        return
    python = "/usr/bin/python3" if os.access("/usr/bin/python3", os.X_OK) else "python3"
    compare.same(t, "python", "python", [python, os.path.join(t.root, "tests/real/threads.py")])


def test_git(t):
    if not compare.want(t, "git"):
        return
    env = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    repository = t.path("repository")
    os.mkdir(repository)
    for i in range(300):
        t.write(f"repository/file{i}", f"file {i}: the quick brown fox {i * i}\n")
    t.run(["sh", "-c", "git init -q . && git add . && git -c user.name=snarl -c user.email=snarl@example.org "
           "commit -q -m first"], cwd=repository, **env)
    compare.same(t, "git", "git", ["sh", "-c", GIT_WORK], env=env)


def test_pool(t):
    compare.same(t, "pool", "pool", [os.path.join(t.build, "tests/real/pool")])
