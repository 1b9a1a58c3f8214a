// @ts-check
// Places that fall short, each with a pin that nothing hides: those behind the opened number, or of the ledger's page.

import { BillboardCollection, Cartesian3, HeightReference, VerticalOrigin } from "cesium";

/** @typedef {import("../types.js").State} State */
/** @typedef {{problem_id: number, feature_id: number, candidate: boolean, place: [number, number]}} Pinned */

const CONFIRMED = "#c9302c";
const SUSPECTED = "#ef8e1e";
const SIDE_PX = 26;

/**
 * @param {State} state
 * @returns {Pinned[]}
 */
export function pinned({ examination, ledger }) {
  if (ledger.on) return /** @type {Pinned[]} */ (ledger.problems.filter(({ place }) => place));
  return (examination.mapped && examination.places?.places) || [];
}

export class ProblemPins {
  /** @param {import("cesium").Scene} scene */
  constructor(scene) {
    this.billboards = scene.primitives.add(new BillboardCollection({ scene }));
    /** @type {unknown[]} */
    this.before = [];
    /** @type {Set<number>} features that have a pin */
    this.features = new Set();
  }

  /** @param {State} state */
  apply(state) {
    const { examination, ledger } = state;
    const now = [ledger.on ? ledger.problems : examination.places, ledger.on, ledger.on && ledger.opened, examination.mapped];
    if (now.every((part, index) => part === this.before[index])) return;
    this.before = now;
    this.billboards.removeAll();
    const shown = pinned(state);
    for (const each of shown) this.add(each, ledger.on && each.problem_id === ledger.opened);
    const features = new Set(shown.map(({ feature_id }) => feature_id));
    const same = features.size === this.features.size && [...features].every((id) => this.features.has(id));
    if (!same) this.features = features;
  }

  /**
   * @param {Pinned} problem
   * @param {boolean} chosen
   */
  add(problem, chosen) {
    const [longitude, latitude] = problem.place;
    this.billboards.add({
      position: Cartesian3.fromDegrees(longitude, latitude),
      heightReference: HeightReference.CLAMP_TO_GROUND,
      image: problem.candidate ? image(SUSPECTED, true) : image(CONFIRMED, false),
      scale: chosen ? 1.1 : 0.62,
      verticalOrigin: VerticalOrigin.BOTTOM,
      disableDepthTestDistance: Number.POSITIVE_INFINITY,
      id: { problem },
    });
  }
}

/** @type {Map<string, HTMLCanvasElement>} */
const images = new Map();

/**
 * A drop with its tip at the place; hollow where nobody has looked yet.
 * @param {string} colour
 * @param {boolean} hollow
 */
function image(colour, hollow) {
  const known = images.get(colour);
  if (known) return known;
  const canvas = document.createElement("canvas");
  canvas.width = SIDE_PX + 4;
  canvas.height = SIDE_PX + 12;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const middle = canvas.width / 2;
  context.beginPath();
  context.arc(middle, middle, SIDE_PX / 2, 0.8 * Math.PI, 0.2 * Math.PI);
  context.lineTo(middle, canvas.height - 1);
  context.closePath();
  context.fillStyle = colour;
  context.fill();
  context.lineWidth = 2.5;
  context.strokeStyle = "#ffffff";
  context.stroke();
  context.beginPath();
  context.arc(middle, middle, hollow ? 7 : 4.5, 0, 2 * Math.PI);
  context.fillStyle = "#ffffff";
  context.fill();
  images.set(colour, canvas);
  return canvas;
}
