"""A link between two interfaces that is slow and loses packets, for kernels without netem.

usage: slow-link.py INTERFACE INTERFACE DELAY_MS LOSS_PERCENT

Both ways the same. UDP checksums are taken out: between virtual interfaces the kernel leaves them to
hardware that is not there.
"""

import heapq
import random
import select
import socket
import sys
import time

ALL = 3  # ETH_P_ALL
OUTGOING = 4  # PACKET_OUTGOING: what we have sent ourselves

first, second, delay, loss = sys.argv[1:]
delay, loss = float(delay) / 1000, float(loss) / 100
ends = []
for name in (first, second):
    end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL))
    end.bind((name, ALL))
    end.setblocking(False)
    ends.append(end)

waiting = []
count = 0
while True:
    now = time.monotonic()
    while waiting and waiting[0][0] <= now:
        _, _, end, frame = heapq.heappop(waiting)
        try:
            end.send(frame)
        except OSError:
            pass  # as good as lost
    pause = max(0, waiting[0][0] - now) if waiting else None
    for end in select.select(ends, [], [], pause)[0]:
        while True:
            try:
                frame, address = end.recvfrom(65536)
            except BlockingIOError:
                break
            if address[2] == OUTGOING or random.random() < loss:
                continue
            if frame[12:14] == b'\x08\x00' and frame[23] == 17:
                place = 14 + 4 * (frame[14] & 15) + 6
                frame = frame[:place] + b'\0\0' + frame[place + 2 :]
            count += 1
            other = ends[1] if end is ends[0] else ends[0]
            heapq.heappush(waiting, (time.monotonic() + delay, count, other, frame))
