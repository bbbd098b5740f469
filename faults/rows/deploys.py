"""New processes take over from old ones under load."""

import signal
from functools import partial

from cli.stack import ports
from faults.registry import fault
from faults.stack import until
from faults.trial import Trial

LEAVING_SECONDS = 30.0


@fault(
    "F20",
    "deployed under load",
    means="New web process and worker start, the proxy turns to them, the old ones get SIGTERM; twice. Same schema: "
    "there is no other one yet.",
    through=("web",),
)
def deployed(trial: Trial) -> None:
    stack = trial.stack
    with trial.load(pause=0.5) as load:
        for share in (0.2, 0.5):
            load.until_accepted(share)
            old_web, old_worker = stack.web, next(worker for worker in stack.workers if worker.alive)
            port = ports.pick()
            stack.web = stack.make_web(port)
            stack.web.start()
            stack.wait_for_workers(stack.add_worker())
            until("the new web process", partial(stack.answers, port), 60)
            stack.proxies["web"].target = port
            old_web.signal(signal.SIGTERM)
            old_worker.signal(signal.SIGTERM)
            old_web.wait(LEAVING_SECONDS)
            old_worker.wait(LEAVING_SECONDS)
            trial.over("the old ones are gone")
    refused = sum(trial.refusals(status) for status in (500, 502, 503, 504))
    trial.require(refused == 0, f"{refused} submits were answered with 5xx")
