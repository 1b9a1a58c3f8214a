// @ts-check
// The newest examination: asked for when its panel is first opened; one indicator at a time is open, and on the map.

import { fetchJson } from "./api.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Indicator} Indicator */

/** Levels at which units are most often compared, the first that an examination has is shown. */
const USUAL = ["community", "block", "subdistrict", "district", "city"];

const PREFIX = "examination-";

/** Whether a layer shows an indicator, and so belongs to the examination's panel. @param {string} name */
export const isIndicatorLayer = (name) => name.startsWith(PREFIX);

/** @param {string} code */
export const layerOf = (code) => PREFIX + code;

/** @param {State} state */
export const hasExamination = (state) => state.groups.some((group) => group.layers.some(({ name }) => isIndicatorLayer(name)));

/**
 * @param {Store} store
 * @param {(error: unknown) => string} explained
 */
export async function askExamination(store, explained) {
  const before = store.state.examination;
  if (before.status === "loading" || before.status === "ready") return;
  store.set({ examination: { ...before, status: "loading", error: "" } });
  try {
    const { examination: about, indicators } = await fetchJson("/api/examination");
    const level = USUAL.find((name) => indicators.some((/** @type {Indicator} */ each) => name in each.levels)) ?? "city";
    store.set({ examination: { ...store.state.examination, status: "ready", about, indicators, level } });
  } catch (error) {
    store.set({ examination: { ...store.state.examination, status: "error", error: explained(error) } });
  }
}

/**
 * Opens an indicator, or closes the one that is open.
 * @param {Store} store
 * @param {string} code
 * @param {(error: unknown) => string} explained
 */
export async function openIndicator(store, code, explained) {
  const { examination } = store.state;
  const opened = examination.opened === code ? null : code;
  store.set({ examination: { ...examination, opened, units: null, error: "" } });
  if (opened) await askUnits(store, explained);
}

/**
 * @param {Store} store
 * @param {string} level
 * @param {(error: unknown) => string} explained
 */
export async function chooseLevel(store, level, explained) {
  store.set({ examination: { ...store.state.examination, level, units: null, error: "" } });
  if (store.state.examination.opened) await askUnits(store, explained);
}

/**
 * @param {Store} store
 * @param {(error: unknown) => string} explained
 */
async function askUnits(store, explained) {
  const { opened, level } = store.state.examination;
  const still = () => store.state.examination.opened === opened && store.state.examination.level === level;
  try {
    const { units } = await fetchJson(`/api/examination/${opened}?level=${level}&limit=60`);
    if (still()) store.set({ examination: { ...store.state.examination, units } });
  } catch (error) {
    if (still()) store.set({ examination: { ...store.state.examination, error: explained(error) } });
  }
}
