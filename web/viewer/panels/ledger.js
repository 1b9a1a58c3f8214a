// @ts-check
// The ledger of problems as a table: filtered, sorted, in pages; an opened row tells all of it and where it is.

import { html, nothing } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { repeat } from "lit-html/directives/repeat.js";
import { formatted, localized, t } from "../i18n.js";
import { PAGE } from "../ledger.js";
import { icon } from "./icons.js";
import { problemDetails } from "./problem.js";
import { problemWords, unitName } from "./problem-words.js";

/** @typedef {import("../types.js").State} State */
/** @typedef {import("../types.js").Ledger} Ledger */
/** @typedef {import("../types.js").LedgerProblem} LedgerProblem */
/** @typedef {import("../types.js").LedgerChoice} LedgerChoice */
/** @typedef {import("../actions.js").Actions} Actions */

const COLUMNS = /** @type {const} */ (["severity", "code", "place", "unit", "evidence", "due", "state"]);

/**
 * @param {State} state
 * @param {Actions} actions
 */
export function ledgerPanel(state, actions) {
  const { ledger } = state;
  if (!ledger.on) return nothing;
  return html`<section class="card ledger" id="ledger" aria-label=${t("ledger.title")} aria-busy=${ledger.status === "loading"}>
    <header>
      <h2>${icon("ledger")} ${t("ledger.title")} <span class="count" id="ledger-total">${t("ledger.total", { count: formatted(ledger.total) })}</span></h2>
      ${filters(state, actions)}
      <button class="quiet" id="ledger-close" aria-label=${t("close")} title=${t("close")} @click=${() => actions.ledger.close()}>${icon("close")}</button>
    </header>
    ${ledger.status === "error"
      ? html`<p class="hint problem" role="alert">${icon("warning")} ${ledger.error}
          <button class="chip" @click=${() => void actions.ledger.load()}>${t("error.retry")}</button></p>`
      : table(state, actions)}
    ${pages(ledger, actions)}
  </section>`;
}

/**
 * @param {State} state
 * @param {Actions} actions
 */
function filters({ ledger, examination }, actions) {
  const { filter, choices } = ledger;
  const titles = new Map(examination.indicators.map((each) => [each.code, localized(each, "title")]));
  const scope = examination.scope.map(({ unit_id, name, name_en, key }) => ({ value: String(unit_id), name: localized({ name_zh: name, name_en }, "name") || key, name_en: null, count: 0 }));
  const units = [...scope.filter(({ value }) => choices.units.every((unit) => unit.value !== value)), ...choices.units];
  const chosen = (/** @type {"code" | "state" | "within"} */ name, /** @type {{value: string, label: string}[]} */ options) => html`<select
    id="ledger-${name}"
    aria-label=${t(`ledger.filter.${name}`)}
    .value=${live(filter[name])}
    @change=${(/** @type {any} */ event) => void actions.ledger.choose({ [name]: event.target.value })}
  >
    ${options.map(({ value, label }) => html`<option value=${value} ?selected=${value === filter[name]}>${label}</option>`)}
  </select>`;
  const counted = (/** @type {string} */ label, /** @type {number} */ count) => (count ? `${label} (${count})` : label);
  return html`<div class="ledger-filters">
    ${chosen("state", [
      { value: "active", label: t("ledger.active") },
      { value: "", label: t("ledger.anyState") },
      ...choices.states.map(({ value, count }) => ({ value, label: counted(t(`problem.state.${value}`), count) })),
    ])}
    ${chosen("code", [
      { value: "", label: t("ledger.anyCode") },
      ...choices.codes.map(({ value, count }) => ({ value, label: counted(`${value} ${titles.get(value) ?? ""}`, count) })),
    ])}
    <select id="ledger-sort" aria-label=${t("ledger.sort")} .value=${live(ledger.sort)} @change=${(/** @type {any} */ event) => void actions.ledger.sortBy(event.target.value)}>
      ${["gravest", ...COLUMNS.filter((name) => name !== "evidence")].map(
        (name) => html`<option value=${name} ?selected=${name === ledger.sort}>${t("ledger.sort")}: ${t(`ledger.column.${name}`)}</option>`,
      )}
    </select>
    ${chosen("within", [
      { value: "", label: t("ledger.anyUnit") },
      ...units.map(({ value, name, name_en, count }) => ({ value, label: counted(localized({ name_zh: name, name_en }, "name") || `#${value}`, count) })),
    ])}
  </div>`;
}

/**
 * @param {State} state
 * @param {Actions} actions
 */
function table({ ledger, examination }, actions) {
  if (ledger.status === "ready" && !ledger.problems.length) return html`<p class="hint" id="ledger-none">${t("ledger.none")}</p>`;
  const titles = new Map(examination.indicators.map((each) => [each.code, localized(each, "title")]));
  return html`<div class="scroll" tabindex="0" role="group" aria-label=${t("ledger.title")}>
    <table>
      <thead>
        <tr>
          ${COLUMNS.map((name) => head(name, ledger, actions))}
        </tr>
      </thead>
      <tbody>
        ${repeat(
          ledger.problems,
          ({ problem_id }) => problem_id,
          (problem) => html`${row(problem, ledger, titles, actions)}
          ${ledger.opened === problem.problem_id ? html`<tr class="opened"><td colspan=${COLUMNS.length}>${problemDetails(problem, ledger, titles.get(problem.code) ?? "", actions)}</td></tr>` : nothing}`,
        )}
      </tbody>
    </table>
  </div>`;
}

/**
 * @param {typeof COLUMNS[number]} name
 * @param {Ledger} ledger
 * @param {Actions} actions
 */
function head(name, { sort, descending }, actions) {
  const sorted = sort !== name ? "none" : descending ? "descending" : "ascending";
  if (name === "evidence") return html`<th scope="col">${t(`ledger.column.${name}`)}</th>`;
  return html`<th scope="col" aria-sort=${sorted}>
    <button data-sort=${name} @click=${() => void actions.ledger.sortBy(name)}>
      ${t(`ledger.column.${name}`)}<span aria-hidden="true">${{ none: "", ascending: " ↑", descending: " ↓" }[sorted]}</span>
    </button>
  </th>`;
}

/**
 * @param {LedgerProblem} problem
 * @param {Ledger} ledger
 * @param {Map<string, string>} titles
 * @param {Actions} actions
 */
function row(problem, { opened }, titles, actions) {
  const { place, why } = problemWords(problem);
  const open = () => {
    actions.ledger.openRow(problem.problem_id);
    if (actions.ledger.state.opened) void actions.flyToPlace(problem);
  };
  return html`<tr class="problem-row" data-problem=${problem.problem_id} aria-selected=${opened === problem.problem_id} @click=${open}>
    <td class="severity" data-title=${t("ledger.column.severity")}>${icon(problem.candidate ? "pinSuspected" : "pin")} ${severity(problem)}</td>
    <td title=${titles.get(problem.code) ?? ""}><b>${problem.code}</b> <span class="clipped">${titles.get(problem.code) ?? ""}</span></td>
    <td>
      <button class="row-open" aria-expanded=${opened === problem.problem_id} @click=${(/** @type {Event} */ event) => (event.stopPropagation(), open())}>
        ${place}
      </button>
    </td>
    <td>${unitName(problem)}</td>
    <td class="evidence" title=${why}>${why || "–"}</td>
    <td>${due(problem)}</td>
    <td><span class="state" data-state=${problem.state}>${t(`problem.state.${problem.state}`)}</span></td>
  </tr>`;
}

/** @param {LedgerProblem} problem */
function severity({ candidate, severity: grave }) {
  if (grave !== null) return html`<span title=${t("problem.confirmed")}>${grave}/10</span>`;
  return html`<span class="unit">${t(candidate ? "problem.candidateShort" : "problem.confirmedShort")}</span>`;
}

/** @param {LedgerProblem} problem */
function due({ due_on, deadline }) {
  return due_on ?? html`<span class="unit">${t(`problem.deadline.${deadline}`)}</span>`;
}

/**
 * @param {Ledger} ledger
 * @param {Actions} actions
 */
function pages({ offset, total, problems }, actions) {
  if (total <= PAGE && !offset) return nothing;
  const last = offset + problems.length;
  return html`<footer>
    <button class="chip" id="ledger-previous" ?disabled=${!offset} @click=${() => void actions.ledger.turnTo(offset - PAGE)}>${t("ledger.previous")}</button>
    <span id="ledger-range">${t("ledger.range", { from: formatted(offset + 1), to: formatted(last), total: formatted(total) })}</span>
    <button class="chip" id="ledger-next" ?disabled=${last >= total} @click=${() => void actions.ledger.turnTo(offset + PAGE)}>${t("ledger.next")}</button>
  </footer>`;
}
