"""What can go wrong with the parts: PartError > PartMissingError, PartStartError, RemoteError."""


class PartError(Exception):
    """A real part could not do what it was asked for."""


class PartMissingError(PartError):
    """The program is not installed on this machine."""


class PartStartError(PartError):
    """The program was started and did not come up."""


class RemoteError(PartError):
    """A registry answered something else than what the step needs."""
