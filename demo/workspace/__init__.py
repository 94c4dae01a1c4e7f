"""A stand-in for Slack on this machine: one small workspace that unmodified Slack clients talk to."""

from demo.workspace.driver import Driver
from demo.workspace.person import Person
from demo.workspace.plain import plain
from demo.workspace.registration import registered
from demo.workspace.running import RunningWorkspace, running_workspace
from demo.workspace.seen import Seen, SeenView
from demo.workspace.server import WorkspaceServer
from demo.workspace.settings import Command, Patience, Rates, Shortcut, Subcommand, WorkspaceSettings
from demo.workspace.state import Workspace

__all__ = [
    "Command",
    "Driver",
    "Patience",
    "Person",
    "Rates",
    "RunningWorkspace",
    "Seen",
    "SeenView",
    "Shortcut",
    "Subcommand",
    "Workspace",
    "WorkspaceServer",
    "WorkspaceSettings",
    "plain",
    "registered",
    "running_workspace",
]
