// @ts-check
// All of one problem: what shows it, what helps, by whom and by when it is to be solved, what became of it, and what it may become.

import { html, nothing } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { served } from "../config.js";
import { formatted, t } from "../i18n.js";
import { icon } from "./icons.js";
import { evidenceWords, problemWords, responsibleWords, spoken, unitName } from "./problem-words.js";

/** @typedef {import("../types.js").Ledger} Ledger */
/** @typedef {import("../types.js").LedgerProblem} LedgerProblem */
/** @typedef {import("../actions.js").Actions} Actions */

/**
 * @param {LedgerProblem} problem
 * @param {Ledger} ledger
 * @param {string} title of its indicator
 * @param {Actions} actions
 */
export function problemDetails(problem, ledger, title, actions) {
  const { place } = problemWords(problem);
  const found = { found: problem.year_found, seen: problem.year_seen };
  return html`<div class="problem-details" id="problem-details">
    <div>
      <h3>${problem.code} ${title}</h3>
      <dl>
        ${term("ledger.column.place", html`<button class="chip" @click=${() => void actions.find(problem.feature_id)}>${icon("locate")} ${place}</button>`)}
        ${term("ledger.column.unit", unitName(problem))}
        ${term("ledger.column.evidence", evidenceWords(problem.evidence).join(" · ") || "–")}
        ${term("problem.judged", t(problem.candidate ? "problem.candidate" : "problem.confirmed"))}
        ${term("problem.years", t("problem.foundSeen", found))}
        ${term("problem.deadline", `${t(`problem.deadline.${problem.deadline}`)}${problem.due_on ? ` · ${problem.due_on}` : ""}`)}
        ${term("problem.responsible", responsibleWords(problem))} ${term("problem.advice", spoken(problem.advice))}
      </dl>
      ${photos(problem.evidence)}
    </div>
    <div>
      ${changes(problem, ledger, actions)} ${history(problem)}
    </div>
  </div>`;
}

/**
 * What surveyors photographed: small, and as it is behind the link.
 * @param {LedgerProblem["evidence"]} evidence
 */
function photos(evidence) {
  const names = typeof evidence?.photo_file === "string" ? evidence.photo_file.split(";") : [];
  if (!names.length) return nothing;
  return html`<h4>${t("problem.photos")}</h4>
    <ul class="photos">
      ${names.map((name, place) => {
        const address = served(`/api/examination/photos/${encodeURIComponent(name)}`);
        const said = t("problem.photo", { number: place + 1, count: names.length });
        return html`<li><a href=${address} target="_blank" rel="noopener"><img src=${address} alt=${said} loading="lazy" height="96" /></a></li>`;
      })}
    </ul>`;
}

/**
 * @param {string} title
 * @param {unknown} value
 */
const term = (title, value) => html`<dt>${t(title)}</dt>
  <dd>${value}</dd>`;

/**
 * @param {LedgerProblem} problem
 * @param {Ledger} ledger
 * @param {Actions} actions
 */
function changes(problem, ledger, actions) {
  const { changing, refused, editing } = ledger;
  const next = ledger.changes[problem.state] ?? [];
  if (!next.length) return html`<p class="hint">${t("problem.examinationCloses")}</p>`;
  return html`<h4 id="change-title">${t("problem.change")}</h4>
    ${editing?.allowed ? fields(ledger, actions) : nothing}
    <div class="state-buttons" role="group" aria-labelledby="change-title">
      ${next.map(
        (state) => html`<button
          class="chip"
          data-state=${state}
          ?disabled=${changing || !editing?.allowed}
          aria-describedby=${editing?.allowed ? nothing : "not-editable"}
          @click=${() => void actions.changeProblem(problem, state)}
        >
          ${t(`problem.state.${state}`)}
        </button>`,
      )}
    </div>
    ${editing?.allowed ? nothing : html`<p class="hint" id="not-editable">${t("problem.notEditable")} <code>cim serve --editing</code></p>`}
    ${refused ? html`<p class="hint problem" role="alert">${icon("warning")} ${refused}</p>` : nothing}`;
}

/**
 * @param {Ledger} ledger
 * @param {Actions} actions
 */
function fields(ledger, actions) {
  const field = (/** @type {"note" | "who" | "token"} */ name, /** @type {string} */ kind) => html`<input
    id="problem-${name}"
    class="state-note"
    type=${kind}
    autocomplete="off"
    maxlength=${name === "note" ? 2000 : name === "who" ? 100 : 200}
    placeholder=${t(`problem.${name}`)}
    aria-label=${t(`problem.${name}`)}
    .value=${live(ledger[name])}
    @input=${(/** @type {any} */ event) => actions.ledger.set({ [name]: event.target.value })}
  />`;
  return html`${field("note", "text")}${field("who", "text")}${ledger.editing?.token ? field("token", "password") : nothing}`;
}

/** @param {LedgerProblem} problem */
function history({ history: past }) {
  if (!past.length) return nothing;
  return html`<h4>${t("problem.history")}</h4>
    <ol class="history">
      ${past.map(
        ({ at, by, from, to, note }) => html`<li>
          <time datetime=${at}>${formatted(at)}</time> ${by}: ${t(`problem.state.${from}`)} → ${t(`problem.state.${to}`)}${note ? html`<q>${note}</q>` : nothing}
        </li>`,
      )}
    </ol>`;
}
