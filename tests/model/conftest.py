"""How long the model is explored: shortly and the same way each time, or at length with `make model`."""

from hypothesis import HealthCheck, settings

COMMON = {"deadline": None, "suppress_health_check": list(HealthCheck), "print_blob": True}
settings.register_profile("brief", max_examples=10, stateful_step_count=25, derandomize=True, database=None, **COMMON)
settings.register_profile("thorough", max_examples=300, stateful_step_count=80, **COMMON)
