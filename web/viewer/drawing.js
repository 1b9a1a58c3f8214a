// @ts-check
// Corners that a person sets on the map, or writes: an outline of three or more, or a line of two or more.

/** @typedef {import("./network-types.js").Corner} Corner */
/** @typedef {import("./network-types.js").Drawn} Drawn */

/** @type {Record<Drawn, number>} */
export const FEWEST = { dig: 3, section: 2 };

/** Digits of a degree that tell a centimetre. */
const DIGITS = 7;

/** @param {number} degrees */
export const rounded = (degrees) => Number(degrees.toFixed(DIGITS));

/**
 * A line a corner, as people paste them.
 * @param {Corner[]} corners
 */
export const written = (corners) => corners.map(([longitude, latitude]) => `${rounded(longitude)}, ${rounded(latitude)}`).join("\n");

/**
 * Corners out of a text: a line each ("106.5577, 29.5632"), or a GeoJSON polygon or line.
 * @param {string} text
 * @returns {Corner[]}
 * @throws {UnreadCorner}
 */
export function readCorners(text) {
  const told = text.trim();
  if (told.startsWith("{")) return fromGeoJson(told);
  return told
    .split(/[\n;；]+/)
    .filter((line) => line.trim())
    .map((line) => corner(line.trim().split(/[\s,，]+/).filter(Boolean).map(Number), line));
}

/** What stands there is no longitude and latitude. */
export class UnreadCorner extends Error {}

/**
 * @param {number[]} numbers
 * @param {string} line
 * @returns {Corner}
 */
function corner(numbers, line) {
  const [longitude, latitude] = numbers;
  const known = numbers.length >= 2 && numbers.every(Number.isFinite) && Math.abs(longitude) <= 180 && Math.abs(latitude) <= 90;
  if (!known) throw new UnreadCorner(line.trim().slice(0, 60));
  return [longitude, latitude];
}

/**
 * @param {string} text
 * @returns {Corner[]}
 */
function fromGeoJson(text) {
  let told;
  try {
    told = JSON.parse(text);
  } catch {
    throw new UnreadCorner(text.slice(0, 60));
  }
  const geometry = told.features?.[0]?.geometry ?? told.geometry ?? told;
  const places = geometry.type === "Polygon" ? geometry.coordinates?.[0] : geometry.coordinates;
  if (!Array.isArray(places)) throw new UnreadCorner(text.slice(0, 60));
  const corners = places.map((place) => corner(Array.isArray(place) ? place.slice(0, 2) : [], JSON.stringify(place)));
  return geometry.type === "Polygon" ? open(corners) : corners;
}

/**
 * A ring without its first corner said again at its end.
 * @param {Corner[]} ring
 */
function open(ring) {
  const [first, last] = [ring[0], ring.at(-1)];
  return ring.length > 1 && last && first[0] === last[0] && first[1] === last[1] ? ring.slice(0, -1) : ring;
}

/**
 * @param {Corner[]} corners
 * @returns {{type: "Polygon", coordinates: Corner[][]}}
 */
export const polygon = (corners) => ({ type: "Polygon", coordinates: [[...corners, corners[0]]] });
