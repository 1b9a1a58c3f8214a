// @ts-check
// The matrix: likelihood upwards, consequence to the right, in each cell how many pipes; a cell is pressed to see them.

import { html, nothing } from "lit-html";
import { formatted, t } from "../i18n.js";
import { CLASS_COLOURS } from "../risk.js";

/** @typedef {import("../network-types.js").Risk} Risk */
/** @typedef {import("../actions.js").Actions} Actions */

const CLASSES = [1, 2, 3, 4, 5];
/** Words on the two darkest colours are white. */
const DARK = 4;

/**
 * @param {Risk} risk
 * @param {Actions} actions
 */
export function riskMatrix(risk, actions) {
  const { matrix } = risk;
  if (!matrix) return nothing;
  return html`<table class="matrix" id="risk-matrix">
    <caption>${t("risk.matrix")}</caption>
    <tbody>
      ${[...CLASSES].reverse().map(
        (likelihood) => html`<tr>
          <th scope="row" title=${t("risk.failures")}>${ends(matrix.likelihood_ends, likelihood)}</th>
          ${CLASSES.map((consequence) => html`<td>${cellButton(risk, likelihood, consequence, actions)}</td>`)}
        </tr>`,
      )}
      <tr>
        <th></th>
        ${CLASSES.map((consequence) => html`<th scope="col" title=${t("risk.yuan")}>${ends(matrix.consequence_ends.map((yuan) => yuan / 10_000), consequence)}</th>`)}
      </tr>
    </tbody>
  </table>
  <p class="axes"><span>↑ ${t("risk.failures")}</span><span>${t("risk.yuan")} →</span></p>`;
}

/**
 * @param {Risk} risk
 * @param {number} likelihood
 * @param {number} consequence
 * @param {Actions} actions
 */
function cellButton({ matrix, cell }, likelihood, consequence, actions) {
  const found = matrix?.cells.find((each) => each.likelihood_class === likelihood && each.consequence_class === consequence);
  const level = matrix?.classes[likelihood - 1][consequence - 1] ?? 1;
  const pressed = cell?.likelihood === likelihood && cell.consequence === consequence;
  const count = found?.segments ?? 0;
  return html`<button
    data-likelihood=${likelihood}
    data-consequence=${consequence}
    style="--class: ${CLASS_COLOURS[level - 1]}"
    class=${level >= DARK ? "dark" : ""}
    aria-pressed=${pressed}
    aria-label=${t("risk.cell", { likelihood, consequence, count, level: t(`risk.class.${level}`) })}
    ?disabled=${!count}
    @click=${() => void actions.network.askRisk({ cell: pressed ? null : { likelihood, consequence } })}
  >
    ${count ? formatted(count) : "·"}
  </button>`;
}

/**
 * Where a class begins or ends, in few signs.
 * @param {number[]} limits
 * @param {number} which
 */
function ends(limits, which) {
  if (which === 1) return `< ${formatted(limits[0])}`;
  return `≥ ${formatted(limits[which - 2])}`;
}
