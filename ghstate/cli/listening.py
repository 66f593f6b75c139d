"""What the engine and the conversation tell, as progress for people."""

from __future__ import annotations

from ghstate.cli.workspace import Printer
from ghstate.errors import OutcomeUnknown
from ghstate.plan.order import Task
from ghstate.ports import Outcome
from ghstate.report.console import console
from ghstate.report.progress import Ending, Progress, Silence, progress


class Listening:
    """Shows one thing at a time: a read, or the changes of an apply."""

    def __init__(self, printer: Printer, organization: str) -> None:
        outside = printer.outside
        self._console = console(printer.color, outside.err, outside.environ)
        self._organization = organization
        self._progress: Progress = Silence()
        self._reading = False

    def reading(self) -> None:
        self.finished()
        self._progress = progress(self._console)
        self._reading = True

    def applying(self, changes: int, *, at_once: bool = False) -> None:
        self.finished()
        self._progress = progress(self._console, changes=changes, at_once=at_once)
        self._reading = False

    def finished(self) -> None:
        self._progress.finished()
        self._progress = Silence()

    def sent(self, requests: int) -> None:
        if self._reading:
            self._progress.reading(requests, self._organization)

    def stopping(self) -> None:
        """A signal came: say at once what it leads to."""
        self._progress.stopping()

    def waiting(self, seconds: float, why: str) -> None:
        self._progress.waiting(seconds, why)

    def started(self, task: Task) -> None:
        if task.last:
            self._progress.started(task.change)

    def ended(self, task: Task, outcome: Outcome | Exception) -> None:
        match outcome:
            case Outcome(words, already):
                if task.last:
                    ending = Ending.NOT_NEEDED if already else Ending.DONE
                    self._progress.ended(task.change, ending, words)
            case OutcomeUnknown() as error:
                self._progress.ended(task.change, Ending.UNKNOWN, error.message)
            case error:
                self._progress.ended(task.change, Ending.FAILED, str(error))
