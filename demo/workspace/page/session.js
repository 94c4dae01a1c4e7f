// One person's connection: who exists, calls as that person, and the live stream.

import { Api, ApiError } from "./api.js";
import { Directory } from "./directory.js";
import { Stream } from "./stream.js";

// Whom a first visit acts as; the address names another.
const FIRST_PERSON = "U0RITA00001";

export class Session {
  constructor(directory, api) {
    this.directory = directory;
    this.api = api;
    this.stream = null;
  }

  /** Boots as `user`; without one, or with one that does not exist, as the first person. Raises ApiError. */
  static async start(user) {
    try {
      return await Session.#boot(user || FIRST_PERSON);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "user_not_found" || user === FIRST_PERSON)
        throw error;
      return Session.#boot(FIRST_PERSON);
    }
  }

  static async #boot(user) {
    const api = new Api(user);
    return new Session(new Directory(await api.get("/_/boot")), api);
  }

  get user() {
    return this.directory.me;
  }

  /** Opens the live stream; resolves once it is open, or was refused: what happens later is not missed. */
  listen({ onEvent, onState }) {
    return new Promise((resolve) => {
      const heard = (state, gap) => {
        onState(state, gap);
        resolve();
      };
      this.stream = new Stream(this.user, { onEvent, onState: heard });
    });
  }

  close() {
    this.stream?.close();
  }
}
