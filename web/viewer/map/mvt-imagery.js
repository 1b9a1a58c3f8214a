// @ts-check
// Vector tiles as imagery: each tile is drawn on a canvas and draped on the terrain, so that 2D layers follow the
// hills and fade with the ground. Beyond the deepest data level a tile draws its part of its ancestor.

import { Event, Rectangle, WebMercatorTilingScheme, Math as CesiumMath } from "cesium";
import { featureAt } from "./mvt-hit.js";
import { paint } from "./mvt-style.js";
import { featureId, TileSource } from "./mvt-tiles.js";

/** @typedef {import("./mvt-tiles.js").TileFeature} TileFeature */

/** Canvas pixels a side; Cesium is told half of it, which gives sharp lines on dense screens. */
const CANVAS = 512;
const TILE = 256;
/** At level 16 one tile unit is 0.15 m on the ground: finer data tiles say nothing new. */
const DEEPEST = 16;
const EQUATOR_M = 40075016.686;

/** The imagery provider that Cesium calls; it duck-types `ImageryProvider`. */
export class MvtImageryProvider {
  /**
   * @param {object} options
   * @param {TileSource} options.tiles
   * @param {import("../types.js").Layer} options.layer
   * @param {(feature: TileFeature) => boolean} [options.only] draw these features alone
   */
  constructor({ tiles, layer, only }) {
    const { bounds } = layer;
    this.tiles = tiles;
    this.style = layer.style;
    this.dataLevel = layer.maxzoom || DEEPEST;
    this.emptyAbove = layer.minzoom ?? 0;
    this.only = only;
    this.tilingScheme = new WebMercatorTilingScheme();
    this.rectangle = bounds ? Rectangle.fromDegrees(...padded(bounds)) : this.tilingScheme.rectangle;
    this.tileWidth = TILE;
    this.tileHeight = TILE;
    this.minimumLevel = bounds ? coarsestLevel(bounds) : 0;
    this.maximumLevel = 19;
    this.hasAlphaChannel = true;
    this.tileDiscardPolicy = undefined;
    this.errorEvent = new Event();
    /** @type {import("cesium").Credit | undefined} */
    this.credit = undefined;
    this.proxy = undefined;
  }

  getTileCredits() {
    return undefined;
  }

  pickFeatures() {
    return undefined;
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} level
   * @param {import("cesium").Request} [request]
   * @returns {Promise<HTMLCanvasElement> | undefined}
   */
  requestImage(x, y, level, request) {
    if (level < this.emptyAbove) return Promise.resolve(blank());
    const up = Math.max(0, level - this.dataLevel);
    const tile = this.tiles.tile(level - up, x >> up, y >> up, request);
    return tile?.then((decoded) => this.draw(decoded, x, y, level, up));
  }

  /**
   * @param {import("./mvt-tiles.js").DecodedTile} decoded
   * @param {number} x
   * @param {number} y
   * @param {number} level
   * @param {number} up levels between this tile and the data tile
   */
  draw({ features, extent }, x, y, level, up) {
    const shown = this.only ? features.filter(this.only) : features;
    if (!shown.length) return blank();
    const canvas = blank(CANVAS);
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const part = 2 ** up;
    const latitude = this.tilingScheme.tileXYToRectangle(x, y, level).south;
    paint(
      {
        context,
        scale: (CANVAS * part) / extent,
        offsetX: (x % part) * CANVAS,
        offsetY: (y % part) * CANVAS,
        density: CANVAS / TILE,
        metresAcross: (EQUATOR_M * Math.cos(latitude)) / 2 ** level,
      },
      shown,
      this.style,
    );
    return canvas;
  }

  /**
   * The feature drawn at a place, if any.
   * @param {import("cesium").Cartographic} place
   * @param {number} toleranceM metres on the ground within which lines and points count as hit
   * @param {boolean} within also inside areas of which only the outline is drawn
   * @returns {Promise<number | null>} its feature_id
   */
  async featureIdAt(place, toleranceM, within) {
    if (!Rectangle.contains(this.rectangle, place)) return null;
    const across = EQUATOR_M * Math.cos(place.latitude);
    const ideal = Math.round(Math.log2(across / TILE / Math.max(toleranceM / 6, 0.01)));
    const z = CesiumMath.clamp(ideal, Math.max(this.minimumLevel, this.emptyAbove), this.dataLevel);
    const at = this.tilingScheme.positionToTileXY(place, z);
    const decoded = at && (await this.tiles.tile(z, at.x, at.y));
    if (!decoded) return null;
    const rectangle = this.tilingScheme.tileXYToNativeRectangle(at.x, at.y, z);
    const native = this.tilingScheme.projection.project(place);
    const unit = decoded.extent / rectangle.width;
    const point = { x: (native.x - rectangle.west) * unit, y: (rectangle.north - native.y) * unit };
    const hollow = this.style.type === "line" && !within;
    const found = featureAt(decoded.features, point, (toleranceM * decoded.extent) / (across / 2 ** z), hollow);
    return found ? featureId(found) : null;
  }
}

/** @param {number} side */
function blank(side = 1) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  return canvas;
}

/**
 * Bounds widened a little, so that symbols at the edge are not cut.
 * @param {[number, number, number, number]} bounds
 * @returns {[number, number, number, number]}
 */
function padded([west, south, east, north]) {
  const margin = 0.002;
  return [
    Math.max(west - margin, -180),
    Math.max(south - margin, -85),
    Math.min(east + margin, 180),
    Math.min(north + margin, 85),
  ];
}

/**
 * A level at which the bounds touch few tiles: Cesium loads all of them at once.
 * @param {[number, number, number, number]} bounds
 */
function coarsestLevel([west, south, east, north]) {
  const span = Math.max(east - west, north - south, 1e-6);
  return CesiumMath.clamp(Math.floor(Math.log2(360 / span)) - 1, 0, 14);
}
