// @ts-check
// The examination at a glance: each indicator with the city's value, its standard, and how many units have which grade.

import { html, nothing, svg } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { repeat } from "lit-html/directives/repeat.js";
import { layerOf } from "../examination.js";
import { formatted, localized, t } from "../i18n.js";
import { icon } from "./icons.js";
import { indicatorDetails } from "./indicator.js";

/** @typedef {import("../types.js").State} State */
/** @typedef {import("../types.js").Indicator} Indicator */
/** @typedef {import("../types.js").Grade} Grade */
/** @typedef {import("../actions.js").Actions} Actions */

const LEVELS = ["housing", "community", "block", "city"];
const UNIT_LEVELS = ["city", "district", "subdistrict", "block", "community", "compound"];
/** @type {Grade[]} */
const GRADES = ["short", "near", "meets", "not_assessable"];

/**
 * @param {State} state
 * @param {Actions} actions
 */
export function examinationPanel(state, actions) {
  const { examination } = state;
  if (examination.status === "error") return html`<p class="hint problem" role="alert">${icon("warning")} ${examination.error}</p>`;
  if (examination.status !== "ready") return html`<p class="hint waiting">${t("loading")}</p>`;
  if (!examination.about) return html`<p class="hint">${t("examination.none")}</p>`;
  const groups = LEVELS.map((level) => ({ level, of: examination.indicators.filter((each) => each.level === level) }));
  return html`
    ${heading(state, actions)}
    ${groups.filter(({ of }) => of.length).map(
      ({ level, of }) => html`<section class="indicator-group">
        <h3>${t(`examination.level.${level}`)}</h3>
        <ul class="indicators">
          ${repeat(
            of,
            ({ code }) => code,
            (each) => indicatorRow(each, state, actions),
          )}
        </ul>
      </section>`,
    )}
  `;
}

/**
 * @param {State} state
 * @param {Actions} actions
 */
function heading({ examination }, actions) {
  const about = /** @type {import("../types.js").Examined} */ (examination.about);
  const levels = UNIT_LEVELS.filter((level) => examination.indicators.some((each) => level in each.levels));
  return html`<div class="examination-head">
    <p>
      <strong>${t("examination.year", { year: about.year })}</strong>
      <span class="unit">${t("examination.system", { system: about.system, year: about.system_year })}</span>
      ${about.provisional ? html`<span class="badge">${t("examination.provisional")}</span>` : nothing}
    </p>
    <label>
      ${t("examination.units")}
      <select id="examination-level" .value=${live(examination.level)} @change=${(/** @type {any} */ event) => void actions.chooseLevel(event.target.value)}>
        ${levels.map((level) => html`<option value=${level} ?selected=${level === examination.level}>${t(`unit.${level}`)}</option>`)}
      </select>
    </label>
    <ul class="grades" aria-label=${t("examination.grades")}>
      ${GRADES.map((grade) => html`<li><span class="dot" data-grade=${grade}></span>${t(`grade.${grade}`)}</li>`)}
    </ul>
  </div>`;
}

/**
 * @param {Indicator} each
 * @param {State} state
 * @param {Actions} actions
 */
function indicatorRow(each, state, actions) {
  const { examination } = state;
  const open = examination.opened === each.code;
  const mapped = layerOf(each.code) in state.layers;
  return html`<li class="indicator" data-code=${each.code}>
    <button class="indicator-head" aria-expanded=${open} @click=${() => void actions.openIndicator(each.code)}>
      <span class="indicator-title"><b>${each.code}</b> ${localized(each, "title")}</span>
      <span class="indicator-value" data-grade=${each.city?.grade ?? "not_assessable"}>
        ${each.city && each.city.value !== null ? html`${formatted(each.city.value)} <small>${localized(each, "unit")}</small>` : "–"}
      </span>
      ${gradeBar(each.levels[examination.level], t(`unit.${examination.level}`))}
    </button>
    ${open ? indicatorDetails(each, state, mapped, actions) : nothing}
  </li>`;
}

/**
 * A bar of the units by grade; an indicator that is not told for this level has none.
 * @param {Record<Grade, number> | undefined} counts
 * @param {string} level
 */
function gradeBar(counts, level) {
  const total = counts ? GRADES.reduce((sum, grade) => sum + counts[grade], 0) : 0;
  if (!counts || !total) return html`<span class="grade-bar empty"></span>`;
  const told = GRADES.filter((grade) => counts[grade]);
  let left = 0;
  return html`<svg
    class="grade-bar"
    viewBox="0 0 100 4"
    preserveAspectRatio="none"
    role="img"
    aria-label=${`${level}: ${told.map((grade) => `${t(`grade.${grade}`)} ${counts[grade]}`).join(", ")}`}
  >
    ${told.map((grade) => {
      const width = (100 * counts[grade]) / total;
      left += width;
      return bar(grade, left - width, width);
    })}
  </svg>`;
}

/**
 * @param {Grade} grade
 * @param {number} x
 * @param {number} width
 */
const bar = (grade, x, width) => svg`<rect data-grade=${grade} x=${x} y="0" width=${width} height="4"/>`;
