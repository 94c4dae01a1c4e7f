"""Install: which listener hears what."""

from slack_bolt.async_app import AsyncApp

from bot.cards.view import EXPLANATION, FORM
from bot.listeners.command import CommandListener
from bot.listeners.context import name_payload
from bot.listeners.decision import DecisionListener
from bot.listeners.errors import ErrorHandler
from bot.listeners.explanation import ExplanationListener
from bot.listeners.forms import FormListener
from bot.listeners.hearing import heard
from bot.listeners.home import HomeListener
from bot.listeners.pages import PagesListener
from bot.listeners.room import Room


def install(app: AsyncApp, room: Room) -> None:
    """Register every listener, and the one error handler."""
    decision, forms, pages = DecisionListener(room), FormListener(room), PagesListener(room)
    explanation = ExplanationListener(room)
    app.middleware(name_payload)
    app.command("/regclean")(heard("command /regclean", CommandListener(room).__call__))
    for name, listener in {
        "approve": decision.decide,
        "deny": decision.decide,
        "cancel": decision.cancel,
        "collect": decision.collect,
        "again": decision.again,
        "explain": explanation.ask,
        "page_previous": pages.__call__,
        "page_next": pages.__call__,
    }.items():
        app.action(name)(heard(f"click {name}", listener))
    app.message_shortcut(FORM)(heard(f"shortcut {FORM}", forms.shortcut))
    app.view(FORM)(heard(f"submit {FORM}", forms.submit))
    app.view(EXPLANATION)(heard(f"submit {EXPLANATION}", explanation.submit))
    app.event("app_home_opened")(heard("event app_home_opened", HomeListener(room).__call__))
    app.error(ErrorHandler(room).__call__)
