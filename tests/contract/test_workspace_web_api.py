"""The Web API through Slack's own clients: the sync one posts everything, the async one gets reads and sends JSON."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from demo.workspace import RunningWorkspace, WorkspaceSettings, running_workspace
from demo.workspace.content import (
    ADA,
    APPROVERS,
    BEN,
    BOT_ID,
    BOT_USER,
    PLATFORM,
    RANDOM,
    REGISTRY_CLEAN,
    RITA,
    TEAM_ID,
)
from demo.workspace.settings import DEFAULT_SCOPES, Rates
from tests.contract.workspace_clients import Caller, Json, async_caller, refused, sync_caller

SECTION: Json = {"type": "section", "text": {"type": "mrkdwn", "text": "Delete *app:1.2*?"}}
UNHURRIED = Rates(post_burst=1000, per_minute=dict.fromkeys((1, 2, 3, 4), 1000))
MORE_SCOPES = frozenset(
    {"files:read", "reactions:write", "channels:join", "im:read", "groups:read", "users.profile:read"}
)


@pytest.fixture(scope="module")
def workspace() -> Iterator[RunningWorkspace]:
    with running_workspace(WorkspaceSettings(rates=UNHURRIED, scopes=DEFAULT_SCOPES | MORE_SCOPES)) as running:
        yield running


@pytest.fixture(params=[sync_caller, async_caller], ids=["sync", "async"])
def call(request: pytest.FixtureRequest, workspace: RunningWorkspace) -> Caller:
    made: Callable[[RunningWorkspace], Caller] = request.param
    return made(workspace)


@pytest.fixture
def channel(workspace: RunningWorkspace) -> str:
    return workspace.new_channel("fresh", with_app=True)


def test_auth_test_says_who_the_app_is(call: Caller) -> None:
    answer = call("auth_test")
    assert (answer["user_id"], answer["bot_id"], answer["team_id"]) == (BOT_USER, BOT_ID, TEAM_ID)


def test_api_test_echoes(call: Caller) -> None:
    assert call("api_test", foo="bar")["args"]["foo"] == "bar"


def test_a_message_is_posted_and_found_with_all_that_was_given(call: Caller, channel: str) -> None:
    metadata = {"event_type": "request", "event_payload": {"id": "r1"}}
    posted = call(
        "chat_postMessage", channel=channel, text="Delete?", blocks=[SECTION], metadata=metadata, unfurl_links=False
    )

    plain = call("conversations_history", channel=channel)["messages"]
    full = call("conversations_history", channel=channel, include_all_metadata=True)["messages"]
    assert [each["ts"] for each in plain] == [posted["ts"]]
    assert plain[0]["text"] == "Delete?"
    assert plain[0]["blocks"][0]["text"]["text"] == SECTION["text"]["text"]
    assert plain[0]["bot_id"] == BOT_ID
    assert "metadata" not in plain[0]
    assert full[0]["metadata"] == metadata
    assert posted["message"]["metadata"] == metadata


@pytest.mark.parametrize("name", ["#registry-clean", "registry-clean", REGISTRY_CLEAN])
def test_a_channel_goes_by_id_or_name(call: Caller, name: str) -> None:
    assert call("chat_postMessage", channel=name, text="hi")["channel"] == REGISTRY_CLEAN


def test_a_users_id_means_the_direct_message(call: Caller, workspace: RunningWorkspace) -> None:
    opened = call("conversations_open", users=RITA)["channel"]["id"]
    assert call("chat_postMessage", channel=RITA, text="psst")["channel"] == opened == workspace.rita.dm
    assert workspace.rita.sees(opened)[-1].text == "psst"


def test_replies_stay_in_their_thread_unless_broadcast(call: Caller, channel: str, workspace: RunningWorkspace) -> None:
    parent = call("chat_postMessage", channel=channel, text="parent")["ts"]
    quiet = call("chat_postMessage", channel=channel, text="quiet", thread_ts=parent)["ts"]
    loud = call("chat_postMessage", channel=channel, text="loud", thread_ts=quiet, reply_broadcast=True)

    thread = call("conversations_replies", channel=channel, ts=parent)["messages"]
    assert [each["text"] for each in thread] == ["parent", "quiet", "loud"]
    assert (thread[0]["reply_count"], thread[0]["thread_ts"]) == (2, parent)
    assert loud["message"]["thread_ts"] == parent
    history = call("conversations_history", channel=channel)["messages"]
    assert [each["text"] for each in history] == ["loud", "parent"]
    seen = workspace.ada.sees(channel)
    assert [each.text for each in workspace.ada.thread(seen[0])] == ["parent", "quiet", "loud"]
    assert seen[0].reply_count == 2


def test_history_is_cut_by_time_and_by_pages(call: Caller, channel: str) -> None:
    ts = [call("chat_postMessage", channel=channel, text=str(number))["ts"] for number in range(5)]

    def texts(**window: Any) -> list[str]:
        return [each["text"] for each in call("conversations_history", channel=channel, **window)["messages"]]

    assert texts() == ["4", "3", "2", "1", "0"]
    assert texts(oldest=ts[1]) == ["4", "3", "2"]
    assert texts(oldest=ts[1], latest=ts[3]) == ["2"]
    assert texts(oldest=ts[1], latest=ts[3], inclusive=True) == ["3", "2", "1"]
    first = call("conversations_history", channel=channel, limit=2)
    cursor = first["response_metadata"]["next_cursor"]
    second = call("conversations_history", channel=channel, limit=2, cursor=cursor)
    third = call("conversations_history", channel=channel, limit=2, cursor=second["response_metadata"]["next_cursor"])
    pages = [[each["text"] for each in page["messages"]] for page in (first, second, third)]
    assert pages == [["4", "3"], ["2", "1"], ["0"]]
    assert [page["has_more"] for page in (first, second, third)] == [True, True, False]
    assert third["response_metadata"]["next_cursor"] == ""
    with refused("invalid_cursor"):
        call("conversations_history", channel=channel, cursor="made up")
    with refused("invalid_limit"):
        call("conversations_history", channel=channel, limit=1001)
    with refused("invalid_ts_latest"):
        call("conversations_history", channel=channel, latest="yesterday")


def test_an_update_replaces_everything_and_text_alone_deletes_the_blocks(call: Caller, channel: str) -> None:
    ts = call("chat_postMessage", channel=channel, text="one", blocks=[SECTION])["ts"]
    call("chat_update", channel=channel, ts=ts, text="two", blocks=[SECTION, {"type": "divider"}])
    two = call("conversations_history", channel=channel)["messages"][0]
    answer = call("chat_update", channel=channel, ts=ts, text="three")
    three = call("conversations_history", channel=channel)["messages"][0]

    assert len(two["blocks"]) == 2
    assert two["edited"]["user"] == BOT_USER
    assert (three["text"], answer["text"]) == ("three", "three")
    assert "blocks" not in three


def test_only_own_messages_that_exist_can_be_updated_or_deleted(
    call: Caller, channel: str, workspace: RunningWorkspace
) -> None:
    theirs = workspace.rita.types("mine", channel=channel)["ts"]
    ephemeral = call("chat_postEphemeral", channel=channel, user=RITA, text="only you")["message_ts"]

    for method, error in (("chat_update", "cant_update_message"), ("chat_delete", "cant_delete_message")):
        more = {"text": "changed"} if method == "chat_update" else {}
        with refused(error):
            call(method, channel=channel, ts=theirs, **more)
        with refused("message_not_found"):
            call(method, channel=channel, ts=ephemeral, **more)
        with refused("message_not_found"):
            call(method, channel=channel, ts="1700000000.000001", **more)
    assert workspace.rita.sees(channel)[0].text == "mine"


def test_a_long_text_is_cut_when_posted_and_refused_when_updated(call: Caller, channel: str) -> None:
    answer = call("chat_postMessage", channel=channel, text="x" * 40_001)
    assert len(answer["message"]["text"]) == 40_000
    assert answer["response_metadata"]["warnings"] == ["message_truncated"]
    with refused("msg_too_long"):
        call("chat_update", channel=channel, ts=answer["ts"], text="x" * 4001)


def test_an_ephemeral_is_seen_by_one_and_in_no_history(call: Caller, channel: str, workspace: RunningWorkspace) -> None:
    call("chat_postEphemeral", channel=channel, user=RITA, text="only you", blocks=[SECTION])

    assert [(each.text, each.is_ephemeral) for each in workspace.rita.sees(channel)] == [("only you", True)]
    assert workspace.ada.sees(channel) == []
    assert call("conversations_history", channel=channel)["messages"] == []


def test_a_deleted_message_is_gone_but_a_thread_keeps_its_place(call: Caller, channel: str) -> None:
    parent = call("chat_postMessage", channel=channel, text="parent")["ts"]
    reply = call("chat_postMessage", channel=channel, text="reply", thread_ts=parent)["ts"]
    call("chat_delete", channel=channel, ts=parent)
    thread = call("conversations_replies", channel=channel, ts=parent)["messages"]
    assert [each.get("subtype") for each in thread] == ["tombstone", None]
    call("chat_delete", channel=channel, ts=reply)
    with refused("message_not_found"):
        call("chat_update", channel=channel, ts=parent, text="back")


def test_a_permalink_leads_to_the_page(call: Caller, channel: str, workspace: RunningWorkspace) -> None:
    ts = call("chat_postMessage", channel=channel, text="here")["ts"]
    link = call("chat_getPermalink", channel=channel, message_ts=ts)["permalink"]
    assert link == f"{workspace.url}/?channel={channel}&ts={ts}"
    assert link.endswith(workspace.ada.sees(channel)[0].permalink)


@pytest.mark.parametrize(
    ("where", "error"),
    [(RANDOM, "not_in_channel"), ("C0NOWHERE01", "channel_not_found"), ("#nowhere", "channel_not_found")],
)
def test_posting_where_the_app_cannot_is_refused(call: Caller, where: str, error: str) -> None:
    with refused(error):
        call("chat_postMessage", channel=where, text="hello")


def test_private_and_archived_channels_refuse_in_their_own_way(call: Caller, workspace: RunningWorkspace) -> None:
    hidden = workspace.new_channel("hidden", private=True)
    archived = workspace.new_channel("old", archived=True, with_app=True)
    with refused("channel_not_found"):
        call("chat_postMessage", channel=hidden, text="hello")
    with refused("is_archived"):
        call("chat_postMessage", channel=archived, text="hello")


@pytest.mark.filterwarnings("ignore:The top-level `text` argument is missing:UserWarning")
def test_what_is_empty_or_malformed_is_refused(call: Caller, channel: str) -> None:
    with refused("no_text"):
        call("chat_postMessage", channel=channel, text="")
    with refused("invalid_blocks_format"):
        call("chat_postMessage", channel=channel, text="x", blocks="{nonsense")
    with refused("invalid_blocks") as found:
        call("chat_postMessage", channel=channel, text="x", blocks=[{"type": "section"}])
    with refused("invalid_metadata_format"):
        call("chat_postMessage", channel=channel, text="x", metadata={"event_type": "request"})
    with refused("thread_not_found"):
        call("chat_postMessage", channel=channel, text="x", thread_ts="1700000000.000001")
    with refused("user_not_in_channel"):
        call("chat_postEphemeral", channel=channel, user="U0NOBODY001", text="x")
    assert found.answer is not None
    assert found.answer["response_metadata"]["messages"] == [
        "[ERROR] must define either `text` or `fields` [json-pointer:/blocks/0/type]"
    ]


def test_missing_arguments_are_named(workspace: RunningWorkspace) -> None:
    with refused("invalid_arguments") as found:
        sync_caller(workspace)("api_call", api_method="chat.postMessage", params={"text": "x"})
    assert found.answer is not None
    assert found.answer["response_metadata"]["messages"] == ["[ERROR] missing required field: channel"]


def test_channels_are_described_listed_and_joined(call: Caller, workspace: RunningWorkspace) -> None:
    outside = workspace.new_channel("outside")
    assert call("conversations_info", channel=PLATFORM)["channel"]["is_member"] is True
    assert call("conversations_info", channel=outside)["channel"]["is_member"] is False
    assert ADA in call("conversations_members", channel=PLATFORM)["members"]
    listed = call("conversations_list", types="public_channel,im", limit=1000)["channels"]
    assert {REGISTRY_CLEAN, RANDOM, workspace.rita.dm} <= {each["id"] for each in listed}
    with refused("not_in_channel"):
        call("conversations_history", channel=outside)
    call("conversations_join", channel=outside)
    assert call("conversations_history", channel=outside)["messages"] == []


def test_direct_messages_are_opened_with_one_user_who_exists(call: Caller) -> None:
    assert call("conversations_open", users=[ADA], return_im=True)["channel"]["user"] == ADA
    with refused("user_not_found"):
        call("conversations_open", users="U0NOBODY001")
    with refused("users_list_not_supplied"):
        call("conversations_open", users="")


def test_users_and_groups_are_told(call: Caller) -> None:
    user = call("users_info", user=RITA)["user"]
    assert (user["name"], user["is_bot"], user["profile"]["display_name"]) == ("rita", False, "rita")
    assert call("users_profile_get", user=BOT_USER)["profile"]["bot_id"] == BOT_ID
    assert {BOT_USER, RITA} <= {each["id"] for each in call("users_list")["members"]}
    groups = call("usergroups_list", include_users=True)["usergroups"]
    assert [(group["id"], group["handle"], group["users"]) for group in groups] == [
        (APPROVERS, "registry-approvers", [ADA, BEN])
    ]
    assert call("usergroups_users_list", usergroup=APPROVERS)["users"] == [ADA, BEN]
    with refused("user_not_found"):
        call("users_info", user="U0NOBODY001")
    with refused("no_such_subteam"):
        call("usergroups_users_list", usergroup="S0NOBODY001")


def test_a_reaction_is_added_once(call: Caller, channel: str, workspace: RunningWorkspace) -> None:
    ts = call("chat_postMessage", channel=channel, text="x")["ts"]
    call("reactions_add", channel=channel, timestamp=ts, name="eyes")
    with refused("already_reacted"):
        call("reactions_add", channel=channel, timestamp=ts, name="eyes")
    assert workspace.ada.sees(channel)[0].reactions == {"eyes": [BOT_USER]}


def test_files_are_uploaded_into_a_thread(call: Caller, channel: str, workspace: RunningWorkspace) -> None:
    parent = call("chat_postMessage", channel=channel, text="parent")["ts"]
    uploaded = call(
        "files_upload_v2",
        channel=channel,
        thread_ts=parent,
        initial_comment="all of it",
        file_uploads=[
            {"filename": "plan.txt", "content": "app:1.2\n" * 500, "title": "Plan"},
            {"filename": "raw.bin", "file": b"\xff\x00\xfe"},
        ],
    )
    message = workspace.ada.thread(workspace.ada.sees(channel)[0])[1]

    assert [each["title"] for each in uploaded["files"]] == ["Plan", "raw.bin"]
    assert message.text == "all of it"
    assert [(each["name"], each["size"], each["mimetype"]) for each in message.files] == [
        ("plan.txt", 4000, "text/plain"),
        ("raw.bin", 3, "application/octet-stream"),
    ]
    assert message.files[0]["preview"].startswith("app:1.2\n")
    assert message.files[1]["preview"] == ""
    file = call("files_info", file=uploaded["files"][0]["id"])["file"]
    assert (file["user"], file["channels"]) == (BOT_USER, [channel])


def test_files_need_a_channel_that_the_app_is_in_and_bytes_that_came(call: Caller, workspace: RunningWorkspace) -> None:
    with refused("not_in_channel"):
        call("files_upload_v2", channel=RANDOM, filename="a.txt", content="x")
    ticket = call("files_getUploadURLExternal", filename="a.txt", length=10)
    with refused("file_not_found"):
        call("files_completeUploadExternal", files=[{"id": ticket["file_id"]}], channel_id=REGISTRY_CLEAN)
    with refused("invalid_arguments"):
        call("files_getUploadURLExternal", filename="a.txt", length=0)


def test_tokens_are_looked_at_first(workspace: RunningWorkspace) -> None:
    for caller in (sync_caller, async_caller):
        with refused("invalid_auth"):
            caller(workspace, "xoxb-other")("auth_test")
        with refused("not_allowed_token_type"):
            caller(workspace, workspace.app_token)("chat_postMessage", channel=PLATFORM, text="x")
        with refused("not_allowed_token_type"):
            caller(workspace)("apps_connections_open", app_token=workspace.bot_token)
    answer = workspace.read("../api/chat.postMessage", channel=PLATFORM, text="x")
    assert answer == {"ok": False, "error": "not_authed"}


def test_unknown_methods_are_told(workspace: RunningWorkspace) -> None:
    with refused("unknown_method"):
        sync_caller(workspace)("api_call", api_method="chat.shout")


def test_what_lacks_a_scope_is_refused_with_the_scope_it_needs() -> None:
    with running_workspace(WorkspaceSettings(scopes=frozenset({"commands", "channels:read"}))) as workspace:
        for call in (sync_caller(workspace), async_caller(workspace)):
            with refused("missing_scope") as posting:
                call("chat_postMessage", channel=PLATFORM, text="x")
            with refused("missing_scope") as reading:
                call("conversations_history", channel=PLATFORM)
            with refused("missing_scope") as direct:
                call("conversations_info", channel=workspace.rita.dm)
            found = [each.answer or {} for each in (posting, reading, direct)]
            assert [each["needed"] for each in found] == ["chat:write", "channels:history", "im:read"]
            assert found[0]["provided"] == "channels:read,commands"
            assert call("conversations_info", channel=PLATFORM)["ok"]
