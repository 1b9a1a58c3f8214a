// @ts-check
// The ledger of problems, a page at a time: filtered and sorted by the server, which may hold many thousands.

import { fetchJson, postJson } from "./api.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./types.js").Ledger} Ledger */
/** @typedef {import("./types.js").LedgerFilter} LedgerFilter */
/** @typedef {import("./types.js").LedgerProblem} LedgerProblem */

export const PAGE = 50;
/** States of what is still to be solved, or to be looked at again. */
export const activeStates = ["open", "assigned", "in_progress", "done", "reopened"];

/** @returns {Ledger} */
export const closedLedger = () => ({
  on: false, status: "loading", error: "",
  filter: { code: "", state: "active", within: "" }, sort: "gravest", descending: false, offset: 0,
  total: 0, problems: [], choices: { states: [], codes: [], units: [] }, changes: {},
  opened: null, changing: false, refused: "", editing: null, note: "", who: "", token: "",
});

/** @param {Ledger} ledger */
function ledgerQuery({ filter, sort, descending, offset }) {
  const query = new URLSearchParams({ sort, descending: String(descending), limit: String(PAGE), offset: String(offset) });
  if (filter.code) query.set("code", filter.code);
  if (filter.within) query.set("within", filter.within);
  const states = filter.state === "active" ? activeStates : filter.state ? [filter.state] : [];
  for (const state of states) query.append("state", state);
  return query;
}

export class LedgerBook {
  /**
   * @param {Store} store
   * @param {(error: unknown) => string} explained
   */
  constructor(store, explained) {
    this.store = store;
    this.explained = explained;
    /** Counts what was asked: the last asked counts, not the last found. */
    this.asks = 0;
  }

  get state() {
    return this.store.state.ledger;
  }

  /** @param {Partial<Ledger>} change */
  set(change) {
    this.store.set({ ledger: { ...this.state, ...change } });
  }

  /** @param {Partial<LedgerFilter>} [filter] what it is opened on; what is left out stays as it was */
  async open(filter = {}) {
    this.set({ on: true });
    await this.choose(filter);
  }

  close() {
    this.asks += 1;
    this.set({ on: false, opened: null });
  }

  /** @param {Partial<LedgerFilter>} filter */
  async choose(filter) {
    this.set({ filter: { ...this.state.filter, ...filter }, offset: 0, opened: null });
    await this.load();
  }

  /**
   * Sorts by a column, the second time the other way round, the third as it was: the gravest first.
   * @param {string} sort
   */
  async sortBy(sort) {
    const again = this.state.sort === sort;
    if (again && this.state.descending) this.set({ sort: "gravest", descending: false, offset: 0 });
    else this.set({ sort, descending: again, offset: 0, opened: null });
    await this.load();
  }

  /** @param {number} offset */
  async turnTo(offset) {
    this.set({ offset: Math.max(0, Math.min(offset, Math.max(0, this.state.total - 1))), opened: null });
    await this.load();
  }

  /** @param {number | null} problemId */
  openRow(problemId) {
    this.set({ opened: this.state.opened === problemId ? null : problemId, refused: "", note: "" });
  }

  /**
   * Changes a problem's state; its row stays where it is until the page is asked for again.
   * @param {LedgerProblem} problem
   * @param {string} state
   * @returns {Promise<boolean>} whether the server took it
   */
  async change({ problem_id }, state) {
    const { note, who, token } = this.state;
    this.set({ changing: true, refused: "" });
    try {
      const headers = token ? { "X-CIM-Edit-Token": token } : undefined;
      const changed = await postJson(`/api/examination/problems/${problem_id}`, { state, note, who }, { headers });
      const problems = this.state.problems.map((each) => (each.problem_id === problem_id ? { ...each, ...changed, place: each.place } : each));
      this.set({ problems, changing: false, note: "" });
      return true;
    } catch (error) {
      this.set({ changing: false, refused: this.explained(error) });
      return false;
    }
  }

  async load() {
    const turn = ++this.asks;
    this.set({ status: "loading" });
    try {
      if (!this.state.editing) this.set({ editing: await fetchJson("/api/examination/problems/editing") });
      const { total, problems, choices, changes } = await fetchJson(`/api/examination/problems?${ledgerQuery(this.state)}`);
      if (turn === this.asks) this.set({ status: "ready", total, problems, choices, changes, error: "" });
    } catch (error) {
      if (turn === this.asks) this.set({ status: "error", error: this.explained(error) });
    }
  }
}
