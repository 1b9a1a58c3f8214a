// @ts-check
// Findings of clearance and cover: the gravest first, each leads to its place and lights both.

import { html, nothing } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { repeat } from "lit-html/directives/repeat.js";
import { countOf, GROUPS, RULES, VERDICTS } from "../clearance.js";
import { formatted, t } from "../i18n.js";
import { icon } from "./icons.js";
import { networkSwatch } from "./network-words.js";
import { fact, leftOut } from "./told.js";

/** @typedef {import("../types.js").State} State */
/** @typedef {import("../network-types.js").Clearance} Clearance */
/** @typedef {import("../network-types.js").Finding} Finding */
/** @typedef {import("../actions.js").Actions} Actions */

/**
 * @param {State} state
 * @param {Actions} actions
 */
export function clearancePanel(state, actions) {
  const { clearance } = state.network;
  const { status, findings, run, more } = clearance;
  const none = status === "ready" && !findings.length;
  return html`<section class="tool" id="clearance" aria-label=${t("network.clearance")} aria-busy=${status === "loading"}>
    ${status === "ready" && !run ? html`<p class="hint tight" id="clearance-none">${t("clearance.none")}</p>` : filters(clearance, actions)}
    ${status === "error" ? problem(clearance, actions) : nothing}
    ${run ? html`<p class="hint tight" id="clearance-count" role="status">${counted(clearance)}</p>` : nothing}
    ${run && none ? html`<p class="hint tight">${t("clearance.nothing")}</p>` : nothing}
    <ol class="found">
      ${repeat(
        findings,
        ({ number }) => number,
        (each) => html`<li>${findingRow(each, clearance, actions)}</li>`,
      )}
    </ol>
    ${status === "loading" ? html`<p class="hint waiting">${t("loading")}</p>` : nothing}
    ${more && status === "ready"
      ? html`<button class="plain" id="clearance-more" @click=${() => void actions.network.moreClearance()}>${t("clearance.more")}</button>`
      : nothing}
    ${run ? html`<p class="hint tight">${t("clearance.caution")}</p>` : nothing} ${leftOut(clearance.leftOut)}
  </section>`;
}

/**
 * @param {Clearance} clearance
 * @param {Actions} actions
 */
const problem = ({ error }, actions) => html`<p class="hint problem" role="alert">${icon("warning")} ${error}</p>
  <button class="plain" @click=${() => void actions.network.moreClearance()}>${t("error.retry")}</button>`;

/**
 * @param {Clearance} clearance
 * @param {Actions} actions
 */
function filters({ filter }, actions) {
  const choice = (/** @type {"verdict" | "rule" | "group"} */ name, /** @type {string[]} */ values) => html`<label class="field wide-field">
    <span>${t(`clearance.${name}`)}</span>
    <select
      id="clearance-${name}"
      .value=${live(filter[name])}
      @change=${(/** @type {any} */ event) => void actions.network.filterClearance({ [name]: event.target.value })}
    >
      <option value="" ?selected=${!filter[name]}>${t("clearance.any")}</option>
      ${values.map((value) => html`<option value=${value} ?selected=${filter[name] === value}>${t(`clearance.${name}.${value}`)}</option>`)}
    </select>
  </label>`;
  return html`<div class="filters">${choice("verdict", VERDICTS)} ${choice("rule", RULES)} ${choice("group", GROUPS)}</div>`;
}

/** @param {Clearance} clearance */
function counted(clearance) {
  const count = countOf(clearance);
  return count === null
    ? t("clearance.shownOnly", { shown: formatted(clearance.findings.length) })
    : t("clearance.shown", { shown: formatted(clearance.findings.length), count: formatted(count) });
}

/**
 * @param {Finding} each
 * @param {Clearance} clearance
 * @param {Actions} actions
 */
function findingRow(each, { opened }, actions) {
  const open = opened?.number === each.number;
  return html`<button
      class="line finding"
      data-number=${each.number}
      data-verdict=${each.verdict}
      aria-expanded=${open}
      @click=${() => actions.network.openFinding(open ? null : each)}
    >
      <span class="verdict">${t(`clearance.verdict.${each.verdict}`)}</span>
      <span>
        <b>${networkSwatch(each.network, actions)} ${sideOf(each.network, "pipe")} – ${each.other_network ? networkSwatch(each.other_network, actions) : nothing} ${sideOf(each.other_network, each.other_kind)}</b>
        <small>${t(`clearance.rule.${each.rule}`)} ${metres(each.measured_m)} · ${t("clearance.asked", { required: metres(each.required_m) })}${each.road_name ? ` · ${each.road_name}` : ""}</small>
      </span>
      ${icon("locate")}
    </button>
    ${open ? details(each, actions) : nothing}`;
}

/**
 * @param {string | null} network
 * @param {string} kind
 */
const sideOf = (network, kind) => t(network ? `network.of.${network}` : `clearance.other.${kind}`);

/** @param {number} value */
const metres = (value) => `${value.toFixed(2).replace("-", "−")} m`;

/**
 * @param {Finding} each
 * @param {Actions} actions
 */
function details(each, actions) {
  const link = (/** @type {number} */ id, /** @type {string | null} */ key) => html`<button class="chip" @click=${() => void actions.select(id, null)}>${key ?? `#${id}`}</button>`;
  return html`<div class="finding-details">
    <table class="facts">
      <tbody>
        ${fact("clearance.measured", metres(each.measured_m))} ${fact("clearance.required", metres(each.required_m))}
        ${fact("clearance.tolerance", `± ${metres(each.tolerance_m)}`)}
        ${each.space_m === null ? nothing : fact("clearance.space", metres(each.space_m))} ${fact("clearance.clause", each.clause)}
        ${fact("clearance.status", `${each.status === "unverified" ? t("clearance.unverified") : each.status} · ${t("examination.confidence")} ${each.confidence}`)}
        ${fact("clearance.both", html`${link(each.feature_id, each.key)} ${each.other_id === null ? nothing : link(each.other_id, each.other_key)}`)}
      </tbody>
    </table>
    <div class="row">
      <button class="plain" id="clearance-before" @click=${() => void actions.network.stepFinding(-1)}>${t("clearance.before")}</button>
      <button class="plain" id="clearance-next" @click=${() => void actions.network.stepFinding(1)}>${t("clearance.next")}</button>
    </div>
  </div>`;
}
