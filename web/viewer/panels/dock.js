// @ts-check
// Where the panel of a picked feature opens, so that it does not hide what was picked: the map stays where it is.

/** @typedef {"beside" | "above" | "below"} Dock */

/** The panel with the tools at its right, as layout.css has them, and some room for what was picked. */
const COVERED_PX = 348 + 58 + 14 + 36;

/**
 * At the right, in full height, where that leaves the place free; else in the half of the window where it is not.
 * @param {{x: number, y: number}} place CSS pixels from the window's top left corner
 * @param {{innerWidth: number, innerHeight: number}} view the window
 * @returns {Dock}
 */
export function dockFor({ x, y }, { innerWidth, innerHeight }) {
  if (x < innerWidth - COVERED_PX) return "beside";
  return y < innerHeight / 2 ? "below" : "above";
}
