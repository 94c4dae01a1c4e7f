"""Commands: what people type after /regclean; the table COMMANDS is the whole list, and `help` is made from it."""

from bot.commands.answer import Answer
from bot.commands.call import Call, Desk
from bot.commands.table import COMMANDS, run

__all__ = ["COMMANDS", "Answer", "Call", "Desk", "run"]
