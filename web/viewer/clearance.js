// @ts-check
// Pipes nearer to each other, to buildings or to the surface than the standard asks: asked page by page.

import { fetchJson } from "./api.js";
import { change } from "./network-state.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./network-types.js").Clearance} Clearance */
/** @typedef {import("./network-types.js").ClearanceFilter} ClearanceFilter */

const PAGE = 50;

export const VERDICTS = ["violation", "suspected"];
export const RULES = ["horizontal", "vertical", "building", "cover"];
/** What classes of pipes begin with. */
export const GROUPS = ["water", "gas", "sewer", "heat", "power", "tel"];

/**
 * @param {ClearanceFilter} filter
 * @param {number} after
 */
function address({ verdict, rule, group }, after) {
  const query = new URLSearchParams({ limit: String(PAGE), after: String(after) });
  if (verdict) query.set("verdicts", verdict);
  if (rule) query.set("rules", rule);
  if (group) query.set("group", group);
  return `/api/network/clearance?${query}`;
}

/** @type {AbortController | null} */
let asking = null;

/**
 * @param {Store} store
 * @param {(error: unknown) => string} explained
 * @param {ClearanceFilter} [filter] another one begins with its first page
 */
export async function askClearance(store, explained, filter) {
  asking?.abort();
  const mine = (asking = new AbortController());
  if (filter) change(store, "clearance", { filter, findings: [], more: false, opened: null });
  change(store, "clearance", { status: "loading", error: "" });
  const { filter: asked, findings: before } = store.state.network.clearance;
  try {
    const { run, tally, findings, left_out: leftOut } = await fetchJson(address(asked, before.at(-1)?.number ?? 0), mine.signal);
    if (mine.signal.aborted) return;
    change(store, "clearance", { status: "ready", run, tally, leftOut, findings: [...before, ...findings], more: findings.length === PAGE });
  } catch (error) {
    if (!mine.signal.aborted) change(store, "clearance", { status: "error", error: explained(error) });
  }
}

/**
 * How many findings there are by a filter; null where the run's counts do not tell, as they know no networks.
 * @param {Clearance} clearance
 */
export function countOf({ filter, tally, findings, more }) {
  if (filter.group) return more ? null : findings.length;
  return tally
    .filter(({ rule, verdict }) => VERDICTS.includes(verdict) && (!filter.rule || rule === filter.rule) && (!filter.verdict || verdict === filter.verdict))
    .reduce((sum, { pairs }) => sum + pairs, 0);
}
