// @ts-check
// Buttons that trace the network from the selected pipe or manhole, and what was found.

import { html, nothing } from "lit-html";
import { formatted, localized, t } from "../i18n.js";
import { canTrace, KINDS } from "../trace.js";
import { icon } from "./icons.js";

/** @typedef {import("../types.js").Selection} Selection */
/** @typedef {import("../types.js").Trace} Trace */
/** @typedef {import("../actions.js").Actions} Actions */

const MOST_PLACES = 12;

/**
 * @param {Selection} selection
 * @param {Actions} actions
 */
export function traceSection(selection, actions) {
  const { trace, feature } = selection;
  if (!canTrace(feature)) return nothing;
  return html`<section class="trace" id="trace" aria-label=${t("trace.title")} aria-busy=${trace?.status === "loading"}>
    <div class="choices" role="group" aria-label=${t("trace.title")}>
      ${KINDS.map(
        (kind) => html`<button data-kind=${kind} aria-pressed=${trace?.kind === kind} @click=${() => void actions.trace(kind)}>
          ${icon(kind)} ${t(`trace.${kind}`)}
        </button>`,
      )}
    </div>
    ${trace?.status === "loading" ? html`<p class="hint waiting">${t("loading")}</p>` : nothing}
    ${trace?.status === "error" ? html`<p class="hint problem" role="alert">${icon("warning")} ${trace.error}</p>` : nothing}
    ${trace?.answer ? found(trace.answer, actions) : nothing}
  </section>`;
}

/**
 * @param {Trace} answer
 * @param {Actions} actions
 */
function found(answer, actions) {
  const { served, places } = answer;
  const people = t("burst.people", { customers: formatted(served.customers), residents: formatted(served.residents) });
  return html`<table>
      <tbody>
        ${line(t("trace.pipes"), `${formatted(answer.segments.length)} · ${formatted(Math.round(answer.length_m))} m`)}
        ${line(t("trace.nodes"), formatted(answer.nodes.length))}
        ${served.connections ? line(t("trace.served"), people) : nothing}
        ${answer.valves.length ? line(t("trace.valves"), formatted(answer.valves.length)) : nothing}
      </tbody>
    </table>
    ${places.length
      ? html`<p class="burst-role">${t("trace.places", { count: places.length })}</p>
          <ul class="related">
            <li>
              ${places.slice(0, MOST_PLACES).map(
                (place) => html`<button class="chip" @click=${() => void actions.show(place.node_id)}>
                  ${place.key}${place.distance_m === null ? "" : ` · ${formatted(Math.round(place.distance_m))} m`}
                </button>`,
              )}
              ${places.length > MOST_PLACES ? html`<span class="unit">${t("trace.more", { count: places.length - MOST_PLACES })}</span>` : nothing}
            </li>
          </ul>`
      : nothing}
    ${Object.values(answer.left_out).map(leftOut)}`;
}

/** @param {import("../types.js").LeftOut} each */
const leftOut = ({ count, en, zh }) => html`<p class="hint">
  ${t("trace.leftOut", { count: formatted(count), why: localized({ why_en: en, why_zh: zh }, "why") })}
</p>`;

/**
 * @param {string} title
 * @param {unknown} value
 */
const line = (title, value) => html`<tr>
  <th scope="row">${title}</th>
  <td>${value}</td>
</tr>`;
