// @ts-check
// Units of the opened indicator, coloured on the ground: the tiles are those of their boundaries, the colours ours.

import { ImageryLayer } from "cesium";
import { openedIndicator } from "../examination.js";
import { unitColours } from "../unit-colours.js";
import { MvtImageryProvider } from "./mvt-imagery.js";
import { featureId } from "./mvt-tiles.js";

/** @typedef {import("../types.js").State} State */
/** @typedef {import("./layers.js").MapLayers} MapLayers */
/** @typedef {import("./layers.js").Draped} Draped */

const STYLE = { type: /** @type {"fill"} */ ("fill"), opacity: 0.72, outline: "#46525f", width: 1.3 };

export class Choropleth {
  /** @param {MapLayers} layers */
  constructor(layers) {
    this.layers = layers;
    /** @type {Draped | null} */
    this.drawn = null;
    /** @type {unknown[]} */
    this.before = [];
  }

  /** @param {State} state */
  apply({ examination }) {
    const { units, opened, level, mapped, colour } = examination;
    const now = [units, opened, level, mapped, colour];
    if (now.every((part, index) => part === this.before[index])) return;
    this.before = now;
    const { imageryLayers } = this.layers.widget.scene;
    if (this.drawn) imageryLayers.remove(this.drawn.imagery);
    this.drawn = null;
    const each = openedIndicator(examination);
    const ground = this.layers.draped.find(({ layer }) => layer.name === `admin-${level}`);
    if (!each || !units?.length || !mapped || !ground) return;
    this.drawn = this.draw(ground, unitColours(units, each, colour).colours);
  }

  /**
   * @param {Draped} ground the layer that has the units' boundaries
   * @param {Map<number, string>} colours
   * @returns {Draped}
   */
  draw({ layer, tiles }, colours) {
    const style = { ...STYLE, by: { property: "feature_id", classes: [], colours } };
    const provider = new MvtImageryProvider({ tiles, layer: { ...layer, style }, only: (feature) => colours.has(featureId(feature)) });
    const { quality, widget } = this.layers;
    const imagery = new ImageryLayer(/** @type {any} */ (provider), { maximumAnisotropy: quality.anisotropy });
    const above = this.layers.draped.find((entry) => entry.layer.style.type !== "fill");
    widget.scene.imageryLayers.add(imagery, above ? widget.scene.imageryLayers.indexOf(above.imagery) : undefined);
    return { layer, tiles, provider, imagery };
  }
}
