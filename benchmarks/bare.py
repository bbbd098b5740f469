"""The yardstick: a bare Celery task on the same broker, with task events on, that keeps nothing but a count."""

import hashlib

import redis
from celery import Celery

from callboard.settings import current

app = Celery("bare", broker=current().broker_url, set_as_current=False)
app.conf.update(task_ignore_result=True, worker_send_task_events=True, task_default_queue="bare")
counter = redis.Redis.from_url(current().redis_url)


@app.task(name="digest")
def digest(number: int, text: str) -> None:
    """Hashes its arguments and counts itself."""
    hashlib.sha512(f"{number}{text}".encode()).hexdigest()
    counter.incr("bare")
