# SPDX-License-Identifier: Apache-2.0
"""Python threads at work: threads.py [ITEMS]; a queue, a pool and a condition."""
import queue
import sys
import threading
from concurrent.futures import ThreadPoolExecutor


def through_a_queue(items):
    work, done = queue.Queue(100), queue.Queue()

    def run():
        while (item := work.get()) is not None:
            done.put(sum(range(item % 100)))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for item in range(items):
        work.put(item)
    for _ in threads:
        work.put(None)
    for thread in threads:
        thread.join()
    return sum(done.get() for _ in range(items))


def under_a_lock(items):
    lock, total = threading.RLock(), [0]

    def add(item):
        with lock:
            total[0] += item

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(items)))
    return total[0]


count = int(sys.argv[1]) if len(sys.argv) > 1 else 20000
print(through_a_queue(count), under_a_lock(count))
