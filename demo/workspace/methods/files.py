"""files.*: the three steps of an upload (messaging/working-with-files), the second a plain POST."""

from typing import Any

from demo.workspace import content, posting, shapes
from demo.workspace.clock import new_id
from demo.workspace.methods.call import Call
from demo.workspace.records import Channel, File, Json, Message
from demo.workspace.refusal import Refusal, invalid_arguments
from demo.workspace.state import Workspace


def get_upload_url(call: Call) -> Json:
    name, size = call.arguments.required("filename"), call.arguments.number("length", 0)
    if size <= 0:
        raise invalid_arguments("must be greater than 0 [json-pointer:/length]")
    file = File(id=new_id("F"), name=name, size=size)
    call.workspace.files[file.id] = file
    return {"upload_url": f"{call.workspace.url}/upload/v1/{file.id}", "file_id": file.id}


def take_upload(workspace: Workspace, file_id: str, body: bytes) -> str:
    """Keep the bytes sent to an upload URL; they must be as many as announced, and come once."""
    file = workspace.files.get(file_id)
    if file is None or file.content is not None:
        raise Refusal("file_not_found")
    if len(body) != file.size:
        raise Refusal("size_mismatch")
    file.content = body
    return f"OK - {len(body)}"


def complete_upload(call: Call) -> Json:
    """Give the files their titles and share them, all in one message of each channel."""
    files = [_uploaded(call, each) for each in _listed(call)]
    channels = [posting.channel_to_post_in(call.workspace, each) for each in _channels(call)]
    for channel in channels:
        _share(call, channel, files)
    return {"files": [shapes.file_for_api(call.workspace, file) for file in files]}


def info(call: Call) -> Json:
    file = call.workspace.files.get(call.arguments.required("file"))
    if file is None or file.content is None:
        raise Refusal("file_not_found")
    return {"file": shapes.file_for_api(call.workspace, file)}


def _listed(call: Call) -> list[Json]:
    listed: Any = call.arguments.parsed("files", "invalid_arguments")
    if not isinstance(listed, list) or not listed or not all(isinstance(each, dict) for each in listed):
        raise invalid_arguments("missing required field: files")
    return listed


def _uploaded(call: Call, listed: Json) -> File:
    file = call.workspace.files.get(listed.get("id", ""))
    if file is None or file.content is None:
        raise Refusal("file_not_found")
    file.title, file.user = listed.get("title") or file.name, content.BOT_USER
    return file


def _channels(call: Call) -> list[str]:
    single = call.arguments.text("channel_id")
    return [single] if single else call.arguments.names("channels")


def _share(call: Call, channel: Channel, files: list[File]) -> None:
    workspace = call.workspace
    for file in files:
        file.shared_in.append(channel.id)
    workspace.timeline.post(
        Message(
            ts=workspace.clock.next_ts(),
            channel=channel.id,
            user=content.BOT_USER,
            bot=True,
            text=call.arguments.text("initial_comment"),
            thread_ts=posting.thread_root(workspace, channel.id, call.arguments.text("thread_ts")),
            files=[file.id for file in files],
        )
    )
