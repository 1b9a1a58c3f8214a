// @ts-check
// The examination as a tree: level, dimension, indicator; each with the city's value and how many units have which grade.

import { html, nothing, svg } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { repeat } from "lit-html/directives/repeat.js";
import { served } from "../config.js";
import { openedIndicator } from "../examination.js";
import { currentLang, formatted, localized, t } from "../i18n.js";
import { GRADES } from "../unit-colours.js";
import { icon } from "./icons.js";
import { indicatorPage } from "./indicator.js";
import { runChoice } from "./run-choice.js";

/** @typedef {import("../types.js").State} State */
/** @typedef {import("../types.js").Examination} Examination */
/** @typedef {import("../types.js").Indicator} Indicator */
/** @typedef {import("../types.js").Grade} Grade */
/** @typedef {import("../actions.js").Actions} Actions */

const REPORTS = ["html", "pdf", "docx", "xlsx", "gpkg"];
const LEVELS = ["housing", "community", "block", "city"];
const ORDER = /** @type {Grade[]} */ (Object.keys(GRADES));

/**
 * @param {State} state
 * @param {Actions} actions
 */
export function examinationPanel(state, actions) {
  const { examination } = state;
  if (examination.status === "error") return failed(examination.error, actions);
  if (examination.status !== "ready" && !examination.about) return html`<p class="hint waiting">${t("loading")}</p>`;
  if (!examination.about) return nothingYet();
  const opened = openedIndicator(examination);
  if (opened) return indicatorPage(opened, state, actions);
  const shown = examination.indicators.filter((each) => isWanted(each, examination));
  return html`
    ${heading(examination, actions)} ${search(examination, actions)}
    ${LEVELS.map((level) => levelBranch(level, shown.filter((each) => each.level === level), state, actions))}
    ${shown.length ? nothing : html`<p class="hint">${t("search.nothing")}</p>`}
  `;
}

/**
 * @param {string} error
 * @param {Actions} actions
 */
const failed = (error, actions) => html`<div class="examination-none">
  <p class="hint problem" role="alert">${icon("warning")} ${error}</p>
  <button class="primary" @click=${() => void actions.examiner.ask()}>${t("error.retry")}</button>
</div>`;

const nothingYet = () => html`<div class="examination-none" id="examination-none">
  ${icon("check")}
  <h3>${t("examination.none")}</h3>
  <p class="hint">${t("examination.noneDetail")}</p>
  <pre>cim examine</pre>
</div>`;

/**
 * @param {Examination} examination
 * @param {Actions} actions
 */
function heading(examination, actions) {
  const { indicators } = examination;
  const about = /** @type {import("../types.js").Examined} */ (examination.about);
  const { year, system, system_year, provisional } = about;
  const graded = indicators.map(({ city }) => city?.grade ?? "not_assessable");
  const counts = Object.fromEntries(ORDER.map((grade) => [grade, graded.filter((each) => each === grade).length]));
  return html`<div class="examination-head" aria-busy=${examination.status === "loading"}>
    ${runChoice(examination, actions)}
    <p>
      <strong>${t("examination.year", { year })}</strong>
      <span class="unit">${t("examination.system", { system, year: system_year })}</span>
      ${provisional ? html`<span class="badge">${t("examination.provisional")}</span>` : nothing}
    </p>
    <ul class="grades" aria-label=${t("examination.grades")}>
      ${ORDER.map((grade) => html`<li><span class="dot" data-grade=${grade}></span>${t(`grade.${grade}`)} <b>${counts[grade]}</b></li>`)}
    </ul>
    <div class="examination-tools">
      <button class="wide" id="open-ledger" @click=${() => void actions.ledger.open({ code: "", within: "" })}>
        ${icon("ledger")} ${t("ledger.open")}
      </button>
      <p class="reports" id="report">
        <span>${icon("download")} ${t("examination.report")}</span>
        ${REPORTS.map((ending) => html`<a href=${reportAddress(ending, about)} download=${ending === "html" ? nothing : ""} target=${ending === "html" ? "_blank" : nothing}>${ending.toUpperCase()}</a>`)}
      </p>
    </div>
  </div>`;
}

/**
 * @param {string} ending
 * @param {import("../types.js").Examined} about
 */
function reportAddress(ending, { year, system }) {
  const query = new URLSearchParams({ language: currentLang() === "en" ? "en" : "zh", year: String(year), system });
  return served(`/api/examination/report.${ending}?${query}`);
}

/**
 * @param {Examination} examination
 * @param {Actions} actions
 */
const search = ({ wanted, shortOnly }, actions) => html`<div class="tree-search">
  <input
    id="indicator-search"
    type="search"
    autocomplete="off"
    placeholder=${t("examination.search")}
    aria-label=${t("examination.search")}
    .value=${live(wanted)}
    @input=${(/** @type {any} */ event) => actions.examiner.set({ wanted: event.target.value })}
  />
  <label>
    <input
      type="checkbox"
      id="short-only"
      .checked=${live(shortOnly)}
      @change=${(/** @type {any} */ event) => actions.examiner.set({ shortOnly: event.target.checked })}
    />
    ${t("examination.shortOnly")}
  </label>
</div>`;

/**
 * @param {Indicator} each
 * @param {Examination} examination
 */
function isWanted(each, { wanted, shortOnly }) {
  if (shortOnly && each.city?.grade !== "short") return false;
  const { code, title_zh, title_en, dimension_zh, dimension_en } = /** @type {any} */ (each);
  return [code, title_zh, title_en, dimension_zh, dimension_en].join(" ").toLowerCase().includes(wanted.trim().toLowerCase());
}

/**
 * @param {string} level
 * @param {Indicator[]} of
 * @param {State} state
 * @param {Actions} actions
 */
function levelBranch(level, of, state, actions) {
  if (!of.length) return nothing;
  const { folded } = state.examination;
  const closed = folded[level] ?? false;
  const dimensions = [...new Set(of.map((each) => localized(each, "dimension")))];
  const short = of.filter(({ city }) => city?.grade === "short").length;
  return html`<section class="indicator-group" data-level=${level}>
    <h3>
      <button
        class="fold"
        aria-expanded=${!closed}
        @click=${() => actions.examiner.set({ folded: { ...folded, [level]: !closed } })}
      >
        ${icon("chevron")}<span>${t(`examination.level.${level}`)}</span>
        <span class="count">${t("examination.shortOf", { short, count: of.length })}</span>
      </button>
    </h3>
    ${closed ? nothing : dimensions.map((name) => dimensionBranch(name, of.filter((each) => localized(each, "dimension") === name), state, actions))}
  </section>`;
}

/**
 * @param {string} name
 * @param {Indicator[]} of
 * @param {State} state
 * @param {Actions} actions
 */
const dimensionBranch = (name, of, state, actions) => html`${name ? html`<h4>${name}</h4>` : nothing}
  <ul class="indicators">
    ${repeat(
      of,
      ({ code }) => code,
      (each) => indicatorRow(each, state, actions),
    )}
  </ul>`;

/**
 * @param {Indicator} each
 * @param {State} state
 * @param {Actions} actions
 */
function indicatorRow(each, { examination }, actions) {
  const grade = each.city?.grade ?? "not_assessable";
  const level = examination.level in each.levels ? examination.level : Object.keys(each.levels).pop() ?? "city";
  return html`<li class="indicator" data-code=${each.code}>
    <button class="indicator-head" @click=${() => open(each.code, actions)}>
      <span class="indicator-title"><b>${each.code}</b> ${localized(each, "title")}</span>
      <span class="indicator-value" data-grade=${grade} title=${t(`grade.${grade}`)}>
        ${each.city && each.city.value !== null ? html`${formatted(each.city.value)} <small>${localized(each, "unit")}</small>` : "–"}
      </span>
      ${gradeBar(each.levels[level], t(`unit.${level}`))}
    </button>
  </li>`;
}

/**
 * Opens an indicator at the top of its page, however far down the tree it was found.
 * @param {string} code
 * @param {Actions} actions
 */
function open(code, actions) {
  document.getElementById("side")?.scrollTo(0, 0);
  void actions.examiner.open(code);
}

/**
 * A bar of the units by grade; an indicator that is not told for this level has none.
 * @param {Record<Grade, number> | undefined} counts
 * @param {string} level
 */
function gradeBar(counts, level) {
  const total = counts ? ORDER.reduce((sum, grade) => sum + counts[grade], 0) : 0;
  if (!counts || !total) return html`<span class="grade-bar empty"></span>`;
  const told = ORDER.filter((grade) => counts[grade]);
  const said = `${level}: ${told.map((grade) => `${t(`grade.${grade}`)} ${counts[grade]}`).join(", ")}`;
  let left = 0;
  return html`<svg class="grade-bar" viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label=${said}>
    <title>${said}</title>
    ${told.map((grade) => {
      const width = (100 * counts[grade]) / total;
      left += width;
      return svg`<rect data-grade=${grade} x=${left - width} y="0" width=${width} height="4"/>`;
    })}
  </svg>`;
}
