// @ts-check
// Puts the catalogue's layers on the map and keeps them as the store says.

import { ImageryLayer } from "cesium";
import { liesBelow } from "../catalogue.js";
import { served } from "../config.js";
import { isIndicatorLayer } from "../examination.js";
import { litFeatures, litFrom, NOTHING as NOTHING_LIT } from "../lit.js";
import { pinsOf, shapeOf } from "../marks.js";
import { Choropleth } from "./choropleth.js";
import { MvtImageryProvider } from "./mvt-imagery.js";
import { featureId, TileSource } from "./mvt-tiles.js";
import { pinned, ProblemPins } from "./problem-pins.js";
import { useLevelGround, useTerrain } from "./scene.js";
import { Sketch } from "./sketch.js";
import { loadTileset, tileStyle, usePlainColours } from "./tilesets.js";

/** @typedef {import("../types.js").Layer} Layer */
/** @typedef {import("../types.js").State} State */
/** @typedef {import("cesium").CesiumWidget} CesiumWidget */

/** Fills below lines below points, whatever the catalogue's order. */
const RANK = { fill: 0, line: 1, circle: 2 };
const SELECTED = { type: /** @type {"fill"} */ ("fill"), color: "rgba(255,176,0,0.55)", outline: "#ff8800", width: 5 };

/** @type {Set<number>} */
const NO_FEATURES = new Set();

/** @typedef {{layer: Layer, tiles: TileSource, provider: MvtImageryProvider, imagery: ImageryLayer}} Draped */

export class MapLayers {
  /**
   * @param {CesiumWidget} widget
   * @param {import("./quality.js").Quality} quality
   * @param {(layer: Layer, error: unknown) => void} onFailure
   */
  constructor(widget, quality, onFailure) {
    this.widget = widget;
    this.quality = quality;
    this.onFailure = onFailure;
    /** @type {Set<string>} tilesets that are there or on their way, each asked for once */
    this.asked = new Set();
    this.pending = 0;
    /** @type {Map<string, import("cesium").Cesium3DTileset>} */
    this.tilesets = new Map();
    /** @type {Draped[]} bottom first */
    this.draped = [];
    /** @type {ImageryLayer | null} */
    this.mark = null;
    /** @type {Map<string, {opacity: number, painted: import("../lit.js").Lit, short: Set<number>}>} what was last applied: styles are rebuilt when it changes */
    this.applied = new Map();
    /** @type {unknown[]} */
    this.paintedFor = [];
    this.painted = NOTHING_LIT;
    this.sketch = new Sketch(widget);
    this.marked = "";
    /** @type {Set<string>} layers whose failure was told: one missing tile or a hundred, it is said once */
    this.told = new Set();
    this.choropleth = new Choropleth(this);
    /** @type {ProblemPins | null} made when a place is first pinned */
    this.pins = null;
  }

  /**
   * @param {Layer} layer
   * @param {unknown} error
   */
  fail(layer, error) {
    if (this.told.has(layer.name)) return;
    this.told.add(layer.name);
    this.onFailure(layer, error);
  }

  /**
   * @param {Layer[]} layers
   * @param {number} levelM height of the ground above the ellipsoid where there is no terrain model
   */
  async add(layers, levelM) {
    const vectors = layers.filter((layer) => layer.kind === "vector" && !isIndicatorLayer(layer.name));
    vectors.sort((a, b) => RANK[a.style.type ?? "fill"] - RANK[b.style.type ?? "fill"]);
    for (const layer of vectors) this.addDraped(layer);
    const terrain = layers.find((layer) => layer.kind === "terrain");
    if (terrain) await useTerrain(this.widget.scene, terrain.url).catch((error) => this.fail(terrain, error));
    else useLevelGround(this.widget.scene, levelM);
  }

  /** @param {Layer} layer */
  addDraped(layer) {
    const tiles = new TileSource(served(layer.url));
    const provider = new MvtImageryProvider({ tiles, layer });
    provider.errorEvent.addEventListener((error) => this.fail(layer, error.error ?? error));
    const imagery = new ImageryLayer(/** @type {any} */ (provider), { show: false, maximumAnisotropy: this.quality.anisotropy });
    this.widget.scene.imageryLayers.add(imagery);
    this.draped.push({ layer, tiles, provider, imagery });
  }

  /** @param {State} state */
  apply(state) {
    const selected = state.selection;
    const from = litFrom(state);
    if (from.some((each, index) => each !== this.paintedFor[index])) {
      this.paintedFor = from;
      this.painted = litFeatures(state);
    }
    if (this.pins || pinned(state).length) (this.pins ??= new ProblemPins(this.widget.scene)).apply(state);
    for (const layer of state.groups.flatMap((group) => group.layers)) {
      const wanted = state.layers[layer.name];
      if (layer.kind === "tiles3d") this.applyTileset(layer, shown(state, layer), opacityOf(state, layer));
      if (layer.kind === "terrain") this.widget.scene.globe.show = wanted.visible;
    }
    for (const { layer, imagery } of this.draped) {
      imagery.show = state.layers[layer.name].visible;
      imagery.alpha = state.layers[layer.name].opacity;
    }
    this.choropleth.apply(state);
    this.applyMark(selected);
    this.sketch.show(state.city, shapeOf(state), pinsOf(state));
    this.widget.scene.requestRender();
  }

  /**
   * @param {Layer} layer
   * @param {boolean} show
   * @param {number} opacity
   */
  applyTileset(layer, show, opacity) {
    const tileset = this.tilesets.get(layer.name);
    if (!tileset) {
      if (show) void this.load(layer);
      return;
    }
    tileset.show = show;
    const last = this.applied.get(layer.name);
    const short = this.pins?.features ?? NO_FEATURES;
    if (last?.opacity === opacity && last.painted === this.painted && last.short === short) return;
    this.applied.set(layer.name, { opacity, painted: this.painted, short });
    tileset.style = tileStyle(layer, opacity, this.painted, short);
    usePlainColours(tileset, layer.underground && this.painted.colours !== null);
  }

  /** @param {Layer} layer */
  async load(layer) {
    if (this.asked.has(layer.name)) return;
    this.asked.add(layer.name);
    this.pending += 1;
    try {
      const tileset = await loadTileset(layer);
      /** @type {any} */ (tileset).cimLayer = layer;
      tileset.tileFailed.addEventListener(({ message }) => this.fail(layer, new Error(message)));
      this.widget.scene.primitives.add(tileset);
      this.tilesets.set(layer.name, tileset);
      this.told.delete(layer.name);
      this.onLoaded();
    } catch (error) {
      // The server may be back when the layer is next wanted.
      this.asked.delete(layer.name);
      this.fail(layer, error);
    } finally {
      this.pending -= 1;
    }
  }

  /** Called when a tileset arrives; the owner applies the state again. */
  onLoaded() {}

  /** @param {import("../types.js").Selection | null} selection */
  applyMark(selection) {
    const draped = this.draped.find((entry) => entry.layer.name === selection?.layer);
    const key = draped && selection ? `${draped.layer.name}|${selection.featureId}` : "";
    if (key === this.marked) return;
    this.marked = key;
    if (this.mark) this.widget.scene.imageryLayers.remove(this.mark);
    this.mark = null;
    if (!draped || !selection) return;
    const provider = new MvtImageryProvider({
      tiles: draped.tiles,
      layer: { ...draped.layer, style: { ...SELECTED, type: draped.layer.style.type, width: markWidth(draped.layer) } },
      only: (feature) => featureId(feature) === selection.featureId,
    });
    this.mark = new ImageryLayer(/** @type {any} */ (provider), { maximumAnisotropy: this.quality.anisotropy });
    this.widget.scene.imageryLayers.add(this.mark);
  }

  /** What is draped and shown, bottom first. */
  shownDraped() {
    const { drawn } = this.choropleth;
    const fills = this.draped.filter(({ layer }) => layer.style.type === "fill");
    const others = this.draped.filter(({ layer }) => layer.style.type !== "fill");
    const all = [...fills, ...(drawn ? [drawn] : []), ...others];
    return all.filter(({ imagery }) => imagery.show && imagery.alpha > 0);
  }

  /** True while the camera flies or something that is shown is still on its way. */
  busy() {
    const { globe } = this.widget.scene;
    const flights = /** @type {any} */ (this.widget.scene).tweens?.length ?? 0;
    if (this.pending > 0 || this.sketch.pending || flights > 0) return true;
    if (globe.show && !globe.tilesLoaded) return true;
    return [...this.tilesets.values()].some((tileset) => tileset.show && !tileset.tilesLoaded);
  }
}

/** @param {Layer} layer */
function markWidth(layer) {
  if (layer.style.type === "circle") return (layer.style.width ?? 4) + 3;
  return layer.style.type === "line" ? (layer.style.width ?? 2) + 4 : 3;
}

/**
 * What lies below is drawn in underground mode only: a coarse ground seen from afar would let bits of it through.
 * @param {State} state
 * @param {Layer} layer
 */
function shown(state, layer) {
  return state.layers[layer.name].visible && (state.underground.on || !liesBelow(layer));
}

/**
 * In underground mode what stands above the ground steps back.
 * @param {State} state
 * @param {Layer} layer
 */
export function opacityOf(state, layer) {
  const { opacity } = state.layers[layer.name];
  const ghost = state.underground.on && !layer.underground ? state.underground.above : 1;
  return Math.round(opacity * ghost * 100) / 100;
}
