"""The classic script's job through Slack, end to end: list, remove with approval, collect, and what it gets wrong."""

import json
import subprocess
import sys
from pathlib import Path

from demo.parts import sample
from demo.parts.images import Layer, image
from demo.parts.remote import Remote
from demo.parts.skopeo import skopeo_copy
from demo.workspace import Seen
from demo.world import World

PATIENCE = 30.0


def ask(whole: World, command: str) -> Seen:
    """Rita types it; the card that waits for a decision."""
    before = {each.ts for each in whole.workspace.rita.sees()}
    whole.workspace.rita.types(command)
    return whole.workspace.rita.waits_for(
        lambda each: "Approve" in each.buttons and each.ts not in before, seconds=PATIENCE
    )


def approved(whole: World, command: str, final: str = "Done") -> Seen:
    """Rita asks, Ada approves; the card in its final state."""
    card = ask(whole, command)
    whole.workspace.ada.clicks(card, "Approve")
    return whole.workspace.rita.waits_until(card, lambda each: f"*{final}*" in each.plain, PATIENCE)


def test_1_ls_shows_all_five_under_their_registry(whole: World) -> None:
    whole.workspace.rita.types("/regclean ls")
    listed = whole.workspace.rita.waits_for(lambda each: "busybox" in each.plain and each.is_ephemeral).plain
    for name in ("demo/nginx", "library/busybox", "registry", "1.36.1", "1.35.0", "1.26", "latest"):
        assert f"`{name}`" in listed
    assert "same digest as `latest`" in listed
    assert "same digest as `1.26`" in listed
    assert "*empty*: nothing here." in listed


def test_2_rm_takes_just_what_was_approved(whole: World, tmp_path: Path) -> None:
    images = "library/busybox:1.36.1 registry:latest demo/nginx:1.26 demo/nginx:noexist"
    command = " ".join(f"registry.example.com/{each}" for each in images.split())
    card = ask(whole, f'/regclean rm {command} --reason "the disk is full"')
    for line in ("`library/busybox:1.36.1` · delete", "`registry:latest` · delete", "`demo/nginx:1.26` · untag"):
        assert line in card.plain
    assert "`demo/nginx:noexist` is not there" in card.plain
    whole.workspace.bob.clicks(card, "Approve")
    whole.workspace.bob.waits_for(lambda each: each.is_ephemeral and "not an approver" in each.plain)
    whole.workspace.rita.clicks(card, "Approve")
    whole.workspace.rita.waits_for(lambda each: each.is_ephemeral and "not an approver" in each.plain)
    whole.workspace.ada.clicks(card, "Approve")
    done = whole.workspace.rita.waits_until(card, lambda each: "*Done*" in each.plain, PATIENCE)
    assert "3 of 3 done" in done.plain
    assert done.buttons == ["Collect now"]
    with Remote(whole.sample.url) as remote:
        assert remote.tags("demo/nginx") == ["latest"]
        assert remote.tags("library/busybox") == ["1.35.0"]
        assert remote.tags("registry") == []
    for repository, tag in (("demo/nginx", "latest"), ("library/busybox", "1.35.0")):
        skopeo_copy(whole.sample.url, repository, tag, tmp_path / tag)
    reply = whole.workspace.rita.waits_for_reply(done, lambda each: "3 done" in each.plain, PATIENCE)
    story = "\n".join(each.plain for each in whole.workspace.rita.thread(done)[1:])
    steps = ["asked to remove", "Planned", "approved plan", "Started", "untagged", "deleted", "Done"]
    assert [word for word in steps if word not in story] == []
    assert reply.ts


def test_3_gc_frees_what_the_card_said_and_images_can_be_pushed_again(whole: World) -> None:
    blobs = whole.sample.storage_root / "docker/registry/v2/blobs"
    before = sum(path.stat().st_size for path in blobs.rglob("data"))
    done = approved(whole, "/regclean gc sample")
    freed = before - sum(path.stat().st_size for path in blobs.rglob("data"))
    told = whole.workspace.rita.waits_for_reply(done, lambda each: "Collected" in each.plain, PATIENCE)
    assert f"measured {freed / 1e6:.3g} MB ({freed:,} bytes)" in told.plain
    assert "as planned" in done.plain
    with Remote(whole.sample.url) as remote:
        assert "registry" not in remote.catalog()
        again = remote.push("library/busybox", "1.36.1", sample.sample_images()[("library/busybox", "1.36.1")])
        assert again.uploaded
        remote.pull("library/busybox", "1.36.1")


def test_4_a_tag_that_moved_between_plan_and_click_is_skipped(whole: World) -> None:
    old, new = image(Layer("old", 1000)), image(Layer("new", 1000))
    with Remote(whole.sample.url) as remote:
        remote.push("moving", "1", old)
        card = ask(whole, "/regclean rm sample/moving:1")
        remote.push("moving", "1", new)
        whole.workspace.ada.clicks(card, "Approve")
        ended = whole.workspace.rita.waits_until(card, lambda each: not each.buttons or "Plan again" in each.buttons)
        ended = whole.workspace.rita.waits_until(ended, lambda each: "moved to" in each.plain, PATIENCE)
        assert remote.digest("moving", "1") == new.digest
        assert remote.digest("moving", old.digest) == old.digest


def test_5_a_tag_put_on_an_approved_digest_keeps_it_and_the_card_says_why(whole: World) -> None:
    content = image(Layer("kept", 1000))
    with Remote(whole.sample.url) as remote:
        remote.push("kept", "1", content)
        card = ask(whole, "/regclean rm sample/kept:1")
        remote.put_manifest("kept", "stable", content)
        whole.workspace.ada.clicks(card, "Approve")
        done = whole.workspace.rita.waits_until(card, lambda each: "*Done*" in each.plain, PATIENCE)
        assert remote.tags("kept") == ["stable"]
    assert "stable was put on it after the plan was made" in done.plain


def test_6_deny_and_cancel_touch_nothing_and_the_buttons_vanish(whole: World) -> None:
    with Remote(whole.sample.url) as remote:
        remote.push("spared", "1", image(Layer("spared", 1000)))
        denied = ask(whole, "/regclean rm sample/spared:1")
        whole.workspace.ben.clicks(denied, "Deny")
        shown = whole.workspace.rita.waits_until(denied, lambda each: not each.buttons)
        assert "<@U0BEN000001>" in shown.plain
        cancelled = ask(whole, "/regclean rm sample/spared:1")
        whole.workspace.rita.clicks(cancelled, "Cancel")
        shown = whole.workspace.rita.waits_until(cancelled, lambda each: not each.buttons)
        assert "ancelled" in shown.plain
        whole.workspace.ada.clicks(cancelled, "Approve", stale=True)
        whole.workspace.ada.waits_for(lambda each: each.is_ephemeral and "cancelled" in each.plain)
        assert remote.tags("spared") == ["1"]


def test_7_a_modal_takes_pasted_lines_and_says_which_line_is_wrong(whole: World) -> None:
    with Remote(whole.sample.url) as remote:
        remote.push("pasted", "1", image(Layer("pasted", 1000)))
    whole.workspace.rita.types("/regclean rm")
    modal = whole.workspace.rita.waits_for_modal()
    names = [element["action_id"] for _, element in modal.elements()]
    answer = whole.workspace.rita.submits(modal, {names[0]: "# old builds\n\nsample/pasted:1\nsample/pasted"})
    assert answer["response_action"] == "errors"
    assert "Line 4: “pasted” names no tag" in str(answer["errors"])
    whole.workspace.rita.submits(modal, {names[0]: "# old builds\n\nsample/pasted:1"})
    whole.workspace.rita.waits_for(lambda each: "`pasted:1`" in each.plain and "Approve" in each.buttons)


def test_8_the_audit_chain_is_whole_and_tells_auditors_what_was_done(whole: World, tmp_path: Path) -> None:
    """Beside `regclean up`, with nothing but its folder."""

    def audit(*words: str | Path) -> str:
        command = [sys.executable, "-m", "cli", "audit", *words, "--data-dir", whole.folder / "data"]
        ran = subprocess.run(command, env={}, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    assert audit("verify").startswith("The audit chain is whole: ")
    approved(whole, '/regclean rm sample/library/busybox:1.35.0 --reason "old builds"')
    ada, rita = whole.workspace.ada.id, whole.workspace.rita.id
    told = [
        json.loads(line)
        for line in audit("list", "--json", "--image", "library/busybox:*", "--actor", ada).splitlines()
    ]
    (asked,) = [each for each in told if each["reason"] == "old builds"]
    assert (asked["requester"], asked["decider"], asked["state"], asked["done"]) == (rita, ada, "done", asked["steps"])
    shown = audit("show", asked["request"])
    assert "delete; library/busybox:1.35.0; done\n         sha256:" in shown
    assert "reason “old builds”" in shown
    assert f"{ada:<11}  approved: plan " in shown
    file = tmp_path / "audit.csv"
    file.write_text(audit("export", "--format", "csv"))
    assert "so do their signatures" in audit("verify", "--file", file)
