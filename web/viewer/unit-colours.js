// @ts-check
// What colour each unit has on the map and in the bars, by its grade or by classes of its value, and the legend of it.

import { formatted, t } from "./i18n.js";

/** @typedef {import("./types.js").Unit} Unit */
/** @typedef {import("./types.js").Grade} Grade */
/** @typedef {import("./types.js").Indicator} Indicator */
/** @typedef {{colour: string, label: string, count: number}} Entry */

/** The worst first, as units are listed. @type {Record<Grade, string>} */
export const GRADES = { short: "#d9534f", near: "#f0c04c", meets: "#4fa36b", not_assessable: "#c9ced6" };

/** From little to much. */
const RAMP = ["#e6f2ee", "#b3dcd3", "#74bdb4", "#318f92", "#0b5563"];
const NONE = "#c9ced6";

/**
 * @param {Unit[]} units
 * @param {Indicator} each
 * @param {"grade" | "value"} by
 * @returns {{colours: Map<number, string>, legend: Entry[]}}
 */
export function unitColours(units, each, by) {
  return by === "value" ? byValue(units) : byGrade(units);
}

/** @param {Unit[]} units */
function byGrade(units) {
  const colours = new Map(units.map((unit) => [unit.unit_id, GRADES[unit.grade]]));
  const legend = /** @type {Grade[]} */ (Object.keys(GRADES)).map((grade) => ({
    colour: GRADES[grade],
    label: t(`grade.${grade}`),
    count: units.filter((unit) => unit.grade === grade).length,
  }));
  return { colours, legend: legend.filter(({ count }) => count) };
}

/** @param {Unit[]} units */
function byValue(units) {
  const ends = classEnds(units.flatMap(({ value }) => (value === null ? [] : [value])));
  const ramp = ends.map((_, index) => RAMP[Math.round((index * (RAMP.length - 1)) / Math.max(ends.length - 1, 1))]);
  const classOf = (/** @type {number} */ value) => ends.findIndex((end) => value <= end);
  const colours = new Map(units.map(({ unit_id, value }) => [unit_id, value === null ? NONE : ramp[classOf(value)]]));
  const values = units.flatMap(({ value }) => (value === null ? [] : [value]));
  const legend = ends.map((end, index) => {
    const own = values.filter((value) => classOf(value) === index);
    return { colour: ramp[index], label: range(Math.min(...own), Math.max(...own)), count: own.length };
  });
  const silent = units.length - values.length;
  if (silent) legend.push({ colour: NONE, label: t("examination.noValue"), count: silent });
  return { colours, legend };
}

/** @param {number} low @param {number} high */
const range = (low, high) => (formatted(low) === formatted(high) ? formatted(low) : `${formatted(low)} – ${formatted(high)}`);

/**
 * Upper ends of at most five classes with about equally many values in each; equal values share a class.
 * @param {number[]} values
 * @returns {number[]}
 */
function classEnds(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const distinct = new Set(sorted);
  if (distinct.size <= RAMP.length) return [...distinct];
  const ends = RAMP.map((_, index) => sorted[Math.ceil(((index + 1) * sorted.length) / RAMP.length) - 1]);
  return [...new Set(ends)];
}
