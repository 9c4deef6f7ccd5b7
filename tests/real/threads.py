# SPDX-License-Identifier: Apache-2.0
"""Threads as Python programs use them; correct, and prints the same each time."""
import queue
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor


def workers_with_a_queue():
    work, done = queue.Queue(), queue.Queue()

    def run():
        while (item := work.get()) is not None:
            done.put(item * item)
            work.task_done()

    threads = [threading.Thread(target=run) for _ in range(5)]
    for thread in threads:
        thread.start()
    for item in range(2000):
        work.put(item)
    work.join()
    for _ in threads:
        work.put(None)
    for thread in threads:
        thread.join()
    return sum(done.get() for _ in range(2000))


def conditions():
    lock = threading.RLock()
    condition = threading.Condition(lock)
    turns = []

    def take(me):
        for _ in range(20):
            with condition:
                condition.wait_for(lambda: len(turns) % 3 == me)
                with lock:
                    turns.append(me)
                condition.notify_all()

    threads = [threading.Thread(target=take, args=(me,)) for me in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return turns == [0, 1, 2] * 20


with ThreadPoolExecutor(4) as pool:
    print(sum(pool.map(lambda n: n * 3, range(1000))))
print(workers_with_a_queue(), conditions())
print(subprocess.run(["echo", "from a child"], capture_output=True, check=True).stdout)
