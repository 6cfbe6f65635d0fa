# SPDX-License-Identifier: GPL-2.0
"""What is claimed about a capture, and whether it held."""


class Claims:
    def __init__(self):
        self.list = []

    def add(self, name, holds, text, **figures):
        self.list.append({"claim": name, "holds": bool(holds), "text": text, **figures})


def hold(report):
    return bool(report["claims"]) and all(c["holds"] for c in report["claims"])
