# SPDX-License-Identifier: GPL-2.0
"""The attack: does the wire tell in which slots something happened?

The attacker here is given more than a real one has: the schedule, the true moments of all
events, and the slot in which each one was delivered. If even so no feature of the wire differs
between slots with an event and slots without by more than chance, the capture does not tell.

Two families of tests. In each, the p-value of a test is corrected for the number of tests by
the distribution of the largest statistic among all of them under permutation (Westfall and
Young, 1993), which takes account of how they hang together.

  slots    each feature of a slot, in its mean and in its spread, set against
             - whether the slot had an event: as it happened, as it was next to leave, as it arrived;
             - averaged: how often events happened at this time of a supposed habit's period (a
               minute, an hour, a day), which gathers what is too weak to be seen in one slot.
           The features are permuted among the slots.
  moments  the delay from each event to the next packet, its mean and its spread. The events
           are shifted in a circle against the capture, which keeps their own rhythm.
"""
import bisect
import random
import statistics
from math import exp, sqrt
from operator import mul

PERMUTATIONS = 4000  # so that the smallest p-value lies well below the alarm's
ENOUGH = 8  # slots with and without an event, or nothing can be said
POWER = 0.8
FOLDS = (10, 60, 600, 3600, 86400)  # s: supposed periods of a habit
FOLDS_SEEN = 3  # periods that a capture must hold before averaging over them means something


# ---- features ----

def slot_features(sealed, schedule, first, last):
    """{slot: {feature: number}} of the slots from `first` to `last`; None where a feature has no value."""
    table = {k: {"up": [], "down": [], "up_records": [], "down_records": []} for k in range(first, last + 1)}
    for s in sealed:
        for g in s.connection.segments:
            row = table.get(schedule.slot_of(g.moment))
            if row is not None:
                row["up" if g.up else "down"].append(g)
        for name, stream, recs in (("up_records", s.connection.up, s.up), ("down_records", s.connection.down, s.down)):
            for r in recs:
                row = table.get(schedule.slot_of(stream.moment_of(r.end - 1)))
                if row is not None:
                    row[name].append(r.size)
    return {k: _features(row, schedule.start(k)) for k, row in table.items()}


def _features(row, start):
    data = {way: [g for g in row[way] if not g.pure_ack] for way in ("up", "down")}
    first_up = min((g.moment for g in data["up"]), default=None)
    f = {}
    for way in ("up", "down"):
        moments = [g.moment for g in data[way]]
        f[f"{way} packets"] = len(moments)
        f[f"{way} bytes"] = sum(g.size for g in data[way])
        f[f"{way} largest packet"] = max((g.size for g in data[way]), default=0)
        f[f"{way} acknowledgements"] = len(row[way]) - len(moments)
        f[f"{way} sent again"] = sum(g.again for g in data[way])
        f[f"{way} records"] = len(row[f"{way}_records"])
        f[f"{way} largest record"] = max(row[f"{way}_records"], default=0)
        f[f"{way} first packet after opening"] = min(moments) - start if moments else None
        f[f"{way} last packet after opening"] = max(moments) - start if moments else None
        f[f"{way} spread in time"] = max(moments) - min(moments) if moments else None
    answers = [g.moment for g in row["down"] if first_up is not None and g.moment >= first_up]
    replies = [g.moment for g in data["down"] if first_up is not None and g.moment >= first_up]
    f["delay of first acknowledgement"] = min(answers) - first_up if answers else None
    f["delay of answer"] = min(replies) - first_up if replies else None
    return f


def _columns(features):
    """{name: values}: each feature and its distance from the median; those that never vary apart."""
    names = list(next(iter(features.values())))
    columns, constant = {}, []
    for name in names:
        values = [row[name] for row in features.values()]
        known = [v for v in values if v is not None]
        # A missing value is information too: it becomes a feature, and the middle where it stands.
        if known and len(known) < len(values):
            columns[f"{name} (is there)"] = [float(v is not None) for v in values]
        if len(set(known)) <= 1:
            constant.append(name)
            continue
        middle = statistics.median(known)
        columns[name] = [float(middle if v is None else v) for v in values]
        spread = [abs(v - middle) for v in columns[name]]
        if len(set(spread)) > 1:
            columns[f"{name} (deviation)"] = spread
    return columns, constant


# ---- slots ----

def labels(schedule, events, arrived, first, last):
    """{name: slots}: in which slots the attacker is to recognise something."""
    def within(numbers):
        return sorted({k for k in numbers if first <= k <= last})
    happened = [schedule.slot_of(e.moment) for e in events]
    found = {"happened": within(happened), "next": within(k + 1 for k in happened)}
    if arrived:
        found["delivered"] = within(schedule.slot_of(m) for m in arrived.values())
    return found


def folded(schedule, events, first, last):
    """{name: weights}: for each slot, how often events happened near its time of a habit's period."""
    found = {}
    span = (last - first + 1) * schedule.period
    starts = [schedule.start(k) for k in range(first, last + 1)]
    for seconds in FOLDS:
        period = seconds * 1_000_000_000
        if period < 5 * schedule.period or period * FOLDS_SEEN > span:
            continue
        width = max(schedule.period, period // 50)
        weights = [sum(_nearness((s - e.moment) % period, period, width) for e in events) for s in starts]
        found[f"folded at {seconds} s"] = list(enumerate(weights))
    return found


def _nearness(distance, period, width):
    """A bell of `width` around an event and the slot that follows it."""
    distance = min(abs(distance - width // 2), period - distance + width // 2)
    return exp(-0.5 * (distance / width) ** 2)


def test_slots(features, sets, folds, alpha, permutations, rng):
    """`sets`: {name: slots with an event}; `folds`: {name: [(index of slot, weight)]}."""
    columns, constant = _columns(features)
    n = len(features)
    at = {k: i for i, k in enumerate(features)}
    enough = bool(sets) and all(ENOUGH <= len(c) <= n - ENOUGH for c in sets.values())
    weights = {name: [(at[k], 1.0) for k in chosen] for name, chosen in sets.items() if ENOUGH <= len(chosen) <= n - ENOUGH}
    weights.update(folds)
    tests = []
    for name, weighted in weights.items():
        index, weight = [i for i, _ in weighted], [w for _, w in weighted]
        mean_weight = sum(weight) / n
        variance = sum(w * w for w in weight) / n - mean_weight ** 2
        if variance <= 0:
            continue
        for feature, values in columns.items():
            # n times the covariance, over its standard deviation under permutation.
            scale = sqrt(n * n / (n - 1) * variance) * statistics.pstdev(values)
            expected = statistics.fmean(values) * sum(weight)
            tests.append({"label": name, "feature": feature, "index": index, "weight": weight, "values": values,
                          "expected": expected, "scale": scale,
                          "statistic": abs(sum(map(mul, weight, map(values.__getitem__, index))) - expected) / scale})
    exceeded = _permute_slots(tests, n, permutations, rng)
    results = [{"slots": t["label"], "feature": t["feature"], "z": t["statistic"], "p": (count + 1) / (permutations + 1)}
               for t, count in zip(tests, exceeded)]
    results.sort(key=lambda r: (r["p"], -r["z"]))
    return {"slots": n, "with_event": {name: len(c) for name, c in sets.items()}, "tests": len(tests),
            "constant_features": constant, "results": results, "enough": enough,
            "detectable_in_sd": _detectable(sets, n, max(1, len(tests)), alpha)}


def _permute_slots(tests, n, permutations, rng):
    """How often the largest statistic of a permutation reaches that of each test."""
    exceeded = [0] * len(tests)
    order = list(range(n))
    for _ in range(permutations if tests else 0):
        rng.shuffle(order)
        picked, largest = {}, 0.0
        for t in tests:
            index = picked.get(t["label"])
            if index is None:
                index = picked[t["label"]] = [order[i] for i in t["index"]]
            total = sum(map(mul, t["weight"], map(t["values"].__getitem__, index)))
            largest = max(largest, abs(total - t["expected"]) / t["scale"])
        for i, t in enumerate(tests):
            exceeded[i] += largest >= t["statistic"] * (1 - 1e-9)
    return exceeded


def _detectable(sets, n, tests, alpha):
    """The smallest difference, in standard deviations, that would be found with probability POWER.

    Reckoned for normal features and Bonferroni's correction, so somewhat on the large side.
    """
    normal = statistics.NormalDist()
    needed = normal.inv_cdf(1 - alpha / (2 * tests)) + normal.inv_cdf(POWER)
    sizes = [len(c) for c in sets.values() if 0 < len(c) < n]
    return max((needed * sqrt(1 / k + 1 / (n - k)) for k in sizes), default=None)


# ---- moments ----

def _delays(events, packets, span):
    """Mean and mean square of the delay from each event to the next packet (in a circle)."""
    delays = []
    for e in events:
        i = bisect.bisect_left(packets, e)
        delays.append(packets[i] - e if i < len(packets) else packets[0] + span - e)
    return statistics.fmean(delays), statistics.fmean(d * d for d in delays)


def test_moments(events, ways, begin, end, permutations, rng):
    """`ways`: {name: moments of packets}. All moments in ns; begin and end bound the watched time."""
    span = end - begin
    events = [e - begin for e in events if begin <= e < end]
    ways = {name: sorted(m - begin for m in moments if begin <= m < end) for name, moments in ways.items()}
    ways = {name: moments for name, moments in ways.items() if moments}
    if len(events) < ENOUGH or not ways:
        return {"enough": False, "tests": 0, "results": []}

    def statistic(moments):
        found = {}
        for name, packets in ways.items():
            found[f"delay from an event to the next packet {name}"], \
                found[f"square of the delay from an event to the next packet {name}"] = _delays(moments, packets, span)
        return found

    true = statistic(events)
    drawn = []
    for _ in range(permutations):
        shift = rng.randrange(span)
        drawn.append(statistic([(e + shift) % span for e in events]))
    return {"enough": True, "tests": len(true), "results": _max_test(true, drawn)}


def _max_test(true, drawn):
    """Westfall and Young over statistics that are first put on one scale."""
    scales = {}
    for name in true:
        values = [d[name] for d in drawn]
        scales[name] = (statistics.fmean(values), statistics.pstdev(values))
    usable = [name for name in true if scales[name][1] > 0]

    def distance(s, name):
        return abs(s[name] - scales[name][0]) / scales[name][1]

    largest = sorted(max((distance(d, name) for name in usable), default=0.0) for d in drawn)
    results = []
    for name in usable:
        at = distance(true, name)
        reached = len(largest) - bisect.bisect_left(largest, at * (1 - 1e-9))
        results.append({"feature": name, "z": at, "p": (reached + 1) / (len(drawn) + 1)})
    return sorted(results, key=lambda r: r["p"])


# ---- all of it ----

def attack(sealed, schedule, events, arrived, first, last, alpha, permutations=PERMUTATIONS, seed=1):
    """The verdict on slots `first` to `last`: "recognisable", "not recognisable" or "too little to tell"."""
    if last - first + 1 < 2 * ENOUGH:
        return {"verdict": "too little to tell", "slot_test": {"slots": max(0, last - first + 1)}, "moment_test": {}}
    rng = random.Random(seed)
    features = slot_features(sealed, schedule, first, last)
    sets = labels(schedule, events, arrived, first, last)
    folds = folded(schedule, events, first, last)
    by_slot = test_slots(features, sets, folds, alpha / 2, permutations, rng)
    begin, end = schedule.start(first), schedule.start(last + 1)
    ways = {name: [g.moment for s in sealed for g in s.connection.segments if g.up == up and not g.pure_ack]
            for name, up in (("from the device", True), ("to the device", False))}
    by_moment = test_moments([e.moment for e in events], ways, begin, end, permutations, rng)
    found = [r for r in by_slot["results"] + by_moment["results"] if r["p"] <= alpha / 2]
    if found:
        verdict = "recognisable"
    elif by_slot["enough"] and by_moment["enough"]:
        verdict = "not recognisable"
    else:
        verdict = "too little to tell"
    return {"verdict": verdict, "alpha": alpha, "found": found, "slot_test": by_slot, "moment_test": by_moment}
