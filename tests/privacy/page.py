# SPDX-License-Identifier: GPL-2.0
"""The report as text for a person."""
import datetime
import textwrap

TITLES = {
    "read": "Read by anybody", "recognised": "Events recognised", "readable": "The capture", "tls13": "Protocol",
    "no_plain": "Plain text", "one_size": "Records of the device", "no_timestamps": "TCP timestamps",
    "in_slot": "Moments", "handshakes": "Handshakes", "delivered": "Delivery", "not_recognisable": "Attack",
}
SHOWN = 6


def page(report):
    lines = ["What an observer on the wire saw " + ("before" if report["mode"] == "before" else "after"), ""]
    for c in report["claims"]:
        lines += _entry(("holds" if c["holds"] else "FAILS"), TITLES[c["claim"]], c["text"])
    lines += _seen(report) if report["mode"] == "before" else _figures(report)
    return "\n".join(lines) + "\n"


def _entry(mark, title, text):
    return textwrap.wrap(text, 100, initial_indent=f"  {mark:5}  {title:22} ", subsequent_indent=" " * 32)


def _moment(ns):
    return datetime.datetime.fromtimestamp(ns / 1e9).strftime("%H:%M:%S.%f")[:-3]


def _seen(report):
    lines = ["", "  Read in the clear:"]
    for s in report["seen"][:SHOWN]:
        lines.append(f"    {_moment(s['moment'])}  {_printable(s['topic'])}  {_printable(s['payload'])}")
    if len(report["seen"]) > SHOWN:
        lines.append(f"    and {len(report['seen']) - SHOWN} more")
    return lines


def _printable(text):
    return "".join(ch if ch.isprintable() else "?" for ch in text)[:80]


def _claim(report, name):
    return next(c for c in report["claims"] if c["claim"] == name)


def _figures(report):
    moments, records = _claim(report, "in_slot"), _claim(report, "one_size")
    lines = [""]
    lines += _entry("", "Latest after an end", f"{moments['latest'] / 1e6:.1f} ms (clocks and captures err by up to "
                    f"{report['tolerance'] / 1e6:.1f} ms)")
    lines += _entry("", "Passed at any time", ", ".join(f"{n} {k.replace('_', ' ')}" for k, n in
                                                       moments["exempt"].items()) or "nothing")
    lines += _entry("", "Records of the cloud", ", ".join(f"{n} of {s}" for s, n in records["down_sizes"].items()) or "none")
    for offence in moments["offences"][:SHOWN]:
        lines.append(f"    {_moment(offence['moment'])}  {offence['connection']}  {offence['bytes']} bytes, "
                     f"{offence['early_by'] / 1e6:.1f} ms before slot {offence['slot']}")
    if "cells_a_slot" in report:
        lines += _entry("", "Cells in a slot", ", ".join(f"{n} in {c} slots" for n, c in report["cells_a_slot"].items()))
    if "attack" in report:
        lines += _attack(report["attack"])
    return lines


def _attack(a):
    by_slot, by_moment = a["slot_test"], a["moment_test"]
    if "results" not in by_slot:
        return []
    text = f"{by_slot['slots']} slots; with an event: " + \
        ", ".join(f"{n} ({name})" for name, n in by_slot["with_event"].items()) + \
        f". {len(by_slot['constant_features'])} features of a slot were the same in all of them, and " \
        f"{by_slot['tests']} comparisons of slots and {by_moment.get('tests', 0)} of moments were made."
    lines = _entry("", "What the attack had", text)
    lines += _entry("", "It would have found", _power(a, by_slot))
    for r in sorted(by_slot["results"] + by_moment["results"], key=lambda r: (r["p"], -r["z"]))[:3]:
        lines.append(" " * 32 + f"p = {r['p']:.4f}  {r['feature']}" + (f", {r['slots']}" if "slots" in r else ""))
    return lines


def _power(a, by_slot):
    d = by_slot["detectable_in_sd"]
    if d is None:
        return "nothing: there are too few slots"
    return f"with 80 % probability a difference of {d:.2f} standard deviations between slots with and without an event, " \
           f"at a false alarm rate of {a['alpha']:g} for all tests together. A smaller leak needs a longer capture to be " \
           "seen, or to be ruled out. The tests that came nearest:"
