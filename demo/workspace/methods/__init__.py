"""The Web API: one table of methods, their scopes, tiers and handlers."""

from demo.workspace.methods import apps, chat, conversations, files, reactions, users, views
from demo.workspace.methods.call import Call, Method

__all__ = ["METHODS", "Call", "Method"]

METHODS: dict[str, Method] = {
    "api.test": Method(handle=apps.api_test, tier=4, caller="anyone"),
    "auth.test": Method(handle=apps.auth_test, tier=0),
    "apps.connections.open": Method(handle=apps.connections_open, tier=0, scope="connections:write", caller="app"),
    "chat.postMessage": Method(handle=chat.post_message, tier=0, scope="chat:write"),
    "chat.postEphemeral": Method(handle=chat.post_ephemeral, tier=4, scope="chat:write"),
    "chat.update": Method(handle=chat.update, tier=3, scope="chat:write"),
    "chat.delete": Method(handle=chat.delete, tier=3, scope="chat:write"),
    "chat.getPermalink": Method(handle=chat.get_permalink, tier=0),
    "conversations.history": Method(handle=conversations.history, tier=3),
    "conversations.replies": Method(handle=conversations.replies, tier=3),
    "conversations.info": Method(handle=conversations.info, tier=3),
    "conversations.members": Method(handle=conversations.members, tier=4),
    "conversations.list": Method(handle=conversations.list_all, tier=2),
    "conversations.open": Method(handle=conversations.open_im, tier=3, scope="im:write"),
    "conversations.join": Method(handle=conversations.join, tier=3, scope="channels:join"),
    "files.getUploadURLExternal": Method(handle=files.get_upload_url, tier=4, scope="files:write"),
    "files.completeUploadExternal": Method(handle=files.complete_upload, tier=4, scope="files:write"),
    "files.info": Method(handle=files.info, tier=4, scope="files:read"),
    "reactions.add": Method(handle=reactions.add, tier=3, scope="reactions:write"),
    "views.open": Method(handle=views.open_modal, tier=4),
    "views.push": Method(handle=views.push, tier=4),
    "views.update": Method(handle=views.update, tier=4),
    "views.publish": Method(handle=views.publish, tier=4),
    "users.info": Method(handle=users.info, tier=4, scope="users:read"),
    "users.list": Method(handle=users.list_all, tier=2, scope="users:read"),
    "users.profile.get": Method(handle=users.profile, tier=4, scope="users.profile:read"),
    "usergroups.list": Method(handle=users.groups, tier=2, scope="usergroups:read"),
    "usergroups.users.list": Method(handle=users.group_users, tier=2, scope="usergroups:read"),
}
