// @ts-check
// The view in the address: camera, layers, opacity, underground mode, language, selected feature.
// #c=lon,lat,height,heading,pitch,roll&l=buildings:1,streets:0.5&off=terrain&u=0.25,0.35&x=C12,community,grade,2026,national-2024&lang=en&f=123@buildings

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").CameraView} CameraView */
/** @typedef {import("./types.js").LayerState} LayerState */

/**
 * @typedef {object} SharedView
 * @property {CameraView} [camera]
 * @property {Record<string, LayerState>} [layers]
 * @property {State["underground"]} [underground]
 * @property {import("./types.js").Lang} [lang]
 * @property {{featureId: number, layer: string | null}} [selected]
 * @property {{code: string, level: string, colour: "grade" | "value", run?: import("./types.js").ChosenRun}} [indicator]
 */

const DIGITS = [7, 7, 2, 2, 2, 2];

/** @param {CameraView} view */
const numbers = (view) => [view.longitude, view.latitude, view.height, view.heading, view.pitch, view.roll];

/**
 * @param {State} state
 * @param {CameraView} view
 */
export function writeHash(state, view) {
  const parts = new URLSearchParams();
  parts.set("c", numbers(view).map((value, index) => String(Number(value.toFixed(DIGITS[index])))).join(","));
  const entries = Object.entries(state.layers);
  parts.set("l", entries.filter(([, layer]) => layer.visible).map(([name, layer]) => `${name}:${layer.opacity}`).join(","));
  if (state.underground.on) parts.set("u", `${state.underground.ground},${state.underground.above}`);
  const { opened, level, colour, chosen } = state.examination ?? {};
  if (opened) parts.set("x", [opened, level, colour, ...(chosen ? [chosen.year, chosen.system] : [])].join(","));
  parts.set("lang", state.lang);
  if (state.selection) parts.set("f", `${state.selection.featureId}@${state.selection.layer ?? ""}`);
  return `#${parts.toString().replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%40", "@")}`;
}

/**
 * What of a hash can be understood; the rest is left out, never guessed.
 * @param {string} hash
 * @returns {SharedView}
 */
export function readHash(hash) {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  const lang = parts.get("lang");
  return {
    camera: readCamera(parts.get("c")),
    layers: readLayers(parts.get("l")),
    underground: readUnderground(parts.get("u")),
    lang: lang === "en" || lang === "zh-CN" ? lang : undefined,
    selected: readSelected(parts.get("f")),
    indicator: readIndicator(parts.get("x") ?? linkedLayer(parts.get("l"))),
  };
}

/** @param {string | null} text */
function readCamera(text) {
  const values = (text ?? "").split(",").map(Number);
  if (values.length !== 6 || values.some((value) => !Number.isFinite(value))) return undefined;
  const [longitude, latitude, height, heading, pitch, roll] = values;
  if (Math.abs(longitude) > 180 || Math.abs(latitude) > 90) return undefined;
  return { longitude, latitude, height, heading, pitch, roll };
}

/** @param {string | null} text */
function readLayers(text) {
  if (text === null) return undefined;
  /** @type {Record<string, LayerState>} */
  const layers = {};
  for (const part of text.split(",").filter(Boolean)) {
    const [name, opacity] = part.split(":");
    const value = Number(opacity ?? 1);
    layers[name] = { visible: true, opacity: Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 1 };
  }
  return layers;
}

/** @param {string | null} text */
function readUnderground(text) {
  const [ground, above] = (text ?? "").split(",").map(Number);
  const usable = text && [ground, above].every((value) => value >= 0 && value <= 1);
  return usable ? { on: true, ground, above } : undefined;
}

/** @param {string | null} text */
function readSelected(text) {
  const match = /^(\d+)@([\w.-]*)$/.exec(text ?? "");
  return match ? { featureId: Number(match[1]), layer: match[2] || null } : undefined;
}

/** @param {string | null} text */
function readIndicator(text) {
  const match = /^([\w.-]+),(\w+),(grade|value)(?:,(\d{4}),(.+))?$/.exec(text ?? "");
  if (!match) return undefined;
  const run = match[4] ? { run: { year: Number(match[4]), system: match[5] } } : {};
  return { code: match[1], level: match[2], colour: /** @type {"grade" | "value"} */ (match[3]), ...run };
}

/** An indicator was once a layer of the map: such links stand in reports. @param {string | null} text */
function linkedLayer(text) {
  const match = /(?:^|,)examination-([\w.-]+)/.exec(text ?? "");
  return match && `${match[1]},community,grade`;
}
