"""Valkey wiped, refused, frozen or restarted; messages lost in between, repeated, or made up."""

import json
import pickle
import time
import uuid
from collections.abc import Callable

import redis

from faults.registry import fault
from faults.trial import Trial

AWAY_SECONDS = 15.0
QUEUE = "act"
Change = Callable[[], None]


def broker(trial: Trial) -> redis.Redis:
    """A client of the broker's database."""
    return redis.Redis.from_url(f"{trial.servers.valkey_url}/1", socket_timeout=5)


@fault("F3", "Valkey killed and wiped", means="SIGKILL under load; its files are deleted before it is started again.")
def wiped(trial: Trial) -> None:
    with trial.load() as load:
        load.until_accepted(0.4)
        trial.servers.valkey.kill()
        time.sleep(trial.chance.uniform(0.5, 3))
        trial.servers.start_valkey(wiped=True)
        trial.over("Valkey is back, empty")


@fault("F4", "FLUSHALL while workers live", means="FLUSHALL, three times under load.")
def flushed(trial: Trial) -> None:
    with trial.load() as load, broker(trial) as client:
        for share in (0.3, 0.6, 0.9):
            load.until_accepted(share)
            client.flushall()
        trial.over("the last wipe")


@fault("F5", "Valkey refuses connections", means="Stopped for 15 s under load, then started with what it had.")
def refused(trial: Trial) -> None:
    _accepts_without_a_broker(trial, trial.servers.valkey.kill, trial.servers.start_valkey)


@fault("F6", "Valkey frozen", means="SIGSTOP for 15 s under load, then SIGCONT.")
def frozen(trial: Trial) -> None:
    _accepts_without_a_broker(trial, trial.servers.valkey.freeze, trial.servers.valkey.thaw)


def _accepts_without_a_broker(trial: Trial, take_away: Change, give_back: Change) -> None:
    with trial.load(pause=AWAY_SECONDS * 4 / trial.operations) as load:
        load.until_accepted(0.1)
        take_away()
        began = time.monotonic()
        load.until_accepted(0.8)
        time.sleep(max(0.0, AWAY_SECONDS - (time.monotonic() - began)))
        give_back()
        trial.over("Valkey answers again")
    trial.require_unhurried_answers()


@fault(
    "F11",
    "messages in a worker's hands when it dies",
    means="SIGSTOP its first process, submit, SIGKILL it.",
    workers=1,
)
def popped(trial: Trial) -> None:
    worker = trial.workers[0]
    worker.signal(19)
    with trial.load() as load:
        load.until_accepted(0.5)
        worker.kill()
        worker.start()
        trial.over("a new worker starts")


@fault("F12", "messages repeated", means="Every message seen on the queue is pushed again, 100 in all.")
def repeated(trial: Trial) -> None:
    seen: list[bytes] = []
    with broker(trial) as client:
        for _ in range(6):
            trial.submit(seconds=2)
        with trial.load() as load:
            while load.accepted < load.operations:
                seen += client.lrange(QUEUE, 0, -1)
                time.sleep(0.01)
        trial.require(bool(seen), "no message was ever seen waiting, so none was repeated")
        for n in range(100):
            client.lpush(QUEUE, seen[n % len(seen)])
        trial.over("the last repetition")


@fault("F30", "Valkey restarted five times in three seconds", means="SIGKILL and start, five times, under load.")
def restarted(trial: Trial) -> None:
    with trial.load() as load:
        load.until_accepted(0.3)
        for _ in range(5):
            trial.servers.valkey.kill()
            trial.servers.start_valkey()
            time.sleep(0.3)
        trial.over("the last restart")


@fault("F34", "junk and forged messages", means="LPUSH of junk, pickles, unknown ids, other tasks, wrong arguments.")
def forged(trial: Trial) -> None:
    pids = [worker.pid for worker in trial.workers]
    with broker(trial) as client, trial.load() as load:
        load.until_accepted(0.2)
        for body in _forgeries(trial):
            client.lpush(QUEUE, body)
        trial.over("the last forgery")
    trial.until_ended(*trial.log.accepted.values())
    alive = [worker.pid for worker in trial.workers if worker.alive]
    trial.require(alive == pids, "a worker died of a message")


def _forgeries(trial: Trial) -> list[bytes]:
    known = next(iter(trial.log.accepted.values()))
    plain = [
        b"\x80\x04junk",
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"body": 1}',
        b'{"body": "%%%", "headers": {}}',
        b"\xff" * 100,
    ]
    made = [
        _message(task="capability.act", kwargs={"operation_id": str(uuid.uuid4()), "attempt": 1}),
        _message(task="capability.act", kwargs={"operation_id": "no-id", "attempt": "x"}),
        _message(task="capability.act", kwargs={"operation_id": known, "attempt": 1}),
        _message(task="capability.act", kwargs={"operation_id": known, "attempt": 99}),
        _message(task="capability.crash", kwargs={"operation_id": known, "attempt": 2}),
        _message(task="nobody.knows", kwargs={}),
        _message(task="capability.act", kwargs={"wrong": True}),
        _pickled(),
    ]
    mixed = plain + made
    trial.chance.shuffle(mixed)
    return mixed


def _message(*, task: str, kwargs: dict[str, object]) -> bytes:
    id = str(uuid.uuid4())
    body = json.dumps([[], kwargs, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}])
    return _enveloped(id, task, body, "application/json")


def _pickled() -> bytes:
    body = pickle.dumps([[], {}, {}]).hex()
    return _enveloped(str(uuid.uuid4()), "capability.act", body, "application/x-python-serialize")


def _enveloped(id: str, task: str, body: str, content_type: str) -> bytes:
    delivery = {"exchange": "", "routing_key": QUEUE}
    properties = {
        "correlation_id": id,
        "delivery_mode": 2,
        "delivery_info": delivery,
        "priority": 0,
        "delivery_tag": id,
    }
    headers = {"lang": "py", "task": task, "id": id, "root_id": id, "parent_id": None, "argsrepr": "()"}
    message = {
        "body": body,
        "content-encoding": "utf-8",
        "content-type": content_type,
        "headers": headers,
        "properties": properties,
    }
    return json.dumps(message).encode()
