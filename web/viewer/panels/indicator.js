// @ts-check
// One indicator, opened: what it means, what is asked for, its map, and its units, the worst first.

import { html, nothing } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { layerOf } from "../examination.js";
import { formatted, localized, t } from "../i18n.js";
import { icon } from "./icons.js";

/** @typedef {import("../types.js").State} State */
/** @typedef {import("../types.js").Indicator} Indicator */
/** @typedef {import("../types.js").Unit} Unit */
/** @typedef {import("../actions.js").Actions} Actions */

const MOST_UNITS = 60;
const SIGNS = /** @type {Record<string, string>} */ ({ ">=": "≥", "<=": "≤", "==": "=" });

/**
 * @param {Indicator} each
 * @param {State} state
 * @param {boolean} mapped whether there is a map of it
 * @param {Actions} actions
 */
export function indicatorDetails(each, state, mapped, actions) {
  const layer = layerOf(each.code);
  return html`<div class="indicator-details">
    ${mapped
      ? html`<label class="on-map">
          <input
            type="checkbox"
            class="switch"
            .checked=${live(state.layers[layer].visible)}
            @change=${() => actions.showIndicator(each.code)}
          />
          ${t("examination.map")}
        </label>`
      : html`<p class="hint">${t("examination.noMap")}</p>`}
    <p>${localized(each, "definition")}</p>
    <dl>
      ${term("examination.dimension", localized(each, "dimension"))} ${term("examination.standard", standard(each))}
      ${term("examination.numerator", localized(each, "numerator"))} ${term("examination.denominator", localized(each, "denominator"))}
      ${term("examination.method", localized(each, "method"))} ${term("examination.computable", t(`computable.${each.computable}`))}
    </dl>
    ${each.reasons.map((reason) => html`<p class="hint">${localized({ why_zh: reason.zh, why_en: reason.en }, "why")}</p>`)}
    ${units(each, state, actions)}
  </div>`;
}

/**
 * @param {string} title
 * @param {string} text
 */
const term = (title, text) => (text ? html`<dt>${t(title)}</dt>
      <dd>${text}</dd>` : nothing);

/** @param {Indicator} each */
function standard({ standard: asked, ...each }) {
  if (!asked) return t("examination.noStandard");
  const unit = localized(each, "unit");
  const value = asked.op === "between" ? `${formatted(asked.value)}–${formatted(asked.upper)}` : `${SIGNS[asked.op]} ${formatted(asked.value)}`;
  return `${value} ${unit} · ${asked.source} · ${t("examination.confidence")} ${t(`confidence.${asked.confidence}`)}`;
}

/**
 * @param {Indicator} each
 * @param {State} state
 * @param {Actions} actions
 */
function units(each, { examination }, actions) {
  const level = t(`unit.${examination.level}`);
  if (!(examination.level in each.levels)) return html`<p class="hint">${t("examination.notAtLevel", { level })}</p>`;
  if (examination.error) return html`<p class="hint problem" role="alert">${icon("warning")} ${examination.error}</p>`;
  if (!examination.units) return html`<p class="hint waiting">${t("loading")}</p>`;
  const shown = examination.units.slice(0, MOST_UNITS);
  const count = Object.values(each.levels[examination.level]).reduce((sum, some) => sum + some, 0);
  return html`<h4>${t("examination.worst", { level, count })}</h4>
    <ol class="units">
      ${shown.map((unit) => html`<li>${unitRow(unit, actions)}</li>`)}
    </ol>
    ${count > shown.length ? html`<p class="hint">${t("examination.more", { count: count - shown.length })}</p>` : nothing}`;
}

/**
 * @param {Unit} unit
 * @param {Actions} actions
 */
function unitRow(unit, actions) {
  const missing = unit.missing_share ? t("examination.missing", { share: Math.round(100 * unit.missing_share) }) : "";
  return html`<button @click=${() => void actions.find(unit.unit_id)} title=${t(`grade.${unit.grade}`)}>
    <span class="dot" data-grade=${unit.grade}></span>
    <span class="unit-name">${unit.name || unit.key}</span>
    <span class="unit">${missing}</span>
    <span>${formatted(unit.value)}</span>
  </button>`;
}
