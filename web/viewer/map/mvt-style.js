// @ts-check
// A layer's style, as the catalogue tells it, drawn on a canvas.

/** @typedef {import("../types.js").Style} Style */
/** @typedef {import("../types.js").StyleClass} StyleClass */
/** @typedef {import("@mapbox/vector-tile").VectorTileFeature} TileFeature */

/**
 * @typedef {object} Sheet The canvas that stands for one tile.
 * @property {CanvasRenderingContext2D} context
 * @property {number} scale canvas pixels a tile unit
 * @property {number} offsetX canvas pixels from the data tile's corner to the drawn tile's
 * @property {number} offsetY
 * @property {number} density canvas pixels a screen pixel
 * @property {number} metresAcross ground metres across the canvas
 */

const FALLBACK = "#6b7c8c";

/**
 * The class of a value: exact `value` first, else the first class whose `max` is not exceeded.
 * @param {Style} style
 * @param {Record<string, unknown>} properties
 * @returns {StyleClass | null}
 */
export function classOf(style, properties) {
  if (!style.by) return null;
  const value = properties[style.by.property];
  const { classes, colours } = style.by;
  if (colours) return colours.has(Number(value)) ? { color: /** @type {string} */ (colours.get(Number(value))) } : null;
  const exact = classes.find((entry) => "value" in entry && entry.value === value);
  if (exact || value === null || value === undefined || value === "") return exact ?? null;
  const number = Number(value);
  if (Number.isNaN(number)) return null;
  return classes.find((entry) => "max" in entry && (entry.max === null || entry.max === undefined || number <= entry.max)) ?? null;
}

/**
 * @param {Sheet} sheet
 * @param {TileFeature} feature
 */
function trace({ context, scale, offsetX, offsetY }, feature) {
  context.beginPath();
  for (const ring of feature.loadGeometry()) {
    ring.forEach((point, index) => {
      const x = point.x * scale - offsetX;
      const y = point.y * scale - offsetY;
      if (index === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    });
    if (feature.type === 3) context.closePath();
  }
}

/**
 * Line width in canvas pixels: metres on the ground where the style says so, never below a hairline.
 * @param {Sheet} sheet
 * @param {Style} style
 * @param {StyleClass | null} entry
 */
function lineWidth(sheet, style, entry) {
  const pixels = (entry?.width ?? style.width ?? 1.5) * sheet.density;
  if (!style.width_m) return pixels;
  const canvas = sheet.context.canvas.width;
  return Math.max((style.width_m / sheet.metresAcross) * canvas, 0.75 * sheet.density);
}

/**
 * @param {Sheet} sheet
 * @param {TileFeature} feature
 * @param {Style} style
 * @param {string} color
 */
function paintFill(sheet, feature, style, color) {
  const { context } = sheet;
  trace(sheet, feature);
  context.fillStyle = color;
  context.fill("evenodd");
  if (!style.outline) return;
  context.strokeStyle = style.outline;
  context.lineWidth = (style.width ?? 1) * sheet.density;
  context.stroke();
}

/**
 * @param {Sheet} sheet
 * @param {TileFeature} feature
 * @param {string} color
 * @param {number} width
 * @param {number[]} [dash]
 */
function paintLine(sheet, feature, color, width, dash) {
  const { context } = sheet;
  trace(sheet, feature);
  context.lineCap = dash ? "butt" : "round";
  context.lineJoin = "round";
  context.setLineDash((dash ?? []).map((length) => length * sheet.density));
  context.strokeStyle = color;
  context.lineWidth = width;
  context.stroke();
}

/**
 * @param {Sheet} sheet
 * @param {TileFeature} feature
 * @param {Style} style
 * @param {string} color
 */
function paintCircle(sheet, feature, style, color) {
  const { context, scale, offsetX, offsetY, density } = sheet;
  const radius = (style.width ?? 4) * density;
  for (const point of feature.loadGeometry().flat()) {
    context.beginPath();
    context.arc(point.x * scale - offsetX, point.y * scale - offsetY, radius, 0, 2 * Math.PI);
    context.fillStyle = color;
    context.fill();
    context.strokeStyle = style.outline ?? "#ffffff";
    context.lineWidth = 1.2 * density;
    context.stroke();
  }
}

/**
 * Draws features in order; casings of all lines first, so that crossings look joined.
 * @param {Sheet} sheet
 * @param {TileFeature[]} features
 * @param {Style} style
 */
export function paint(sheet, features, style) {
  const classed = features.map((feature) => ({ feature, entry: classOf(style, feature.properties) }));
  const isLine = (/** @type {TileFeature} */ feature) => feature.type === 2 || (style.type === "line" && feature.type === 3);
  sheet.context.globalAlpha = style.opacity ?? 1;
  if (style.casing) {
    for (const { feature, entry } of classed.filter((item) => isLine(item.feature))) {
      paintLine(sheet, feature, style.casing, lineWidth(sheet, style, entry) + 1.6 * sheet.density);
    }
  }
  for (const { feature, entry } of classed) {
    const color = entry?.color ?? style.color ?? FALLBACK;
    if (feature.type === 1) paintCircle(sheet, feature, style, color);
    else if (isLine(feature)) paintLine(sheet, feature, color, lineWidth(sheet, style, entry), entry?.dash ?? style.dash);
    else paintFill(sheet, feature, style, color);
  }
}
