"""The workspace's state, all of it in memory and touched by one event loop only."""

from demo.workspace import content, shapes
from demo.workspace.clock import Clock
from demo.workspace.faults import Faults
from demo.workspace.feed import Feed
from demo.workspace.limits import Limits
from demo.workspace.pauses import Pauses
from demo.workspace.records import Channel, File, Message
from demo.workspace.settings import WorkspaceSettings
from demo.workspace.tickets import Tickets
from demo.workspace.timeline import Timeline
from demo.workspace.view_stacks import Views


class Workspace:
    """Everything that Slack would remember; `url` is where the server listens, known once it does."""

    def __init__(self, settings: WorkspaceSettings) -> None:
        self.settings = settings
        self.url = ""
        self.clock = Clock()
        self.feed = Feed()
        self.users = content.first_users()
        self.groups = content.first_groups()
        self.channels: dict[str, Channel] = content.first_channels()
        self.files: dict[str, File] = {}
        self.timeline = Timeline(self.feed, self.channels, lambda message: shapes.for_browser(self, message))
        self.views = Views(self.feed, self.clock)
        self.tickets = Tickets(self.clock, settings.patience)
        self.limits = Limits(self.clock, settings.rates)
        self.faults = Faults(self.clock)
        self.pauses = Pauses(self.clock)

    def channel_named(self, name: str) -> Channel | None:
        wanted = name.removeprefix("#")
        return next((each for each in self.channels.values() if not each.is_im and each.name == wanted), None)

    def permalink(self, message: Message) -> str:
        thread = f"&thread_ts={message.thread_ts}" if message.is_reply else ""
        return f"/?channel={message.channel}&ts={message.ts}{thread}"
