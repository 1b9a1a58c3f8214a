// @ts-check
// What the colours on the map mean: the legends of the layers that are on.

import { html, nothing } from "lit-html";
import { openedIndicator } from "../examination.js";
import { localized, t } from "../i18n.js";
import { swatch } from "./icons.js";
import { indicatorLegend } from "./indicator.js";

/** @typedef {import("../types.js").State} State */
/** @typedef {import("../types.js").Layer} Layer */

/** @param {State} state */
export function legend(state) {
  const shown = state.groups
    .flatMap((group) => group.layers)
    .filter((layer) => state.layers[layer.name].visible && layer.legend.length);
  const { examination } = state;
  const indicator = examination.mapped && examination.units?.length ? openedIndicator(examination) : null;
  if (!shown.length && !indicator) return html`<p class="hint">${t("legend.none")}</p>`;
  return html`<ul class="legend">
    ${indicator ? html`<li><h3>${indicator.code} ${localized(indicator, "title")}</h3>${indicatorLegend(indicator, examination)}</li>` : nothing}
    ${shown.map((layer) => entriesOf(layer))}
  </ul>`;
}

/** @param {Layer} layer */
function entriesOf(layer) {
  const shape = layer.underground ? "line" : layer.style.type;
  const title = localized(layer, "title");
  const lone = layer.legend.length === 1 && localized(layer.legend[0], "label") === title;
  return html`<li>
    ${lone ? "" : html`<h3>${title}</h3>`}
    <ul>
      ${layer.legend.map((entry) => html`<li>${swatch(entry.color, shape)}<span>${localized(entry, "label")}</span></li>`)}
    </ul>
    ${layer.note_zh ? html`<p class="hint tight note">${localized(layer, "note")}</p>` : nothing}
  </li>`;
}
