"""Logs: one line of JSON each on standard error, or readable lines on a terminal; the libraries' own logs join in."""

import logging
import sys
import threading
from types import TracebackType
from typing import Final

import structlog

from workers.config import Secret
from workers.store import tracing

_QUIET: Final = ("httpx", "aiohttp.access", "uvicorn.access", "slack_bolt", "rq.worker")
_log = structlog.get_logger(__name__)


def set_up(process: str) -> None:
    """Send all logs of this process to standard error, each line naming the process; what ends it is logged, too."""
    shared = _shared(process)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _final()]
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    sys.excepthook = _fatal
    threading.excepthook = _fatal_in_thread


def _shared(process: str) -> list[structlog.typing.Processor]:
    def name_process(_: object, __: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
        # Not a context variable: threads that are started later would not have it.
        return {"process": process, **line}

    return [
        structlog.contextvars.merge_contextvars,
        name_process,
        name_span,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        hide_secrets,
    ]


def name_span(_: object, __: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Name trace and span, as OpenTelemetry writes them, while traces are told."""
    here = tracing.current()
    return {**line, "trace_id": f"{here.trace:032x}", "span_id": f"{here.span:016x}"} if here else line


def _final() -> structlog.typing.Processor:
    if sys.stderr.isatty():
        return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    return structlog.processors.JSONRenderer(ensure_ascii=False)


def hide_secrets(_: object, __: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Put a mark in place of each Secret, also inside lists and mappings: a line never holds the object itself."""
    return {name: _hidden(value) for name, value in line.items()}


def _hidden(value: object) -> object:
    if isinstance(value, Secret):
        return str(value)
    if isinstance(value, dict):
        return {_hidden(name): _hidden(each) for name, each in value.items()}
    if isinstance(value, list | set | frozenset) or type(value) is tuple:
        return [_hidden(each) for each in value]
    return value


def _fatal(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        _log.critical("process.failed", exc_info=(kind, error, trace))


def _fatal_in_thread(given: threading.ExceptHookArgs) -> None:
    if given.exc_value and not issubclass(given.exc_type, SystemExit):
        name = given.thread.name if given.thread else ""
        _log.critical("thread.failed", thread=name, exc_info=(given.exc_type, given.exc_value, given.exc_traceback))
