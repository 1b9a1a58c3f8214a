// @ts-check
// What lies below a line across a street: asked as data for the list, and as a drawing.

import { fetchJson } from "./api.js";
import { served } from "./config.js";
import { FEWEST } from "./drawing.js";
import { change } from "./network-state.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./network-types.js").Corner} Corner */

/** @param {Corner[]} corners */
const lineOf = (corners) => new URLSearchParams({ line: corners.map((corner) => corner.join(",")).join(";") });

/** @type {AbortController | null} */
let asking = null;

/**
 * @param {Store} store
 * @param {(error: unknown) => string} explained
 */
export async function askSection(store, explained) {
  asking?.abort();
  const { corners } = store.state.network.section;
  if (corners.length < FEWEST.section) return;
  const mine = (asking = new AbortController());
  change(store, "section", { status: "loading", error: "" });
  try {
    const answer = await fetchJson(`/api/network/section?${lineOf(corners)}`, mine.signal);
    if (!mine.signal.aborted) change(store, "section", { status: "ready", answer, drawing: true });
  } catch (error) {
    if (!mine.signal.aborted) change(store, "section", { status: "error", answer: null, error: explained(error) });
  }
}

/** @param {Store} store */
export function forgetSection(store) {
  asking?.abort();
  change(store, "section", { status: "none", answer: null, drawing: false, error: "" });
}

/**
 * Address of the section as a drawing.
 * @param {Corner[]} corners
 * @param {"svg" | "pdf" | "png" | "dxf"} ending
 * @param {import("./types.js").Lang} lang
 */
export function sectionAddress(corners, ending, lang) {
  const query = lineOf(corners);
  query.set("language", lang === "en" ? "en" : "zh");
  return served(`/api/network/section.${ending}?${query}`);
}
