// @ts-check
// Values as bars against the standard: a line for the standard, a thin one for the interval, a tick for the way on foot.

import { html, nothing, svg } from "lit-html";
import { formatted, localized, t } from "../i18n.js";

/** @typedef {import("../types.js").Indicator} Indicator */
/** @typedef {import("../types.js").Unit} Unit */

const SIGNS = /** @type {Record<string, string>} */ ({ ">=": "≥", "<=": "≤", "==": "=" });

/** @param {Unit} unit */
export const nameOf = ({ name, name_en, key }) => localized({ name_zh: name, name_en }, "name") || key;

/** @param {Indicator} each */
export function standardText(each) {
  const { standard } = each;
  if (!standard) return t("examination.noStandard");
  const value = standard.op === "between" ? `${formatted(standard.value)}–${formatted(standard.upper)}` : `${SIGNS[standard.op]} ${formatted(standard.value)}`;
  return `${value} ${localized(each, "unit")}`;
}

/**
 * The end of the common scale: it begins at zero.
 * @param {Indicator} each
 * @param {Unit[]} units
 */
function scaleOf({ standard }, units) {
  const numbers = units.flatMap(({ value, high, on_foot }) => [value, high, on_foot]);
  const all = [...numbers, standard?.value, standard?.upper].filter((one) => typeof one === "number" && Number.isFinite(one));
  return Math.max(.../** @type {number[]} */ (all), 0) || 1;
}

/**
 * @param {Indicator} each
 * @param {Unit} unit
 */
export const valueBar = (each, unit) => bar(each, unit, scaleOf(each, [unit]) * 1.08);

/**
 * @param {Indicator} each
 * @param {Unit[]} shown
 * @param {Unit[]} all what the scale is common to
 * @param {(unit: Unit) => void} open
 */
export function unitBars(each, shown, all, open) {
  const scale = scaleOf(each, all) * 1.04;
  return html`<ol class="units">
    ${shown.map(
      (unit) => html`<li>
        <button data-unit=${unit.unit_id} @click=${() => open(unit)} title=${t(`grade.${unit.grade}`)}>
          <span class="unit-name">${nameOf(unit)}</span>
          <span class="unit">${unit.missing_share ? t("examination.missing", { share: Math.round(100 * unit.missing_share) }) : nothing}</span>
          <span class="unit-value">${formatted(unit.value)}</span>
          ${bar(each, unit, scale)}
        </button>
      </li>`,
    )}
  </ol>
  <p class="scale" aria-hidden="true"><span>0</span><span>${each.standard ? `┆ ${t("examination.standard")} ${standardText(each)}` : nothing}</span><span>${formatted(scale / 1.04)}</span></p>`;
}

/**
 * @param {Indicator} each
 * @param {Unit} unit
 * @param {number} scale
 */
function bar({ standard }, { value, low, high, on_foot, grade }, scale) {
  const at = (/** @type {number} */ number) => Math.max(0, Math.min(100, (100 * number) / scale));
  return html`<svg class="value-bar" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">
    <rect class="track" x="0" y="2" width="100" height="8" />
    ${standard?.op === "between" && standard.upper !== null
      ? svg`<rect class="band" x=${at(standard.value)} y="0" width=${at(standard.upper) - at(standard.value)} height="12"/>`
      : nothing}
    ${value === null ? nothing : svg`<rect data-grade=${grade} x="0" y="2" width=${Math.max(at(value), 0.6)} height="8"/>`}
    ${low !== null && high !== null && high > low ? svg`<path class="interval" d="M${at(low)} 6H${at(high)}M${at(low)} 3v6M${at(high)} 3v6"/>` : nothing}
    ${on_foot === null || on_foot === value ? nothing : svg`<path class="on-foot" d="M${at(on_foot)} 2v8"/>`}
    ${standard && standard.op !== "between" ? svg`<path class="asked" d="M${Math.max(at(standard.value), 0.3)} 0v12"/>` : nothing}
  </svg>`;
}
