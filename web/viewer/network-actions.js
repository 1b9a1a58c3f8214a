// @ts-check
// What a person can do with the network's tools: draw, ask, look at what was found.

import { BoundingSphere, Cartesian3, Cartographic, Math as CesiumMath } from "cesium";
import { askClearance } from "./clearance.js";
import { askDig, canDig, digFile, forgetDig, railLayers } from "./dig.js";
import { FEWEST, readCorners, UnreadCorner } from "./drawing.js";
import { t } from "./i18n.js";
import { goToPlace } from "./map/camera.js";
import { knownHeights } from "./map/ground.js";
import { cornerAt, cornerNear } from "./map/draw-input.js";
import { change } from "./network-state.js";
import { askRisk } from "./risk.js";
import { askSection, forgetSection } from "./section.js";

/** @typedef {import("./network-types.js").Corner} Corner */
/** @typedef {import("./network-types.js").Drawn} Drawn */
/** @typedef {import("cesium").Cartesian2} Cartesian2 */

/** So far round a place is looked at, metres. */
const CLOSE_M = 9;
/** The same round the middle of a whole pipe. */
const PIPE_M = 22;
/** How much more than what is drawn is seen. */
const AROUND = 1.7;

export class NetworkActions {
  /**
   * @param {import("./actions.js").Actions} actions
   * @param {(error: unknown) => string} explained
   */
  constructor(actions, explained) {
    this.actions = actions;
    this.store = actions.store;
    this.widget = actions.widget;
    this.explained = explained;
    /** Counts what was asked to be looked at: the last asked counts. */
    this.looks = 0;
  }

  get state() {
    return this.store.state.network;
  }

  /** @param {import("./network-types.js").ToolName} tool */
  open(tool) {
    this.stopDrawing();
    this.store.set({ panel: "network", network: { ...this.state, tool } });
    if (tool === "clearance" && this.state.clearance.status === "none") void askClearance(this.store, this.explained);
    if (tool === "risk") void this.openRiskTool();
  }

  /** @param {Drawn} kind */
  draw(kind) {
    this.replace(kind, []);
    this.store.set({ network: { ...this.state, tool: kind, drawing: kind } });
    document.getElementById("map")?.focus();
  }

  /** Ends drawing; what is not whole is dropped. */
  stopDrawing() {
    const kind = this.state.drawing;
    this.store.set({ network: { ...this.state, drawing: null } });
    if (kind && this.state[kind].corners.length < FEWEST[kind]) this.replace(kind, []);
  }

  /** Closes the topmost of what the tools have open. @returns {boolean} whether there was anything */
  escape() {
    const { tool, section, clearance, risk, dig } = this.state;
    if (tool === "section" && section.drawing) this.showSection(false);
    else if (tool === "clearance" && clearance.opened) this.openFinding(null);
    else if (tool === "risk" && risk.opened) this.openRisk(null);
    else if (tool === "dig" && dig.chosen) change(this.store, "dig", { chosen: null });
    else return false;
    return true;
  }

  finish() {
    const kind = this.state.drawing;
    if (!kind || this.state[kind].corners.length < FEWEST[kind]) return;
    this.store.set({ network: { ...this.state, drawing: null } });
    void this.ask(kind);
  }

  /**
   * A click or key while drawing: one more corner, or at the first or the last one the end.
   * @param {Cartesian2} at
   */
  setCorner(at) {
    const kind = this.state.drawing;
    if (!kind) return;
    const { corners } = this.state[kind];
    const near = this.cornerAt(at);
    if (near >= 0 && (near === corners.length - 1 || (kind === "dig" && near === 0))) {
      this.finish();
      return;
    }
    const place = near < 0 ? cornerAt(this.widget, at) : null;
    if (place) this.replace(kind, [...corners, place]);
  }

  dropCorner() {
    const kind = this.state.drawing;
    if (kind) this.replace(kind, this.state[kind].corners.slice(0, -1));
  }

  /** What is drawn, or can be changed by its handles. @returns {Drawn | null} */
  get shown() {
    const { tool } = this.state;
    return tool === "dig" || tool === "section" ? tool : null;
  }

  /** @param {Cartesian2} at */
  cornerAt(at) {
    const kind = this.shown;
    return kind ? cornerNear(this.widget, this.store.state.city, this.state[kind].corners, at) : -1;
  }

  /**
   * @param {number} index
   * @param {Corner} place
   */
  moveCorner(index, place) {
    const kind = this.shown;
    if (kind) change(this.store, kind, { corners: this.state[kind].corners.map((corner, other) => (other === index ? place : corner)) });
  }

  cornerMoved() {
    if (this.shown && !this.state.drawing) void this.ask(this.shown);
  }

  /**
   * @param {Drawn} kind
   * @param {Corner[]} corners
   */
  replace(kind, corners) {
    if (kind === "dig") forgetDig(this.store);
    else forgetSection(this.store);
    change(this.store, kind, { corners });
  }

  /**
   * @param {Drawn} kind
   * @param {string} text
   * @returns {string} what is wrong with it, if anything
   */
  writeCorners(kind, text) {
    try {
      const corners = readCorners(text);
      if (corners.length < FEWEST[kind]) return t("draw.tooFew", { count: FEWEST[kind] });
      this.replace(kind, corners);
      this.store.set({ network: { ...this.state, drawing: null } });
      void this.lookAt(corners);
      void this.ask(kind);
      return "";
    } catch (error) {
      if (error instanceof UnreadCorner) return t("draw.unread", { text: error.message });
      throw error;
    }
  }

  /** @param {Drawn} kind */
  async ask(kind) {
    if (kind === "dig" && canDig(this.state.dig)) {
      await askDig(this.store, this.explained);
      const { answer } = this.state.dig;
      if (answer) {
        this.actions.showBelow(answer.pipes.map(({ network }) => network));
        this.actions.showLayers(railLayers(answer));
      }
    }
    if (kind === "section") {
      await askSection(this.store, this.explained);
      const { answer } = this.state.section;
      if (!answer) return;
      this.actions.showBelow(answer.cuts.map(({ network }) => network));
      // The drawing covers the lower half: the line is seen above it.
      void this.lookAt(this.state.section.corners);
    }
  }

  /** @param {boolean} drawing */
  showSection(drawing) {
    change(this.store, "section", { drawing });
  }

  /** @param {boolean} enlarged */
  enlargeSection(enlarged) {
    change(this.store, "section", { enlarged });
  }

  /** @param {Partial<import("./network-types.js").ClearanceFilter>} told */
  async filterClearance(told) {
    await askClearance(this.store, this.explained, { ...this.state.clearance.filter, ...told });
  }

  async moreClearance() {
    await askClearance(this.store, this.explained);
  }

  /** @param {import("./network-types.js").Finding | null} finding */
  openFinding(finding) {
    change(this.store, "clearance", { opened: finding });
    if (!finding) return;
    this.actions.showBelow([finding.network, finding.other_network].flatMap((network) => network ?? []));
    void this.lookAtPlace([finding.longitude, finding.latitude], finding.level_m);
  }

  /** @param {1 | -1} step */
  async stepFinding(step) {
    const before = this.state.clearance;
    const place = before.findings.findIndex(({ number }) => number === before.opened?.number) + step;
    if (place === before.findings.length && before.more) await this.moreClearance();
    const next = this.state.clearance.findings[place];
    if (!next) return;
    this.openFinding(next);
    // The list follows, and with it the focus, so that the next step is at hand.
    await Promise.resolve();
    /** @type {HTMLElement | null} */ (document.querySelector(`.finding[data-number="${next.number}"]`))?.scrollIntoView({ block: "nearest" });
    document.getElementById(step > 0 ? "clearance-next" : "clearance-before")?.focus();
  }

  async openRiskTool() {
    if (this.state.risk.status === "none") await this.askRisk({});
    else this.showRisk();
  }

  /** @param {Partial<Pick<import("./network-types.js").Risk, "network" | "cell">>} wanted */
  async askRisk(wanted) {
    await askRisk(this.store, this.explained, wanted);
    this.showRisk();
  }

  showRisk() {
    const { pipes } = this.state.risk;
    if (this.state.tool === "risk" && pipes.length) this.actions.showBelow([...new Set(pipes.map(({ network }) => network))]);
  }

  moreRisk() {
    change(this.store, "risk", { shown: this.state.risk.shown + 50 });
  }

  /** @param {import("./network-types.js").RiskPipe | null} pipe */
  openRisk(pipe) {
    change(this.store, "risk", { opened: pipe });
    if (pipe?.longitude && pipe.latitude) void this.lookAtPlace([pipe.longitude, pipe.latitude], null, PIPE_M);
  }

  /** @param {{feature_id: number, longitude: number, latitude: number}} found */
  chooseDug({ feature_id: chosen, longitude, latitude }) {
    change(this.store, "dig", { chosen });
    void this.lookAtPlace([longitude, latitude]);
  }

  /** @param {Partial<import("./network-types.js").Dig>} told */
  tellDig(told) {
    change(this.store, "dig", told);
    if ("depth" in told) void this.ask("dig");
  }

  /** @param {"pdf" | "dxf"} ending */
  async keepDig(ending) {
    try {
      await digFile(this.state.dig, ending);
    } catch (error) {
      this.actions.toast("error", t("dig.noFile"), this.explained(error));
    }
  }

  /** @param {Corner[]} corners */
  async lookAt(corners) {
    const { center, radius } = BoundingSphere.fromPoints(corners.map((corner) => Cartesian3.fromDegrees(...corner)));
    const { longitude, latitude } = Cartographic.fromCartesian(center);
    const middle = /** @type {Corner} */ ([CesiumMath.toDegrees(longitude), CesiumMath.toDegrees(latitude)]);
    await this.lookAtPlace(middle, null, Math.max(radius * AROUND, CLOSE_M));
  }

  /**
   * From so near, the ground's height must be known, and far from what is seen it is not drawn yet.
   * @param {Corner} place
   * @param {number | null} [levelM] city height; null: the ground's
   * @param {number} [radiusM] so far round it is seen
   */
  async lookAtPlace(place, levelM = null, radiusM = CLOSE_M) {
    const { city } = this.store.state;
    if (!city) return;
    const turn = ++this.looks;
    const { layers } = this.actions;
    layers.pending += 1;
    const [height] = levelM === null ? await knownHeights(this.widget, city, [place]) : [levelM + city.ellipsoid_offset_m];
    layers.pending -= 1;
    if (turn === this.looks) goToPlace(this.widget, place, height, radiusM, this.actions.flight);
  }
}
