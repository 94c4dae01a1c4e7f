"""Engine: runs one target under atheris; started by `python -m fuzz`, in a process of its own."""

import random
import shlex
import sys

import atheris

from fuzz.mutating import mutated

with atheris.instrument_imports(include=["bot", "workers"]):
    from fuzz.table import TARGETS


def main(name: str, arguments: list[str]) -> None:
    """Hand over to libFuzzer, which ends the process; `arguments` are its own."""
    target = TARGETS[name]

    def mutator(data: bytes, longest: int, number: int) -> bytes:
        return mutated(bytes(data), longest, random.Random(number), atheris.Mutate)  # noqa: S311 - to be repeatable

    # libFuzzer gives its first argument to a shell when it merges, in a process of its own.
    program = shlex.join([sys.executable, "-m", "fuzz.engine", name])
    atheris.Setup([program, *arguments], target.run, custom_mutator=mutator if target.of_json else None)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
