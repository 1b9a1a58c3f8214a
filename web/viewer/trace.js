// @ts-check
// A trace from the selected pipe or manhole: the answer belongs to the selection, and goes with it.

import { fetchJson } from "./api.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./types.js").Feature} Feature */
/** @typedef {import("./types.js").Selection} Selection */
/** @typedef {import("./types.js").TraceKind} TraceKind */

/** @type {TraceKind[]} */
export const KINDS = ["upstream", "downstream", "connected"];

const THEMES = new Set(["pipe_segment", "pipe_node"]);

/** @param {Feature | null} feature */
export const canTrace = (feature) => feature !== null && THEMES.has(feature.theme);

/**
 * @param {Store} store
 * @param {TraceKind} kind
 * @param {(error: unknown) => string} explained
 */
export async function askTrace(store, kind, explained) {
  const { selection } = store.state;
  if (!selection) return;
  /** @type {import("./types.js").TraceAsked} */
  const waiting = { status: "loading", kind, answer: null, error: "" };
  // One question at a time is lit.
  const asked = { ...selection, burst: undefined, trace: waiting };
  store.set({ selection: asked });
  const query = new URLSearchParams({ kind, start: String(selection.featureId) });
  /** @type {Partial<import("./types.js").TraceAsked>} */
  let told;
  try {
    told = { answer: await fetchJson(`/api/network/trace?${query}`), status: "ready" };
  } catch (error) {
    told = { error: explained(error), status: "error" };
  }
  // Another feature, or another question, may have been chosen meanwhile.
  if (store.state.selection === asked) store.set({ selection: { ...asked, trace: { ...waiting, ...told } } });
}

/**
 * Features that an answer lights up.
 * @param {Selection | null} selection
 * @returns {number[]}
 */
export function litByTrace(selection) {
  const answer = selection?.trace?.answer;
  return answer ? [...answer.segments, ...answer.nodes] : [];
}
