// What a message may do, handed to every message that is rendered.

import { toast } from "./toast.js";

/** The desk of `pane` for `session`; `app` opens threads. */
export function makeDesk(app, session, pane) {
  return {
    directory: session.directory,
    api: session.api,
    inThread: Boolean(pane.place.threadTs),
    fail: (error) => toast(error.message, "error"),
    dismiss: (message) => pane.dismiss(message),
    openThread: (message, options = {}) =>
      app.openThread(message.channel, message.thread_ts || message.ts, options),
    shortcut: (shortcut, message) =>
      runShortcut(session.api, {
        callback_id: shortcut.callback_id,
        channel: message.channel,
        message_ts: message.ts,
        thread_ts: message.thread_ts,
      }),
    copyLink: (message) => copyLink(message),
  };
}

export async function runShortcut(api, body) {
  try {
    await api.post("/_/shortcut", body);
  } catch (error) {
    toast(error.message, "error");
  }
}

async function copyLink(message) {
  const url = new URL(message.permalink, location.href).href;
  try {
    await navigator.clipboard.writeText(url);
    toast("Link copied.");
  } catch {
    toast(`This browser does not let the page copy. The link: ${url}`);
  }
}
