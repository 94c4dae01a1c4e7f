"""Composition objects: texts, options and confirmation dialogs (reference/block-kit/composition-objects)."""

from demo.workspace.rules.checks import Check, boolean, by_type, choice, listing, shape, string, web_address

MOST_OPTION_CHARACTERS = 75


def plain(most: int, least: int = 1) -> Check:
    return by_type({"plain_text": shape({"text": string(most, least)}, {"emoji": boolean})})


def mrkdwn(most: int) -> Check:
    return by_type({"mrkdwn": shape({"text": string(most)}, {"verbatim": boolean})})


def either(most: int) -> Check:
    """Plain text or mrkdwn."""
    return by_type({"plain_text": plain(most), "mrkdwn": mrkdwn(most)})


def option(*, with_mrkdwn: bool = False) -> Check:
    """A choice; only radio buttons and checkboxes may format their texts."""
    text = either if with_mrkdwn else plain
    required = {"text": text(MOST_OPTION_CHARACTERS)}
    optional = {"value": string(150, 0), "description": text(MOST_OPTION_CHARACTERS), "url": web_address}
    return shape(required, optional)


OPTION_GROUP = shape({"label": plain(75), "options": listing(option(), 100)})

CONFIRM = shape(
    {"title": plain(100), "text": either(300)},
    {"confirm": plain(30), "deny": plain(30), "style": choice("primary", "danger")},
)
