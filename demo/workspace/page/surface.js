// Where blocks live: a message or a view. It holds what was entered and sends what was clicked.

import { askConfirm } from "./confirm.js";

/** One rendered message or view. `container` names it to the server; `before` is the state.values of the render before. */
export class Surface {
  #before;

  constructor({ container, directory, api, onError, before = {} }) {
    Object.assign(this, { container, directory, api, onError });
    this.#before = before;
    this.values = {};
    this.busy = false;
  }

  /** Remembers what an element holds, as the payload's state.values will show it. */
  set(blockId, actionId, value) {
    this.values[blockId] ??= {};
    this.values[blockId][actionId] = value;
  }

  /** What this element held in the render before (a card that changes keeps its choices), or undefined. */
  previous(blockId, actionId) {
    return this.#before[blockId]?.[actionId];
  }

  /** Sends an action after its confirmation, marking `trigger` as busy meanwhile; an error goes to `onError`. */
  async act(blockId, action, { trigger = null, confirm = null } = {}) {
    if (this.busy) return;
    if (confirm && !(await askConfirm(confirm, this.directory))) return;
    this.busy = true;
    trigger?.setAttribute("aria-busy", "true");
    try {
      await this.api.post("/_/action", {
        container: this.container,
        block_id: blockId,
        action,
        state: { values: this.values },
      });
    } catch (error) {
      this.onError(error);
    } finally {
      this.busy = false;
      trigger?.removeAttribute("aria-busy");
    }
  }
}
