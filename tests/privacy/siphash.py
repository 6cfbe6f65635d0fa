# SPDX-License-Identifier: GPL-2.0
"""SipHash-2-4 (Aumasson and Bernstein, 2012), written from the paper for the checker alone."""

_MASK = (1 << 64) - 1


def _rol(x, b):
    return ((x << b) | (x >> (64 - b))) & _MASK


def _rounds(count, a, b, c, d):
    for _ in range(count):
        a = (a + b) & _MASK
        b = _rol(b, 13) ^ a
        a = _rol(a, 32)
        c = (c + d) & _MASK
        d = _rol(d, 16) ^ c
        a = (a + d) & _MASK
        d = _rol(d, 21) ^ a
        c = (c + b) & _MASK
        b = _rol(b, 17) ^ c
        c = _rol(c, 32)
    return a, b, c, d


def siphash24(key, message):
    k0 = int.from_bytes(key[:8], "little")
    k1 = int.from_bytes(key[8:16], "little")
    state = (k0 ^ int.from_bytes(b"somepseu", "big"), k1 ^ int.from_bytes(b"dorandom", "big"),
             k0 ^ int.from_bytes(b"lygenera", "big"), k1 ^ int.from_bytes(b"tedbytes", "big"))
    padded = message + bytes(7 - len(message) % 8) + bytes([len(message) & 255])
    for at in range(0, len(padded), 8):
        word = int.from_bytes(padded[at:at + 8], "little")
        a, b, c, d = state
        a, b, c, d = _rounds(2, a, b, c, d ^ word)
        state = (a ^ word, b, c, d)
    a, b, c, d = state
    a, b, c, d = _rounds(4, a, b, c ^ 0xFF, d)
    return a ^ b ^ c ^ d
