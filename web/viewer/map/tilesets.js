// @ts-check
// A 3D Tiles layer: loading, style by class, opacity, and the mark on the selected feature.

import {
  Cartesian3,
  Cesium3DTileset,
  Cesium3DTileStyle,
  CustomShader,
  LightingModel,
  ShadowMode,
} from "cesium";
import { served } from "../config.js";

/** @typedef {import("../types.js").Layer} Layer */

const SELECTED = "#ffb000";

/** Light from the whole sky, warm from the ground: the first two orders are enough to tell a roof from a wall. */
const SKY_LIGHT = [
  new Cartesian3(0.62, 0.64, 0.68),
  new Cartesian3(0.0, 0.0, 0.0),
  new Cartesian3(0.16, 0.17, 0.2),
  new Cartesian3(0.05, 0.05, 0.04),
  ...Array.from({ length: 5 }, () => new Cartesian3(0, 0, 0)),
];

/**
 * Keeps pipes visible from afar: no tube is drawn thinner than about two screen pixels, at any distance.
 * What is added shrinks to nothing near the camera, so that measured sizes stay true there.
 */
const VISIBLE_TUBES = `
void vertexMain(VertexInput vsInput, inout czm_modelVertexOutput vsOutput) {
  vec3 placeMC = vsOutput.positionMC;
  vec4 placeEC = czm_modelView * vec4(placeMC, 1.0);
  float metres = czm_metersPerPixel(placeEC, 1.0) * 1.1;
  float stretch = length(czm_model[0].xyz);
  vsOutput.positionMC = placeMC + normalize(vsInput.attributes.normalMC) * (metres / max(stretch, 1.0e-9));
}`;

/**
 * @param {Layer} layer
 * @returns {Promise<Cesium3DTileset>}
 */
export async function loadTileset(layer) {
  const tileset = await Cesium3DTileset.fromUrl(served(layer.url), {
    maximumScreenSpaceError: layer.underground ? 8 : 12,
    cacheBytes: 384 * 1024 * 1024,
    shadows: layer.underground ? ShadowMode.DISABLED : ShadowMode.ENABLED,
  });
  if (layer.underground) {
    tileset.customShader = new CustomShader({ vertexShaderText: VISIBLE_TUBES, lightingModel: LightingModel.PBR });
  }
  tileset.environmentMapManager.enabled = false;
  tileset.imageBasedLighting.sphericalHarmonicCoefficients = SKY_LIGHT;
  return tileset;
}

/**
 * Conditions of the 3D Tiles styling language; `true` last.
 * @param {Layer} layer
 * @param {number} opacity
 * @param {number | null} selectedId
 */
export function tileStyle(layer, opacity, selectedId) {
  /** @type {[string, string][]} */
  const conditions = [];
  if (selectedId !== null) conditions.push([`Number(\${feature_id}) === ${selectedId}`, `color('${SELECTED}')`]);
  for (const entry of layer.style.by?.classes ?? []) {
    const property = `\${${layer.style.by?.property}}`;
    const color = `color('${entry.color}', ${opacity})`;
    if (entry.value !== undefined) conditions.push([`${property} === ${JSON.stringify(entry.value)}`, color]);
    else if (typeof entry.max === "number") conditions.push([`${property} <= ${entry.max}`, color]);
    else conditions.push([`${property} !== null`, color]);
  }
  conditions.push(["true", `color('#ffffff', ${opacity})`]);
  return new Cesium3DTileStyle({ color: { conditions } });
}

/** @param {any} picked */
export function pickedFeatureId(picked) {
  const value = picked?.getProperty?.("feature_id");
  return value === undefined || value === null ? null : Number(value);
}

