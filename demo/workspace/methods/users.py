"""users.* and usergroups.*."""

from demo.workspace import shapes
from demo.workspace.methods.call import Call
from demo.workspace.methods.pages import page_of
from demo.workspace.records import Json, User
from demo.workspace.refusal import Refusal


def info(call: Call) -> Json:
    return {"user": shapes.user_for_api(_user(call))}


def profile(call: Call) -> Json:
    return {"profile": shapes.user_for_api(_user(call))["profile"]}


def list_all(call: Call) -> Json:
    page = page_of(list(call.workspace.users.values()), call.arguments)
    members = [shapes.user_for_api(user) for user in page.items]
    return {"members": members, "response_metadata": {"next_cursor": page.cursor}}


def groups(call: Call) -> Json:
    with_users = call.arguments.flag("include_users")
    found = call.workspace.groups.values()
    return {"usergroups": [shapes.group_for_api(group, with_users=with_users) for group in found]}


def group_users(call: Call) -> Json:
    group = call.workspace.groups.get(call.arguments.required("usergroup"))
    if group is None:
        raise Refusal("no_such_subteam")
    return {"users": list(group.members)}


def _user(call: Call) -> User:
    user = call.workspace.users.get(call.arguments.required("user"))
    if user is None:
        raise Refusal("user_not_found")
    return user
