"""``python -m ctl.house.supervisord``: supervisor's own process manager, made attentive.

It looks once a second whether a process has ended, and does not wake when one does. A caller who waits for an operator
who has just answered hears every tenth of that second.

And it survives a full disk: supervisor's own dies of not being able to say that it cannot write its log, and then nobody
starts again what ends.
"""

from supervisor.loggers import Handler
from supervisor.options import ServerOptions
from supervisor.poller import PollPoller
from supervisor.supervisord import go

LOOK_S = 0.05
"""Between two looks. Twenty a second cost about half a percent of one processor."""


class Attentive(PollPoller):  # type: ignore[misc] # supervisor is not typed
    """Waits for its children's words no longer than `LOOK_S`."""

    def poll(self, timeout: float) -> tuple[list[int], list[int]]:
        ready: tuple[list[int], list[int]] = super().poll(min(timeout, LOOK_S))
        return ready


def be_content(_handler: Handler) -> None:
    """Instead of `Handler.handleError`, which tells of it on stderr: that is a file on the same full disk."""


def main() -> None:
    """Run until told to stop; arguments as of supervisord."""
    Handler.handleError = be_content
    options = ServerOptions()
    options.poller = Attentive(options)
    options.realize()
    options.first, options.test = True, False
    go(options)
    options.close_httpservers()
    options.close_logger()


if __name__ == "__main__":
    main()
