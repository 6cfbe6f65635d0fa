# SPDX-License-Identifier: GPL-2.0
"""Plain MQTT as an eavesdropper reads it: versions 3.1.1 and 5, 3.1 (CONNECT) and 3.3 (PUBLISH) of the standard."""
import struct
from dataclasses import dataclass

CONNECT, PUBLISH = 1, 3


@dataclass
class Publish:
    start: int  # offset in the stream
    topic: str
    payload: str


def _length(data, at):
    """Remaining length: (value, offset behind it), or None."""
    value = 0
    for i in range(4):
        if at + i >= len(data):
            return None
        value |= (data[at + i] & 127) << (7 * i)
        if not data[at + i] & 128:
            return value, at + i + 1
    return None


def _connect_level(body):
    """The protocol level of a CONNECT's body (4: 3.1.1, 5: 5), or None if it is no CONNECT."""
    if len(body) < 7:
        return None
    n = struct.unpack_from("!H", body)[0]
    return body[2 + n] if body[2:2 + n] in (b"MQTT", b"MQIsdp") and len(body) > 2 + n else None


def read(data):
    """Return (is this MQTT, [Publish]) of one direction's bytes."""
    data = bytes(data)
    found, at, level = [], 0, None
    while at < len(data):
        length = _length(data, at + 1)
        if length is None or length[1] + length[0] > len(data):
            break
        kind, flags, body = data[at] >> 4, data[at] & 15, data[length[1]:length[1] + length[0]]
        if at == 0:
            level = _connect_level(body) if kind == CONNECT else None
            if level is None:
                return False, []
        if kind == PUBLISH:
            message = _publish(at, flags, body, level)
            if message:
                found.append(message)
        at = length[1] + length[0]
    return level is not None, found


def _publish(at, flags, body, level):
    if len(body) < 2:
        return None
    n = struct.unpack_from("!H", body)[0]
    end = 2 + n + (2 if flags & 6 else 0)
    if level == 5:
        properties = _length(body, end)
        if properties is None:
            return None
        end = properties[1] + properties[0]
    return Publish(at, body[2:2 + n].decode("utf-8", "replace"), body[end:].decode("utf-8", "replace"))
