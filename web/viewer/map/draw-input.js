// @ts-check
// The mouse while an outline or a line is drawn: a click sets a corner, a corner is dragged to where it shall be.

import { Cartesian3, Math as CesiumMath, SceneTransforms, ScreenSpaceEventHandler, ScreenSpaceEventType } from "cesium";
import { rounded } from "../drawing.js";
import { drawnHeights } from "./ground.js";

/** @typedef {import("cesium").CesiumWidget} CesiumWidget */
/** @typedef {import("cesium").Cartesian2} Cartesian2 */
/** @typedef {import("../network-types.js").Corner} Corner */

/** A finger is broader than a mouse's tip. */
const NEAR_PX = 14;

/**
 * The place on the ground that is seen there; null above the horizon.
 * @param {CesiumWidget} widget
 * @param {Cartesian2} at
 * @returns {Corner | null}
 */
export function cornerAt(widget, at) {
  const { camera, scene } = widget;
  const ray = camera.getPickRay(at);
  const target = (ray && scene.globe.show ? scene.globe.pick(ray, scene) : undefined) ?? camera.pickEllipsoid(at);
  if (!target) return null;
  const { longitude, latitude } = scene.ellipsoid.cartesianToCartographic(target);
  return [rounded(CesiumMath.toDegrees(longitude)), rounded(CesiumMath.toDegrees(latitude))];
}

/**
 * Which corner is seen there, if any.
 * @param {CesiumWidget} widget
 * @param {import("../types.js").City | null} city
 * @param {Corner[]} corners
 * @param {Cartesian2} at
 * @returns {number} -1: none
 */
export function cornerNear(widget, city, corners, at) {
  const heights = drawnHeights(widget, city, corners);
  const away = corners.map((corner, index) => {
    const seen = SceneTransforms.worldToWindowCoordinates(widget.scene, Cartesian3.fromDegrees(...corner, heights[index]));
    return seen ? Math.hypot(seen.x - at.x, seen.y - at.y) : Infinity;
  });
  const nearest = away.indexOf(Math.min(...away));
  return nearest >= 0 && away[nearest] <= NEAR_PX ? nearest : -1;
}

/**
 * @param {CesiumWidget} widget
 * @param {import("../network-actions.js").NetworkActions} network
 */
export function dragCorners(widget, network) {
  const handler = new ScreenSpaceEventHandler(widget.canvas);
  const { screenSpaceCameraController: camera } = widget.scene;
  let held = -1;
  let moved = false;
  handler.setInputAction((/** @type {any} */ event) => {
    held = network.cornerAt(event.position);
    moved = false;
    if (held >= 0) camera.enableInputs = false;
  }, ScreenSpaceEventType.LEFT_DOWN);
  handler.setInputAction((/** @type {any} */ event) => {
    if (held < 0) return;
    const place = cornerAt(widget, event.endPosition);
    moved = true;
    if (place) network.moveCorner(held, place);
  }, ScreenSpaceEventType.MOUSE_MOVE);
  handler.setInputAction(() => {
    if (held < 0) return;
    held = -1;
    camera.enableInputs = true;
    if (moved) network.cornerMoved();
  }, ScreenSpaceEventType.LEFT_UP);
}
