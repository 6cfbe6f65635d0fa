# SPDX-License-Identifier: GPL-2.0
"""What an observer reads of TLS: record heads, and the version that the server chose (RFC 8446, 4.1.3, 4.2.1, 5.1)."""
import struct
from dataclasses import dataclass

HANDSHAKE, CHANGE_CIPHER_SPEC, ALERT, APPLICATION = 22, 20, 21, 23
TYPES = {HANDSHAKE: "handshake", CHANGE_CIPHER_SPEC: "change_cipher_spec", ALERT: "alert", APPLICATION: "application"}
HEAD = 5
RECORD_MAX = 16640  # 2^14 + 256 of ciphertext
VERSIONS = {0x0304: "TLS 1.3", 0x0303: "TLS 1.2", 0x0302: "TLS 1.1", 0x0301: "TLS 1.0", 0x0300: "SSL 3.0"}
_CLIENT_HELLO, _SERVER_HELLO = 1, 2
_SUPPORTED_VERSIONS, _EARLY_DATA = 43, 42
# The random by which a ServerHello says that it is a HelloRetryRequest.
_RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")


@dataclass
class Record:
    type: int
    start: int  # offset in the stream
    size: int  # on the wire, head included

    @property
    def end(self):
        return self.start + self.size


def records(data):
    """Return ([Record], offset of the first byte that is no record, or None). An unfinished last record is left out."""
    found, at = [], 0
    while at < len(data):
        head = bytes(data[at:at + HEAD])
        if head[0] not in TYPES or (len(head) > 1 and head[1] != 3):
            return found, at
        if len(head) < HEAD:
            return found, None
        length = struct.unpack_from("!H", head, 3)[0]
        if length == 0 or length > RECORD_MAX:
            return found, at
        if at + HEAD + length > len(data):
            return found, None
        found.append(Record(head[0], at, HEAD + length))
        at += HEAD + length
    return found, None


def _messages(data, recs):
    """The handshake messages that are in clear: those of the leading handshake records."""
    clear = b"".join(bytes(data[r.start + HEAD:r.end]) for r in recs if r.type == HANDSHAKE)
    at = 0
    while at + 4 <= len(clear):
        length = int.from_bytes(clear[at + 1:at + 4], "big")
        if at + 4 + length > len(clear):
            return
        yield clear[at], clear[at + 4:at + 4 + length]
        at += 4 + length


def _extensions(body, kind):
    """{type: content} of a ServerHello's or ClientHello's body."""
    at = 2 + 32
    at += 1 + body[at]  # session id
    if kind == _SERVER_HELLO:
        at += 3  # suite, compression
    else:
        at += 2 + struct.unpack_from("!H", body, at)[0]
        at += 1 + body[at]
    if at + 2 > len(body):
        return {}
    end = at + 2 + struct.unpack_from("!H", body, at)[0]
    at += 2
    found = {}
    while at + 4 <= min(end, len(body)):
        number, length = struct.unpack_from("!HH", body, at)
        found[number] = body[at + 4:at + 4 + length]
        at += 4 + length
    return found


def server_version(data, recs):
    """What the last ServerHello chose, or None where none was seen."""
    version = None
    for kind, body in _messages(data, recs):
        if kind != _SERVER_HELLO:
            continue
        try:
            chosen = _extensions(body, kind).get(_SUPPORTED_VERSIONS)
            version = int.from_bytes(chosen[:2], "big") if chosen else int.from_bytes(body[:2], "big")
            if body[2:34] == _RETRY:
                version = None
        except (IndexError, struct.error):
            return None
    return version


def offers_early_data(data, recs):
    """Did a ClientHello announce 0-RTT?"""
    for kind, body in _messages(data, recs):
        try:
            if kind == _CLIENT_HELLO and _EARLY_DATA in _extensions(body, kind):
                return True
        except (IndexError, struct.error):
            return True  # nobody would make a hello that cannot be read
    return False
