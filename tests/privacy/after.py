# SPDX-License-Identifier: GPL-2.0
"""The wire after: all claims about one capture, put together."""
from collections import Counter

import attack
import events as truth
import packet
import wire
from claims import Claims


def examine(packets, devices, schedule, options):
    """`options`: events, received (lists or None), strings, cell, tolerance, grace, alpha, permutations."""
    claims = Claims()
    devices = packet.addresses_of(packets, devices)
    sealed = wire.sealed_connections(packets, devices)
    size = options.cell or wire.cell_size(sealed)
    wire.find_cells(sealed, size)
    events, received = options.events, options.received
    strings = list(options.strings) + sorted({t for e in events or [] for t in e.what})

    wire.check_readable(packets, sealed, claims)
    wire.check_versions(sealed, claims)
    wire.check_plain(packets, devices, sealed, strings, claims)
    wire.check_records(sealed, size, claims)
    wire.check_timestamps(packets, devices, claims)
    wire.check_moments(sealed, schedule, options.tolerance, options.grace, claims)

    report = {"mode": "after", "packets": len(packets), "device": sorted(devices),
              "connections": [s.connection.name for s in sealed],
              "schedule": {"period": schedule.period, "jitter": schedule.jitter, "open": schedule.open},
              "tolerance": options.tolerance, "grace": options.grace}
    arrived = {}
    if events is not None and received is not None:
        report["delivery"], arrived = truth.compare(events, received)
        _claim_delivery(report["delivery"], claims)
    if events is not None:
        first, last = steady_slots(sealed, schedule, packets)
        report["steady_slots"] = [first, last]
        report["cells_a_slot"] = cells_a_slot(sealed, schedule, first, last)
        report["attack"] = attack.attack(sealed, schedule, events, arrived, first, last, options.alpha,
                                         options.permutations)
        _claim_attack(report["attack"], claims)
    report["claims"] = claims.list
    return report


def steady_slots(sealed, schedule, packets):
    """From the slot after the first cell's to the last one that the capture holds whole."""
    begun = [s.connection.up.moment_of(s.cell_start) for s in sealed if s.settled]
    if not begun:
        return 0, -1
    return schedule.slot_of(min(begun)) + 1, schedule.slot_of(packets[-1].moment) - 1


def cells_a_slot(sealed, schedule, first, last):
    """{cells: slots}"""
    cells = Counter(schedule.slot_of(s.connection.up.moment_of(r.start))
                    for s in sealed if s.settled for r in s.up[s.first_cell:])
    return {str(n): c for n, c in sorted(Counter(cells.get(k, 0) for k in range(first, last + 1)).items())}


def _claim_delivery(d, claims):
    text = f"{d['sent']} events, {d['received']} received; {d['missing']} missing, {d['duplicates']} twice, " \
           f"{d['strangers']} unknown, {d['out_of_order']} out of order"
    if "delay_median" in d:
        text += f"; delay median {d['delay_median'] / 1e9:.2f} s, p99 {d['delay_p99'] / 1e9:.2f} s, " \
                f"most {d['delay_max'] / 1e9:.2f} s"
    claims.add("delivered", d["sent"] and not (d["missing"] or d["duplicates"] or d["strangers"] or d["out_of_order"]),
               text)


def _claim_attack(a, claims):
    by_slot, by_moment = a["slot_test"], a["moment_test"]
    text = f"events are {a['verdict']}"
    if a.get("found"):
        best = a["found"][0]
        text += f": {best['feature']} (p = {best['p']:.2g}, and {len(a['found']) - 1} more)"
    elif a["verdict"] == "not recognisable":
        least = min((r["p"] for r in by_slot["results"] + by_moment["results"]), default=1.0)
        text += f" in {by_slot['slots']} slots by {by_slot['tests'] + by_moment['tests']} tests (smallest corrected p = " \
                f"{least:.2g})"
    else:
        text += f": {by_slot['slots']} slots are watched, and {attack.ENOUGH} with and without an event are needed"
    claims.add("not_recognisable", a["verdict"] == "not recognisable", text)
