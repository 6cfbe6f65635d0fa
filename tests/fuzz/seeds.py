#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""usage: tests/fuzz/seeds.py OUT: sealed keys, messages, MQTT packets and references, written from their
description in the headers and standards, not by the code under test."""
import os
import struct
import sys

out = sys.argv[1]


def save(kind, name, data):
    with open(os.path.join(out, kind, name), "wb") as f:
        f.write(data)


def text(words, room):
    return words.encode().ljust(room, b"\0")


# The private key 1 on P-256 (RFC 5915), see fuzz_key.h
GENERATOR = bytes.fromhex("046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
                          "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")
save("der", "key", bytes.fromhex("30770201010420" + "00" * 31 + "01" + "a00a06082a8648ce3d030107a144034200") + GENERATOR)


# Certificate requests of the other keys of fuzz_key.h: what is signed of them
def long_der(tag, body):
    length = len(body)
    if length < 128:
        return bytes([tag, length]) + body
    return bytes([tag, 0x81, length]) + body if length < 256 else bytes([tag, 0x82]) + struct.pack(">H", length) + body


GENERATOR_384 = bytes.fromhex("04aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7"
                              "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f")
RSA_KEY = long_der(0x30, long_der(0x02, b"\0" + b"\xa5" * 256) + bytes.fromhex("0203010001"))
for name, algorithm, key in (("p384", "301006072a8648ce3d020106052b81040022", GENERATOR_384),
                             ("rsa", "300d06092a864886f70d0101010500", RSA_KEY)):
    subject = bytes.fromhex("3011310f300d06035504030c06") + b"device"
    spki = long_der(0x30, bytes.fromhex(algorithm) + long_der(0x03, b"\0" + key))
    save("content", name, long_der(0x30, bytes.fromhex("020100") + subject + spki + bytes.fromhex("a000")))


# include/tacit_key.h: struct tacit_blob, of each algorithm
def blob(name, allowed, algorithm=1, flags=0, rate=600, burst=100, uid=1000, uses=0, spent=0, cgroup=""):
    public, private = {1: (64, 32), 2: (96, 48), 3: (256, 1190), 4: (0, 32)}[algorithm]
    usage = struct.pack("<6IQ", allowed, rate, burst, uid, 0xFFFFFFFF, 0, uses) + text(cgroup, 128)
    body = usage + text(name, 64) + struct.pack("<QQ4I", spent, 0, 0, public, private, 0)
    body += bytes(public) + bytes(12) + bytes(private) + bytes(16)
    return b"TACITKEY" + struct.pack("<4I", 2, 24 + len(body), algorithm, flags) + body


save("blob", "client", blob("device", 5))
save("blob", "server", blob("a.b_c-9", 2, algorithm=2, flags=1, rate=6000, burst=1000, cgroup="/system.slice/nginx.service"))
save("blob", "budget", blob("x" * 63, 7, uses=100000, spent=1024))
save("blob", "rsa", blob("arrived", 3, algorithm=3, flags=7))
save("blob", "secret", blob("secrets", 8, algorithm=4))

# agent/lib/message.h: struct message, native byte order
for kind, channel, priority, body in (
    (3, 0, 0, b""),
    (4, 1, 0, struct.pack("=4I6Q", 5, 2, 7, 0x1301, 1, 100, 90, 0, 10, 3)),
    (5, 0, 5, b"broker.example: connection refused"),
):
    save("message", "kind%d" % kind, struct.pack("=4I", kind, channel, priority, 0) + body.ljust(192, b"\0"))


# MQTT 3.1.1
def string(s):
    return struct.pack(">H", len(s)) + s


def packet(first, body):
    head, left = bytes([first]), len(body)
    while True:
        more = left > 127
        head += bytes([left % 128 | more << 7])
        left //= 128
        if not more:
            return head + body


connect = packet(0x10, string(b"MQTT") + b"\x04\x02" + struct.pack(">H", 60) + string(b"app"))
will = packet(0x10, string(b"MQTT") + b"\x04\xee" + struct.pack(">H", 5) + string(b"app") + string(b"will/topic")
              + string(b"gone") + string(b"user") + string(b"word"))
publish0 = packet(0x30, string(b"a/b") + b"21.5")
publish1 = packet(0x3B, string(b"a/b") + struct.pack(">H", 7) + b"x" * 200)
subscribe = packet(0x82, struct.pack(">H", 2) + string(b"a/+/c") + b"\x01" + string(b"$share/g/#") + b"\x02")
unsubscribe = packet(0xA2, struct.pack(">H", 3) + string(b"a/#"))
save("mqtt", "app", connect + subscribe + publish1 + packet(0xC0, b"") + publish0 + unsubscribe + packet(0xE0, b""))
save("mqtt", "will", will + packet(0x32, string("ä/€/😀".encode()) + b"\x00\x01"))
save("mqtt", "broker", packet(0x20, b"\x01\x00") + packet(0x90, b"\x00\x02\x01\x80") + packet(0x40, b"\x00\x07")
     + packet(0x50, b"\x00\x08") + packet(0x62, b"\x00\x08") + packet(0x70, b"\x00\x08") + packet(0xB0, b"\x00\x03")
     + packet(0xD0, b""))


# agent/lib/key_reference.h
def der(tag, body):
    return bytes([tag, len(body)]) + body


for name in ("device", "x" * 63):
    save("reference", name[:6], der(0x30, der(0x0C, b"tacit key") + der(0x0C, name.encode())))
