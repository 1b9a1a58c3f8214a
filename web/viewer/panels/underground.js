// @ts-check
// How clear the ground is, and how faint what stands on it, while the underground is shown.

import { html, nothing } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { t } from "../i18n.js";
import { icon } from "./icons.js";

/** @typedef {import("../types.js").State} State */
/** @typedef {import("../actions.js").Actions} Actions */

/**
 * @param {State} state
 * @param {Actions} actions
 */
export function undergroundPanel(state, actions) {
  const { on, ground, above } = state.underground;
  if (!on) return nothing;
  return html`<section class="card underground" id="underground" aria-label=${t("underground.title")}>
    <header>
      ${icon("underground")}
      <h2>${t("underground.title")}</h2>
      <button class="quiet" aria-label=${t("underground.leave")} title=${t("underground.leave")} @click=${() => actions.toggleUnderground()}>
        ${icon("close")}
      </button>
    </header>
    ${slider("ground", t("underground.ground"), ground, (value) => actions.setUnderground({ ground: value }))}
    ${slider("above", t("underground.above"), above, (value) => actions.setUnderground({ above: value }))}
  </section>`;
}

/**
 * @param {string} id
 * @param {string} label
 * @param {number} value 0–1
 * @param {(value: number) => void} change
 */
function slider(id, label, value, change) {
  const percent = Math.round(value * 100);
  return html`<label class="slider">
    <span>${label}</span>
    <input
      type="range"
      id="underground-${id}"
      min="0"
      max="100"
      step="5"
      .value=${live(String(percent))}
      @input=${(/** @type {any} */ event) => change(Number(event.target.value) / 100)}
    />
    <output>${percent}%</output>
  </label>`;
}
