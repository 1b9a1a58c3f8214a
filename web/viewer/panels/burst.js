// @ts-check
// The answer to a burst: valves in order, who is without; a valve that does not close is marked, and it is asked anew.

import { html, nothing } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { repeat } from "lit-html/directives/repeat.js";
import { canBurst, hasHydrants, reportAddress } from "../burst.js";
import { formatted, localized, t } from "../i18n.js";
import { icon } from "./icons.js";
import { leftOut } from "./told.js";

/** @typedef {import("../types.js").Selection} Selection */
/** @typedef {import("../types.js").Feature} Feature */
/** @typedef {import("../types.js").Isolation} Isolation */
/** @typedef {import("../types.js").Valve} Valve */
/** @typedef {import("../actions.js").Actions} Actions */

const ROLES = /** @type {const} */ (["close", "closed", "not_usable", "reopen"]);
const MOST_BUILDINGS = 200;

/**
 * @param {Selection} selection
 * @param {Actions} actions
 */
export function burstSection(selection, actions) {
  const { burst, feature } = selection;
  if (!canBurst(feature)) return nothing;
  if (!burst) {
    return html`<button class="wide" id="burst" @click=${() => void actions.burst([])}>${icon("burst")} ${t("burst.ask")}</button>`;
  }
  return html`<section class="burst" id="burst-answer" aria-label=${t("burst.title")} aria-busy=${burst.status === "loading"}>
    <h3>${t("burst.title")}</h3>
    ${burst.status === "error" ? html`<p class="hint problem" role="alert">${icon("warning")} ${burst.error}</p>` : nothing}
    ${burst.answer ? html`${answered(feature, burst.answer, burst.stuck, actions)} ${reports(selection.featureId, burst.stuck, actions)}` : html`<p class="hint waiting">${t("loading")}</p>`}
  </section>`;
}

/**
 * @param {Feature | null} feature
 * @param {Isolation} answer
 * @param {number[]} stuck
 * @param {Actions} actions
 */
function answered(feature, answer, stuck, actions) {
  const hydrants = answer.fittings.filter(({ kind }) => kind === "hydrant");
  return html`
    ${sum(answer)} ${ROLES.map((role) => valves(role, answer.valves.filter((valve) => valve.role === role), stuck, actions))}
    ${answer.valves.some(({ role }) => role === "close") ? nothing : html`<p class="hint">${t("burst.noValve")}</p>`}
    <table>
      <tbody>
        ${affected("burst.isolated", answer.isolated)}
        ${answer.beyond.segments.length ? affected("burst.beyond", answer.beyond) : nothing}
        ${line(t("burst.volume"), `${formatted(answer.isolated.volume_m3)} m³`)}
        ${hydrants.length || hasHydrants(feature) ? line(t("burst.hydrants"), formatted(hydrants.length)) : nothing}
        ${answer.duration ? line(t("burst.duration"), duration(answer.duration)) : nothing}
      </tbody>
    </table>
    ${services(answer.services, actions)} ${unlinked(answer.unlinked, actions)} ${hydrants.length ? hydrantList(hydrants, actions) : nothing}
    ${leftOut(answer.left_out)}
  `;
}

/**
 * Who is without, in one line, before what is to be done.
 * @param {Isolation} answer
 */
function sum({ isolated, beyond, services: some }) {
  const critical = isolated.critical_facilities + beyond.critical_facilities;
  const counts = {
    customers: isolated.customers + beyond.customers,
    residents: isolated.residents + beyond.residents,
    buildings: new Set(some.flatMap(({ building_id: id }) => id ?? [])).size,
    critical,
  };
  return html`<p class="burst-sum" id="burst-sum">
    ${Object.entries(counts).map(
      ([name, count]) => html`<span class=${name === "critical" && critical ? "grave" : ""}><b>${formatted(count)}</b> ${t(`burst.sum.${name}`)}</span>`,
    )}
  </p>`;
}

/** @param {NonNullable<Isolation["duration"]>} told */
const duration = ({ zh, en, customer_hours: hours }) =>
  `${localized({ why_zh: zh, why_en: en }, "why")} · ${t("burst.customerHours", { hours: formatted(hours) })}`;

/**
 * @param {number} segment
 * @param {number[]} stuck
 * @param {Actions} actions
 */
const reports = (segment, stuck, actions) => html`<p class="reports">
  ${t("burst.report")}
  ${/** @type {const} */ (["pdf", "xlsx"]).map(
    (ending) => html`<a href=${reportAddress(segment, stuck, ending, actions.store.state.lang)} download>${ending.toUpperCase()}</a>`,
  )}
</p>`;

/**
 * @param {typeof ROLES[number]} role
 * @param {Valve[]} some
 * @param {number[]} stuck
 * @param {Actions} actions
 */
function valves(role, some, stuck, actions) {
  if (!some.length) return nothing;
  const marks = role === "close" || role === "not_usable";
  // Each valve keeps its own row: a mark that a row of the list before had must not stand at its neighbour.
  return html`<p class="burst-role">${t(`burst.role.${role}`)}</p>
    <ol class="valves" data-role=${role}>
      ${repeat(
        some,
        (valve) => valve.valve_id,
        (valve) => html`<li>
          <button class="place" title=${t("attributes.flyTo")} @click=${() => void actions.network.lookAtPlace([valve.longitude, valve.latitude])}>
            <span class="valve">${valve.number || valve.key}</span>
          </button>
          <span class="unit">${[valve.diameter_mm ? `DN${valve.diameter_mm}` : "", valve.chamber ?? "", away(valve)].filter(Boolean).join(" · ")}</span>
          ${marks ? stuckMark(valve, stuck, actions) : nothing}
        </li>`,
      )}
    </ol>`;
}

/**
 * @param {Valve} valve
 * @param {number[]} stuck
 * @param {Actions} actions
 */
const stuckMark = ({ valve_id: id, operable }, stuck, actions) => html`<label class="stuck">
  <input
    type="checkbox"
    id="stuck-${id}"
    .checked=${live(stuck.includes(id))}
    ?disabled=${operable === false}
    @change=${() => void markStuck(id, stuck, actions)}
  />
  ${t("burst.stuck")}
</label>`;

/**
 * The answer may move the valve to another list: whoever works by keyboard goes with it.
 * @param {number} valve
 * @param {number[]} stuck
 * @param {Actions} actions
 */
async function markStuck(valve, stuck, actions) {
  await actions.burst(toggled(stuck, valve));
  if (document.activeElement === document.body) document.getElementById(`stuck-${valve}`)?.focus();
}

/** @param {Valve} valve */
const away = ({ distance_m: metres }) => (metres === null ? "" : `${formatted(Math.round(metres))} m`);

/**
 * @param {number[]} stuck
 * @param {number} valve
 */
const toggled = (stuck, valve) => (stuck.includes(valve) ? stuck.filter((other) => other !== valve) : [...stuck, valve]);

/**
 * @param {string} title
 * @param {import("../types.js").Without} part
 */
function affected(title, part) {
  const people = t("burst.people", { customers: formatted(part.customers), residents: formatted(part.residents) });
  const length = `${formatted(part.segments.length)} · ${formatted(Math.round(part.length_m))} m`;
  return html`${line(t(title), length)} ${line(t("burst.without"), people)}`;
}

/**
 * @param {string} title
 * @param {unknown} value
 */
const line = (title, value) => html`<tr>
  <th scope="row">${title}</th>
  <td>${value}</td>
</tr>`;

/**
 * Those that must not be without first, and by themselves: they are to be told before anything is closed.
 * @param {import("../types.js").Service[]} some
 * @param {Actions} actions
 */
function services(some, actions) {
  const critical = some.filter((each) => each.critical);
  const others = some.filter((each) => !each.critical && each.building_id !== null);
  const count = new Set(some.flatMap(({ building_id: id }) => id ?? [])).size;
  return html`${critical.length
      ? html`<p class="burst-role">${t("burst.critical", { count: critical.length })}</p>
          <ul class="related" id="burst-critical">
            <li>${critical.map((each) => serviceChip(each, actions))}</li>
          </ul>`
      : nothing}
    ${others.length
      ? html`<details class="list" id="burst-buildings" open>
          <summary>${t("burst.buildings", { count })}</summary>
          <ul class="related">
            <li>
              ${others.slice(0, MOST_BUILDINGS).map((each) => serviceChip(each, actions))}
              ${others.length > MOST_BUILDINGS ? html`<span class="unit">${t("burst.more", { count: others.length - MOST_BUILDINGS })}</span>` : nothing}
            </li>
          </ul>
        </details>`
      : nothing}`;
}

/**
 * @param {import("../types.js").Service} each
 * @param {Actions} actions
 */
function serviceChip(each, actions) {
  const kinds = (each.critical_kind ?? "").split(", ").filter(Boolean);
  const facilities = each.facilities.flatMap(({ name: called }) => called ?? []);
  const name = [[...kinds.map(kindWord), ...facilities].join(", "), each.building || (each.building_id === null ? t("burst.noBuilding") : `#${each.building_id}`)];
  const words = html`${each.critical ? icon("warning") : nothing} ${name.filter(Boolean).join(" ")} · ${formatted(each.customers)}`;
  if (each.building_id === null) return html`<span class="chip ${each.critical ? "grave" : ""}">${words}</span>`;
  return html`<button class="chip ${each.critical ? "grave" : ""}" @click=${() => void actions.show(Number(each.building_id))}>${words}</button>`;
}

/**
 * Facilities that must not be without and of which nobody knows what feeds them: somebody has to ask them.
 * @param {Isolation["unlinked"]} some
 * @param {Actions} actions
 */
function unlinked(some, actions) {
  if (!some.length) return nothing;
  return html`<p class="burst-role">${t("burst.unlinked", { count: some.length })}</p>
    <ul class="related" id="burst-unlinked">
      <li>
        ${some.map(
          (each) => html`<button class="chip" @click=${() => void actions.show(each.feature_id)}>${kindWord(each.kind)} ${each.name ?? `#${each.feature_id}`}</button>`,
        )}
      </li>
    </ul>`;
}

/**
 * A city may know kinds that we do not: its own word stands then.
 * @param {string} kind
 */
function kindWord(kind) {
  const key = `critical.${kind}`;
  const word = t(key);
  return word === key ? kind : word;
}

/**
 * @param {Isolation["fittings"]} some
 * @param {Actions} actions
 */
const hydrantList = (some, actions) => html`<details class="list">
  <summary>${t("burst.hydrantList", { count: some.length })}</summary>
  <ul class="related">
    <li>
      ${some.map(
        (each) => html`<button class="chip" @click=${() => void actions.network.lookAtPlace([each.longitude, each.latitude])}>${each.number || each.key}</button>`,
      )}
    </li>
  </ul>
</details>`;
