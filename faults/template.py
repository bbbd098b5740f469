"""`python -m faults.template`: fills a database once with schema, key, projects and agent; trials start from a copy."""

import sys

from callboard import db, keys
from callboard.agents import AgentService
from callboard.projects import ProjectService
from cli import migrations

PROJECTS = ("first", "second")
AGENT = "actor"
CAPABILITIES = ("act", "crash", "segfault", "endless", "hungry", "huge")


def fill() -> str:
    """Migrates the database of the environment and makes what trials work on; answers an admin key."""
    migrations.upgrade()
    with db.transaction() as session:
        key = keys.create(session, name="trial")
        agents = AgentService(session)
        agents.create("Actor", CAPABILITIES, id=AGENT)
        for project in PROJECTS:
            ProjectService(session).create(project.title(), {"path": "/nowhere"}, id=project)
            agents.assign_to_project(AGENT, project, CAPABILITIES)
    return key


if __name__ == "__main__":
    sys.stdout.write(fill())
