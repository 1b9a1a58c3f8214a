// @ts-check
// One state object. Whoever changes it says so, whoever shows it is told, once for each burst of changes.

import { nothingExamined } from "./examination.js";
import { closedLedger } from "./ledger.js";
import { initialNetwork } from "./network-state.js";

/** @typedef {import("./types.js").State} State */

export class Store {
  /** @param {State} state */
  constructor(state) {
    /** @type {State} */
    this.state = state;
    /** @type {Set<(state: State) => void>} */
    this.listeners = new Set();
    this.scheduled = false;
  }

  /** @param {(state: State) => void} listener */
  subscribe(listener) {
    this.listeners.add(listener);
  }

  /** @param {Partial<State>} change */
  set(change) {
    Object.assign(this.state, change);
    if (this.scheduled) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      for (const listener of this.listeners) listener(this.state);
    });
  }

  /**
   * @param {string} name
   * @param {Partial<import("./types.js").LayerState>} change
   */
  setLayer(name, change) {
    const layers = { ...this.state.layers, [name]: { ...this.state.layers[name], ...change } };
    this.set({ layers });
  }
}

/**
 * @param {import("./types.js").Lang} lang
 * @param {import("./types.js").City | null} city
 * @returns {State}
 */
export function initialState(lang, city) {
  return {
    lang,
    city,
    groups: [],
    layers: {},
    panel: window.matchMedia("(max-width: 720px)").matches ? "none" : "layers",
    folded: {},
    opened: null,
    examination: nothingExamined(),
    ledger: closedLedger(),
    network: initialNetwork(),
    selection: null,
    underground: { on: false, ground: 0.25, above: 0.35 },
    loading: { busy: true, started: false, failed: "" },
    toasts: [],
    query: "",
    help: false,
    pointer: null,
    heading: 0,
  };
}
