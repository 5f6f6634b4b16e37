"""The command line, and the only place where the parts are wired together.

Exit status: 0 success, 2 bad input, 1 anything else; errors go to standard error.
"""

import typer

app = typer.Typer(
    name="ctl",
    help="Run and steer the call centre. Every command says more with --help.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Entry point of ``ctl``: each module of this package adds its commands to `app`."""
    from ctl.cli import calls, deploy, floor, house, ivr, journal  # noqa: F401, PLC0415 - importing registers the commands

    app()
