// @ts-check
// Pins that say a word: a canvas each, drawn once.

/** @type {Map<string, HTMLCanvasElement>} */
const drawn = new Map();

const DENSITY = 2;
const HEIGHT = 22;
const STEM = 7;

/**
 * A rounded label on a stem, whose lower end stands at the place.
 * @param {string} text
 * @param {string} color of the label
 */
export function pinImage(text, color) {
  const key = `${color}|${text}`;
  const known = drawn.get(key);
  if (known) return known;
  const canvas = document.createElement("canvas");
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const font = `600 ${12 * DENSITY}px ${getComputedStyle(document.documentElement).fontFamily}`;
  context.font = font;
  const width = Math.max(HEIGHT, Math.ceil(context.measureText(text).width / DENSITY) + 14);
  canvas.width = (width + 4) * DENSITY;
  canvas.height = (HEIGHT + STEM + 4) * DENSITY;
  context.scale(DENSITY, DENSITY);
  context.translate(2, 2);
  outline(context, width);
  context.fillStyle = color;
  context.strokeStyle = "#ffffff";
  context.lineWidth = 2;
  context.stroke();
  context.fill();
  context.fillStyle = "#ffffff";
  context.font = font.replace(`${12 * DENSITY}px`, "12px");
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, width / 2, HEIGHT / 2 + 0.5);
  drawn.set(key, canvas);
  return canvas;
}

export const PIN_SCALE = 1 / DENSITY;

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 */
function outline(context, width) {
  const middle = width / 2;
  context.beginPath();
  context.moveTo(middle - 5, HEIGHT - 0.5);
  context.lineTo(middle, HEIGHT + STEM);
  context.lineTo(middle + 5, HEIGHT - 0.5);
  context.roundRect(0, 0, width, HEIGHT, HEIGHT / 2);
}
