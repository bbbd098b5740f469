"""Tells from `coverage json` what tests reach; below 95 % of the statements or of the branches, it fails."""

import json
import sys

FLOOR = 95.0

totals = json.load(sys.stdin)["totals"]
reached = {each: float(totals[f"percent_{each}_covered"]) for each in ("statements", "branches")}
for each, percent in reached.items():
    print(f"{each} reached: {percent:.1f} %")
if low := [each for each, percent in reached.items() if percent < FLOOR]:
    sys.exit(
        f"tests reach less than {FLOOR:g} % of the {' and of the '.join(low)}; the lines that none reaches are above"
    )
