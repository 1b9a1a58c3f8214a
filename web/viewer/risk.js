// @ts-check
// Risk of pipes: the matrix, and the pipes of what of it is chosen, so many that they can be coloured.

import { fetchJson } from "./api.js";
import { change } from "./network-state.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./network-types.js").Risk} Risk */
/** @typedef {import("./network-types.js").RiskPipe} RiskPipe */

const PAGE = 5000;
/** Pages that are asked for: what is beyond has the least risk of all, and the layer of the catalogue shows it. */
const MOST_PAGES = 4;

/** @type {AbortController | null} */
let asking = null;

/**
 * @param {Risk} risk
 * @param {number} after
 */
function address({ network, cell }, after) {
  const query = new URLSearchParams({ limit: String(PAGE), after: String(after) });
  if (network) query.set("network", network);
  if (cell) {
    query.set("likelihood", String(cell.likelihood));
    query.set("consequence", String(cell.consequence));
  }
  return `/api/network/risk?${query}`;
}

/**
 * @param {Store} store
 * @param {(error: unknown) => string} explained
 * @param {Partial<Pick<Risk, "network" | "cell">>} [wanted]
 */
export async function askRisk(store, explained, wanted = {}) {
  asking?.abort();
  const mine = (asking = new AbortController());
  change(store, "risk", { ...wanted, status: "loading", error: "" });
  const { risk } = store.state.network;
  try {
    const answer = await fetchJson(address(risk, 0), mine.signal);
    /** @type {RiskPipe[]} */
    const pipes = answer.segments;
    let { next } = answer;
    for (let page = 1; next !== null && page < MOST_PAGES; page++) {
      const more = await fetchJson(address(risk, next), mine.signal);
      pipes.push(...more.segments);
      next = more.next;
    }
    if (mine.signal.aborted) return;
    const { run, matrix, left_out: leftOut } = answer;
    change(store, "risk", { status: "ready", run, matrix, leftOut, pipes, whole: next === null, opened: null, shown: 50 });
  } catch (error) {
    if (!mine.signal.aborted) change(store, "risk", { status: "error", error: explained(error) });
  }
}

/** Of classes of risk, 1 the lowest, as the catalogue's layer has them. */
export const CLASS_COLOURS = ["#7fb77e", "#d9d26a", "#f2a541", "#e0662d", "#b3202a"];

/**
 * The colour of each pipe.
 * @param {RiskPipe[]} pipes
 * @returns {Map<number, string>}
 */
export const riskColours = (pipes) => new Map(pipes.map((pipe) => [pipe.segment_id, CLASS_COLOURS[pipe.risk_class - 1]]));
