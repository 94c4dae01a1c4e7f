// Who and what exists in the workspace: users, channels, apps and commands, as told at boot.

export class Directory {
  constructor(boot) {
    this.me = boot.me;
    this.team = boot.team;
    this.users = new Map(boot.users.map((user) => [user.id, user]));
    this.channels = new Map(boot.channels.map((channel) => [channel.id, channel]));
    this.groups = new Map((boot.groups ?? []).map((group) => [group.id, group]));
    this.apps = boot.apps ?? [];
    this.commands = boot.commands ?? [];
    this.messageShortcuts = boot.message_shortcuts ?? [];
    this.globalShortcuts = boot.global_shortcuts ?? [];
  }

  user(id) {
    return this.users.get(id);
  }

  channel(id) {
    return this.channels.get(id);
  }

  userName(id) {
    const user = this.user(id);
    return user?.real_name || user?.name || id || "Unknown";
  }

  /** A user group's handle, as "registry-approvers"; its id when the server does not name it. */
  groupName(id) {
    return this.groups.get(id)?.handle ?? id;
  }

  /** The people one can act as. */
  people() {
    return [...this.users.values()].filter((user) => !user.is_bot);
  }

  publicChannels() {
    return [...this.channels.values()].filter((channel) => !channel.is_im);
  }

  /** The direct-message channel with an app (each user has one of their own), or undefined. */
  imWith(app) {
    const ims = [...this.channels.values()].filter((channel) => channel.is_im);
    return ims.find((channel) => channel.name === app.name) ?? (this.apps.length === 1 ? ims[0] : undefined);
  }

  appOf(channel) {
    return this.apps.find((app) => this.imWith(app)?.id === channel.id);
  }

  /** The first person with this role, e.g. "approver"; undefined when there is none. */
  personWithRole(role) {
    return this.people().find((user) => (user.role ?? "").toLowerCase().includes(role));
  }
}
