"""The group that all commands stand in: global options, and what becomes of whatever goes wrong in one of them."""

from __future__ import annotations

import errno
import traceback
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from agents.cli.exits import Exit
from agents.cli.session import Session, say
from agents.errors import Failure

COMMANDS = {
    "Begin": {
        "demo": ("sandbox", "See it at work, live: broker, worker, synthetic feeds, five cases."),
        "broker": ("sandbox", "Run Apache Kafka here, for a laptop or tests."),
        "worker": ("work", "Do the work: feeds in, escalations out."),
        "topics": ("topics", "Make, check and list the topics: apply, check, list."),
        "check": ("checking", "Everything that is wrong at once, with its remedy."),
        "settings": ("checking", "Each setting, its value and where it came from."),
        "load": ("sandbox", "What a policy means for the people who read its escalations."),
    },
    "Feeds": {
        "synth": ("sandbox", "Write synthetic feeds to files."),
        "publish": ("publish", "Send files of feed messages."),
    },
    "See": {
        "watch": ("watching", "Escalations as they come, with their reasons."),
        "case": ("case", "What is known of a case, and why."),
        "record": ("record", "The record of a case: verify."),
        "account": ("accounting", "What became of everything that came in; does it add up."),
    },
    "Mend": {
        "quarantine": ("quarantine", "What could not be read: list, show, replay, resume."),
        "sightings": ("sightings", "People whose case is not known: list, choose."),
    },
}
"""Each command by what one wants to do: the module of ``agents.cli`` that has it, and its help in short."""
_MODULES = {name: module for commands in COMMANDS.values() for name, (module, _) in commands.items()}


class CommandGroup(click.Group):
    """The group of all commands: what may go wrong in any of them becomes words and an exit code here, once.

    A command's module, and all that it works with, is imported when the command is asked for: ``--help`` is quick.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; None: there is none."""
        module = _MODULES.get(cmd_name)
        command: click.Command | None = getattr(import_module(f"agents.cli.{module}"), cmd_name) if module else None
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; faults become exit codes (see ``Exit``)."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            ctx.exit(Exit.INTERRUPTED)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise  # click's own way out, with words and exit code
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise  # whoever read our output has gone: click ends without a word
            words, code = _explained(error)
            say(words)
            ctx.exit(code)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by what one wants to do, then the exit codes."""
        for title, commands in COMMANDS.items():
            with formatter.section(title):
                formatter.write_dl([(name, help_) for name, (_, help_) in commands.items()])
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(int(code)), code.meaning) for code in Exit])


def _explained(error: Exception) -> tuple[str, int]:
    """What went wrong, in words, and the exit code. Never a traceback: its last line may quote a record."""
    if isinstance(error, Failure):
        return str(error), error.exit_code
    # Imported only now that something went wrong: no command pays for what another may raise.
    from kafka import errors as kafka

    from agents.queries.readers import Unreachable
    from schemas.check import BrokenSchema
    from schemas.registry import RegistryUnavailable
    from streams.policy.reading import PolicyFaults

    name = type(error).__name__
    if isinstance(error, PolicyFaults | BrokenSchema):
        return str(error), Exit.CONFIG
    if isinstance(error, RegistryUnavailable):
        return str(error), Exit.UNAVAILABLE
    if isinstance(error, kafka.KafkaTimeoutError | kafka.KafkaConnectionError | kafka.RequestTimedOutError):
        session = click.get_current_context().find_object(Session) or Session()
        return str(Unreachable(session.settings.kafka.bootstrap, name)), Exit.UNAVAILABLE
    if isinstance(error, kafka.KafkaError):
        refused = f"the broker refuses ({name}); look at its log, and at what we are allowed to do there"
        return refused, Exit.UNAVAILABLE
    if isinstance(error, OSError):
        what = error.strerror or name
        return f"{error.filename}: {what}; look at the path and its permissions" if error.filename else what, Exit.AMISS
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{place.name}, {Path(place.filename).name} line {place.lineno}, version {version('raised-risk')}"
    return f"a defect of raised-risk, please report it: {name} in {where}", Exit.AMISS


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(version("raised-risk"), prog_name="raised-risk")
@click.option("--settings", "path", type=click.Path(path_type=Path), help="Settings file (TOML).", metavar="FILE")
@click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="One setting, e.g. worker.run=500. Repeatable.")
@click.option("--bootstrap", metavar="HOST:PORT,…", help="Short for --set kafka.bootstrap=…")
@click.option("--namespace", metavar="PREFIX", help="Short for --set kafka.namespace=…")
@click.pass_context
def cli(
    ctx: click.Context, path: Path | None, sets: tuple[str, ...], bootstrap: str | None, namespace: str | None
) -> None:
    """Raised risk, seen in time: signals from police, courts and assessments, joined to each case, and an
    escalation, with its reason, when the risk is raised and no manager is overseeing the case.

    Settings come from a file, then RAISED_RISK_… variables, then the options below; `raised-risk settings` shows them.
    """
    overrides: dict[str, str] = {}
    for each in sets:
        key, equals, value = each.partition("=")
        if not equals:
            raise click.BadParameter(f"{each!r} is not KEY=VALUE", param_hint="--set")
        overrides[key.strip()] = value
    short = {"kafka.bootstrap": bootstrap, "kafka.namespace": namespace}
    overrides |= {key: given for key, given in short.items() if given is not None}
    ctx.obj = Session(path, overrides)
