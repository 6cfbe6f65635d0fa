# SPDX-License-Identifier: GPL-2.0
"""The wire before: what an eavesdropper reads of plain MQTT."""
import mqtt
import packet
import tcp
from claims import Claims

NEAR = 5_000_000_000  # ns from an event to its moment on the wire: a process starts slowly on an emulated machine


def examine(packets, devices, events):
    seen, sessions = [], 0
    for c in tcp.connections(packets, packet.addresses_of(packets, devices)):
        for stream in (c.up, c.down):
            is_mqtt, messages = mqtt.read(stream.data)
            sessions += is_mqtt
            seen += [{"moment": stream.moment_of(m.start), "topic": m.topic, "payload": m.payload,
                      "connection": c.name} for m in messages]
    seen.sort(key=lambda s: s["moment"])
    report = {"mode": "before", "packets": len(packets), "mqtt_sessions": sessions, "seen": seen}
    claims = Claims()
    claims.add("read", bool(seen), f"{len(seen)} messages read in the clear, in {sessions} MQTT sessions")
    if events is not None:
        off = _recognised(events, seen)
        report["events"], report["recognised"] = len(events), len(off)
        claims.add("recognised", events and len(off) == len(events),
                   f"{len(off)} of {len(events)} events recognised, with topic, payload and moment (to within "
                   f"{max(off, default=0) / 1e9:.2f} s)")
    report["claims"] = claims.list
    return report


def _recognised(events, seen):
    """For each event that was found, how far off its moment was, ns."""
    left = list(seen)
    off = []
    for e in events:
        for s in left:
            if (s["topic"], s["payload"]) == e.what and abs(s["moment"] - e.moment) <= NEAR:
                left.remove(s)
                off.append(abs(s["moment"] - e.moment))
                break
    return off
