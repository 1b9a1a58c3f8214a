// @ts-check
// The catalogue as a tree: six classes of data, a switch for each layer, its opacity and a way to fly there.

import { html, nothing } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { repeat } from "lit-html/directives/repeat.js";
import { liesBelow } from "../catalogue.js";
import { isIndicatorLayer } from "../examination.js";
import { localized, t } from "../i18n.js";
import { icon, swatch } from "./icons.js";

/** @typedef {import("../types.js").State} State */
/** @typedef {import("../types.js").Layer} Layer */
/** @typedef {import("../types.js").Group} Group */
/** @typedef {import("../actions.js").Actions} Actions */

/**
 * @param {State} state
 * @param {Actions} actions
 */
export function layerTree(state, actions) {
  return html`<ul class="tree">
    ${repeat(
      state.groups.map(withoutIndicators).filter((group) => group.layers.length),
      (group) => group.name,
      (group) => groupRow(state, actions, group),
    )}
  </ul>`;
}

/**
 * Indicators, some sixty, have a panel of their own.
 * @param {Group} group
 * @returns {Group}
 */
const withoutIndicators = (group) => ({ ...group, layers: group.layers.filter(({ name }) => !isIndicatorLayer(name)) });

/**
 * @param {State} state
 * @param {Actions} actions
 * @param {Group} group
 */
function groupRow(state, actions, group) {
  const folded = state.folded[group.name] ?? false;
  const on = group.layers.filter((layer) => state.layers[layer.name].visible).length;
  const fold = () => actions.store.set({ folded: { ...state.folded, [group.name]: !folded } });
  return html`<li class="group">
    <div class="group-head">
      <button class="fold" aria-expanded=${!folded} aria-controls="group-${group.name}" @click=${fold}>
        ${icon("chevron")}<span>${localized(group, "title")}</span>
      </button>
      <span class="count" aria-hidden="true">${on}/${group.layers.length}</span>
      <input
        type="checkbox"
        class="switch"
        aria-label=${t("layers.group", { group: localized(group, "title") })}
        .checked=${live(on === group.layers.length)}
        .indeterminate=${live(on > 0 && on < group.layers.length)}
        @change=${() => actions.toggleGroup(group)}
      />
    </div>
    <ul id="group-${group.name}" ?hidden=${folded}>
      ${repeat(
        group.layers,
        (layer) => layer.name,
        (layer) => layerRow(state, actions, layer),
      )}
    </ul>
  </li>`;
}

/** @param {Layer} layer */
const colorOf = (layer) => layer.legend[0]?.color ?? layer.style.color ?? "#9aa7b2";

/**
 * @param {State} state
 * @param {Actions} actions
 * @param {Layer} layer
 */
function layerRow(state, actions, layer) {
  const { visible } = state.layers[layer.name];
  const title = localized(layer, "title");
  const opened = state.opened === layer.name;
  const shape = layer.underground ? "line" : layer.style.type;
  return html`<li class="layer" data-layer=${layer.name}>
    <div class="layer-head">
      <label>
        <input
          type="checkbox"
          class="switch"
          .checked=${live(visible)}
          @change=${() => actions.toggleLayer(layer)}
        />
        ${swatch(colorOf(layer), shape)}<span class="title">${title}</span>
        ${liesBelow(layer) && !state.underground.on ? html`<span class="below" title=${t("layers.below")}>${icon("underground")}</span>` : nothing}
      </label>
      <span class="row-tools">
        ${layer.kind === "terrain"
          ? nothing
          : html`<button
              class="quiet"
              aria-label=${t("layers.opacityOf", { layer: title })}
              title=${t("layers.opacity")}
              aria-expanded=${opened}
              @click=${() => actions.store.set({ opened: opened ? null : layer.name })}
            >
              ${icon("sliders")}
            </button>`}
        <button
          class="quiet"
          aria-label=${t("layers.flyTo", { layer: title })}
          title=${t("layers.flyTo", { layer: title })}
          @click=${() => actions.flyToLayer(layer)}
        >
          ${icon("locate")}
        </button>
      </span>
    </div>
    ${opened ? opacityRow(state, actions, layer) : nothing}
  </li>`;
}

/**
 * @param {State} state
 * @param {Actions} actions
 * @param {Layer} layer
 */
function opacityRow(state, actions, layer) {
  const percent = Math.round(state.layers[layer.name].opacity * 100);
  const change = (/** @type {any} */ event) =>
    actions.store.setLayer(layer.name, { opacity: Number(event.target.value) / 100 });
  return html`<label class="slider">
    <span>${t("layers.opacity")}</span>
    <input type="range" min="0" max="100" step="5" .value=${live(String(percent))} @input=${change} />
    <output>${percent}%</output>
  </label>`;
}
