// @ts-check
// A burst on the selected segment: the answer belongs to the selection, and goes with it.

import { fetchJson } from "./api.js";
import { pageConfig, served } from "./config.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./types.js").Feature} Feature */
/** @typedef {import("./types.js").Selection} Selection */

/** @param {Feature | null} feature */
const networkOf = (feature) => String(feature?.attributes.find((entry) => entry.name === "network")?.value ?? "");

/**
 * Of networks under pressure, which valves part.
 * @param {Feature | null} feature
 */
export const canBurst = (feature) => feature?.theme === "pipe_segment" && pageConfig().networks.pressure.includes(networkOf(feature));

/**
 * Of those that hold water to fight a fire with.
 * @param {Feature | null} feature
 */
export const hasHydrants = (feature) => pageConfig().networks.hydrants.includes(networkOf(feature));

/**
 * @param {Store} store
 * @param {number[]} stuck feature ids of valves that do not close
 * @param {(error: unknown) => string} explained
 */
export async function askBurst(store, stuck, explained) {
  const { selection } = store.state;
  if (!selection) return;
  /** @type {import("./types.js").Burst} */
  const waiting = { status: "loading", stuck, answer: selection.burst?.answer ?? null, error: "" };
  // One question at a time is lit.
  const asked = { ...selection, trace: undefined, burst: waiting };
  store.set({ selection: asked });
  const query = burstQuery(selection.featureId, stuck);
  /** @type {Partial<import("./types.js").Burst>} */
  let told;
  try {
    told = { answer: await fetchJson(`/api/network/isolation?${query}`), status: "ready" };
  } catch (error) {
    told = { error: explained(error), status: "error" };
  }
  // Another feature, or another question, may have been chosen meanwhile.
  if (store.state.selection === asked) store.set({ selection: { ...asked, burst: { ...waiting, ...told } } });
}

/**
 * @param {number} segment
 * @param {number[]} stuck
 */
function burstQuery(segment, stuck) {
  const query = new URLSearchParams({ segment: String(segment) });
  if (stuck.length) query.set("stuck", stuck.join(","));
  return query;
}

/**
 * Address of the same answer as a report to print or to work on.
 * @param {number} segment
 * @param {number[]} stuck
 * @param {"pdf" | "xlsx"} ending
 * @param {import("./types.js").Lang} lang
 */
export function reportAddress(segment, stuck, ending, lang) {
  const query = burstQuery(segment, stuck);
  query.set("language", lang === "en" ? "en" : "zh");
  return served(`/api/network/isolation.${ending}?${query}`);
}

/**
 * Features that an answer lights up: what is without, in the ground and above it; who must not be without in the
 * colour of danger.
 * @param {Selection | null} selection
 * @returns {{lit: number[], grave: number[]}}
 */
export function litByBurst(selection) {
  const answer = selection?.burst?.answer;
  if (!answer) return { lit: [], grave: [] };
  const buildings = answer.services.filter(({ building_id: id }) => id !== null);
  const ids = (/** @type {typeof buildings} */ some) => some.map((each) => Number(each.building_id));
  return {
    lit: [...answer.isolated.segments, ...answer.beyond.segments, ...ids(buildings)],
    grave: ids(buildings.filter(({ critical }) => critical)),
  };
}
