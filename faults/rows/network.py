"""The network between the parts cut, reset, half-closed, lossy; through the proxy, which needs no right of root."""

import time

from faults.registry import fault
from faults.trial import Trial

CUT_SECONDS = 40.0
STORM_SECONDS = 15.0


@fault(
    "F22",
    "the network is cut",
    means="The proxies to PostgreSQL and Valkey pass nothing for 40 s, longer than a lease (proxy, not a namespace).",
    through=("postgres", "valkey"),
)
def cut(trial: Trial) -> None:
    naps = [trial.submit(seconds=1) for _ in range(8)]
    with trial.load() as load:
        load.until_accepted(0.5)
        for proxy in trial.stack.proxies.values():
            proxy.held = True
        time.sleep(CUT_SECONDS)
        for proxy in trial.stack.proxies.values():
            proxy.held = False
        trial.over("the network is whole")
    trial.until_ended(*naps)


@fault(
    "F23",
    "a storm of connection resets",
    means="The proxies reset, or half-close, every connection to PostgreSQL and Valkey every half second for 15 s.",
    through=("postgres", "valkey"),
)
def reset(trial: Trial) -> None:
    with trial.load(pause=0.5) as load:
        load.until_accepted(0.1)
        until = time.monotonic() + STORM_SECONDS
        while time.monotonic() < until:
            for proxy in trial.stack.proxies.values():
                trial.chance.choice((proxy.reset, proxy.reset, proxy.half_close))()
            time.sleep(0.5)
        trial.over("the last reset")


@fault(
    "F24",
    "thirty of a hundred packets are lost",
    means="The proxies hold back 30 % of all chunks for 0.2 s and more, as TCP's retransmission does, for 20 s.",
    through=("postgres", "valkey"),
)
def lossy(trial: Trial) -> None:
    with trial.load() as load:
        load.until_accepted(0.1)
        for proxy in trial.stack.proxies.values():
            proxy.loss = 0.3
        time.sleep(20)
        for proxy in trial.stack.proxies.values():
            proxy.loss = 0
        trial.over("nothing is lost any more")
