"""Stored records edited, deleted and reordered by hand."""

import subprocess
import sys

from faults.registry import fault
from faults.stack import inherited
from faults.trial import Trial

EDITS = 100


@fault(
    "F29",
    "stored records are edited by hand",
    means="100 edits by the tables' owner after the load: columns of ended rows altered by a bit, rows deleted with or "
    "without their events, numbers swapped, windows edited and reordered; each is checked, then rolled back.",
)
def tampered(trial: Trial) -> None:
    with trial.load():
        pass
    trial.settle()
    servers = trial.servers
    named = {"CALLBOARD_DATABASE_URL": servers.database_url, "CALLBOARD_REDIS_URL": servers.valkey_url}
    command = (sys.executable, "-m", "faults.tampering", str(trial.seed), str(EDITS))
    env, folder = inherited() | named, trial.stack.folder
    done = subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    trial.over("the last edit")
    trial.require(done.returncode == 0, (done.stderr.strip().splitlines() or ["it was killed"])[-1])
    trial.notes.append(f"the account named every one: {done.stdout}")
