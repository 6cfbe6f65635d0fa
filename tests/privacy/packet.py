# SPDX-License-Identifier: GPL-2.0
"""One packet of a capture: Ethernet or SLL2, IPv4 or IPv6, TCP or UDP (RFC 791, 8200, 9293, 768)."""
import ipaddress
import struct
from dataclasses import dataclass, field

import pcap

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
OPTION_TIMESTAMPS = 8  # RFC 7323

_IPV4, _IPV6 = 0x0800, 0x86DD
_PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmpv6", 2: "igmp"}
_EXTENSIONS = {0, 43, 60, 135}  # hop-by-hop, routing, destination options, mobility


@dataclass
class Packet:
    moment: int  # ns since the epoch
    protocol: str  # "tcp", "udp", "icmp", ... or "ethernet 0806" where there is no IP
    source: str = ""
    target: str = ""
    source_port: int = 0
    target_port: int = 0
    sequence: int = 0
    flags: int = 0
    options: set = field(default_factory=set)  # kinds of TCP options
    payload: bytes = b""
    whole: bool = True  # False: a fragment, or heads that contradict themselves
    hardware: bytes = b""  # of the sender on the link


def decode(link, moment, frame):
    if link == pcap.ETHERNET:
        at, kind_at, hardware = 14, 12, frame[6:12]
    else:
        at, kind_at = 20, 0
        hardware = frame[12:12 + frame[11]] if len(frame) >= at else b""
    p = _network(moment, frame, at, struct.unpack_from("!H", frame, kind_at)[0]) if len(frame) >= at else \
        Packet(moment, "broken", whole=False)
    p.hardware = bytes(hardware)
    return p


def _network(moment, frame, at, kind):
    try:
        if kind == _IPV4:
            return _ipv4(moment, frame[at:])
        if kind == _IPV6:
            return _ipv6(moment, frame[at:])
    except (struct.error, IndexError):
        return Packet(moment, "broken", whole=False)
    return Packet(moment, f"ethernet {kind:04x}")


def addresses_of(packets, devices):
    """The given addresses, and every other one from which the same machine sends on this link.

    A device has addresses that nobody configured, IPv6's link-local ones at least.
    """
    machines = {p.hardware for p in packets if p.source in devices and p.hardware}
    return set(devices) | {p.source for p in packets if p.hardware in machines and p.source}


def _ipv4(moment, data):
    head = (data[0] & 15) * 4
    total, fragment, protocol = struct.unpack_from("!H", data, 2)[0], struct.unpack_from("!H", data, 6)[0], data[9]
    p = Packet(moment, _PROTOCOLS.get(protocol, f"ip {protocol}"), str(ipaddress.IPv4Address(data[12:16])),
               str(ipaddress.IPv4Address(data[16:20])))
    # A total of 0 is a segment that was offloaded and never had its length written.
    data = data[head:total] if total else data[head:]
    if head < 20 or fragment & 0x3FFF or (total and len(data) < total - head):
        p.whole = False
        return p
    return _transport(p, data)


def _ipv6(moment, data):
    length, protocol = struct.unpack_from("!H", data, 4)[0], data[6]
    p = Packet(moment, "", str(ipaddress.IPv6Address(data[8:24])), str(ipaddress.IPv6Address(data[24:40])))
    data = data[40:40 + length] if length else data[40:]
    while protocol in _EXTENSIONS:
        protocol, data = data[0], data[(data[1] + 1) * 8:]
    p.protocol = _PROTOCOLS.get(protocol, f"ip {protocol}")
    if protocol == 44:  # a fragment
        p.whole = False
        return p
    return _transport(p, data)


def _transport(p, data):
    if p.protocol == "udp":
        p.source_port, p.target_port = struct.unpack_from("!HH", data)
        p.payload = bytes(data[8:])
    elif p.protocol == "tcp":
        p.source_port, p.target_port, p.sequence = struct.unpack_from("!HHI", data)
        head = (data[12] >> 4) * 4
        p.flags = data[13]
        if head < 20 or head > len(data):
            p.whole = False
            return p
        p.options = _options(data[20:head])
        p.payload = bytes(data[head:])
    else:
        p.payload = bytes(data)
    return p


def _options(data):
    kinds, at = set(), 0
    while at < len(data) and data[at] != 0:
        kinds.add(data[at])
        if data[at] == 1:
            at += 1
        elif at + 1 < len(data) and data[at + 1] >= 2:
            at += data[at + 1]
        else:
            break
    return kinds
