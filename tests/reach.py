"""Tells from `coverage json` what tests reach, and fails where that is too little of the statements or the branches."""

import json
import sys

FLOORS = {"statements": 95.0, "branches": 95.0}

totals = json.load(sys.stdin)["totals"]
reached = {each: float(totals[f"percent_{each}_covered"]) for each in FLOORS}
for each, floor in FLOORS.items():
    print(f"{each} reached: {reached[each]:.1f} % (at least {floor:g} %)")
if any(reached[each] < floor for each, floor in FLOORS.items()):
    sys.exit("tests reach too little; what none of them reaches is named above")
