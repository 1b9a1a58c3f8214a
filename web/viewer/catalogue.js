// @ts-check
// What layers there are, as the server tells, and how each begins.

import { fetchJson } from "./api.js";

/** @typedef {import("./types.js").Group} Group */
/** @typedef {import("./types.js").LayerState} LayerState */

/**
 * Solid things below the ground; a plan of pipes is draped on the ground and seen without opening it.
 * @param {import("./types.js").Layer} layer
 */
export const liesBelow = (layer) => layer.underground && layer.kind === "tiles3d";

/** @returns {Promise<Group[]>} */
export async function loadCatalogue() {
  const answer = await fetchJson("/api/layers");
  return (answer.groups ?? []).map((/** @type {Group} */ group) => ({
    ...group,
    layers: group.layers.map((layer) => ({ ...layer, style: layer.style ?? {}, legend: layer.legend ?? [] })),
  }));
}

/**
 * @param {Group[]} groups
 * @param {Record<string, LayerState> | undefined} shared what a share link says; layers it does not name are off
 * @returns {Record<string, LayerState>}
 */
export function initialLayers(groups, shared) {
  const layers = groups.flatMap((group) => group.layers);
  return Object.fromEntries(
    layers.map((layer) => {
      const own = { visible: layer.visible, opacity: layer.style.type === "fill" ? 0.85 : 1 };
      return [layer.name, shared ? (shared[layer.name] ?? { ...own, visible: false }) : own];
    }),
  );
}
