"""Every Celery setting, each with its reason; PostgreSQL is the truth, so a message may be lost or repeated."""

from callboard.settings import current

_settings = current()
_redis = _settings.broker_url.startswith(("redis://", "rediss://", "valkey://"))

broker_url = _settings.broker_url
# Only JSON is read: a pickled message could run code.
accept_content = ["json"]
task_serializer = "json"
# The record in PostgreSQL is the result.
result_backend = None
task_ignore_result = True
# Early: the lease brings back what a dead worker held; a late ack only adds redeliveries.
task_acks_late = False
# True starts a task that kills its worker again without end; the keeper counts tries.
task_reject_on_worker_lost = False
# Its retry waits 180 s and counts for itself.
task_retry_on_worker_lost = False
# A failed send costs 2 ms instead of 0.6 s; the keeper rings again.
task_publish_retry = False
# A capability's queue is made when its first operation is rung.
task_create_missing_queues = True
task_default_queue = "callboard"
# The broker may come up after the worker, and may stay away as long as it likes.
broker_connection_retry_on_startup = True
broker_connection_max_retries = None
# A fenced attempt may finish without its broker.
worker_cancel_long_running_tasks_on_connection_loss = False
# psycopg2 and threads do not survive a fork.
worker_pool_start_method = "spawn"
# A spawned child is a fresh interpreter that must find by itself what it does.
imports = ("worker.tasks", "worker.child")
# The default of 4 s kills children for ever on a slow machine.
worker_proc_alive_timeout = 60
# Bounds leaks in handlers; 200 would cost a third of the rate.
worker_max_tasks_per_child = 10_000
# A message is taken only when a slot is free; one prefetched behind a long operation would wait for nothing.
worker_prefetch_multiplier = 1
worker_disable_prefetch = _redis
# Flower and operators watch and steer the fleet by these.
worker_send_task_events = True
worker_enable_remote_control = True
task_track_started = True
# Our own structured log takes over.
worker_hijack_root_logger = False
worker_redirect_stdouts = False
enable_utc = True
timezone = "UTC"

if _redis:
    # Takes messages for good, as the keeper rings again for what is lost; spares a third of a worker's own time.
    broker_transport = "callboard.transport:Transport"
    broker_transport_options = {
        # No endless wait for a frozen server; a half-open connection is found in about 20 s.
        "socket_timeout": 5,
        "socket_connect_timeout": 1,
        "socket_keepalive": True,
        "health_check_interval": 10,
        "retry_on_timeout": False,
        # A send opens its connection once: the default tries for 6 s, and the errands behind it wait.
        "max_retries": 0,
    }
else:
    # Replicated and restart-safe on RabbitMQ; a publish returns only when the broker has the message.
    task_default_queue_type = "quorum"
    task_create_missing_queue_type = "quorum"
    worker_detect_quorum_queues = True
    broker_transport_options = {"confirm_publish": True}
    broker_heartbeat = 20
