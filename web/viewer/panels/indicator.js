// @ts-check
// One indicator: what it is, the city's figure against the standard, its units as bars and on the map, and the places
// behind the number.

import { html, nothing } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { toldLevels } from "../examination.js";
import { formatted, localized, t } from "../i18n.js";
import { unitColours } from "../unit-colours.js";
import { icon, swatch } from "./icons.js";
import { problemWords, unitName } from "./problem-words.js";
import { isEarlier, runChoice } from "./run-choice.js";
import { nameOf, standardText, unitBars, valueBar } from "./unit-bars.js";

/** @typedef {import("../types.js").State} State */
/** @typedef {import("../types.js").Examination} Examination */
/** @typedef {import("../types.js").Indicator} Indicator */
/** @typedef {import("../types.js").Unit} Unit */
/** @typedef {import("../actions.js").Actions} Actions */

/**
 * @param {Indicator} each
 * @param {State} state
 * @param {Actions} actions
 */
export function indicatorPage(each, { examination }, actions) {
  return html`<article class="indicator-page" data-code=${each.code}>
    <button class="back" id="all-indicators" @click=${() => actions.examiner.close()}>${icon("back")} ${t("examination.all")}</button>
    ${runChoice(examination, actions)}
    <h3><b>${each.code}</b> ${localized(each, "title")}</h3>
    <p class="definition">${localized(each, "definition")}</p>
    ${path(examination, actions)} ${examination.error ? html`<p class="hint problem" role="alert">${icon("warning")} ${examination.error}</p>` : figure(each, examination)}
    ${map(each, examination, actions)} ${units(each, examination, actions)} ${places(each, examination, actions)} ${details(each)}
  </article>`;
}

/**
 * The way down from the city to what is looked into.
 * @param {Examination} examination
 * @param {Actions} actions
 */
function path({ scope }, actions) {
  const steps = [t("examination.wholeCity"), ...scope.map(nameOf)];
  return html`<nav class="path" aria-label=${t("examination.path")}>
    <ol>
      ${steps.map((name, depth) =>
        depth === steps.length - 1
          ? html`<li aria-current="true">${name}</li>`
          : html`<li><button @click=${() => void actions.examiner.rise(depth)}>${name}</button></li>`,
      )}
    </ol>
  </nav>`;
}

/**
 * @param {Indicator} each
 * @param {Examination} examination
 */
function figure(each, { whole, units, scope }) {
  if (!whole && units === null) return html`<p class="hint waiting">${t("loading")}</p>`;
  if (!whole) return html`<p class="hint">${t("examination.notAtLevel", { level: t("unit.city") })}</p>`;
  const unit = localized(each, "unit");
  const facts = [
    whole.low !== null && whole.high !== null ? ["examination.interval", `${formatted(whole.low)} – ${formatted(whole.high)} ${unit}`] : null,
    whole.on_foot !== null ? ["examination.onFoot", `${formatted(whole.on_foot)} ${unit}`] : null,
    ["examination.missingData", whole.missing_share === null ? "–" : percent(whole.missing_share)],
    ["examination.counted", `${formatted(whole.numerator)} / ${formatted(whole.denominator)}`],
  ];
  return html`<div class="figure" id="figure" data-depth=${scope.length}>
    <p class="figure-value">
      <strong>${formatted(whole.value)}</strong> ${unit}
      <span class="chip" data-grade=${whole.grade}><span class="dot" data-grade=${whole.grade}></span>${t(`grade.${whole.grade}`)}</span>
    </p>
    ${valueBar(each, whole)}
    <dl>
      <dt>${t("examination.standard")}</dt>
      <dd>${standardText(each)}</dd>
      ${facts.map((fact) => (fact ? html`<dt>${t(fact[0])}</dt><dd>${fact[1]}</dd>` : nothing))}
    </dl>
  </div>`;
}

/** @param {number} share */
const percent = (share) => `${formatted(Math.round(1000 * share) / 10)} %`;

/**
 * What the map shows of it, and what its colours mean.
 * @param {Indicator} each
 * @param {Examination} examination
 * @param {Actions} actions
 */
function map(each, examination, actions) {
  const { scope, level, mapped, colour, units } = examination;
  const least = scope.length ? scope[scope.length - 1].level : null;
  const told = toldLevels(each);
  const levels = least ? told.slice(told.indexOf(least) + 1) : told;
  return html`<div class="examination-map">
    <label class="on-map">
      <input type="checkbox" class="switch" id="indicator-on-map" .checked=${live(mapped)} @change=${() => actions.examiner.set({ mapped: !mapped })} />
      ${t("examination.map")}
    </label>
    ${levels.length
      ? html`<label>
          <span>${t("examination.units")}</span>
          <select id="examination-level" .value=${live(level)} @change=${(/** @type {any} */ event) => void actions.examiner.chooseLevel(event.target.value)}>
            ${level === "places" ? html`<option value="places" selected>–</option>` : nothing}
            ${levels.map((name) => html`<option value=${name} ?selected=${name === level}>${t(`unit.${name}`)}</option>`)}
          </select>
        </label>`
      : nothing}
    <label>
      <span>${t("examination.colour")}</span>
      <select id="examination-colour" .value=${live(colour)} @change=${(/** @type {any} */ event) => actions.examiner.set({ colour: event.target.value })}>
        ${["grade", "value"].map((name) => html`<option value=${name} ?selected=${name === colour}>${t(`examination.by.${name}`)}</option>`)}
      </select>
    </label>
    ${units?.length ? indicatorLegend(each, examination) : nothing}
  </div>`;
}

/**
 * @param {Indicator} each
 * @param {Examination} examination
 */
export function indicatorLegend(each, { units, colour, places, mapped }) {
  const { legend } = unitColours(units ?? [], each, colour);
  const count = (/** @type {boolean} */ candidate) => places?.places.filter((place) => place.candidate === candidate).length ?? 0;
  return html`<ul class="map-legend" aria-label=${t("tab.legend")}>
    ${legend.map((entry) => html`<li>${swatch(entry.colour)}<span>${entry.label}${colour === "value" ? html` <small>${localized(each, "unit")}</small>` : nothing}</span><b>${entry.count}</b></li>`)}
    ${[false, true].map((candidate) =>
      mapped && count(candidate)
        ? html`<li>${icon(candidate ? "pinSuspected" : "pin")}<span>${t(candidate ? "problem.candidate" : "problem.confirmed")}</span><b>${count(candidate)}</b></li>`
        : nothing,
    )}
  </ul>`;
}

/**
 * @param {Indicator} each
 * @param {Examination} examination
 * @param {Actions} actions
 */
function units(each, examination, actions) {
  const { level, units: found, shown, error } = examination;
  if (error || level === "places") return nothing;
  if (!found) return html`<p class="hint waiting">${t("loading")}</p>`;
  if (!found.length) return html`<p class="hint">${t("examination.notAtLevel", { level: t(`unit.${level}`) })}</p>`;
  return html`<h4>${t("examination.worst", { level: t(`unit.${level}`), count: found.length })}</h4>
    ${unitBars(each, found.slice(0, shown), found, (unit) => void actions.examiner.drill(unit))}
    ${found.length > shown
      ? html`<button class="more" @click=${() => actions.examiner.set({ shown: shown + 100 })}>
          ${t("examination.more", { count: found.length - shown })}
        </button>`
      : nothing}`;
}

/**
 * @param {Indicator} each
 * @param {Examination} examination
 * @param {Actions} actions
 */
function places(each, examination, actions) {
  const { problems, scope, error } = examination;
  if (error || !problems) return nothing;
  const within = scope.length ? String(scope[scope.length - 1].unit_id) : "";
  return html`<h4>${t("examination.behind", { count: problems.total })}</h4>
    ${isEarlier(examination) ? html`<p class="hint">${t("examination.ledgerNow")}</p>` : nothing}
    ${problems.total ? nothing : html`<p class="hint">${t("examination.noPlaces")}</p>`}
    <ol class="places">
      ${problems.problems.map((problem) => {
        const { place, why } = problemWords(problem);
        return html`<li>
          <button data-problem=${problem.problem_id} @click=${() => void actions.find(problem.feature_id)}>
            ${icon(problem.candidate ? "pinSuspected" : "pin")}
            <span class="place-name">${place}</span>
            <span class="place-unit">${unitName(problem)}</span>
            ${why ? html`<span class="place-why">${why}</span>` : nothing}
          </button>
        </li>`;
      })}
    </ol>
    ${problems.total
      ? html`<button class="more" id="places-in-ledger" @click=${() => void actions.ledger.open({ code: each.code, within, state: "active" })}>
          ${icon("ledger")} ${t("examination.inLedger", { count: problems.total })}
        </button>`
      : nothing}`;
}

/** @param {Indicator} each */
function details(each) {
  return html`<details class="indicator-details">
    <summary>${t("examination.details")}</summary>
    <dl>
      ${term("examination.numerator", localized(each, "numerator"))} ${term("examination.denominator", localized(each, "denominator"))}
      ${term("examination.method", localized(each, "method"))} ${term("examination.computable", t(`computable.${each.computable}`))}
      ${each.standard ? term("examination.source", `${each.standard.source} · ${t("examination.confidence")} ${t(`confidence.${each.standard.confidence}`)}`) : nothing}
    </dl>
    ${each.reasons.map((reason) => html`<p class="hint">${localized({ why_zh: reason.zh, why_en: reason.en }, "why")}</p>`)}
  </details>`;
}

/**
 * @param {string} title
 * @param {string} text
 */
const term = (title, text) =>
  text
    ? html`<dt>${t(title)}</dt>
        <dd>${text}</dd>`
    : nothing;
