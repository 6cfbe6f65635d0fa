#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""usage: tests/fuzz/seeds_guard.py HELLOS OUT: recorded handshakes as frames, the input of fuzz_guard."""
import os
import struct
import sys

hellos, out = sys.argv[1:]
DEVICE, CLOUD = (bytes.fromhex("c0000202"), 1024), (bytes.fromhex("c6336407"), 443)


def frame(leaves, flags, seq, ack, payload=b"", v6=False):
    (source, sport), (target, dport) = (DEVICE, CLOUD) if leaves else (CLOUD, DEVICE)
    tcp = struct.pack(">HHIIBBHHH", sport, dport, seq % 2**32, ack % 2**32, 0x50, flags, 65535, 0, 0) + payload
    if v6:
        prefix = bytes.fromhex("20010db8") + bytes(8)
        ip = struct.pack(">IHBB", 6 << 28, len(tcp), 6, 64) + prefix + source + prefix + target
    else:
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0) + source + target
    data = bytes.fromhex("02000000000102000000000286dd" if v6 else "0200000000010200000000020800") + ip + tcp
    return struct.pack(">H", (0x8000 if leaves else 0) | len(data)) + data


for name in sorted(n for n in os.listdir(hellos) if n.endswith(".hex")):
    turns = [line.split() for line in open(os.path.join(hellos, name), encoding="ascii") if line[0] in "<>"]
    for client in (True, False):
        for most in (1400, 90):
            sent = {True: 1000, False: 5000}
            v6 = most == 90
            data = (frame(client, 2, sent[client], 0, v6=v6) +
                    frame(not client, 18, sent[not client], sent[client] + 1, v6=v6) +
                    frame(client, 16, sent[client] + 1, sent[not client] + 1, v6=v6))
            sent = {True: 1001, False: 5001}
            for mark, text in turns:
                leaves = (mark == ">") == client
                turn = bytes.fromhex(text)[:1300]
                for at in range(0, len(turn), most):
                    piece = turn[at:at + most]
                    data += frame(leaves, 16, sent[leaves], sent[not leaves], piece, v6)
                    sent[leaves] += len(piece)
            with open(os.path.join(out, f"{name[:-4]}-{'client' if client else 'server'}-{most}"), "wb") as f:
                f.write(data[:8192])
