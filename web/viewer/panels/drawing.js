// @ts-check
// How an outline or a line is given: drawn on the map, or written as coordinates.

import { html, nothing } from "lit-html";
import { FEWEST, written } from "../drawing.js";
import { t } from "../i18n.js";
import { icon } from "./icons.js";

/** @typedef {import("../types.js").State} State */
/** @typedef {import("../actions.js").Actions} Actions */
/** @typedef {import("../network-types.js").Drawn} Drawn */

/**
 * @param {State} state
 * @param {Drawn} kind
 * @param {Actions} actions
 */
export function drawingControls({ network }, kind, actions) {
  const { corners } = network[kind];
  if (network.drawing === kind) return whileDrawing(kind, corners.length, actions);
  return html`<div class="row">
      <button class=${corners.length ? "plain" : "primary"} id="draw" @click=${() => actions.network.draw(kind)}>
        ${icon("draw")} ${t(corners.length ? "draw.anew" : `draw.${kind}`)}
      </button>
      ${corners.length
        ? html`<button class="plain" id="draw-clear" @click=${() => actions.network.replace(kind, [])}>${t("draw.clear")}</button>`
        : nothing}
    </div>
    ${corners.length ? html`<p class="hint tight">${t("draw.move")}</p>` : nothing} ${byHand(kind, corners, actions)}`;
}

/**
 * @param {Drawn} kind
 * @param {number} count
 * @param {Actions} actions
 */
function whileDrawing(kind, count, actions) {
  const { network } = actions;
  return html`<div class="drawing" role="status" id="drawing">
    <p><strong>${t(`draw.how.${kind}`)}</strong></p>
    <p class="hint tight">${t("draw.keys")}</p>
    <p class="hint tight">${t("draw.corners", { count })}</p>
    <div class="row">
      <button class="primary" id="draw-finish" ?disabled=${count < FEWEST[kind]} @click=${() => network.finish()}>${t("draw.finish")}</button>
      <button class="plain" ?disabled=${!count} @click=${() => network.dropCorner()}>${t("draw.undo")}</button>
      <button class="plain" @click=${() => network.stopDrawing()}>${t("draw.cancel")}</button>
    </div>
  </div>`;
}

/**
 * @param {Drawn} kind
 * @param {import("../network-types.js").Corner[]} corners
 * @param {Actions} actions
 */
function byHand(kind, corners, actions) {
  // Not `live`: what somebody is writing must outlast whatever else is drawn anew meanwhile.
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    const fault = actions.network.writeCorners(kind, String(new FormData(form).get("corners") ?? ""));
    /** @type {HTMLElement} */ (form.querySelector("[role=alert]")).textContent = fault;
    // What was found is read below.
    if (!fault) form.closest("details")?.removeAttribute("open");
  };
  return html`<details class="by-hand">
    <summary>${t("draw.byHand")}</summary>
    <form @submit=${submit}>
      <label>
        <span class="hint tight">${t("draw.coordinates")}</span>
        <textarea
          name="corners"
          id="corners"
          rows=${Math.min(Math.max(corners.length, 4), 10)}
          spellcheck="false"
          placeholder="106.55770, 29.56310"
          .value=${written(corners)}
        ></textarea>
      </label>
      <p class="problem" role="alert"></p>
      <button class="plain">${t("draw.use")}</button>
    </form>
  </details>`;
}
