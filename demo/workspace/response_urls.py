"""What an app says through a response URL (interactivity/handling-user-interaction)."""

from demo.workspace import posting
from demo.workspace.arguments import Arguments
from demo.workspace.drafts import read_draft
from demo.workspace.records import Json, Message
from demo.workspace.refusal import Refusal
from demo.workspace.state import Workspace
from demo.workspace.tickets import Origin


def respond(workspace: Workspace, name: str, body: Json) -> None:
    """Post, replace or delete; the app need not be a member of the channel.

    Raises:
        Refusal: `used_url`, `expired_url`, `invalid_url`, `message_not_found`, or what is wrong with the body.
    """
    origin, arguments = workspace.tickets.spend_response(name), Arguments(body)
    if arguments.flag("delete_original"):
        workspace.timeline.remove(_original(workspace, origin))
    elif arguments.flag("replace_original") and origin.ts:
        posting.rewrite(workspace, _original(workspace, origin), read_draft(arguments))
    else:
        everyone = arguments.text("response_type") == "in_channel"
        channel = workspace.channels[origin.channel]
        posting.say(workspace, channel, read_draft(arguments), seen_by="" if everyone else origin.user)


def _original(workspace: Workspace, origin: Origin) -> Message:
    """The message whose element was used; other people's messages cannot be replaced."""
    timeline = workspace.timeline
    find = (
        timeline.ephemeral(origin.user, origin.ts) if origin.is_ephemeral else timeline.find(origin.channel, origin.ts)
    )
    if find is None or find.deleted:
        raise Refusal("message_not_found")
    if not find.bot:
        raise Refusal("cant_update_message")
    return find
