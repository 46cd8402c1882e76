"""``raised-risk``: the commands that people use, each a thin shell over a module of its own.

A command imports what it works with when it runs, so that ``--help`` is quick and ``publish`` needs no Faust. Nothing
is imported before ``main`` runs: Ctrl-C while modules are read ends like any other.
"""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """The program. Never returns: exits with one of ``exits.Exit``."""
    try:
        import logging

        from agents import logs
        from agents.cli.group import cli

        logs.configure("error")  # what a library says, as JSON and blotted; worker and broker take the settings' level
        logging.getLogger("kafka").setLevel(logging.CRITICAL)  # that no broker answers, each command says once
        cli(prog_name="raised-risk")
    except KeyboardInterrupt:
        sys.exit(130)  # exits.Exit.INTERRUPTED, which may not be read yet
