// @ts-check
// Which feature of a decoded tile lies at a place: in a polygon, or near a line or point.

/** @typedef {import("@mapbox/vector-tile").VectorTileFeature} TileFeature */
/** @typedef {{x: number, y: number}} Point tile units */

/**
 * @param {Point} p
 * @param {Point} a
 * @param {Point} b
 */
function distanceToSegment(p, a, b) {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : Math.max(0, Math.min(1, ((p.x - a.x) * dx + (p.y - a.y) * dy) / length));
  return Math.hypot(p.x - a.x - along * dx, p.y - a.y - along * dy);
}

/**
 * Even-odd rule over all rings, so holes count as outside.
 * @param {Point} p
 * @param {Point[][]} rings
 */
function inside(p, rings) {
  let within = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const a = ring[i];
      const b = ring[j];
      if (a.y > p.y !== b.y > p.y && p.x < ((b.x - a.x) * (p.y - a.y)) / (b.y - a.y) + a.x) within = !within;
    }
  }
  return within;
}

/**
 * @param {Point} p
 * @param {Point[][]} lines
 */
function distanceToLines(p, lines) {
  let nearest = Infinity;
  for (const line of lines) {
    for (let i = 1; i < line.length; i++) nearest = Math.min(nearest, distanceToSegment(p, line[i - 1], line[i]));
  }
  return nearest;
}

/**
 * @param {TileFeature} feature
 * @param {Point} p
 * @param {boolean} hollow
 * @returns {number} tile units; 0 inside a polygon
 */
function distance(feature, p, hollow) {
  const geometry = feature.loadGeometry();
  if (feature.type === 1) return Math.min(...geometry.flat().map((q) => Math.hypot(p.x - q.x, p.y - q.y)));
  if (feature.type === 2 || hollow) return distanceToLines(p, geometry);
  return inside(p, geometry) ? 0 : Infinity;
}

/**
 * The nearest feature within the tolerance; of equals the last drawn, which lies on top.
 * @param {TileFeature[]} features
 * @param {Point} point
 * @param {number} tolerance tile units
 * @param {boolean} [hollow] areas are their outlines alone
 * @returns {TileFeature | null}
 */
export function featureAt(features, point, tolerance, hollow = false) {
  /** @type {TileFeature | null} */
  let found = null;
  let nearest = tolerance;
  for (const feature of features) {
    const away = distance(feature, point, hollow);
    if (away <= nearest) {
      nearest = away;
      found = feature;
    }
  }
  return found;
}
