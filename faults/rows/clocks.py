"""Processes whose clocks are hours off."""

import shutil
import subprocess
from pathlib import Path

from faults.registry import SkippedError, fault
from faults.trial import Trial

SHIFT = Path(__file__).with_name("shifted_clock.c")
HOURS = 7200


@fault(
    "F19",
    "clocks two hours off",
    means="A preloaded library (compiled with cc) shifts the clocks of one worker and of the API, in opposite ways.",
    workers=1,
)
def shifted(trial: Trial) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        raise SkippedError("the library that shifts a clock needs a C compiler named cc")
    library = trial.stack.folder / "shifted_clock.so"
    subprocess.run(
        (compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(SHIFT), "-ldl"), check=True, timeout=60
    )
    ways = trial.chance.sample([HOURS, -HOURS], 2)
    worker = trial.stack.add_worker(LD_PRELOAD=str(library), SHIFT_SECONDS=str(ways[0]))
    web = trial.stack.web
    web.kill()
    web.env |= {"LD_PRELOAD": str(library), "SHIFT_SECONDS": str(ways[1])}
    web.start()
    trial.stack.wait_for_workers()
    trial.stack.wait_for_web()
    trial.notes.append(f"the worker's clock was {ways[0]:+d} s off, the API's {ways[1]:+d} s")
    for _ in range(6):
        trial.submit(seconds=5)
    hers = trial.until_running(1, worker)
    with trial.load() as load:
        load.until_accepted(0.8)
        worker.kill()
        trial.over("the shifted worker was killed")
    ended = trial.until_ended(*hers)
    trial.require(all(row["attempt"] <= 2 for row in ended), "a shifted clock has started an operation too often")
