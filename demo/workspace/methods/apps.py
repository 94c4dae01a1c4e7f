"""auth.test, api.test and apps.connections.open."""

from demo.workspace import content
from demo.workspace.methods.call import Call
from demo.workspace.records import Json


def auth_test(call: Call) -> Json:
    return {
        "url": f"{call.workspace.url}/",
        "team": content.TEAM_NAME,
        "team_id": content.TEAM_ID,
        "user": content.APP_NAME,
        "user_id": content.BOT_USER,
        "bot_id": content.BOT_ID,
        "is_enterprise_install": False,
    }


def api_test(call: Call) -> Json:
    return {"args": call.arguments.values}


def connections_open(call: Call) -> Json:
    """A socket URL that opens one connection within 30 s."""
    ticket = call.workspace.tickets.new_socket_ticket()
    host = call.workspace.url.removeprefix("http")
    return {"url": f"ws{host}/link/?ticket={ticket}&app_id={content.APP_ID}"}
