// @ts-check
// Which examination is shown: one of those that stand, by year and system.

import { html, nothing } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { localized, t } from "../i18n.js";

/** @typedef {import("../types.js").Examination} Examination */
/** @typedef {import("../types.js").Standing} Standing */
/** @typedef {import("../actions.js").Actions} Actions */

/**
 * @param {Examination} examination
 * @param {Actions} actions
 */
export function runChoice({ standing, about, gone }, actions) {
  const missed = gone ? html`<p class="hint tight" role="status">${t("examination.gone", { ...gone })}</p>` : nothing;
  if (standing.length < 2) return missed;
  const choose = (/** @type {any} */ event) => {
    const run = standing.find(({ run_id }) => run_id === Number(event.target.value));
    // The newest is no choice: a link to it stays a link to the newest.
    if (run) void actions.examiner.choose(run === standing[0] ? null : { year: run.year, system: run.system });
  };
  return html`<label class="run-choice">
      <span>${t("examination.run")}</span>
      <select id="examination-run" .value=${live(String(about?.run_id))} @change=${choose}>
        ${standing.map((run, place) => html`<option value=${run.run_id} ?selected=${run.run_id === about?.run_id}>${named(run, place)}</option>`)}
      </select>
    </label>
    ${missed}`;
}

/**
 * @param {Standing} run
 * @param {number} place
 */
function named(run, place) {
  const more = [run.provisional ? t("examination.provisional") : "", place ? "" : t("examination.newest")].filter(Boolean);
  return `${run.year} · ${localized(run, "title") || run.system}${more.length ? ` (${more.join(", ")})` : ""}`;
}

/** Whether another than the newest is shown. @param {Examination} examination */
export const isEarlier = ({ standing, about }) => standing.length > 0 && standing[0].run_id !== about?.run_id;
