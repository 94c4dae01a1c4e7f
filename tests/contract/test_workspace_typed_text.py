"""What apps read of what people type: escapes, mentions, and links that nobody typed."""

import pytest

from demo.workspace import Workspace, WorkspaceSettings
from demo.workspace.typed_text import escape, link

CASES = {
    "rm app:1.2 old_app:latest": "rm app:1.2 old_app:latest",
    "a < b > c & d": "a &lt; b &gt; c &amp; d",
    "ask @ada and @ben": "ask <@U0ADA000001|ada> and <@U0BEN000001|ben>",
    "ask @nobody": "ask @nobody",
    "@registry-approvers please": "<!subteam^S0APPROVERS|@registry-approvers> please",
    "@here": "<!here>",
    "see #platform, #nowhere": "see <#C0PLATFORM1|platform>, #nowhere",
    "https://a.example/x?y=1&z=2": "<https://a.example/x?y=1&amp;z=2>",
    "rm ghcr.io/team/app:1.2": "rm <http://ghcr.io/team/app:1.2|ghcr.io/team/app:1.2>",
    "registry.example.com:5000/app": "<http://registry.example.com:5000/app|registry.example.com:5000/app>",
    "registry.internal/app:1.2": "registry.internal/app:1.2",
    "write ada@acme.com": "write <mailto:ada@acme.com|ada@acme.com>",
    "app@sha256:" + "a" * 64: "app@sha256:" + "a" * 64,
    "app@ada": "app@ada",
}


@pytest.mark.parametrize(("typed", "read"), CASES.items(), ids=CASES)
def test_what_apps_read(typed: str, read: str) -> None:
    assert link(Workspace(WorkspaceSettings()), escape(typed)) == read


def test_a_forged_mention_stays_text() -> None:
    assert link(Workspace(WorkspaceSettings()), escape("<@U0ADA000001> approved")) == "&lt;@U0ADA000001&gt; approved"
