// @ts-check
// What a person can do. Buttons, keys and links all end here.

import { fetchJson, Problem } from "./api.js";
import { askBurst } from "./burst.js";
import { liesBelow } from "./catalogue.js";
import { Examiner } from "./examination.js";
import { formatted, hasText, t, useLang } from "./i18n.js";
import { LedgerBook } from "./ledger.js";
import { currentView, goHome, goToBounds, lookRound, middleOf, slide } from "./map/camera.js";
import { pickAt } from "./map/picking.js";
import { NetworkActions } from "./network-actions.js";
import { dockFor } from "./panels/dock.js";
import { writeHash } from "./share.js";
import { askTrace } from "./trace.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./map/layers.js").MapLayers} MapLayers */
/** @typedef {import("./types.js").Layer} Layer */
/** @typedef {import("./types.js").Lang} Lang */

const FLIGHT_S = 1.2;
const STEP_S = 0.35;

export class Actions {
  /**
   * @param {Store} store
   * @param {MapLayers} layers
   */
  constructor(store, layers) {
    this.store = store;
    this.layers = layers;
    this.widget = layers.widget;
    this.network = new NetworkActions(this, explained);
    this.examiner = new Examiner(store, explained, (featureId) => this.show(featureId));
    this.ledger = new LedgerBook(store, explained);
    this.toasts = 0;
    /** Counts what was asked to be selected: the last asked counts, not the last found. */
    this.asks = 0;
    /** @type {AbortController | null} */
    this.asking = null;
  }

  /** How to fly: beside the open panel, and at once for who asked for less motion. */
  get flight() {
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    return { seconds: still ? 0 : FLIGHT_S, covered: coveredLeft(), below: coveredBelow() };
  }

  /** A short flight, as of a button's zoom. */
  get step() {
    const { seconds, covered } = this.flight;
    return { seconds: Math.min(seconds, STEP_S), covered };
  }

  home() {
    if (this.store.state.city) goHome(this.widget, this.store.state.city, this.flight);
  }

  north() {
    lookRound(this.widget, { heading: 0 }, this.step);
  }

  /** From oblique to straight down, and back. */
  tilt() {
    const steep = this.widget.camera.pitch < -1.3;
    lookRound(this.widget, { pitch: steep ? -32 : -89.5 }, this.step);
  }

  /** @param {number} factor below 1: nearer */
  zoom(factor) {
    lookRound(this.widget, { nearer: factor }, this.step);
  }

  /**
   * @param {number} right
   * @param {number} forward
   */
  slide(right, forward) {
    slide(this.widget, right, forward);
  }

  /**
   * @param {number} heading degrees to turn
   * @param {number} pitch degrees to tilt
   */
  turn(heading, pitch) {
    const view = currentView(this.widget);
    lookRound(this.widget, { heading: view.heading + heading, pitch: view.pitch + pitch }, { ...this.step, seconds: 0 });
  }

  /** @param {Layer} layer */
  flyToLayer(layer) {
    const { city } = this.store.state;
    const bounds = layer.bounds ?? city?.bounds;
    if (city && bounds) goToBounds(this.widget, city, bounds, this.flight);
    if (!this.store.state.layers[layer.name].visible) this.toggleLayer(layer);
    else if (liesBelow(layer) && !this.store.state.underground.on) this.toggleUnderground();
  }

  flyToSelection() {
    const { city, selection } = this.store.state;
    const feature = selection?.feature;
    if (city && feature?.bounds) goToBounds(this.widget, city, feature.bounds, this.flight, heightsOf(feature));
  }

  /**
   * Switching on what lies below the ground also clears the ground, or nothing would be seen.
   * @param {Layer} layer
   */
  toggleLayer(layer) {
    const visible = !this.store.state.layers[layer.name].visible;
    this.store.setLayer(layer.name, { visible });
    if (visible && liesBelow(layer) && !this.store.state.underground.on) this.toggleUnderground();
  }

  /** @param {import("./types.js").Group} group */
  toggleGroup(group) {
    const visible = !group.layers.every((layer) => this.store.state.layers[layer.name].visible);
    const layers = { ...this.store.state.layers };
    for (const { name } of group.layers) layers[name] = { ...layers[name], visible };
    this.store.set({ layers });
  }

  /** Going below also brings up what lies there, if nothing of it is on. */
  toggleUnderground() {
    const { underground, groups } = this.store.state;
    const on = !underground.on;
    const below = groups.flatMap((group) => group.layers).filter(liesBelow);
    const layers = { ...this.store.state.layers };
    if (on && !below.some(({ name }) => layers[name].visible)) {
      for (const { name } of below) layers[name] = { ...layers[name], visible: true };
    }
    this.store.set({ underground: { ...underground, on }, layers });
  }

  /**
   * Goes below, and brings up the pipes of these networks.
   * @param {string[]} networks
   */
  showBelow(networks) {
    const layers = { ...this.store.state.layers };
    for (const network of networks) {
      const name = `pipes-${network}`;
      if (layers[name]) layers[name] = { ...layers[name], visible: true };
    }
    this.store.set({ layers, underground: { ...this.store.state.underground, on: true } });
  }

  /**
   * Switches layers on, those that the city has.
   * @param {string[]} names
   */
  showLayers(names) {
    const known = names.filter((name) => this.store.state.layers[name]);
    const shown = known.map((name) => [name, { ...this.store.state.layers[name], visible: true }]);
    this.store.set({ layers: { ...this.store.state.layers, ...Object.fromEntries(shown) } });
  }

  /** @param {Partial<import("./types.js").State["underground"]>} change */
  setUnderground(change) {
    this.store.set({ underground: { ...this.store.state.underground, ...change } });
  }

  /** @param {import("./types.js").State["panel"]} panel */
  showPanel(panel) {
    this.store.set({ panel: this.store.state.panel === panel ? "none" : panel });
  }

  /** @param {"layers" | "legend" | "examination" | "network"} panel */
  async openTab(panel) {
    this.store.set({ panel });
    if (panel === "examination") await this.examiner.ask();
  }

  /**
   * An indicator that a link names; on a phone its sheet would hide the map that the link shows.
   * @param {NonNullable<import("./share.js").SharedView["indicator"]>} shared
   */
  async openShared({ code, ...shown }) {
    if (!window.matchMedia("(max-width: 720px)").matches) this.store.set({ panel: "examination" });
    await this.examiner.openShared(code, shown);
  }

  /**
   * @param {import("./types.js").LedgerProblem} problem
   * @param {string} state
   */
  async changeProblem(problem, state) {
    const changed = { from: t(`problem.state.${problem.state}`), to: t(`problem.state.${state}`) };
    if (await this.ledger.change(problem, state)) this.toast("info", t("problem.changed", changed), "");
  }

  /**
   * The place alone, above the open ledger, from far enough to see what is round it; nothing is selected.
   * @param {{place: [number, number] | null}} problem
   */
  flyToPlace({ place }) {
    const { city } = this.store.state;
    if (!city || !place) return;
    const { heading } = this.widget.camera;
    const near = 0.0007;
    const longitude = place[0] - near * Math.sin(heading);
    const latitude = place[1] - near * Math.cos(heading);
    goToBounds(this.widget, city, [longitude - near, latitude - near, longitude + near, latitude + near], this.flight);
  }

  /** @param {Lang} lang */
  useLang(lang) {
    useLang(lang);
    this.store.set({ lang });
  }

  /** @param {import("cesium").Cartesian2} [position] the middle of what is seen if left out */
  async pick(position) {
    const at = position ?? middleOf(this.widget, coveredLeft());
    if (this.network.state.drawing) {
      this.network.setCorner(at);
      return;
    }
    if (position && this.network.cornerAt(at) >= 0) return;
    const turn = ++this.asks;
    const hit = await pickAt(this.layers, at, this.store.state.underground.on);
    if (turn !== this.asks) return;
    if (hit) await this.select(hit.featureId, hit.layer, at);
    else this.deselect();
  }

  /**
   * @param {number} featureId
   * @param {string | null} layer
   * @param {{x: number, y: number}} [at] where it is seen, which the panel shall leave free
   * @returns {Promise<boolean>} whether the server knows it
   */
  async select(featureId, layer, at) {
    this.asks += 1;
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    const dock = at ? dockFor(at, window) : /** @type {const} */ ("beside");
    const selection = { featureId, parts: [], layer, feature: null, error: "", dock, seenAt: at?.y ?? 0 };
    this.store.set({ selection: { ...selection, status: "loading" } });
    try {
      const feature = await fetchJson(`/api/features/${featureId}`, asking.signal);
      const known = { layer: layer ?? this.layerOf(feature), parts: partsOf(feature), feature };
      this.store.set({ selection: { ...selection, ...known, status: "ready" } });
      return true;
    } catch (error) {
      if (asking.signal.aborted) return false;
      this.store.set({ selection: { ...selection, status: "error", error: explained(error) } });
      return false;
    }
  }

  /**
   * A layer that shows features of this theme, one that is on rather than one that is off.
   * @param {import("./types.js").Feature} feature
   */
  layerOf({ theme }) {
    const { groups, layers } = this.store.state;
    const showing = groups.flatMap((group) => group.layers).filter((layer) => layer.theme === theme);
    return (showing.find(({ name }) => layers[name].visible) ?? showing[0])?.name ?? null;
  }

  deselect() {
    this.asks += 1;
    this.asking?.abort();
    // The panel goes, and the focus with it unless it is given back.
    if (document.activeElement?.closest("#attributes")) document.getElementById("map")?.focus();
    if (this.store.state.selection) this.store.set({ selection: null });
  }

  /** @param {number} featureId */
  async find(featureId) {
    if (await this.select(featureId, null, middleOf(this.widget, coveredLeft()))) this.flyToSelection();
  }

  /**
   * Look at a feature while another stays selected.
   * @param {number} featureId
   */
  async show(featureId) {
    const { city } = this.store.state;
    try {
      const feature = await fetchJson(`/api/features/${featureId}`);
      if (city && feature.bounds) goToBounds(this.widget, city, feature.bounds, this.flight, heightsOf(feature));
    } catch (error) {
      this.toast("error", t("error.feature"), explained(error));
    }
  }

  /**
   * What if the selected segment bursts?
   * @param {number[]} stuck feature ids of valves that do not close
   */
  async burst(stuck) {
    if (!this.store.state.underground.on) this.toggleUnderground();
    await askBurst(this.store, stuck, explained);
  }

  /**
   * What lies above, below, or together with the selected pipe or manhole?
   * @param {import("./types.js").TraceKind} kind
   */
  async trace(kind) {
    if (!this.store.state.underground.on) this.toggleUnderground();
    await askTrace(this.store, kind, explained);
  }

  async share() {
    const link = location.href.split("#")[0] + writeHash(this.store.state, currentView(this.widget));
    try {
      await navigator.clipboard.writeText(link);
      this.toast("info", t("share.copied"), "");
    } catch {
      // Without a clipboard (plain http, or refused) the link still stands in the address bar.
      this.toast("info", t("share.inAddress"), link);
    }
  }

  /** Closes the topmost thing that is open. */
  escape() {
    const { state } = this.store;
    if (state.help) this.store.set({ help: false });
    else if (state.query) this.store.set({ query: "" });
    else if (state.network.drawing) this.network.stopDrawing();
    else if (!state.selection && this.network.escape()) return;
    else if (state.selection) this.deselect();
    else if (state.ledger.on) this.ledger.close();
    else if (state.underground.on) this.toggleUnderground();
    else if (state.panel !== "none") this.store.set({ panel: "none" });
  }

  /**
   * @param {"error" | "info"} kind
   * @param {string} title
   * @param {string} detail
   */
  toast(kind, title, detail) {
    const id = ++this.toasts;
    this.store.set({ toasts: [...this.store.state.toasts.slice(-3), { id, kind, title, detail }] });
    if (kind === "info") setTimeout(() => this.dismiss(id), 5000);
  }

  /** @param {number} id */
  dismiss(id) {
    this.store.set({ toasts: this.store.state.toasts.filter((toast) => toast.id !== id) });
  }
}

/**
 * Lowest and highest place of a feature; what is drawn in parts has but its footprint, and says how high it is.
 * @param {import("./types.js").Feature} feature
 * @returns {[number, number] | null}
 */
function heightsOf({ height_range_m: known, attributes }) {
  if (!known) return null;
  const told = Number(attributes.find((entry) => entry.name === "height_m")?.value) || 0;
  return [known[0], Math.max(known[1], known[0] + told)];
}

/**
 * The parts of a building that is drawn in parts: it has no surface of its own to paint.
 * @param {import("./types.js").Feature} feature
 */
function partsOf({ theme, related = [] }) {
  const parts = related.find((relation) => relation.name === `${theme}.parent_id`);
  return parts?.features.map((part) => part.feature_id) ?? [];
}

/** Pixels that the open side panel takes from the map; on a phone it lies below, not beside. */
export function coveredLeft() {
  const side = document.querySelector(".side")?.getBoundingClientRect();
  return side && side.width < window.innerWidth / 2 ? side.right : 0;
}

/** Pixels that a sheet at the lower edge takes from the map. */
function coveredBelow() {
  const sheets = [...document.querySelectorAll("#section-drawing, .side, .attributes")];
  const low = sheets.filter((sheet) => {
    const { width, bottom, top } = sheet.getBoundingClientRect();
    const across = sheet.id === "section-drawing" || width > window.innerWidth / 2;
    return across && top > 0 && window.innerHeight - bottom < 60;
  });
  return Math.max(0, ...low.map((sheet) => window.innerHeight - sheet.getBoundingClientRect().top));
}

/** @param {unknown} error */
export function explained(error) {
  if (!(error instanceof Problem)) return error instanceof Error ? error.message : String(error);
  if (error.status === 0) return t("error.offline");
  // What has no words of ours is told in the server's own, which are English.
  if (!hasText(`refused.${error.code}`)) return error.detail || error.title;
  const told = Object.entries(error.values).map(([name, value]) => [name, formatted(value)]);
  return t(`refused.${error.code}`, Object.fromEntries(told));
}
