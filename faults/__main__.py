"""`python -m faults`: every row of the matrix with as many seeds as asked for; what is done already is not repeated."""

import argparse
import json
import sys
import tempfile
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from faults import report
from faults.registry import Fault, discover
from faults.stack import make_template
from faults.trial import Result, Scale, run

RESULTS = Path(".faults/results.jsonl")
PAGE = Path("docs/faults.md")


def main() -> int:
    """Runs what is missing, writes the page once all rows are there; 1 where anything was lost, doubled or broken."""
    options = _options()
    faults = discover()
    chosen = [name.strip().upper() for name in options.only.split(",") if name.strip()] or list(faults)
    if unknown := [name for name in chosen if name not in faults]:
        print(f"There is no row {unknown[0]}; there are: {', '.join(faults)}", file=sys.stderr)
        return 2
    if options.again:
        RESULTS.unlink(missing_ok=True)
    done = {(one.fault, one.seed): one for one in report.read(RESULTS) if _counts(one, options, faults)}
    wanted = [(faults[name], seed) for seed in range(1, options.seeds + 1) for name in chosen]
    missing = [(fault, seed) for fault, seed in wanted if (fault.name, seed) not in done]
    print(f"seeds 1 to {options.seeds}: {len(wanted)} trials, {len(wanted) - len(missing)} done before", flush=True)
    done |= _run_all(missing, options)
    if {result.fault for result in done.values()} == faults.keys():
        command = f"make faults SEEDS={options.seeds} OPERATIONS={options.operations}"
        report.write(PAGE, list(done.values()), command=command)
    else:
        print(f"{PAGE} is left as it was: it is written when every row has run")
    return 0 if all(done[fault.name, seed].passed for fault, seed in wanted) else 1


def _run_all(trials: list[tuple[Fault, int]], options: argparse.Namespace) -> dict[tuple[str, int], Result]:
    if not trials:
        return {}
    done: dict[tuple[str, int], Result] = {}
    kept = threading.Lock()
    with tempfile.TemporaryDirectory(prefix="callboard-template-") as folder:
        template = Path(folder) / "stack"
        template.mkdir()
        key = make_template(template)

        def one(trial: tuple[Fault, int]) -> None:
            fault, seed = trial
            result = run(fault, seed, template, key, Scale(options.operations))
            with kept:
                done[fault.name, seed] = result
                _keep(result)
                print(f"[{len(done)}/{len(trials)}] {report.line(result)}", flush=True)

        with ThreadPoolExecutor(options.jobs) as threads:
            list(threads.map(one, trials))
    return done


def _counts(result: Result, options: argparse.Namespace, faults: Iterable[str]) -> bool:
    return result.fault in faults and result.asked == options.operations


def _keep(result: Result) -> None:
    if result.passed:
        RESULTS.parent.mkdir(exist_ok=True)
        with RESULTS.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(result)) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m faults", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="how often each row runs, each time by another seed")
    parser.add_argument("--only", default="", help="rows, such as F7,F12; all where empty")
    parser.add_argument("--operations", type=int, default=60, help="operations of a row and seed")
    parser.add_argument("--jobs", type=int, default=1, help="trials side by side, each with a stack of its own")
    parser.add_argument("--again", action="store_true", help="forget what was done before")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
