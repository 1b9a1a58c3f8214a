// @ts-check
// Somebody wants to dig here: the outline and the depth are asked about, what lies there is listed and lit.

import { postFile, postJson } from "./api.js";
import { FEWEST, polygon } from "./drawing.js";
import { change } from "./network-state.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./network-types.js").Dig} Dig */

/** @param {Dig} dig */
export const canDig = ({ corners, depth }) => corners.length >= FEWEST.dig && depth > 0;

/** @param {Dig} dig */
const body = ({ corners, depth, project, applicant }) => ({ polygon: polygon(corners), depth_m: depth, project, applicant });

/** @type {AbortController | null} */
let asking = null;

/**
 * @param {Store} store
 * @param {(error: unknown) => string} explained
 */
export async function askDig(store, explained) {
  asking?.abort();
  if (!canDig(store.state.network.dig)) return;
  const mine = (asking = new AbortController());
  change(store, "dig", { status: "loading", error: "" });
  try {
    const answer = await postJson("/api/network/excavation", body(store.state.network.dig), { signal: mine.signal });
    if (!mine.signal.aborted) change(store, "dig", { status: "ready", answer, chosen: null });
  } catch (error) {
    if (!mine.signal.aborted) change(store, "dig", { status: "error", answer: null, chosen: null, error: explained(error) });
  }
}

/**
 * Another outline, or none: what was answered is of the one before.
 * @param {Store} store
 */
export function forgetDig(store) {
  asking?.abort();
  change(store, "dig", { status: "none", answer: null, chosen: null, error: "" });
}

const RAIL_LAYERS = /** @type {const} */ ({ facility: "rail-zones", city_object: "rail-line-zones" });

/**
 * The layers that map the zones of railways into which a dig comes.
 * @param {import("./network-types.js").Excavation} answer
 */
export const railLayers = ({ rail }) => [...new Set(rail.map(({ theme }) => RAIL_LAYERS[theme]))];

/**
 * The same answer as a file to print, or to lay over a plan.
 * @param {Dig} dig
 * @param {"pdf" | "dxf"} ending
 */
export const digFile = (dig, ending) => postFile(`/api/network/excavation.${ending}`, body(dig), `excavation-${dig.answer?.dig.day ?? ""}.${ending}`);
