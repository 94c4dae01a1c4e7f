// Calls to the workspace server, always as one user.

/** The server said no, or could not be reached; `code` is its short error, `message` a sentence. */
export class ApiError extends Error {
  constructor(code, message) {
    super(message);
    this.name = "ApiError";
    this.code = code;
  }
}

const SENTENCES = {
  operation_timeout: "The app did not answer within three seconds. Is the bot running?",
  not_connected: "The app is not connected to this workspace. Is the bot running?",
  no_listener: "The app is not connected to this workspace. Is the bot running?",
  unreachable: "The workspace server cannot be reached. Is it still running?",
};

/** A sentence for the server's short error code. */
export const sentence = (code) => SENTENCES[code] ?? `That did not work: ${String(code).replaceAll("_", " ")}.`;

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
    const init = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ user: this.user, ...body }) };
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
