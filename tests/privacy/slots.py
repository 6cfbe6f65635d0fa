# SPDX-License-Identifier: GPL-2.0
"""When slots were open, from the schedule's definition; and where a packet falls."""
import json
from dataclasses import dataclass

from siphash import siphash24

INSIDE, LATE, OUTSIDE = "inside", "late", "outside"


@dataclass
class Schedule:
    period: int  # ns, as all times here
    jitter: int
    open: int
    key: bytes
    offset: int = 0  # CLOCK_REALTIME less CLOCK_MONOTONIC: captures are in the one, slots in the other

    @classmethod
    def load(cls, path, offset):
        with open(path, encoding="utf-8") as f:
            s = json.load(f)
        key = bytes.fromhex(s["key"])
        if len(key) != 16 or s["period"] <= 0 or s["jitter"] < 0 or s["open"] <= 0 or \
                s["jitter"] + s["open"] > s["period"]:
            raise ValueError(f"{path}: not a schedule")
        return cls(s["period"], s["jitter"], s["open"], key, offset)

    def start(self, k):
        """The moment (ns since the epoch) at which slot k opens."""
        drawn = siphash24(self.key, k.to_bytes(8, "little")) % (self.jitter + 1)
        return k * self.period + drawn + self.offset

    def slot_of(self, moment):
        """The last slot that opened at `moment` or before."""
        k = (moment - self.offset) // self.period
        return k if self.start(k) <= moment else k - 1

    def place(self, moment, tolerance, grace):
        """Return (INSIDE, LATE or OUTSIDE, slot, ns since its opening).

        A packet up to `tolerance` before an opening counts as inside, since clocks and captures
        err. One up to `grace` behind a slot's end was let go in time and arrived LATE. What lies
        OUTSIDE was never held for a slot: it left before the slot opened that it had to wait for.
        """
        k = self.slot_of(moment + tolerance)
        since = moment - self.start(k)
        if since < self.open:
            return INSIDE, k, since
        if since < self.open + grace:
            return LATE, k, since
        return OUTSIDE, k + 1, moment - self.start(k + 1)
