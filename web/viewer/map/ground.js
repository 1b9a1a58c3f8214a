// @ts-check
// How high the ground is at places: as it is drawn at once, then as the terrain model knows it best.

import { Cartographic, sampleTerrainMostDetailed } from "cesium";
import { groundHeight } from "./camera.js";

/** @typedef {import("cesium").CesiumWidget} CesiumWidget */
/** @typedef {import("../types.js").City} City */
/** @typedef {[number, number]} Place longitude and latitude, degrees */

/**
 * @param {CesiumWidget} widget
 * @param {City | null} city
 * @param {Place[]} places
 * @returns {number[]} metres above the ellipsoid
 */
export function drawnHeights(widget, city, places) {
  const { globe } = widget.scene;
  return places.map((place) => globe.getHeight(Cartographic.fromDegrees(...place)) ?? (city ? groundHeight(city) : 0));
}

/**
 * @param {CesiumWidget} widget
 * @param {City | null} city
 * @param {Place[]} places
 * @returns {Promise<number[]>} metres above the ellipsoid
 */
export async function knownHeights(widget, city, places) {
  const asked = places.map((place) => Cartographic.fromDegrees(...place));
  const drawn = drawnHeights(widget, city, places);
  // Level ground tells no levels of detail, and a server that is gone no tiles: what is drawn will do.
  await sampleTerrainMostDetailed(widget.scene.terrainProvider, asked).catch(() => undefined);
  return asked.map(({ height }, index) => height || drawn[index]);
}

const METRES_A_DEGREE = 111_320;

/**
 * Places along a line, so close together that a line through them follows the ground.
 * @param {Place[]} corners
 * @param {number} stepM
 * @returns {Place[]}
 */
export function along(corners, stepM) {
  const places = corners.slice(0, 1);
  for (let index = 1; index < corners.length; index++) {
    const [from, to] = [corners[index - 1], corners[index]];
    const east = (to[0] - from[0]) * METRES_A_DEGREE * Math.cos((from[1] * Math.PI) / 180);
    const north = (to[1] - from[1]) * METRES_A_DEGREE;
    const parts = Math.min(Math.max(Math.ceil(Math.hypot(east, north) / stepM), 1), 100);
    for (let part = 1; part < parts; part++) {
      places.push([from[0] + ((to[0] - from[0]) * part) / parts, from[1] + ((to[1] - from[1]) * part) / parts]);
    }
    places.push(to);
  }
  return places;
}
