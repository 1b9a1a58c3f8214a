// @ts-check
// What lies under a place of the window: 3D features first, then what is draped on the ground.

import { Cartesian3, Cartographic } from "cesium";
import { metresPerPixel } from "./camera.js";
import { pickedFeatureId } from "./tilesets.js";

/** @typedef {import("./layers.js").MapLayers} MapLayers */
/** @typedef {{featureId: number, layer: string | null}} Hit layer null: whichever shows the feature */

const APERTURE_PX = 7;
const TOLERANCE_PX = 6;

/**
 * @param {MapLayers} layers
 * @param {import("cesium").Cartesian2} position CSS pixels from the window's top left corner
 * @param {boolean} underground prefer what lies below the ground
 * @returns {Promise<Hit | null>}
 */
export async function pickAt(layers, position, underground) {
  return pickSolid(layers, position, underground) ?? (await pickDraped(layers, position));
}

/**
 * @param {MapLayers} layers
 * @param {import("cesium").Cartesian2} position
 * @param {boolean} underground
 * @returns {Hit | null}
 */
function pickSolid(layers, position, underground) {
  const { scene } = layers.widget;
  const found = underground
    ? scene.drillPick(position, 6, APERTURE_PX, APERTURE_PX)
    : [scene.pick(position, APERTURE_PX, APERTURE_PX)];
  const pin = found.map((picked) => picked?.id?.problem).find(Boolean);
  if (pin) return { featureId: pin.feature_id, layer: null };
  const hits = found.flatMap((picked) => {
    const featureId = pickedFeatureId(picked);
    const layer = /** @type {import("../types.js").Layer | undefined} */ (picked?.tileset?.cimLayer);
    return featureId === null || !layer ? [] : [{ featureId, layer }];
  });
  const hit = hits.find((each) => underground && each.layer.underground) ?? hits[0];
  return hit ? { featureId: hit.featureId, layer: hit.layer.name } : null;
}

/**
 * @param {MapLayers} layers
 * @param {import("cesium").Cartesian2} position
 * @returns {Promise<Hit | null>}
 */
async function pickDraped(layers, position) {
  const { camera, scene } = layers.widget;
  const ray = camera.getPickRay(position);
  const target = ray && scene.globe.show ? scene.globe.pick(ray, scene) : undefined;
  if (!target) return null;
  const place = Cartographic.fromCartesian(target);
  const tolerance = TOLERANCE_PX * metresPerPixel(layers.widget, Cartesian3.distance(camera.positionWC, target));
  const shown = layers.shownDraped().reverse();
  // What is drawn there comes first; then the areas about it of which only the outline is drawn, a whole city maybe.
  const tries = [...shown.map((each) => ({ ...each, within: false })), ...shown.filter(outlined).map((each) => ({ ...each, within: true }))];
  for (const { layer, provider, within } of tries) {
    const featureId = await provider.featureIdAt(place, tolerance, within);
    if (featureId !== null && !Number.isNaN(featureId)) return { featureId, layer: layer.name };
  }
  return null;
}

/** @param {import("./layers.js").Draped} draped */
const outlined = ({ layer }) => layer.style.type === "line";
