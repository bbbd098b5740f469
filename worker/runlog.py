"""An attempt's own log, kept as the artifact `log.txt`."""

import logging

LONGEST = 1_000_000


class RunLog(logging.Handler):
    """Collects an attempt's lines in memory, up to LONGEST characters."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        self._lines: list[str] = []
        self._size = 0

    def logger(self, name: str) -> logging.Logger:
        """A logger of this attempt alone, whose lines also go to the worker's log."""
        logger = logging.Logger(name, logging.INFO)
        logger.parent = logging.getLogger("callboard.capability")
        logger.addHandler(self)
        return logger

    def emit(self, record: logging.LogRecord) -> None:
        if self._size > LONGEST:
            return
        line = self.format(record)
        if self._size + len(line) > LONGEST:
            line, self._size = "… the rest was cut …", LONGEST
        self._lines.append(line)
        self._size += len(line)

    def text(self) -> str:
        """All that was logged."""
        return "".join(f"{line}\n" for line in self._lines)
