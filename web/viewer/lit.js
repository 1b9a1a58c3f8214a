// @ts-check
// Which features wear the selection's colour, which that of danger, and which keep theirs while all others step back.

import { litByBurst } from "./burst.js";
import { riskColours } from "./risk.js";
import { litByTrace } from "./trace.js";

/** @typedef {import("./types.js").State} State */

/**
 * @typedef {object} Lit
 * @property {Set<number>} all features that wear the selection's colour, or that of danger
 * @property {Set<number>} grave of these, those of danger
 * @property {Set<number> | null} spot below the ground only these are shown whole; null: everything
 * @property {Map<number, string> | null} colours below the ground these wear a colour of their own, all others step back
 */

/** @type {Lit} */
export const NOTHING = { all: new Set(), grave: new Set(), spot: null, colours: null };

/** What the lit features follow from: they are the same while all of these are. @param {State} state */
export const litFrom = ({ selection, network: { tool, dig, section, clearance, risk } }) => [
  selection,
  tool,
  dig.answer,
  dig.chosen,
  section.answer,
  clearance.opened,
  risk.pipes,
  risk.opened,
];

/**
 * @param {State} state
 * @returns {Lit}
 */
export function litFeatures({ selection, network }) {
  const chosen = selection ? [selection.featureId, ...selection.parts] : [];
  const burst = litByBurst(selection);
  // One question at a time is lit: that of the selection goes first.
  const tool = selection?.burst || selection?.trace ? besideSelection(selection) : litByTool(network);
  const all = [...chosen, ...burst.lit, ...litByTrace(selection), ...tool.lit];
  const { colours = null } = tool;
  if (!all.length && !tool.spot && !colours) return NOTHING;
  return { colours, all: new Set(all), grave: new Set(burst.grave), spot: tool.spot && new Set([...tool.spot, ...all]) };
}

/** @type {{lit: number[], spot: number[] | null, colours?: Map<number, string>}} */
const SILENT = { lit: [], spot: null };

/**
 * What an answer lights, it lights already; its devices keep their colours, and all other networks step back.
 * @param {import("./types.js").Selection} selection
 * @returns {typeof SILENT}
 */
function besideSelection({ burst, trace }) {
  if (!burst?.answer && !trace?.answer) return SILENT;
  const { valves = [], fittings = [] } = burst?.answer ?? {};
  return { lit: [], spot: [...valves.map((each) => each.valve_id), ...fittings.map((each) => each.feature_id)] };
}

/**
 * @param {import("./network-types.js").Network} network
 * @returns {typeof SILENT}
 */
function litByTool({ tool, dig, section, clearance, risk }) {
  if (tool === "dig" && dig.answer) {
    return { lit: dig.chosen ? [dig.chosen] : [], spot: [...dig.answer.pipes, ...dig.answer.manholes].map((each) => each.feature_id) };
  }
  if (tool === "section" && section.answer) return { lit: [], spot: section.answer.cuts.map((cut) => cut.segment_id) };
  if (tool === "clearance" && clearance.opened) {
    const { feature_id: one, other_id: other } = clearance.opened;
    return { lit: other === null ? [one] : [one, other], spot: [] };
  }
  if (tool === "risk" && risk.pipes.length) return { lit: risk.opened ? [risk.opened.segment_id] : [], spot: null, colours: riskColours(risk.pipes) };
  return SILENT;
}
