"""Settings: what every block of the configuration has in common: frozen, strict, mistakes in plain sentences."""

import json
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from typing import Any, ClassVar, Final, Self

from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, ValidationError, WrapValidator, model_validator
from pydantic_core import ErrorDetails, InitErrorDetails

from workers.config.mistakes import Place

_SECRETS: Final = frozenset(
    {
        "api_key",
        "app_token",
        "auth",
        "bot_token",
        "identitytoken",
        "passwd",
        "password",
        "secret",
        "signing_key",
        "signing_secret",
        "token",
    }
)
_SHAPES: Final = {
    "bool_type": "Write true or false.",
    "tuple_type": "Write a list, also for a single entry: [first, second].",
    "model_type": "Write keys and values here: {keys}.",
}


class Settings(BaseModel):
    """One block of the file. Every validation error below it carries a ValueError whose text is the whole sentence."""

    # Values stay out of pydantic's own messages: somebody may have written a secret where it does not belong.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=True)

    remedy_for_secrets: ClassVar[str] = "put it into an environment variable"

    @model_validator(mode="wrap")
    @classmethod
    def _in_sentences(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(data)
        except ValidationError as error:
            raise misplaced((each["loc"], cls._sentence(each)) for each in cls._without_echoes(error)) from None

    @classmethod
    def _without_echoes(cls, error: ValidationError) -> Iterator[ErrorDetails]:
        """A key that is missing because its name is misspelt is one mistake, not two."""
        errors = error.errors()
        meant = {
            near for each in errors if each["type"] == "extra_forbidden" for near in cls._near(str(each["loc"][-1]))
        }
        return (each for each in errors if each["type"] != "missing" or each["loc"][-1] not in meant)

    @classmethod
    def _near(cls, key: str) -> list[str]:
        return get_close_matches(key.lower().replace("-", "_"), cls.model_fields, n=1)

    @classmethod
    def _sentence(cls, error: ErrorDetails) -> str:
        """One sentence of what to do about an error at this block or at one of its keys."""
        key = str(error["loc"][-1]) if error["loc"] else ""
        match error["type"]:
            case "value_error":
                sentence = str(error["ctx"]["error"])
            case "missing":
                sentence = f"This is missing; add it, for example “{key}: {cls._example(key)}”."
            case "extra_forbidden":
                sentence = cls._unknown(key)
            case "literal_error":
                sentence = f"Write {error['ctx']['expected'].replace(chr(39), '')}."
            case kind:
                sentence = _SHAPES.get(kind, f"{error['msg']}.").format(keys=", ".join(cls.model_fields))
        return sentence

    @classmethod
    def _example(cls, key: str) -> str:
        example = (cls.model_fields[key].examples or ["…"])[0]
        return example if isinstance(example, str) else json.dumps(example)

    @classmethod
    def _unknown(cls, key: str) -> str:
        if key.lower() in _SECRETS:
            return f"A secret never stands in this file; {cls.remedy_for_secrets}."
        near = cls._near(key)
        hint = f"did you mean “{near[0]}”?" if near else f"remove it. The keys here are {', '.join(cls.model_fields)}."
        return f"This key is unknown; {hint}"


def also(find: Callable[[Any], Iterable[tuple[Place, str]]]) -> WrapValidator:
    """A check of raw input whose mistakes are reported together with those inside it, not only once these are gone."""

    def check(value: Any, handler: Callable[[Any], Any]) -> Any:
        return together(find(value), value, handler)

    return WrapValidator(check)


def together(found: Iterable[tuple[Place, str]], value: Any, handler: Callable[[Any], Any]) -> Any:
    """What the handler makes of the value; raises all mistakes, those that were found and its own."""
    details = [_detail(place, sentence) for place, sentence in found]
    try:
        result = handler(value)
    except ValidationError as error:
        kept = [_kept(each) for each in error.errors()]
        raise ValidationError.from_exception_data("settings", details + kept) from None
    if details:
        raise ValidationError.from_exception_data("settings", details)
    return result


def misplaced(found: Iterable[tuple[Place, str]]) -> ValidationError:
    """What a validator raises when its mistakes lie further inside than its own place."""
    return ValidationError.from_exception_data("settings", [_detail(place, sentence) for place, sentence in found])


def _detail(place: Place, sentence: str) -> InitErrorDetails:
    return InitErrorDetails(type="value_error", loc=place, input=None, ctx={"error": ValueError(sentence)})


def _kept(error: ErrorDetails) -> InitErrorDetails:
    return InitErrorDetails(type=error["type"], loc=error["loc"], input=error["input"], ctx=error.get("ctx", {}))
