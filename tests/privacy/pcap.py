# SPDX-License-Identifier: GPL-2.0
"""Classic pcap files, with microseconds or nanoseconds, of either byte order.

The format is that of pcap-savefile(5); link types are LINKTYPE_ETHERNET and
LINKTYPE_LINUX_SLL2 of tcpdump.org's list.
"""
import struct

ETHERNET = 1
LINUX_SLL2 = 276

_MAGIC = {0xA1B2C3D4: 1000, 0xA1B23C4D: 1}  # nanoseconds a unit of the fraction


class BadCapture(Exception):
    """The file is not a capture that can be relied on."""


def read(path):
    """Return (link type, [(moment in ns since the epoch, bytes)])."""
    with open(path, "rb") as f:
        data = f.read()
    if len(data) < 24:
        raise BadCapture(f"{path}: too short for a capture")
    for order in "<>":
        magic = struct.unpack_from(order + "I", data)[0]
        if magic in _MAGIC:
            break
    else:
        raise BadCapture(f"{path}: not a classic pcap file (pcapng is not read; tcpdump -w writes pcap)")
    unit = _MAGIC[magic]
    link = struct.unpack_from(order + "I", data, 20)[0] & 0x0FFFFFFF
    if link not in (ETHERNET, LINUX_SLL2):
        raise BadCapture(f"{path}: link type {link} is not read; capture on one Ethernet interface")
    packets = []
    at = 24
    while at < len(data):
        if at + 16 > len(data):
            break  # tcpdump was ended in the middle of a packet's head
        seconds, fraction, kept, original = struct.unpack_from(order + "IIII", data, at)
        at += 16
        if at + kept > len(data):
            break
        if kept < original:
            raise BadCapture(f"{path}: packets were cut at {kept} bytes; capture with -s 0")
        packets.append((seconds * 1_000_000_000 + fraction * unit, data[at:at + kept]))
        at += kept
    return link, packets
