# SPDX-License-Identifier: GPL-2.0
"""The wire after: protocol, records, moments. Everything here is what any observer could do, plus the schedule."""
from collections import Counter
from dataclasses import dataclass

import slots
import tcp
import tls
from packet import FIN, OPTION_TIMESTAMPS, RST, SYN

HANDSHAKE_NS = 10_000_000_000
HANDSHAKE_BYTES = 16384
SEARCH_MIN = 6  # shorter strings turn up in ciphertext by chance
# Neighbour discovery (RFC 4861) and multicast listeners (RFC 2710, 3810): a link does not work without.
_LINK_UPKEEP = {130, 131, 132, 133, 134, 135, 136, 143}


@dataclass
class Sealed:
    """A connection of the device that carried something, as TLS."""
    connection: tcp.Connection
    up: list  # records
    down: list
    plain_at: tuple  # offsets of the first byte that is no record, each direction, or None
    version: int = None
    first_cell: int = None  # index into up
    cell_start: int = None  # its offset in the stream

    @property
    def settled(self):
        return self.first_cell is not None

    def is_handshake(self, segment):
        """From the SYN to the first cell. A segment that holds both counts as data.

        What is encrypted looks alike, so that data of another size before the first cell would
        pass for handshake here; HANDSHAKE_NS and HANDSHAKE_BYTES bound it.
        """
        return not self.settled or segment.start + segment.size <= self.cell_start


def sealed_connections(packets, devices):
    found = []
    for c in tcp.connections(packets, devices):
        up, up_end = tls.records(c.up.data)
        down, down_end = tls.records(c.down.data)
        server = (c.down.data, down) if c.outgoing else (c.up.data, up)
        found.append(Sealed(c, up, down, (up_end, down_end), tls.server_version(*server)))
    return found


def cell_size(sealed):
    """The size that most application records of the device have."""
    sizes = Counter(r.size for s in sealed for r in s.up if r.type == tls.APPLICATION)
    return max(sizes, key=lambda size: (sizes[size], size)) if sizes else None


def find_cells(sealed, size):
    for s in sealed:
        for i, r in enumerate(s.up):
            if r.type == tls.APPLICATION and r.size == size:
                s.first_cell, s.cell_start = i, r.start
                break


# ---- what each claim rests on ----

def check_versions(sealed, claims):
    spoken = [s for s in sealed if s.connection.up.data or s.connection.down.data]
    versions = Counter(tls.VERSIONS.get(s.version, "none") for s in spoken)
    early = sum(tls.offers_early_data(s.connection.up.data, s.up) for s in spoken)
    held = bool(spoken) and set(versions) == {"TLS 1.3"} and not early
    claims.add("tls13", held, f"{len(spoken)} connections carried data: " +
               (", ".join(f"{n} {v}" for v, n in versions.items()) or "no TLS at all") +
               (f"; {early} with early data" if early else ""), versions=dict(versions))


def check_plain(packets, devices, sealed, strings, claims):
    """Nothing but TLS from or to the device, and no string of the app anywhere."""
    datagrams = [p for p in packets if p.protocol == "udp" and (p.source in devices or p.target in devices)]
    others = Counter(p.protocol for p in packets if p.source in devices and _is_other(p))
    plain = [{"connection": s.connection.name, "bytes": len(stream.data) - end,
              "begins": bytes(stream.data[end:end + 24]).decode("latin-1")}
             for s in sealed for stream, end in zip((s.connection.up, s.connection.down), s.plain_at)
             if end is not None]
    searched = [t for t in strings if len(t.encode()) >= SEARCH_MIN]
    found = sorted({t for t in searched for p in packets if t.encode() in p.payload} |
                   {t for t in searched for s in sealed for st in (s.connection.up, s.connection.down)
                    if t.encode() in st.data})
    text = f"{len(plain)} connections with plain TCP payload, {len(datagrams)} UDP datagrams, " \
           f"{sum(others.values())} packets of other protocols, {len(found)} of {len(searched)} strings of the app found"
    if len(searched) < len(strings):
        text += f" ({len(strings) - len(searched)} under {SEARCH_MIN} bytes not searched)"
    claims.add("no_plain", not plain and not datagrams and not others and not found, text, plain=plain,
               udp=len(datagrams), others=dict(others), strings_found=found)


def _is_other(p):
    """Neither TCP nor UDP nor what keeps the link up: it may carry anything."""
    return p.protocol not in ("tcp", "udp") and not (p.protocol == "icmpv6" and p.payload[:1] and
                                                     p.payload[0] in _LINK_UPKEEP)


def check_records(sealed, size, claims):
    after = Counter(r.size for s in sealed if s.settled for r in s.up[s.first_cell:])
    down = Counter(r.size for s in sealed if s.settled for r in s.down)
    others = {n: c for n, c in after.items() if n != size}
    strange = sum(r.type != tls.APPLICATION for s in sealed if s.settled for r in s.up[s.first_cell:])
    unsettled = sum(not s.settled and any(r.type == tls.APPLICATION for r in s.up) for s in sealed)
    text = f"{after[size] if size else 0} records of {size} bytes after the handshake" if after else \
        "no record after a handshake"
    if others:
        text += ", and of other sizes: " + ", ".join(f"{c} of {n}" for n, c in sorted(others.items()))
    if unsettled:
        text += f"; {unsettled} connections sent application records but never one of this size"
    claims.add("one_size", bool(after) and not others and not strange and not unsettled, text, cell=size,
               up_sizes={str(k): v for k, v in sorted(after.items())},
               down_sizes={str(k): v for k, v in sorted(down.items())})


def check_readable(packets, sealed, claims):
    broken = sum(not p.whole for p in packets)
    gaps = sum(s.connection.missing for s in sealed)
    unbegun = sum(not s.connection.begun for s in sealed)
    contradictions = sum(s.connection.up.contradictions + s.connection.down.contradictions for s in sealed)
    claims.add("readable", not (broken or gaps or unbegun or contradictions) and packets,
               f"{len(packets)} packets, {len(sealed)} connections; {broken} packets not read, {gaps} connections with "
               f"gaps, {unbegun} without their beginning, {contradictions} with contradictory bytes")


def check_timestamps(packets, devices, claims):
    tcp_up = [p for p in packets if p.protocol == "tcp" and p.source in devices]
    with_option = sum(OPTION_TIMESTAMPS in p.options for p in tcp_up)
    claims.add("no_timestamps", not with_option and tcp_up,
               f"{with_option} of {len(tcp_up)} TCP packets of the device carry the timestamp option")


def check_moments(sealed, schedule, tolerance, grace, claims):
    """Each packet of the device that is neither a handshake's nor a pure acknowledgement left in a slot."""
    count, offences, late, exempt = Counter(), [], [], Counter()
    handshakes = []
    for s in sealed:
        c, opened, shaking, used = s.connection, None, 0, 0
        for g in (g for g in c.segments if g.up):
            if g.pure_ack:
                exempt["pure_ack"] += 1
                continue
            first = bool(g.flags & SYN) and opened is None and c.outgoing
            if first:
                opened = g.moment
            elif s.is_handshake(g) and not (g.flags & (FIN | RST)) and opened is not None:
                exempt["handshake"] += 1
                used += g.size
                shaking = max(shaking, g.moment - opened)
                continue
            place, k, since = schedule.place(g.moment, tolerance, grace)
            count[place] += 1
            if place == slots.LATE:
                late.append(since - schedule.open)
            if place == slots.OUTSIDE:
                offences.append({"connection": c.name, "moment": g.moment, "slot": k, "early_by": -since,
                                 "bytes": g.size, "flags": g.flags})
        if opened is not None:
            handshakes.append((shaking, used))
    total = sum(count.values())
    claims.add("in_slot", total and not offences,
               f"{total} packets of the device had to wait for a slot: {count[slots.INSIDE]} left while one was open, "
               f"{count[slots.LATE]} after its end, {count[slots.OUTSIDE]} before their slot opened",
               inside=count[slots.INSIDE], late=count[slots.LATE], outside=count[slots.OUTSIDE],
               latest=max(late, default=0), offences=offences[:20], exempt=dict(exempt))
    too_long = [h for h in handshakes if h[0] > HANDSHAKE_NS or h[1] > HANDSHAKE_BYTES]
    claims.add("handshakes", not too_long,
               f"{len(handshakes)} connections opened; the longest handshake took "
               f"{max((h[0] for h in handshakes), default=0) / 1e6:.0f} ms, the largest sent "
               f"{max((h[1] for h in handshakes), default=0)} bytes",
               connections=len(handshakes), over_the_limit=len(too_long))
