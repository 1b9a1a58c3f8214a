// @ts-check
// All panels, drawn from the state into one element.

import { html, nothing, render } from "lit-html";
import { localized, t } from "../i18n.js";
import { attributePanel } from "./attributes.js";
import { examinationPanel } from "./examination.js";
import { icon } from "./icons.js";
import { ledgerPanel } from "./ledger.js";
import { layerTree } from "./layer-tree.js";
import { legend } from "./legend.js";
import { networkPanel } from "./network.js";
import { helpPanel, loadingNotice, middleNotice, toasts } from "./notices.js";
import { searchBox } from "./search.js";
import { sectionDrawing } from "./section.js";
import { toolbar } from "./toolbar.js";
import { undergroundPanel } from "./underground.js";

/** @typedef {import("../types.js").State} State */
/** @typedef {import("../actions.js").Actions} Actions */

/**
 * @param {import("../store.js").Store} store
 * @param {Actions} actions
 */
export function mountPanels(store, actions) {
  const ui = /** @type {HTMLElement} */ (document.getElementById("ui"));
  const map = /** @type {HTMLElement} */ (document.getElementById("map"));
  const draw = (/** @type {State} */ state) => {
    render(shell(state, actions), ui);
    map.setAttribute("aria-label", t("map.label"));
    document.title = state.city ? localized(state.city, "name") : t("brand");
    document.body.toggleAttribute("data-sheet", state.panel !== "none");
    document.body.toggleAttribute("data-selected", state.selection !== null);
    document.body.toggleAttribute("data-ledger", state.ledger.on);
    document.body.toggleAttribute("data-drawing", state.network.drawing !== null);
  };
  store.subscribe(draw);
  draw(store.state);
}

/**
 * @param {State} state
 * @param {Actions} actions
 */
function shell(state, actions) {
  return html`
    <div class="left">${brand(state, actions)} ${sidePanel(state, actions)}</div>
    ${toolbar(state, actions)} ${attributePanel(state, actions)} ${ledgerPanel(state, actions)}
    ${undergroundPanel(state, actions)} ${sectionDrawing(state, actions)} ${pointerPlace(state)} ${loadingNotice(state)} ${middleNotice(state)}
    ${helpPanel(state, actions)} ${toasts(state, actions)}
  `;
}

/**
 * @param {State} state
 * @param {Actions} actions
 */
function brand(state, actions) {
  return html`<header class="card brand">
    <div class="brand-head">
      <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
        <path class="logo-ground" d="M3 21 16 15l13 6-13 6-13-6Z" />
        <path class="logo-left" d="M8 10.5 15.2 14v10L8 20.5v-10Z" />
        <path class="logo-right" d="M24 6.5 16.8 10v14L24 20.5v-14Z" />
      </svg>
      <div class="brand-text">
        <h1>${state.city ? localized(state.city, "name") : t("brand")}</h1>
        <p>${t("brand.sub")}</p>
      </div>
      ${state.city?.synthetic ? html`<span class="badge" id="synthetic" title=${t("synthetic.detail")}>${t("synthetic")}</span>` : nothing}
    </div>
    ${searchBox(state, actions)}
  </header>`;
}

/**
 * @param {State} state
 * @param {Actions} actions
 */
function sidePanel(state, actions) {
  if (state.panel === "none" || !state.groups.length) return nothing;
  const tab = (/** @type {"layers" | "legend" | "examination" | "network"} */ name) => html`<button
    role="tab"
    id="tab-${name}"
    aria-selected=${state.panel === name}
    aria-controls="side"
    @click=${() => void actions.openTab(name)}
  >
    ${t(`tab.${name}`)}
  </button>`;
  return html`<section class="card side" aria-label=${t(`tab.${state.panel}`)}>
    <div class="tabs" role="tablist">
      ${tab("layers")}${tab("legend")}${tab("examination")}${tab("network")}
      <button class="quiet side-close" aria-label=${t("close")} title=${t("close")} @click=${() => actions.store.set({ panel: "none" })}>
        ${icon("close")}
      </button>
    </div>
    <div class="scroll" id="side" role="tabpanel" aria-labelledby="tab-${state.panel}">
      ${side(state, actions)}
    </div>
  </section>`;
}

/**
 * @param {State} state
 * @param {Actions} actions
 */
function side(state, actions) {
  if (state.panel === "examination") return examinationPanel(state, actions);
  if (state.panel === "network") return networkPanel(state, actions);
  return state.panel === "layers" ? layerTree(state, actions) : legend(state);
}

/** @param {State} state */
function pointerPlace({ pointer }) {
  if (!pointer) return nothing;
  const { longitude, latitude, height } = pointer;
  return html`<p class="pointer" aria-hidden="true">
    ${longitude.toFixed(5)}°, ${latitude.toFixed(5)}°${height === null ? "" : html` · ${t("pointer.height")} ${height.toFixed(1)} m`}
  </p>`;
}
