// @ts-check
// Decoded vector tiles of one layer, fetched once and kept while they are useful.

import { VectorTile } from "@mapbox/vector-tile";
import { PbfReader } from "pbf";
import { Resource } from "cesium";

/** @typedef {import("@mapbox/vector-tile").VectorTileFeature} TileFeature */
/** @typedef {{features: TileFeature[], extent: number}} DecodedTile */

const KEPT = 192;
/** @type {DecodedTile} */
const NOTHING = { features: [], extent: 4096 };

/**
 * @param {ArrayBuffer | undefined} buffer
 * @returns {DecodedTile}
 */
export function decode(buffer) {
  if (!buffer || buffer.byteLength === 0) return NOTHING;
  const tile = new VectorTile(new PbfReader(new Uint8Array(buffer)));
  /** @type {TileFeature[]} */
  const features = [];
  let extent = 4096;
  for (const layer of Object.values(tile.layers)) {
    extent = layer.extent;
    for (let i = 0; i < layer.length; i++) features.push(layer.feature(i));
  }
  return { features, extent };
}

/** @param {TileFeature} feature */
export const featureId = (feature) => Number(feature.properties.feature_id ?? feature.id ?? NaN);

export class TileSource {
  /** @param {string} template address with {z}, {x} and {y} */
  constructor(template) {
    this.template = template;
    /** @type {Map<string, Promise<DecodedTile>>} */
    this.kept = new Map();
  }

  /**
   * The tile, or undefined when the request scheduler says "not now" (Cesium asks again next frame).
   * @param {number} z
   * @param {number} x
   * @param {number} y
   * @param {import("cesium").Request} [request] lets Cesium order and cancel the fetch
   * @returns {Promise<DecodedTile> | undefined}
   */
  tile(z, x, y, request) {
    const key = `${z}/${x}/${y}`;
    const known = this.kept.get(key);
    if (known) {
      this.kept.delete(key);
      this.kept.set(key, known);
      return known;
    }
    const url = this.template.replace("{z}", String(z)).replace("{x}", String(x)).replace("{y}", String(y));
    const fetched = new Resource({ url, request }).fetchArrayBuffer();
    if (!fetched) return undefined;
    const decoded = fetched.then(decode);
    this.keep(key, decoded);
    return decoded;
  }

  /**
   * @param {string} key
   * @param {Promise<DecodedTile>} decoded
   */
  keep(key, decoded) {
    this.kept.set(key, decoded);
    // A cancelled or failed tile is forgotten, so that it is asked for again.
    decoded.catch(() => this.kept.delete(key));
    if (this.kept.size > KEPT) this.kept.delete(/** @type {string} */ (this.kept.keys().next().value));
  }
}
