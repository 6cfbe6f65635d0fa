# SPDX-License-Identifier: GPL-2.0
"""Connections out of packets: each direction's bytes put in order, and when each byte was first seen."""
import bisect
from dataclasses import dataclass, field

from packet import ACK, FIN, RST, SYN


@dataclass
class Segment:
    """A TCP packet within its connection."""
    moment: int
    up: bool  # from the device
    start: int  # offset of the payload in the direction's stream
    size: int  # of the payload, bytes
    flags: int
    again: bool  # carries nothing that was not seen before: a retransmission

    @property
    def pure_ack(self):
        return self.size == 0 and not self.flags & (SYN | FIN | RST)


class Stream:
    """One direction of a connection."""

    def __init__(self):
        self.base = None  # sequence number of the first byte
        self.data = bytearray()
        self.pieces = []  # (offset, moment), sorted: from this offset on first seen then
        self.waiting = {}  # offset -> (bytes, moment), beyond a gap
        self.contradictions = 0  # bytes sent again with other content

    def begin(self, sequence):
        if self.base is None:
            self.base = sequence & 0xFFFFFFFF

    def offset(self, sequence):
        """From a 32-bit sequence number to an offset near what is expected next."""
        near = len(self.data)
        distance = (sequence - self.base - near) & 0xFFFFFFFF
        if distance >= 1 << 31:
            distance -= 1 << 32
        return near + distance

    def add(self, start, payload, moment):
        """Return whether any of it is new."""
        known = len(self.data)
        if start < known:
            old = self.data[max(start, 0):min(start + len(payload), known)]
            if old != payload[max(0, -start):max(0, -start) + len(old)]:
                self.contradictions += 1
            payload, start = payload[known - start:], known
            if not payload:
                return False
        if start > known:
            held = self.waiting.get(start)
            if held and len(held[0]) >= len(payload):
                return False
            self.waiting[start] = (payload, moment)
            return True
        self._append(payload, moment)
        self._drain()
        return True

    def _append(self, payload, moment):
        self.pieces.append((len(self.data), moment))
        self.data += payload

    def _drain(self):
        for start in sorted(self.waiting):
            if start > len(self.data):
                break
            payload, moment = self.waiting.pop(start)
            if start + len(payload) > len(self.data):
                self._append(payload[len(self.data) - start:], moment)

    def moment_of(self, offset):
        at = bisect.bisect_right(self.pieces, (offset, float("inf"))) - 1
        return self.pieces[at][1]

    @property
    def missing(self):
        """Bytes are known behind a gap that was never filled."""
        return bool(self.waiting)


@dataclass
class Connection:
    device: str
    device_port: int
    cloud: str
    cloud_port: int
    opened: int  # moment of the first packet
    outgoing: bool = True  # opened by the device
    begun: bool = False  # its SYN is in the capture
    up: Stream = field(default_factory=Stream)
    down: Stream = field(default_factory=Stream)
    segments: list = field(default_factory=list)

    @property
    def name(self):
        return f"{self.device}:{self.device_port} -> {self.cloud}:{self.cloud_port}"

    @property
    def missing(self):
        return self.up.missing or self.down.missing


def connections(packets, devices):
    """All TCP connections of which one end is a device, in the order in which they begin."""
    current, found = {}, []
    for p in packets:
        if p.protocol != "tcp" or not p.whole:
            continue
        up = p.source in devices
        if not up and p.target not in devices:
            continue
        key = (p.source, p.source_port, p.target, p.target_port) if up else \
            (p.target, p.target_port, p.source, p.source_port)
        c = current.get(key)
        if c is None or _begins_anew(c, p, up):
            c = Connection(*key, opened=p.moment)
            current[key] = c
            found.append(c)
        _take(c, p, up)
    return found


def _begins_anew(c, p, up):
    """A SYN with another number than the connection's: its ports are used a second time."""
    if not p.flags & SYN or p.flags & ACK:
        return False
    stream = c.up if up else c.down
    return stream.base is not None and stream.base != (p.sequence + 1) & 0xFFFFFFFF


def _take(c, p, up):
    stream = c.up if up else c.down
    if p.flags & SYN:
        stream.begin(p.sequence + 1)
        if not p.flags & ACK:
            c.begun, c.outgoing = True, up
    else:
        stream.begin(p.sequence)
    first = p.sequence + 1 if p.flags & SYN else p.sequence
    start = stream.offset(first)
    new = stream.add(start, p.payload, p.moment) if p.payload else False
    c.segments.append(Segment(p.moment, up, start, len(p.payload), p.flags, bool(p.payload) and not new))
