# SPDX-License-Identifier: GPL-2.0
"""A made-up house on a made-up wire: captures of which each can break one rule, for testing the checker."""
import ipaddress
import json
import os
import random
import struct

from packet import ACK, FIN, PSH, SYN
from slots import Schedule

DEVICE, CLOUD = "10.0.0.2", "10.0.0.1"
MS, SECOND = 1_000_000, 1_000_000_000
EPOCH = 1_700_000_000 * SECOND
KEY = bytes(range(16))
CELL = 512
TOPIC = "house/kitchen/light"


def record(kind, size, rng):
    """A TLS record of `size` bytes on the wire."""
    return struct.pack("!BHH", kind, 0x0303, size - 5) + rng.randbytes(size - 5)


def hello(kind, version):
    """A ClientHello (1) or ServerHello (2) that offers or chooses `version`, as a record."""
    if kind == 1:
        versions = struct.pack("!HHBH", 43, 3, 2, version)
        body = b"\x03\x03" + bytes(32) + b"\0" + b"\0\2\x13\x01" + b"\1\0"
    else:
        versions = struct.pack("!HHH", 43, 2, version) if version == 0x0304 else b""
        body = (b"\x03\x03" if version >= 0x0303 else struct.pack("!H", version)) + bytes(32) + b"\0" + b"\x13\x01" + b"\0"
    body += struct.pack("!H", len(versions)) + versions
    message = bytes([kind]) + len(body).to_bytes(3, "big") + body
    return struct.pack("!BHH", 22, 0x0301, len(message)) + message


class Wire:
    """Packets between device and cloud, as a far-side capture has them."""

    def __init__(self, seed=7):
        self.rng = random.Random(seed)
        self.packets = []
        self.timestamps = False  # the device offers and uses RFC 7323
        self.next = {}

    def tcp(self, moment, up, flags, payload=b"", port=40000, server=8883, again=False, sequence=None):
        source, target = (DEVICE, CLOUD) if up else (CLOUD, DEVICE)
        ports = (port, server) if up else (server, port)
        key = (up, port, server)
        at = self.next.setdefault(key, 0xFFFFFF00 if up else 77)  # wraps soon, as it may
        if sequence is None:
            sequence = at - len(payload) if again else at
        if not again:
            self.next[key] = at + len(payload) + (1 if flags & (SYN | FIN) else 0)
        options = b"\x01\x01\x08\x0a" + bytes(8) if self.timestamps and up else b""
        head = struct.pack("!HHIIBBHHH", *ports, sequence & 0xFFFFFFFF, 0, (20 + len(options)) // 4 << 4, flags, 512, 0, 0)
        self.ip(moment, source, target, 6, head + options + payload)

    def udp(self, moment, payload, up=True):
        source, target = (DEVICE, CLOUD) if up else (CLOUD, DEVICE)
        self.ip(moment, source, target, 17, struct.pack("!HHHH", 5353, 53, 8 + len(payload), 0) + payload)

    def link(self, moment, source, kind, data):
        hardware = {DEVICE: b"\2device"[:6], CLOUD: b"\2cloud"}.get(source, b"\2other")
        self.packets.append((moment, bytes(6) + hardware.ljust(6, b"\0") + struct.pack("!H", kind) + data))

    def ip(self, moment, source, target, protocol, data, fragment=0):
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(data), 0, fragment, 64, protocol, 0)
        head += ipaddress.IPv4Address(source).packed + ipaddress.IPv4Address(target).packed
        self.link(moment, source, 0x0800, head + data)

    def ip6(self, moment, protocol, data):
        """From an address of the device that nobody named."""
        addresses = ipaddress.IPv6Address("fe80::2").packed + ipaddress.IPv6Address("ff02::1").packed
        self.link(moment, DEVICE, 0x86DD, struct.pack("!IHBB", 6 << 28, len(data), protocol, 255) + addresses + data)

    def write(self, path):
        with open(path, "wb") as f:
            f.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1))
            for moment, frame in sorted(self.packets):
                f.write(struct.pack("<IIII", moment // SECOND, moment % SECOND, len(frame), len(frame)) + frame)


class House:
    """A constant-shaped channel in good order; what is to go wrong is set before run()."""

    def __init__(self, directory, slots=240, seed=7):
        self.directory = directory
        self.schedule = Schedule(SECOND, 600 * MS, 150 * MS, KEY, EPOCH)
        self.wire = Wire(seed)
        self.rng = random.Random(seed + 1)
        self.first, self.slots = 50, slots
        self.cells = 2
        self.version = 0x0304
        self.events, self.received = [], []
        # What may be made to tell; called with (slot, has an event).
        self.answer_size = lambda k, busy: 40
        self.answer_delay = lambda k, busy: 3 * MS + self.rng.randrange(MS)
        self.cells_in = lambda k, busy: self.cells
        self.offset_in = lambda k, busy: self.rng.randrange(2 * MS)
        self.handshake_bytes = 900
        self.handshake_ns = 40 * MS

    def run(self):
        self._happen()
        self._connect(self.schedule.start(self.first) + MS)
        carried = {}
        for number, e in enumerate(self.events):
            carried.setdefault(self.schedule.slot_of(e[0]) + 1, []).append(number)
        for k in range(self.first + 1, self.first + self.slots):
            self._slot(k, carried.get(k, []))
        return self

    def _happen(self):
        at, end = self.schedule.start(self.first + 2), self.schedule.start(self.first + self.slots - 4)
        while (at := at + int(self.rng.uniform(0.3, 4.0) * SECOND)) < end:
            self.events.append((at, TOPIC, f'{{"n":{len(self.events)},"light":"on"}}'))

    def _connect(self, at):
        w = self.wire
        w.tcp(at, True, SYN)
        w.tcp(at + MS // 2, False, SYN | ACK)
        w.tcp(at + MS, True, ACK)
        w.tcp(at + 2 * MS, True, ACK | PSH, hello(1, 0x0304))
        w.tcp(at + 5 * MS, False, ACK | PSH, hello(2, self.version) + record(20, 6, self.rng) + record(23, 1500, self.rng))
        w.tcp(at + 6 * MS, True, ACK)
        w.tcp(at + self.handshake_ns, True, ACK | PSH, record(20, 6, self.rng) + record(23, self.handshake_bytes, self.rng) +
              record(23, 58, self.rng))
        w.tcp(at + self.handshake_ns + MS, False, ACK | PSH, record(23, 239, self.rng))

    def _slot(self, k, numbers):
        w, busy = self.wire, bool(numbers)
        at = self.schedule.start(k) + self.offset_in(k, busy)
        for i in range(self.cells_in(k, busy)):
            w.tcp(at + i * 40_000, True, ACK | PSH, record(23, CELL, self.rng))
        w.tcp(at + MS, False, ACK)
        answered = at + self.answer_delay(k, busy)
        w.tcp(answered, False, ACK | PSH, record(23, self.answer_size(k, busy), self.rng))
        w.tcp(answered + 40 * MS, True, ACK)
        for n in numbers:
            self.received.append((at + 2 * MS, *self.events[n][1:]))

    def paths(self):
        """Write everything; return {name: path}."""
        paths = {n: os.path.join(self.directory, n) for n in ("capture", "schedule", "events", "received")}
        self.wire.write(paths["capture"])
        s = self.schedule
        with open(paths["schedule"], "w", encoding="utf-8") as f:
            json.dump({"period": s.period, "jitter": s.jitter, "open": s.open, "key": s.key.hex()}, f)
        with open(paths["events"], "w", encoding="utf-8") as f:
            for moment, topic, payload in self.events:
                f.write(json.dumps({"moment": moment / SECOND, "topic": topic, "payload": payload}) + "\n")
        with open(paths["received"], "w", encoding="utf-8") as f:
            for moment, topic, payload in self.received:
                f.write(f"{moment // SECOND}.{moment % SECOND:09d} {topic} {payload}\n")
        return paths
