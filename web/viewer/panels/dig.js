// @ts-check
// Somebody wants to dig: the outline and the depth, and what the records know of the ground there.

import { html, nothing } from "lit-html";
import { formatted, localized, t } from "../i18n.js";
import { drawingControls } from "./drawing.js";
import { digLists } from "./dig-lists.js";
import { icon } from "./icons.js";
import { fact, leftOut } from "./told.js";

/** @typedef {import("../types.js").State} State */
/** @typedef {import("../network-types.js").Dig} Dig */
/** @typedef {import("../network-types.js").Excavation} Excavation */
/** @typedef {import("../actions.js").Actions} Actions */

const DEEPEST_M = 60;

/**
 * @param {State} state
 * @param {Actions} actions
 */
export function digPanel(state, actions) {
  const { dig, drawing } = state.network;
  return html`<section class="tool" id="dig" aria-label=${t("network.dig")} aria-busy=${dig.status === "loading"}>
    ${dig.corners.length || drawing ? nothing : html`<p>${t("dig.about")}</p>`} ${drawingControls(state, "dig", actions)}
    ${drawing ? nothing : depth(dig, actions)}
    ${dig.status === "loading" ? html`<p class="hint waiting">${t("loading")}</p>` : nothing}
    ${dig.status === "error" ? html`<p class="hint problem" role="alert">${icon("warning")} ${dig.error}</p>` : nothing}
    ${dig.answer ? answered(dig, dig.answer, actions) : nothing}
  </section>`;
}

/**
 * @param {Dig} dig
 * @param {Actions} actions
 */
function depth(dig, actions) {
  const tell = (/** @type {any} */ event) => {
    const metres = Number(event.target.value);
    if (metres > 0 && metres <= DEEPEST_M) actions.network.tellDig({ depth: metres });
    else event.target.value = String(dig.depth);
  };
  return html`<label class="field">
    <span>${t("dig.depth")}</span>
    <input type="number" id="dig-depth" min="0.1" max=${DEEPEST_M} step="0.1" .value=${String(dig.depth)} @change=${tell} />
    <span class="unit">m</span>
  </label>`;
}

/**
 * @param {Dig} dig
 * @param {Excavation} answer
 * @param {Actions} actions
 */
function answered(dig, answer, actions) {
  return html`${notices(answer)}
    <table class="facts">
      <tbody>
        ${fact("dig.area", `${formatted(answer.dig.area_m2)} m²`)} ${fact("dig.pipes", formatted(answer.pipes.length))}
        ${fact("dig.byHand", formatted(answer.pipes.filter((pipe) => pipe.by_hand).length))}
        ${fact("dig.expires", answer.dig.expires)}
        ${fact("dig.unsurveyed", `${Math.round(100 * answer.unsurveyed.share)} %`)}
        ${answer.unsurveyed.networks_without_record.length ? fact("dig.noRecord", noRecord(answer)) : nothing}
      </tbody>
    </table>
    ${files(dig, actions)} ${digLists(answer, actions)} ${leftOut(answer.left_out)}`;
}

/** @param {Excavation} answer */
const noRecord = ({ unsurveyed }) => unsurveyed.networks_without_record.map((name) => t(`network.of.${name}`)).join(", ");

/**
 * The first is the one that nobody may miss.
 * @param {Excavation} answer
 */
function notices({ notices: [first, ...others] }) {
  const words = (/** @type {import("../network-types.js").BothLanguages} */ { zh, en }) => localized({ word_zh: zh, word_en: en }, "word");
  return html`<div class="notice" id="dig-notice" role="status">
    ${icon("warning")}
    <div>
      <strong>${words(first)}</strong>
      <details>
        <summary>${t("dig.notices", { count: others.length })}</summary>
        <ul>
          ${others.map((each) => html`<li>${words(each)}</li>`)}
        </ul>
      </details>
    </div>
  </div>`;
}

/**
 * @param {Dig} dig
 * @param {Actions} actions
 */
function files(dig, actions) {
  const { network } = actions;
  const text = (/** @type {"project" | "applicant"} */ name) => html`<label class="field wide-field">
    <span>${t(`dig.${name}`)}</span>
    <input type="text" maxlength="200" .value=${dig[name]} @change=${(/** @type {any} */ event) => network.tellDig({ [name]: event.target.value })} />
  </label>`;
  return html`<div class="files">
    ${text("project")} ${text("applicant")}
    <div class="row">
      <button class="plain" id="dig-pdf" @click=${() => void network.keepDig("pdf")}>${t("dig.pdf")}</button>
      <button class="plain" id="dig-dxf" @click=${() => void network.keepDig("dxf")}>DXF</button>
    </div>
  </div>`;
}
