// @ts-check
// A 3D Tiles layer: loading, style by class, opacity, and the mark on the selected feature.

import {
  Cartesian3,
  Cesium3DTileset,
  Cesium3DTileStyle,
  Color,
  CustomShader,
  LightingModel,
  ShadowMode,
  UniformType,
} from "cesium";
import { served } from "../config.js";

/** @typedef {import("../types.js").Layer} Layer */

const SELECTED = "#ffb000";
const SHORT = "#e0524d";
const FADED = 0.16;
const GRAVE = "#e5252a";
const LIT_AT_LEAST = 0.4;

/** Light from the whole sky, warm from the ground: the first two orders are enough to tell a roof from a wall. */
const SKY_LIGHT = [
  new Cartesian3(0.5, 0.5, 0.5),
  new Cartesian3(0.0, 0.0, 0.0),
  new Cartesian3(0.12, 0.13, 0.15),
  new Cartesian3(0.03, 0.03, 0.025),
  ...Array.from({ length: 5 }, () => new Cartesian3(0, 0, 0)),
];

/**
 * A style colour only tints, which a dark pipe would hardly show: what wears the selection's colour is painted whole.
 * `selectedFeatureIdStage` is CesiumJS's own lookup of a feature's style colour.
 */
const PAINTED_SELECTION = `
void fragmentMain(FragmentInput fsInput, inout czm_modelMaterial material) {
  SelectedFeature feature;
  selectedFeatureIdStage(feature, fsInput.featureIds);
  vec3 away = abs(feature.color.rgb - vec3(1.0, 0.690196, 0.0));
  vec3 graver = abs(feature.color.rgb - vec3(0.898039, 0.145098, 0.164706));
  if (min(max(away.r, max(away.g, away.b)), max(graver.r, max(graver.g, graver.b))) < 0.003) {
    material.diffuse = vec3(1.0);
    material.emissive = vec3(0.45);
  } else if (u_plain) {
    material.diffuse = vec3(1.0);
    material.emissive = vec3(0.15);
  }
}`;

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
    // Our tiles tell the deviation that was measured, a missing building's height included: four pixels may be missed.
    maximumScreenSpaceError: 4,
    dynamicScreenSpaceError: false,
    cacheBytes: 384 * 1024 * 1024,
    shadows: layer.underground ? ShadowMode.DISABLED : ShadowMode.ENABLED,
  });
  tileset.customShader = new CustomShader({
    lightingModel: LightingModel.PBR,
    vertexShaderText: layer.underground ? VISIBLE_TUBES : undefined,
    fragmentShaderText: PAINTED_SELECTION,
    uniforms: { u_plain: { type: UniformType.BOOL, value: false } },
  });
  tileset.environmentMapManager.enabled = false;
  tileset.imageBasedLighting.sphericalHarmonicCoefficients = SKY_LIGHT;
  return tileset;
}

/**
 * A layer's classes as conditions of the 3D Tiles styling language, `true` last; over them what falls short, and what
 * is painted.
 * @param {Layer} layer
 * @param {number} opacity
 * @param {import("../lit.js").Lit} painted features that wear the selection's colour, or that of danger
 * @param {Set<number>} short features that fall short by the opened indicator
 */
export function tileStyle(layer, opacity, painted, short) {
  /** @type {[string, string][]} */
  const conditions = [];
  for (const entry of layer.style.by?.classes ?? []) {
    const property = `\${${layer.style.by?.property}}`;
    const color = `color('${entry.color}', ${opacity})`;
    if (entry.value !== undefined) conditions.push([`${property} === ${JSON.stringify(entry.value)}`, color]);
    else if (typeof entry.max === "number") conditions.push([`${property} <= ${entry.max}`, color]);
    else conditions.push([`${property} !== null`, color]);
  }
  conditions.push(["true", `color('#ffffff', ${opacity})`]);
  const style = new Cesium3DTileStyle({ color: { conditions } });
  if (painted.colours && layer.underground) style.color = /** @type {any} */ (new Coloured(painted.colours));
  if (short.size) style.color = /** @type {any} */ (new Painted(short, SHORT, opacity, style.color));
  if (painted.spot && layer.underground) style.color = /** @type {any} */ (new Faded(painted.spot, style.color));
  if (painted.all.size) style.color = /** @type {any} */ (new Painted(painted.all, SELECTED, opacity, style.color, painted.grave));
  return style;
}

/** Colours in place of an expression: a condition that names ten thousand features would take seconds to evaluate. */
class Painted {
  /**
   * @param {Set<number>} features
   * @param {string} colour
   * @param {number} opacity
   * @param {any} others the colour of the other features
   * @param {Set<number>} [grave] features of these that wear the colour of danger
   */
  constructor(features, colour, opacity, others, grave = new Set()) {
    this.features = features;
    this.grave = grave;
    // In underground mode a lit building lets the lit pipes through.
    this.color = Color.fromCssColorString(colour).withAlpha(Math.max(opacity, LIT_AT_LEAST));
    this.graver = Color.fromCssColorString(GRAVE).withAlpha(Math.max(opacity, LIT_AT_LEAST));
    this.others = others;
  }

  /**
   * @param {any} feature
   * @param {Color} result
   */
  evaluateColor(feature, result) {
    // A building that is drawn in parts has no surface of its own: its parts stand for it.
    const own = Number(feature.getProperty("feature_id"));
    const id = this.features.has(own) ? own : Number(feature.getProperty("parent_id"));
    if (this.features.has(id)) return Color.clone(this.grave.has(id) ? this.graver : this.color, result);
    return this.others.evaluateColor(feature, result);
  }
}

/** Some features wear colours of their own, all others step back. */
class Coloured {
  /** @param {Map<number, string>} colours */
  constructor(colours) {
    this.colours = colours;
    this.known = new Map([...new Set(colours.values())].map((colour) => [colour, Color.fromCssColorString(colour)]));
    this.others = Color.fromCssColorString("#6b7c8c").withAlpha(FADED);
  }

  /**
   * @param {any} feature
   * @param {Color} result
   */
  evaluateColor(feature, result) {
    const colour = this.colours.get(Number(feature.getProperty("feature_id"))) ?? "";
    return Color.clone(this.known.get(colour) ?? this.others, result);
  }
}

/** All but some features step back, so that these keep their own colours and still stand out. */
class Faded {
  /**
   * @param {Set<number>} spot
   * @param {any} others
   */
  constructor(spot, others) {
    this.spot = spot;
    this.others = others;
  }

  /**
   * @param {any} feature
   * @param {Color} result
   */
  evaluateColor(feature, result) {
    const color = this.others.evaluateColor(feature, result);
    return this.spot.has(Number(feature.getProperty("feature_id"))) ? color : Color.clone(color.withAlpha(color.alpha * FADED), result);
  }
}

/**
 * Whether features wear the style's colours alone, or these tint their own.
 * @param {Cesium3DTileset} tileset
 * @param {boolean} plain
 */
export const usePlainColours = (tileset, plain) => tileset.customShader?.setUniform("u_plain", plain);

/** @param {any} picked */
export function pickedFeatureId(picked) {
  const value = picked?.getProperty?.("feature_id");
  return value === undefined || value === null ? null : Number(value);
}

