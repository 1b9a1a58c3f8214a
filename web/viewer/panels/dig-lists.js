// @ts-check
// What lies in the ground there, as lists: each line leads to its place.

import { html, nothing } from "lit-html";
import { railLayers } from "../dig.js";
import { formatted, localized, t } from "../i18n.js";
import { icon } from "./icons.js";
import { networkSwatch } from "./network-words.js";

/** @typedef {import("../network-types.js").Excavation} Excavation */
/** @typedef {import("../network-types.js").DigPipe} DigPipe */
/** @typedef {import("../actions.js").Actions} Actions */

/**
 * @param {Excavation} answer
 * @param {Actions} actions
 */
export function digLists(answer, actions) {
  const { pipes, manholes, roads, rail, owners } = answer;
  const unmapped = railLayers(answer).some((name) => !actions.store.state.layers[name]);
  const hand = pipes.filter((pipe) => pipe.by_hand);
  const others = pipes.filter((pipe) => !pipe.by_hand);
  return html`
    ${pipes.length || manholes.length ? nothing : html`<p class="hint" id="dig-nothing">${t("dig.nothing")}</p>`}
    ${group("dig.list.hand", hand, (pipe) => pipeRow(pipe, actions), true)}
    ${group("dig.list.others", others, (pipe) => pipeRow(pipe, actions), !hand.length)}
    ${group("dig.list.manholes", manholes, (each) => manholeRow(each, actions), false)} ${group("dig.list.owners", owners, (each) => ownerRow(each, actions), true)}
    ${group("dig.list.rail", rail, railRow, true)} ${unmapped ? html`<p class="hint tight" id="dig-unmapped">${t("dig.unmapped")}</p>` : nothing}
    ${group("dig.list.roads", roads, roadRow, true)}
  `;
}

/**
 * @template Each
 * @param {string} key
 * @param {Each[]} some
 * @param {(each: Each) => unknown} row
 * @param {boolean} open
 */
function group(key, some, row, open) {
  if (!some.length) return nothing;
  return html`<details class="list" data-list=${key} ?open=${open}>
    <summary>${t(key, { count: some.length })}</summary>
    <ul>
      ${some.map((each) => html`<li>${row(each)}</li>`)}
    </ul>
  </details>`;
}

/**
 * @param {{feature_id: number}} each
 * @param {Actions} actions
 */
const chosen = ({ feature_id: id }, { network }) => network.state.dig.chosen === id;

/**
 * @param {DigPipe} pipe
 * @param {Actions} actions
 */
function pipeRow(pipe, actions) {
  const size = pipe.diameter_mm ? `DN${formatted(pipe.diameter_mm)}` : "";
  const material = pipe.material_raw ?? pipe.material?.replaceAll("_", " ") ?? "";
  return html`<button class="line ${pipe.by_hand ? "grave" : ""}" aria-pressed=${chosen(pipe, actions)} @click=${() => actions.network.chooseDug(pipe)}>
    ${networkSwatch(pipe.network, actions)}
    <span>
      <b>${t(`network.of.${pipe.network}`)} ${size}</b> ${material} <span class="unit">${pipe.key ?? `#${pipe.feature_id}`}</span>
      ${pipe.abandoned ? html`<em class="tag">${t("dig.abandoned")}</em>` : nothing}
      <small>${depthOf(pipe)} · ${t(`dig.relation.${pipe.relation}`)} · ${away(pipe)}</small>
      <small>${called(pipe)}</small>
      <small>${surveyed(pipe)}</small>
      ${pipe.zones.map((zone) => html`<small>${localized(zone, "asks")}</small>`)}
    </span>
    ${icon("locate")}
  </button>`;
}

/**
 * Whose it is and whom to call.
 * @param {{owner: string | null, contact: string | null, phone: string | null}} each
 */
const called = ({ owner, contact, phone }) => [owner ?? t("dig.noOwner"), contact, phone].filter(Boolean).join(" · ");

/**
 * How deep a pipe lies; the depth of one end alone says nothing of the place of the dig, so it is told as what it is.
 * @param {DigPipe} pipe
 */
function depthOf({ depth_m: depth, depth_tolerance_m: off, one_end_depth_m: end }) {
  if (depth !== null) return t("dig.depthOf", { depth: exact(depth, off) });
  return end === null ? t("dig.depthUnknown") : t("dig.depthOneEnd", { depth: formatted(end) });
}

/** @param {import("../network-types.js").DigManhole} each */
const wellOf = ({ well_depth_m: depth, depth_tolerance_m: off }) => (depth === null ? t("dig.depthUnknown") : t("dig.wellDepth", { depth: exact(depth, off) }));

/**
 * A measure and how far it may be off.
 * @param {number} metres
 * @param {number | null} off
 */
const exact = (metres, off) => (off === null ? formatted(metres) : `${formatted(metres)} ± ${formatted(off)}`);

/**
 * How far it is from the edge, and how far its place may be off; of a manhole, too, from where that is measured.
 * @param {{distance_m: number, plan_tolerance_m: number, measured_from?: "cover" | "centre"}} each
 */
function away({ distance_m: distance, plan_tolerance_m: off, measured_from: from }) {
  const told = distance ? t("dig.away", { distance: exact(distance, off) }) : t("dig.withinOff", { off: formatted(off) });
  return from ? `${told} (${t(`dig.from.${from}`)})` : told;
}

/**
 * How, when and by whom it was surveyed.
 * @param {{survey_method: string | null, surveyed_on: string | null, surveyed_by: string | null}} each
 */
const surveyed = ({ survey_method: method, surveyed_on: day, surveyed_by: by }) => [t(`survey.${method ?? "unknown"}`), day, by].filter(Boolean).join(" · ");

/**
 * @param {import("../network-types.js").DigManhole} each
 * @param {Actions} actions
 */
const manholeRow = (each, actions) => html`<button class="line" aria-pressed=${chosen(each, actions)} @click=${() => actions.network.chooseDug(each)}>
  ${networkSwatch(each.network, actions)}
  <span>
    <b>${t(`network.of.${each.network}`)}</b> ${each.appurtenance_raw ?? ""} <span class="unit">${each.key ?? `#${each.feature_id}`}</span>
    ${each.abandoned ? html`<em class="tag">${t("dig.abandoned")}</em>` : nothing}
    <small>${wellOf(each)} · ${away(each)}</small>
    <small>${called(each)}</small>
    <small>${surveyed(each)}</small>
  </span>
  ${icon("locate")}
</button>`;

/**
 * @param {import("../network-types.js").DigOwner} each
 * @param {Actions} actions
 */
const ownerRow = (each, actions) => html`<p class="line">
  ${networkSwatch(each.network, actions)}
  <span>
    <b>${each.owner ?? t("dig.noOwner")}</b>
    <small>${t("dig.signs", { pipes: formatted(each.pipes), hand: formatted(each.by_hand), manholes: formatted(each.manholes) })}</small>
    ${each.contact || each.phone ? html`<small>${[each.contact, each.phone].filter(Boolean).join(" ")}</small>` : nothing}
  </span>
</p>`;

/** @param {import("../network-types.js").DigRail} each */
const railRow = (each) => html`<p class="line">
  <span>
    <b>${each.name ?? each.key}</b> <span class="unit">${t("dig.away", { distance: formatted(each.distance_m) })}</span>
    <small>${[each.owner, each.contact, each.phone].filter(Boolean).join(" · ")}</small>
    ${each.zones.map((zone) => html`<small>${localized(zone, "asks")}${zone.status === "unverified" ? t("dig.unverified") : ""}</small>`)}
  </span>
</p>`;

/** @param {import("../network-types.js").DigRoad} each */
const roadRow = (each) => html`<p class="line">
  <span>
    <b>${each.name ?? each.key}</b> ${each.ban === "free" ? nothing : html`<em class="tag">${t(`dig.ban.${each.ban}`)}</em>`}
    <small>
      ${t("dig.opened", { area: formatted(each.opened_m2) })} · ${each.ban === "free" ? t("dig.ban.free") : each.ban_until ? t("dig.banUntil", { year: each.ban_until }) : ""}
    </small>
  </span>
</p>`;
