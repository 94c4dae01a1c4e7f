// Calls to the workspace server, always as one user.

/** The server said no, or could not be reached; `code` is its short error, `message` a sentence. */
export class ApiError extends Error {
  constructor(code, message) {
    super(message);
    this.name = "ApiError";
    this.code = code;
  }
}

const REASONS = {
  operation_timeout: "The app did not answer within three seconds.",
  app_not_responding: "The app is not connected to this workspace. Is the bot running?",
  dispatch_failed: "The app answered with an error; its log says which.",
  unreachable: "The workspace server cannot be reached. Is it still running?",
  message_not_found: "That message is gone.",
  action_not_found: "The card has changed meanwhile; that choice is gone.",
  channel_not_found: "This person is not in that channel.",
};

/** What the server's short error code means, or null when it says nothing more. */
export const reason = (code) => (Object.hasOwn(REASONS, code) ? REASONS[code] : null);

const sentence = (code) => reason(code) ?? `That did not work: ${String(code).replaceAll("_", " ")}.`;

export class Api {
  constructor(user) {
    this.user = user;
  }

  /** GET with the acting user added; returns the parsed answer. Raises ApiError. */
  async get(path, params = {}) {
    const query = new URLSearchParams({ user: this.user, ...params });
    return answer(await send(`${path}?${query}`));
  }

  /** POST as JSON with the acting user added; an answer with ok false raises ApiError. */
  async post(path, body) {
    const init = {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ user: this.user, ...body }),
    };
    return answer(await send(path, init));
  }
}

async function send(path, init) {
  try {
    return await fetch(path, init);
  } catch {
    throw new ApiError("unreachable", sentence("unreachable"));
  }
}

async function answer(response) {
  const isJson = (response.headers.get("Content-Type") ?? "").includes("json");
  const body = isJson ? await response.json() : null;
  if (response.ok && isJson && body?.ok !== false) return body;
  const code = body?.error ?? `the server answered ${response.status}`;
  throw new ApiError(code, sentence(code));
}
