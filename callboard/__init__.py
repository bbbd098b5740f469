"""The ground floor: what the API, the workers and the command line share, with no Flask and no tasks."""
