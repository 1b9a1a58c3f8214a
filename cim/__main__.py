"""The command line: binds the commands that each folder offers; the only module of `cim` that sees them all."""

from __future__ import annotations

import atexit
import gc
import sys
from importlib import import_module
from typing import NoReturn

import click

from cim._version import __version__
from cim.errors import CimError

# Name of a command -> the module that defines it by that name, and its help in short. Only the module of the command
# that runs is imported: the analyses' and loaders' libraries take seconds.
_COMMANDS = {
    "db": ("cim.commands", "Start, stop and reach the private PostGIS cluster."),
    "sample": ("cim.etl.sample.command", "Write a made-up city as the files a real one would hand over."),
    "inspect": ("cim.etl.inspecting.command", "Say what files are, before anything is loaded."),
    "load": ("cim.etl.commands", "Load the sources of a city.toml into the city's database."),
    "check": ("cim.etl.check_command", "Check a city's files, or one file, without loading them."),
    "export": ("cim.etl.export_command", "Write a city's features to files that other programs read."),
    "cities": ("cim.etl.commands", "List the cities that are loaded."),
    "loads": ("cim.etl.commands", "List a city's loads, the newest first."),
    "rejects": ("cim.etl.rejects_command", "List, export and mend what loads refused or remarked on."),
    "schema": ("cim.layers.schema_command", "Print what a register must look like: columns, units, codes."),
    "customers": ("cim.etl.customer_links", "Tell how a city's customers are linked to its networks."),
    "quality": ("cim.etl.quality.command", "Write a printable report on what the checks found."),
    "network": ("cim.analytics.commands", "Ask a city's pipe networks."),
    "examine": ("cim.analytics.commands", "Examine a city: indicators, standards and grades."),
    "problems": ("cim.analytics.commands", "Follow the problems that examinations found."),
    "layers": ("cim.layers.commands", "Build and list what the viewer shows."),
    "serve": ("cim.web.commands", "Serve a city's viewer, API and tiles."),
}


class CommandLine(click.Group):
    """Commands imported when they are called or described; their errors end in one line and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Names of all commands, in the order of a city's day."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the module of a command and return the command."""
        if cmd_name not in _COMMANDS:
            return None
        command = getattr(import_module(_COMMANDS[cmd_name][0]), cmd_name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in _COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; what a user can cause or mend never ends in a traceback."""
        # Else Python's cycle collector walks all that has been imported over and over: a seventh of a command's start.
        gc.set_threshold(50_000, 20, 20)
        # And once more at the end, for garbage that goes with the process anyway: 0.2 s of a load.
        atexit.register(gc.freeze)
        try:
            return super().invoke(ctx)
        except CimError as error:
            _leave(str(error), error.exit_code)
        except KeyboardInterrupt:
            _leave("interrupted", 130)
        except Exception as error:
            if _was_interrupted(error):
                _leave("interrupted", 130)
            if not _is_lost_database(error):
                raise
            _leave(f"the database broke off: {_first_line(error)}: see `cim db status`", 1)


@click.group(cls=CommandLine)
@click.version_option(__version__, prog_name="cim")
def main() -> None:
    """City Information Modelling: load a city into PostGIS, examine it, and see it in 3D."""


def _leave(line: str, code: int) -> NoReturn:
    """End the process with one line on stderr."""
    click.echo(f"cim: {line}", err=True)
    sys.exit(code)


def _was_interrupted(error: BaseException) -> bool:
    """Whether an error came from tidying up after Ctrl-C, such as a question that was cut short."""
    return error.__context__ is not None and (
        isinstance(error.__context__, KeyboardInterrupt) or _was_interrupted(error.__context__)
    )


def _is_lost_database(error: Exception) -> bool:
    """Whether an error is the database driver's way to say that the server cannot be reached or is gone."""
    # Looked up, not imported: `cim --help` needs no driver, and an error can only come from a loaded one.
    for name in ("psycopg", "sqlalchemy.exc"):
        module = sys.modules.get(name)
        if module is not None and isinstance(error, module.OperationalError):
            return True
    return False


def _first_line(error: Exception) -> str:
    """Return what the error says in its first line, without SQLAlchemy's quotation of the statement."""
    return str(getattr(error, "orig", None) or error).strip().partition("\n")[0]


if __name__ == "__main__":
    main(prog_name="cim")
