// @ts-check
// All that is known of the selected feature: its attributes, what analyses found, and where it comes from.

import { html, nothing } from "lit-html";
import { formatted, localized, t } from "../i18n.js";
import { burstSection } from "./burst.js";
import { traceSection } from "./trace.js";
import { icon } from "./icons.js";

/** @typedef {import("../types.js").State} State */
/** @typedef {import("../types.js").Selection} Selection */
/** @typedef {import("../types.js").Feature} Feature */
/** @typedef {import("../types.js").Attribute} Attribute */
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
  const answered = selection.burst?.answer || selection.trace?.answer ? "answered" : "";
  return html`<aside
    class="card attributes ${selection.dock} ${answered}"
    style=${`--seen-at: ${Math.round(selection.seenAt)}px`}
    id="attributes"
    aria-label=${t("attributes.title")}
    aria-live="polite"
  >
    <header>
      <div>
        <p class="eyebrow">${feature ? localized(feature, "theme_title") || feature.theme : t("attributes.title")}</p>
        <h2>${String(named || feature?.source?.source_key || `#${selection.featureId}`)}</h2>
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
    <div class="scroll" tabindex="0" role="group" aria-label=${t("attributes.title")}>${body(selection, actions)}</div>
  </aside>`;
}

/**
 * @param {Selection} selection
 * @param {Actions} actions
 */
function body(selection, actions) {
  if (selection.status === "loading") return html`<p class="hint waiting">${t("loading")}</p>`;
  if (selection.status === "error") return html`<p class="hint problem" role="alert">${icon("warning")} ${selection.error}</p>`;
  const feature = /** @type {Feature} */ (selection.feature);
  const told = feature.attributes.filter(hasValue);
  const silent = feature.attributes.length - told.length;
  const results = (feature.results ?? []).filter((entry) => hasValue(entry) || entry.grade_en);
  return html`
    ${burstSection(selection, actions)} ${traceSection(selection, actions)} ${results.length ? findings(results) : nothing}
    <table>
      <tbody>
        ${row(t("attributes.id"), String(feature.feature_id))} ${told.map(attributeRow)}
      </tbody>
    </table>
    ${silent ? html`<p class="hint">${t("attributes.silent", { count: silent })}</p>` : nothing}
    ${feature.related?.length ? relations(feature.related, actions) : nothing} ${provenance(feature)}
  `;
}

/** @param {Attribute} entry */
const hasValue = ({ value }) => value !== null && value !== undefined && value !== "";

/** @param {Attribute} entry */
const attributeRow = (entry) =>
  row(localized(entry, "title") || entry.name, localized(entry, "value") || formatted(entry.value), entry.unit);

/**
 * @param {string} title
 * @param {unknown} value
 * @param {string | null} [unit]
 */
const row = (title, value, unit) => html`<tr>
  <th scope="row">${title}</th>
  <td>${value}${unit ? html` <span class="unit">${unit}</span>` : nothing}</td>
</tr>`;

/** @param {Attribute[]} results */
function findings(results) {
  return html`<h3>${t("attributes.results")}</h3>
    <table class="findings">
      <tbody>
        ${results.map((entry) => {
          const grade = localized(entry, "grade");
          return row(
            localized(entry, "title") || entry.name,
            html`${localized(entry, "value") || formatted(entry.value)}${grade ? html` <span class="grade">${grade}</span>` : nothing}`,
            entry.unit,
          );
        })}
      </tbody>
    </table>
    <h3>${t("attributes.title")}</h3>`;
}

/**
 * @param {import("../types.js").Relation[]} related
 * @param {Actions} actions
 */
function relations(related, actions) {
  return html`<h3>${t("attributes.related")}</h3>
    <ul class="related">
      ${related.map(
        (relation) => html`<li>
          <span class="related-title">${localized(relation, "title")}${relation.count > 1 ? ` (${relation.count})` : ""}</span>
          ${relation.features.map(
            (other) => html`<button class="chip" @click=${() => void actions.find(other.feature_id)}>
              ${other.name || `#${other.feature_id}`}
            </button>`,
          )}
        </li>`,
      )}
    </ul>`;
}

/** Fields of source and load that a reader can use; the rest are numbers of the database. */
const PROVENANCE = /** @type {const} */ (["name", "kind", "source_key", "path", "licence", "attribution", "published_at"]);

/** @param {Feature} feature */
function provenance(feature) {
  /** @type {Record<string, unknown>} */
  const fields = { ...feature.source, ...feature.load };
  return html`<h3>${t("attributes.provenance")}</h3>
    <table>
      <tbody>
        ${PROVENANCE.filter((name) => fields[name]).map((name) => row(t(`field.${name}`), formatted(fields[name])))}
      </tbody>
    </table>`;
}
