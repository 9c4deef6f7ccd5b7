# SPDX-License-Identifier: Apache-2.0
"""Servers under load, on loopback."""
import os
import shutil

from real import compare

# Transactions of two clients at a time, which want some of the same rows; then the sums.
MARIADB_BEGIN = """DROP DATABASE IF EXISTS snarl; CREATE DATABASE snarl;
CREATE TABLE snarl.t (id INT PRIMARY KEY, n INT) ENGINE=InnoDB;
INSERT INTO snarl.t VALUES (0, 0), (1, 0), (2, 0), (3, 0)"""
MARIADB_END = "SELECT id, n FROM snarl.t ORDER BY id; CHECK TABLE snarl.t; SELECT SUM(n) FROM snarl.t"


def user():
    """As whom a server runs that refuses to be root."""
    return "nobody" if os.getuid() == 0 else os.environ.get("USER", "nobody")


def test_memcached(t):
    if not compare.want(t, "memcached"):
        return
    load = os.path.join(t.build, "tests/real/load")

    def command(port):
        return ["memcached", "-t", "4", "-p", str(port), "-U", "0", "-l", "127.0.0.1", "-u", user()]

    compare.serve(t, "memcached", "memcached", command,
                  lambda port: t.run([load, port, 6, 4, 3000], name="load").out)


def redis_load(t, port):
    bench = t.run(["redis-benchmark", "-p", port, "-n", 8000, "-c", 30, "-P", 4, "-q", "-t",
                   "set,get,incr,lpush,mset"], name="load", deadline=2 * t.deadline)
    lines = "".join(f"set key:{i} value{i}\nincrby counter {i}\nrpush list {i}\n" for i in range(500))
    t.write("commands", lines + "get key:123\nget counter\nllen list\nunlink list\nflushall async\ndbsize\n")
    return bench.status, t.run(["redis-cli", "-p", port], stdin=t.path("commands"), name="load").out


def test_redis(t):
    if not compare.want(t, "redis-server", "redis-cli", "redis-benchmark"):
        return

    def command(port):
        return ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--io-threads", "4",
                "--io-threads-do-reads", "yes", "--save", "", "--appendonly", "no", "--dir", t.work]

    compare.serve(t, "redis", "redis", command, lambda port: redis_load(t, port))


def mariadb_client(t, number):
    """The transactions of one client, in a file."""
    lines = [f"BEGIN; UPDATE snarl.t SET n = n + 1 WHERE id = {i % 2};\n"
             f"UPDATE snarl.t SET n = n + {number} WHERE id = {1 + number}; COMMIT;\n" for i in range(2000)]
    return t.write(f"client{number}", "".join(lines))


def mariadb_load(t, port):
    sql = ["mariadb", "--no-defaults", "-h", "127.0.0.1", "-P", str(port), "-u", "root", "-N", "-B"]
    t.run([*sql, "-e", MARIADB_BEGIN], name="load")
    clients = [t.start(["sh", "-c", 'exec "$@" < "$0"', mariadb_client(t, n), *sql]) for n in (1, 2)]
    statuses = [client.wait(2 * t.deadline) for client in clients]
    return statuses, t.run([*sql, "-e", MARIADB_END], name="load").out


def test_mariadb(t):
    """Optional: too large to be installed for the tests alone."""
    if not compare.want(t, "mariadbd", "mariadb", "mariadb-install-db", optional=True):
        return
    db = t.path("db")
    os.mkdir(db)
    os.chmod(t.work, 0o755)
    if os.getuid() == 0:
        shutil.chown(db, "nobody")
    made = t.run(["mariadb-install-db", "--no-defaults", f"--user={user()}", f"--datadir={db}", "--skip-test-db",
                  "--auth-root-authentication-method=normal"], deadline=2 * t.deadline)
    if not t.check("mariadb: its data folder is made", made.status == 0, made.out + made.err):
        return

    def command(port):
        return ["mariadbd", "--no-defaults", f"--user={user()}", f"--datadir={db}", f"--port={port}",
                "--bind-address=127.0.0.1", f"--socket={db}/socket", "--innodb-buffer-pool-size=32M"]

    compare.serve(t, "mariadb", "mariadbd", command, lambda port: mariadb_load(t, port))
