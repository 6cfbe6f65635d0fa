# SPDX-License-Identifier: GPL-2.0
"""What truly happened, and what the backend got: the truth that the wire is compared with."""
import json
import statistics
from collections import defaultdict, deque
from dataclasses import dataclass
from decimal import Decimal


@dataclass
class Event:
    moment: int  # ns since the epoch
    topic: str
    payload: str

    @property
    def what(self):
        return self.topic, self.payload


def _nanoseconds(seconds):
    return int(Decimal(str(seconds)) * 1_000_000_000)


def load(path):
    """A line an event: {"moment": SECONDS, "topic": TOPIC, "payload": PAYLOAD}, or `SECONDS TOPIC PAYLOAD`
    as `mosquitto_sub -F '%U %t %p'` prints it. Seconds since the epoch with their fraction."""
    found = []
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            line = line.strip()
            if not line:
                continue
            try:
                if line.startswith("{"):
                    e = json.loads(line, parse_float=Decimal)
                    found.append(Event(_nanoseconds(e["moment"]), e["topic"], str(e["payload"])))
                else:
                    moment, topic, payload = (line.split(" ", 2) + ["", ""])[:3]
                    found.append(Event(_nanoseconds(moment), topic, payload))
            except (ValueError, KeyError, ArithmeticError) as e:
                raise ValueError(f"{path}:{number}: not an event: {e}") from None
    return found


def quantile(ordered, q):
    """The smallest value below or at which a share q lies."""
    return ordered[max(0, min(len(ordered) - 1, -(-int(q * 1000) * len(ordered) // 1000) - 1))]


def compare(sent, received):
    """Match each event with what the backend got: once each, in the order of each topic; and how long it took."""
    waiting = defaultdict(deque)
    for number, e in enumerate(sent):
        waiting[e.what].append(number)
    arrived, duplicates, strangers = {}, 0, 0
    known = {e.what for e in sent}
    last, out_of_order = {}, 0
    for r in received:
        if not waiting[r.what]:
            if r.what in known:
                duplicates += 1
            else:
                strangers += 1
            continue
        number = waiting[r.what].popleft()
        arrived[number] = r.moment
        if number < last.get(r.topic, -1):
            out_of_order += 1
        last[r.topic] = max(number, last.get(r.topic, -1))
    delays = sorted(moment - sent[number].moment for number, moment in arrived.items())
    report = {
        "sent": len(sent), "received": len(received), "missing": len(sent) - len(arrived), "duplicates": duplicates,
        "strangers": strangers, "out_of_order": out_of_order,
    }
    if delays:
        report.update(delay_median=int(statistics.median(delays)), delay_p99=quantile(delays, 0.99),
                      delay_max=delays[-1], delay_min=delays[0])
    return report, arrived
