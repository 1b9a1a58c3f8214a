// @ts-check
// Underground mode: the ground turns to glass and the camera may go below it.

import { Color, NearFarScalar } from "cesium";

/** @typedef {import("../types.js").State} State */

/** What is seen through the ground: a grey on which every colour of pipe stands out. */
const BELOW = Color.fromCssColorString("#a3acb1");
const SKY = Color.fromCssColorString("#9fc4dc");

/**
 * @param {import("cesium").Scene} scene
 * @param {import("./quality.js").Quality} quality
 * @param {State["underground"]} mode
 */
export function applyUnderground(scene, quality, { on, ground }) {
  const { globe } = scene;
  globe.translucency.enabled = on;
  scene.screenSpaceCameraController.enableCollisionDetection = !on;
  // Skirts hide cracks between tiles of ground; through glass they are specks.
  globe.showSkirts = !on;
  // Corners are darkened by depth, which glass has none of.
  scene.postProcessStages.ambientOcclusion.enabled = quality.occlusion && !on;
  scene.backgroundColor = on ? BELOW : SKY;
  if (!on) return;
  // Near the camera the ground is as clear as asked; kilometres away it closes, so that the horizon keeps its shape.
  globe.translucency.frontFaceAlphaByDistance = new NearFarScalar(1500, ground, 12000, Math.max(ground, 0.85));
  globe.translucency.backFaceAlpha = 1;
  globe.undergroundColor = BELOW;
  globe.undergroundColorAlphaByDistance = new NearFarScalar(500, 0.1, 6000, 1);
}
