// @ts-check
// One pipe with its risk: what is expected, how sure that is, and why.

import { html, nothing } from "lit-html";
import { formatted, localized, t } from "../i18n.js";
import { CLASS_COLOURS } from "../risk.js";
import { icon, swatch } from "./icons.js";
import { networkSwatch } from "./network-words.js";
import { fact } from "./told.js";

/** @typedef {import("../network-types.js").Risk} Risk */
/** @typedef {import("../network-types.js").RiskPipe} RiskPipe */
/** @typedef {import("../actions.js").Actions} Actions */

/** Prices, as `/api/network/risk` names them. */
const COSTS = /** @type {const} */ (["repair_yuan", "supply_yuan", "critical_yuan", "road_yuan", "buildings_yuan", "companions_yuan", "hydraulics_yuan"]);

/** @param {number} yuan */
const money = (yuan) => t("risk.money", { yuan: formatted(Math.round(yuan)) });

/**
 * @param {RiskPipe} pipe
 * @param {Risk} risk
 * @param {Actions} actions
 */
export function riskRow(pipe, { opened }, actions) {
  const open = opened?.segment_id === pipe.segment_id;
  const named = [pipe.diameter_mm ? `DN${formatted(pipe.diameter_mm)}` : "", pipe.road_name].filter(Boolean).join(" · ");
  return html`<button class="line" data-segment=${pipe.segment_id} aria-expanded=${open} @click=${() => actions.network.openRisk(open ? null : pipe)}>
      ${swatch(CLASS_COLOURS[pipe.risk_class - 1])}
      <span>
        <b>${pipe.rank}. ${networkSwatch(pipe.network, actions)} ${t(`network.of.${pipe.network}`)}</b> ${named}
        ${pipe.rule ? html`<em class="tag ${pipe.rule.state}">${t(`risk.rule.${pipe.rule.state}`)}</em>` : nothing}
        <small>${t("risk.loss", { loss: money(pipe.loss_yuan) })} · ${pipe.reasons.slice(0, 2).map(reason).join(" · ")}</small>
      </span>
      ${icon("locate")}
    </button>
    ${open ? details(pipe, actions) : nothing}`;
}

/** @param {{zh: string, en: string}} each */
const reason = ({ zh, en }) => localized({ why_zh: zh, why_en: en }, "why");

/**
 * @param {RiskPipe} pipe
 * @param {Actions} actions
 */
function details(pipe, actions) {
  const costs = COSTS.filter((name) => pipe[name] > 0);
  return html`<div class="finding-details">
    <table class="facts">
      <tbody>
        ${fact("risk.lossOf", html`${money(pipe.loss_yuan)}<br /><small>${money(pipe.loss_low_yuan)} – ${money(pipe.loss_high_yuan)}</small>`)}
        ${fact("risk.rank", `${pipe.rank} (${pipe.rank_low}–${pipe.rank_high})`)}
        ${fact("risk.rate", html`${pipe.failures_per_100km.toFixed(1)}<br /><small>${pipe.failures_low.toFixed(1)} – ${pipe.failures_high.toFixed(1)}</small>`)}
        ${fact("risk.basis", t(`risk.basis.${pipe.basis}`))} ${fact("risk.perFailure", money(pipe.yuan_per_failure))}
        ${costs.map((name) => fact(`risk.cost.${name}`, money(pipe[name])))}
        ${pipe.customers_cut === null ? nothing : fact("risk.customers", formatted(pipe.customers_cut))}
        ${fact("risk.reasons", pipe.reasons.map(reason).join(" · ") || "–")}
        ${pipe.rule?.title_en ? fact("risk.rule", localized(pipe.rule, "title")) : nothing}
        ${fact("clearance.both", html`<button class="chip" @click=${() => void actions.select(pipe.segment_id, null)}>${pipe.key ?? `#${pipe.segment_id}`}</button>`)}
      </tbody>
    </table>
  </div>`;
}
