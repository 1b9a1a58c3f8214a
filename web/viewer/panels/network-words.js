// @ts-check
// A network's colour, as its layer draws it.

import { swatch } from "./icons.js";

const UNKNOWN = "#8796a1";

/**
 * @param {string | null} network
 * @param {import("../actions.js").Actions} actions
 */
export function networkSwatch(network, { store }) {
  const layers = store.state.groups.flatMap((group) => group.layers);
  const layer = layers.find(({ name }) => name === `pipes-${network}`);
  return swatch(layer?.style.color ?? UNKNOWN, "line");
}
