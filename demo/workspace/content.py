"""Who and what exists in the workspace from the start; the ids are fixed, for tests and configurations."""

from demo.workspace.records import Channel, User, UserGroup

TEAM_ID = "T0ACME00001"
TEAM_NAME = "Acme"
TEAM_DOMAIN = "acme"
APP_ID = "A0REGCLEAN1"
APP_NAME = "regclean"
BOT_ID = "B0REGCLEAN1"
BOT_USER = "U0REGCLEAN1"
RITA = "U0RITA00001"
ADA = "U0ADA000001"
BEN = "U0BEN000001"
BOB = "U0BOB000001"
APPROVERS = "S0APPROVERS"
REGISTRY_CLEAN = "C0REGISTRY1"
PLATFORM = "C0PLATFORM1"
RANDOM = "C0RANDOM001"

PEOPLE = (
    User(id=RITA, name="rita", real_name="Rita Requester", color="2eb67d", role="requester"),
    User(id=ADA, name="ada", real_name="Ada Approver", color="e01e5a", role="approver"),
    User(id=BEN, name="ben", real_name="Ben Approver", color="36c5f0", role="approver"),
    User(id=BOB, name="bob", real_name="Bob Bystander", color="ecb22e", role="bystander"),
)
BOT = User(id=BOT_USER, name=APP_NAME, real_name=APP_NAME, color="4a154b", role="app", is_bot=True)


def im_id(user: str) -> str:
    """The id of the direct message between `user` and the app: the user's id with D for U."""
    return "D" + user[1:]


def im_of(user: str) -> Channel:
    """The direct message between `user` and the app."""
    return Channel(id=im_id(user), name=APP_NAME, im_user=user, members={user, BOT_USER})


def first_users() -> dict[str, User]:
    return {user.id: user for user in (*PEOPLE, BOT)}


def first_groups() -> dict[str, UserGroup]:
    group = UserGroup(id=APPROVERS, handle="registry-approvers", name="Registry approvers", members=(ADA, BEN))
    return {group.id: group}


def first_channels() -> dict[str, Channel]:
    people = {user.id for user in PEOPLE}
    channels = [
        Channel(id=REGISTRY_CLEAN, name="registry-clean", topic="Free space, together", members={*people, BOT_USER}),
        Channel(id=PLATFORM, name="platform", topic="What runs the rest", members={*people, BOT_USER}),
        Channel(id=RANDOM, name="random", topic="regclean is not a member here", members=set(people)),
    ]
    ims = [im_of(user) for user in sorted(people)]
    return {channel.id: channel for channel in (*channels, *ims)}
