// @ts-check
// All that is known of the selected feature: its attributes, what analyses found, and where it comes from.

import { html, nothing } from "lit-html";
import { formatted, localized, t } from "../i18n.js";
import { icon } from "./icons.js";

/** @typedef {import("../types.js").State} State */
/** @typedef {import("../types.js").Selection} Selection */
/** @typedef {import("../types.js").Feature} Feature */
/** @typedef {import("../actions.js").Actions} Actions */

/**
 * @param {State} state
 * @param {Actions} actions
 */
export function attributePanel(state, actions) {
  const { selection } = state;
  if (!selection) return nothing;
  const feature = selection.feature;
  const named = feature?.attributes.find((entry) => entry.name === "name" || entry.name === "name_zh")?.value;
  return html`<aside class="card attributes" id="attributes" aria-label=${t("attributes.title")} aria-live="polite">
    <header>
      <div>
        <p class="eyebrow">${feature ? localized(feature, "theme_title") || feature.theme : t("attributes.title")}</p>
        <h2>${named ? String(named) : `#${selection.featureId}`}</h2>
      </div>
      <span class="head-tools">
        ${feature?.bounds
          ? html`<button class="quiet" aria-label=${t("attributes.flyTo")} title=${t("attributes.flyTo")} @click=${() => actions.flyToSelection()}>
              ${icon("locate")}
            </button>`
          : nothing}
        <button class="quiet" id="attributes-close" aria-label=${t("close")} title=${t("close")} @click=${() => actions.deselect()}>
          ${icon("close")}
        </button>
      </span>
    </header>
    <div class="scroll" tabindex="0" role="group" aria-label=${t("attributes.title")}>${body(selection)}</div>
  </aside>`;
}

/** @param {Selection} selection */
function body(selection) {
  if (selection.status === "loading") return html`<p class="hint waiting">${t("loading")}</p>`;
  if (selection.status === "error") return html`<p class="hint problem" role="alert">${icon("warning")} ${selection.error}</p>`;
  const feature = /** @type {Feature} */ (selection.feature);
  const told = feature.attributes.filter((entry) => entry.value !== null && entry.value !== undefined && entry.value !== "");
  const silent = feature.attributes.length - told.length;
  return html`
    <table>
      <tbody>
        <tr><th scope="row">${t("attributes.id")}</th><td>${feature.feature_id}</td></tr>
        ${told.map((entry) => row(localized(entry, "title") || entry.name, entry.value, entry.unit))}
      </tbody>
    </table>
    ${silent ? html`<p class="hint">${t("attributes.silent", { count: silent })}</p>` : nothing}
    ${feature.results?.length ? results(feature) : nothing} ${provenance(feature)}
  `;
}

/**
 * @param {string} title
 * @param {unknown} value
 * @param {unknown} [unit]
 */
const row = (title, value, unit) => html`<tr>
  <th scope="row">${title}</th>
  <td>${formatted(value)}${unit ? html` <span class="unit">${unit}</span>` : nothing}</td>
</tr>`;

/** @param {Feature} feature */
function results(feature) {
  return html`<h3>${t("attributes.results")}</h3>
    <table>
      <tbody>
        ${feature.results.map((entry) =>
          "value" in entry ? row(localized(entry, "title") || String(entry.name ?? entry.kind ?? ""), entry.value, entry.unit) : plainRows(entry),
        )}
      </tbody>
    </table>`;
}

/** @param {Record<string, unknown>} record */
const plainRows = (record) =>
  Object.entries(record)
    .filter(([, value]) => value !== null && typeof value !== "object")
    .map(([name, value]) => row(t(`field.${name}`) === `field.${name}` ? name : t(`field.${name}`), value));

/** @param {Feature} feature */
function provenance(feature) {
  const fields = { ...feature.source, ...feature.load };
  if (!Object.keys(fields).length) return nothing;
  return html`<h3>${t("attributes.provenance")}</h3>
    <table>
      <tbody>
        ${plainRows(fields)}
      </tbody>
    </table>`;
}
