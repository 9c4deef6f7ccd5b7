# SPDX-License-Identifier: Apache-2.0
"""A process of a run that cannot use the run's folder any more (another user, another root) is watched as any
other: the command gives it its recording."""
import glob
import os
import shutil


def ready(t, name):
    """The library and the program where every user can read them; None where this test cannot be."""
    if os.getuid():
        t.skip(f"{name}: not root")
        return None
    os.chmod(t.work, 0o755)
    for file in (t.shim, t.program("guest", "gives_rights_away")):
        shutil.copy(file, t.work)
        os.chmod(t.path(os.path.basename(file)), 0o755)
    return {"SNARL_LIBRARY": t.path("libsnarl.so")}


def go(t, env, how, what, away):
    data = f"{how}-{what}-{away}"
    command = [t.path("gives_rights_away"), how, what, away]
    # What is written there is root's alone.
    os.mkdir(t.path("closed-" + data), 0o700)
    data = f"closed-{data}/data"
    return t.run(command, name="bare"), t.run_snarl(command, data=data, **env), data


def check_silent(t, env, how, away):
    bare, result, data = go(t, env, how, "nothing", away)
    name = f"{how}, {away}: correct"
    t.same(f"{name}: status, output and errors", (bare.status, bare.out, ""), (result.status, result.out, result.err))
    t.same(f"{name}: no trifles are left", 2 if how == "become" else 1, len(glob.glob(t.path(data, "*.snarl"))))


def check_mistake(t, env, how, away):
    _, result, data = go(t, env, how, "mistake", away)
    name = f"{how}, {away}: mistake"
    t.same(f"{name}: the run fails", 66, result.status)
    t.same(f"{name}: the child's status is its own", "" if how == "become" else "child 7\n", result.out)
    report = t.kept(data)
    t.same(f"{name}: the run's report has it", [("unlock-not-locked", "confirmed")],
           [(f.kind, f.verdict) for f in report.findings] if report else None)
    t.check(f"{name}: told once, without complaints", result.err.count("unlock-not-locked (") == 1 and
            "denied" not in result.err and "memory" not in result.err, result.err)


def test_user(t):
    env = ready(t, "another user")
    for how in ("fork", "exec", "spawn", "become") if env else ():
        check_mistake(t, env, how, "user")
        check_silent(t, env, how, "user")


def test_root(t):
    env = ready(t, "another root")
    for away in ("root", "root-and-user") if env else ():
        check_mistake(t, env, "fork", away)
        check_silent(t, env, "fork", away)


def test_descriptors(t):
    """Without descriptors the command cannot be asked: the process tells itself, and the run fails all the same."""
    program = t.program("guest", "gives_rights_away")
    result = t.run_snarl([program, "fork", "mistake", "descriptors"])
    t.same("no descriptors: the run fails", 66, result.status)
    t.same("no descriptors: the child's status is its own", "child 7\n", result.out)
    t.same("no descriptors: told once", 1, result.err.count("unlock-not-locked ("))
    t.same("no descriptors: one line says that it counts", 1, result.err.count("recorded in memory only and told"))
    result = t.run_snarl([program, "fork", "nothing", "descriptors"])
    t.same("no descriptors, correct: status, output and errors", (0, "child 7\n", ""),
           (result.status, result.out, result.err))


ASKER = """
import os, socket, struct, sys
pid, number, user, key = os.environ["SNARL_RUN"].split(":")
folder, key = os.environ["SNARL_OUTPUT"], bytes.fromhex(key)
silent = []

def connect():
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.settimeout(60)
    s.connect(chr(0) + "snarl-" + pid + "-" + number)
    return s

def ask(kind, name="", file=None, key=key, number=number):
    s = connect()
    st = os.stat(file) if file else None
    s.send(struct.pack("=II16sQQ40s", kind, int(number), key, st.st_dev if st else 0, st.st_ino if st else 0, name.encode()))
    data, fds, _, _ = socket.recv_fds(s, 100, 4)
    if not data:
        return None, None
    return struct.unpack("=i40s", data)[0], fds[0] if fds else None

open(folder + "/victim", "w").close()
open(folder + "/1.snarl", "w").close()
for _ in range(200):
    silent.append(connect())
print("no key", ask(1, key=bytes(16)), ask(4, key=bytes(16)), ask(1, number=int(number) ^ 1))
print("nonsense", ask(9)[0])
error, fd = ask(1)
own = os.readlink("/proc/self/fd/%d" % fd)
print("given", error, os.path.dirname(own) == folder, os.path.basename(own).split(".")[0] == str(os.getpid()))
mine = str(os.getpid())
for name, file in (("victim", "victim"), ("1.snarl", "1.snarl"), ("../" + os.path.basename(folder) + "/victim", "victim"),
                   (mine + "/../victim", "victim"), (os.path.basename(own), "victim"), ("9" * 40, "victim")):
    print("not removed", ask(2, name, folder + "/" + file)[0] < 0)
print("removed", ask(2, os.path.basename(own), own)[0], os.path.exists(own))
print(sorted(n for n in os.listdir(folder) if "snarl" not in n or n == "1.snarl"))
"""


def test_strangers(t):
    """Who has no key gets nothing from the command, nor does who has it get more than a file of its own."""
    result = t.run_snarl(["python3", "-c", ASKER])
    t.same("strangers: what the command does", ["no key (None, None) (None, None) (None, None)", "nonsense -22",
           "given 0 True True", *["not removed True"] * 6, "removed 0 False", "['1.snarl', 'victim']"],
           result.out.splitlines())
    t.same("strangers: status and errors", (0, ""), (result.status, result.err))
