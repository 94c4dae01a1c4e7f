"""Install: which listener hears what."""

from slack_bolt.async_app import AsyncApp

from bot.cards.view import EXPLANATION, FORM
from bot.listeners.command import CommandListener
from bot.listeners.context import name_payload
from bot.listeners.decision import DecisionListener
from bot.listeners.errors import ErrorHandler
from bot.listeners.explanation import ExplanationListener
from bot.listeners.forms import FormListener
from bot.listeners.home import HomeListener
from bot.listeners.pages import PagesListener
from bot.listeners.room import Room


def install(app: AsyncApp, room: Room) -> None:
    """Register every listener, and the one error handler."""
    decision, forms, pages = DecisionListener(room), FormListener(room), PagesListener(room)
    explanation = ExplanationListener(room)
    app.middleware(name_payload)
    app.command("/regclean")(CommandListener(room).__call__)
    app.action("approve")(decision.decide)
    app.action("deny")(decision.decide)
    app.action("cancel")(decision.cancel)
    app.action("collect")(decision.collect)
    app.action("again")(decision.again)
    app.action("explain")(explanation.ask)
    app.action("page_previous")(pages.__call__)
    app.action("page_next")(pages.__call__)
    app.message_shortcut(FORM)(forms.shortcut)
    app.view(FORM)(forms.submit)
    app.view(EXPLANATION)(explanation.submit)
    app.event("app_home_opened")(HomeListener(room).__call__)
    app.error(ErrorHandler(room).__call__)
