// @ts-check
// What is drawn over the map besides the layers: the outline or line of a tool, and pins at what an answer names.

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./map/sketch.js").Shape} Shape */
/** @typedef {import("./map/sketch.js").Pin} Pin */

/**
 * The same answer for the same parts of the state: what is drawn is made anew only where something is another.
 * @template Told
 * @param {(state: State) => unknown[]} parts
 * @param {(state: State) => Told} make
 */
function kept(parts, make) {
  /** @type {unknown[]} */
  let before = [];
  /** @type {Told | undefined} */
  let told;
  return (/** @type {State} */ state) => {
    const now = parts(state);
    if (told === undefined || now.some((part, index) => part !== before[index])) told = make(state);
    before = now;
    return told;
  };
}

export const shapeOf = kept(
  ({ network }) => [network.tool, network.drawing, network.dig.corners, network.dig.depth, network.section.corners],
  /** @returns {Shape | null} */
  ({ network: { tool, drawing, dig, section } }) => {
    if (tool !== "dig" && tool !== "section") return null;
    const { corners } = tool === "dig" ? dig : section;
    if (!corners.length) return null;
    const closed = tool === "dig" && !drawing;
    return { corners, closed, handles: true, depthM: closed ? dig.depth : 0 };
  },
);

const VALVES = /** @type {const} */ ({ close: "#c8102e", closed: "#5b6b77", not_usable: "#17242e", reopen: "#1b7f3b" });

export const pinsOf = kept(
  ({ selection, network }) => [selection?.burst?.answer, network.tool, network.clearance.opened, network.section.corners],
  /** @returns {Pin[]} */
  (state) => [...valvePins(state), ...findingPins(state), ...sectionPins(state)],
);

/**
 * @param {State} state
 * @returns {Pin[]}
 */
function valvePins({ selection }) {
  return (selection?.burst?.answer?.valves ?? []).map((valve) => ({
    place: [valve.longitude, valve.latitude],
    heightM: null,
    text: valve.role === "not_usable" ? "×" : String(valve.order),
    color: VALVES[valve.role],
  }));
}

/**
 * @param {State} state
 * @returns {Pin[]}
 */
function findingPins({ city, network: { tool, clearance } }) {
  const { opened } = clearance;
  if (tool !== "clearance" || !opened || !city) return [];
  const { longitude, latitude, level_m: level, measured_m: measured, required_m: required, verdict } = opened;
  return [
    {
      place: [longitude, latitude],
      heightM: level === null ? null : level + city.ellipsoid_offset_m,
      text: `${measured.toFixed(2).replace("-", "−")} < ${required.toFixed(2)} m`,
      color: verdict === "violation" ? "#b3261e" : "#8a5200",
    },
  ];
}

/**
 * The ends of a section, so that its drawing is read the right way round.
 * @param {State} state
 * @returns {Pin[]}
 */
function sectionPins({ network: { tool, section } }) {
  const { corners } = section;
  if (tool !== "section" || corners.length < 2) return [];
  const ends = /** @type {const} */ ([corners[0], corners[corners.length - 1]]);
  return ends.map((place, index) => ({ place, heightM: null, text: index ? "B" : "A", color: "#17242e" }));
}
