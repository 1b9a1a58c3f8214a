// @ts-check
// Risk of pipes: the 5 × 5 matrix, which chooses, and the pipes it chooses, the largest expected loss first.

import { html, nothing } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { repeat } from "lit-html/directives/repeat.js";
import { formatted, t } from "../i18n.js";
import { CLASS_COLOURS } from "../risk.js";
import { icon, swatch } from "./icons.js";
import { riskMatrix } from "./risk-matrix.js";
import { riskRow } from "./risk-row.js";
import { leftOut } from "./told.js";

/** @typedef {import("../types.js").State} State */
/** @typedef {import("../network-types.js").Risk} Risk */
/** @typedef {import("../actions.js").Actions} Actions */

const NETWORKS = ["water", "gas", "heat", "storm", "sewage", "combined", "industrial"];

/**
 * @param {State} state
 * @param {Actions} actions
 */
export function riskPanel(state, actions) {
  const { risk } = state.network;
  const { status, run, pipes, shown } = risk;
  if (status === "ready" && !run) return html`<section class="tool" id="risk"><p class="hint tight" id="risk-none">${t("risk.none")}</p></section>`;
  return html`<section class="tool" id="risk" aria-label=${t("network.risk")} aria-busy=${status === "loading"}>
    ${run ? chosen(risk, actions) : nothing}
    ${status === "error"
      ? html`<p class="hint problem" role="alert">${icon("warning")} ${risk.error}</p>
          <button class="plain" @click=${() => void actions.network.askRisk({})}>${t("error.retry")}</button>`
      : nothing}
    ${status === "loading" ? html`<p class="hint waiting">${t("loading")}</p>` : nothing} ${run ? counted(risk) : nothing}
    <ol class="found">
      ${repeat(
        pipes.slice(0, shown),
        (pipe) => pipe.segment_id,
        (pipe) => html`<li>${riskRow(pipe, risk, actions)}</li>`,
      )}
    </ol>
    ${pipes.length > shown
      ? html`<button class="plain" id="risk-more" @click=${() => actions.network.moreRisk()}>${t("clearance.more")}</button>`
      : nothing}
    ${run ? html`<p class="hint tight">${t("risk.caution")}</p>` : nothing}
    ${leftOut(risk.leftOut)}
  </section>`;
}

/**
 * @param {Risk} risk
 * @param {Actions} actions
 */
function chosen(risk, actions) {
  const pick = (/** @type {any} */ event) => void actions.network.askRisk({ network: event.target.value, cell: null });
  return html`<label class="field wide-field">
      <span>${t("clearance.group")}</span>
      <select id="risk-network" .value=${live(risk.network)} @change=${pick}>
        <option value="" ?selected=${!risk.network}>${t("clearance.any")}</option>
        ${NETWORKS.map((name) => html`<option value=${name} ?selected=${risk.network === name}>${t(`network.of.${name}`)}</option>`)}
      </select>
    </label>
    ${riskMatrix(risk, actions)}
    <ul class="classes" aria-label=${t("risk.classes")}>
      ${CLASS_COLOURS.map((color, index) => html`<li>${swatch(color)} ${t(`risk.class.${index + 1}`)}</li>`)}
    </ul>`;
}

/** @param {Risk} risk */
function counted({ pipes, whole, shown, cell }) {
  const count = whole ? formatted(pipes.length) : t("risk.orMore", { count: formatted(pipes.length) });
  const key = cell ? "risk.inCell" : "risk.inAll";
  return html`<p class="hint tight" id="risk-count" role="status">${t(key, { count, shown: formatted(Math.min(shown, pipes.length)) })}</p>`;
}
